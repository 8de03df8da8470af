"""How many runs one ledger decides when many processes ask it at once, and how fast a long one is loaded.

Run from the project's root: `uv run python -m benchmarks.ledger [--quick] [--json FILE]`. Each process plans whole runs
with a planner that answers at once, so that what is measured is a run's two commits with a hold on one agent's ledger.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.files import keep, writable
from benchmarks.server import installation, running
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.ledgers import Book
from planfold.application.ports import Appending
from planfold.domain.ledger import CreditGranted, CreditHeld, HoldSettled, LedgerEvent
from planfold.domain.names import agent_scope, ledger_stream
from planfold.domain.recorded import EMPTY_STREAM, Head
from planfold.infrastructure.in_memory import FixedPlanner

AGENT = "scout"
GOAL = "Fetch https://example.com/prices.json"
STEP = {"step_id": "s1", "skill": "fetch_url", "params": {"url": "https://example.com/prices.json"}, "depends_on": []}
PLAN = {"plan_id": "p", "steps": [STEP], "metadata": {}}
BATCH = 5_000
LOADS = 21


def work(conninfo: str, number: int, seconds: float) -> None:
    """One process: says that it is ready, waits for a line, plans runs, and prints how long each took."""
    with installation(conninfo) as installed:
        engine = PlanGenerationEngine(installed.ports, [FixedPlanner(PLAN)])
        engine.generate(PlanGenerationContext(AGENT, GOAL, f"warm-{number}"))
        print("ready", flush=True)
        sys.stdin.readline()
        took: list[float] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            begun = time.monotonic()
            engine.generate(PlanGenerationContext(AGENT, GOAL, f"run-{number}-{len(took)}"))
            took.append(time.monotonic() - begun)
        print(json.dumps(took), flush=True)


def contention(conninfo: str, processes: int, seconds: float) -> dict[str, float]:
    """Decided holds a second of `processes` on one ledger, and how long one waited, in milliseconds."""
    with installation(conninfo) as installed:
        grant = CreditGranted(grant_id="g", amount=1_000_000_000_000, reason="")
        stream = ledger_stream("default", agent_scope(AGENT))
        installed.ports.log.append([Appending(stream, EMPTY_STREAM, [grant], "benchmark")])
        command = [sys.executable, "-m", "benchmarks.ledger", "--worker", conninfo]
        workers = [
            subprocess.Popen(  # noqa: S603 - our own command
                [*command, str(number), str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for number in range(processes)
        ]
        with ThreadPoolExecutor(processes) as threads:
            list(threads.map(_ready, workers))
            begun = time.monotonic()
            took = sorted(each for of_one in threads.map(_result, workers) for each in of_one)
            whole = time.monotonic() - begun
        ledger = installed.ports.ledgers.open("default", agent_scope(AGENT)).ledger
    return {
        "holds_per_second": round(len(took) / whole, 1),
        "p50_ms": round(1000 * statistics.median(took), 1),
        "p99_ms": round(1000 * took[int(0.99 * len(took))], 1),
        "overspent_micros": max(0, -(ledger.available or 0)),
    }


def _ready(worker: "subprocess.Popen[str]") -> None:
    if worker.stdout is None or worker.stdout.readline() != "ready\n":
        raise RuntimeError("a process of the benchmark did not start; its error stands above")


def _result(worker: "subprocess.Popen[str]") -> list[float]:
    said, _ = worker.communicate("go\n")
    took: list[float] = json.loads(said)
    return took


def loading(conninfo: str, events: int) -> dict[str, float]:
    """Milliseconds to load a ledger of so many events, median."""
    scope = agent_scope("old")
    stream = ledger_stream("default", scope)
    with installation(conninfo) as installed:
        head = EMPTY_STREAM
        for begun in range(0, events, BATCH):
            facts = _history(begun, min(BATCH, events - begun))
            head = Head.of(installed.ports.log.append([Appending(stream, head, facts, "benchmark")])[-1])
            _tell(f"ledger of {begun + len(facts):,} events")
        # What processes that decide leave behind them: a snapshot each hundred events, so 99 after it at the most.
        for first, count in ((events, 100), (events + 100, 99)):
            installed.ports.ledgers.transact(
                "default", [scope], partial(_decided, scope, _history(first, count)), "benchmark"
            )
        took = []
        for _ in range(LOADS):
            begun_at = time.perf_counter()
            installed.ports.ledgers.open("default", scope)
            took.append(time.perf_counter() - begun_at)
    return {"events": events, "load_ms": round(1000 * statistics.median(took), 2)}


def _history(first: int, count: int) -> list[LedgerEvent]:
    """Holds and their settlements, two events each, after one grant."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    facts: list[LedgerEvent] = []
    for number in range(first, first + count):
        if number == 0:
            facts.append(CreditGranted(grant_id="g", amount=10**12, reason=""))
            continue
        run = f"run-{(number - 1) // 2}"
        if number % 2:
            at = now + timedelta(seconds=number)
            hold = CreditHeld(hold_id=f"{run}/execution", run_id=run, purpose="execution", amount=5, day=at.date())
            facts.append(hold)
        else:
            facts.append(HoldSettled(hold_id=f"{run}/execution", amount=3, cost_known=True))
    return facts


def _decided(
    scope: str, facts: list[LedgerEvent], _books: Mapping[str, Book], _now: datetime
) -> dict[str, list[LedgerEvent]]:
    return {scope: facts}


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, a quarter of the time")
    parser.add_argument("--json", type=writable)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        conninfo, number, seconds = options.worker
        work(conninfo, int(number), float(seconds))
        return
    found: dict[str, Any] = {}
    with running() as endpoint:
        found["contention"] = contention(endpoint.app, processes=16, seconds=3 if options.quick else 12)
        found["loading"] = loading(endpoint.app, 100_000 if options.quick else 1_000_000)
    _tell("")
    contended = found["contention"]
    print(f"16 processes on one ledger: {contended['holds_per_second']} holds/s, p99 {contended['p99_ms']} ms")
    print(f"a ledger of {found['loading']['events']:,} events: loaded in {found['loading']['load_ms']} ms")
    keep(found, options.json)


if __name__ == "__main__":
    main()
