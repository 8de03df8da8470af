"""How many recorded events a second are audited, next to a cursor that reads and parses the same rows and no more.

Run from the project's root: `uv run python -m benchmarks.audit [--runs 5000] [--times 3] [--json FILE]`. Two databases of
their own are filled with runs of the offline planner's drafts: all of one agent, and of a thousand agents, with ledgers,
every fourth run reported. Each is audited whole, in turn with the cursor, and told are the medians.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import psycopg
from pydantic import SecretStr

from benchmarks.backtest import GOALS
from benchmarks.files import keep, writable
from benchmarks.server import as_url, running
from planfold.application import PlanGenerationContext, PlanGenerationEngine, Ports
from planfold.application.audit_all import audit_all
from planfold.application.budget import Budgets
from planfold.application.runs import Runs
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.settings import Settings

AGENTS = {"one agent": 1, "a thousand agents": 1_000}
REPORTED = 4
"""Every such run is reported, three of four of the others settled by hand: few holds stay open."""
_EVENTS = "SELECT originator_id, originator_version, state FROM planfold.stored_events ORDER BY notification_id"


class Slice(NamedTuple):
    seconds: float
    cpu: float


def fill(installation: Installation, runs: int, agents: int) -> None:
    """As many runs as asked for, and read models that have folded all of it."""
    ports = installation.ports
    money, reports = Budgets(ports.ledgers, ports.clock), Runs(ports.log, ports.reader, ports.ledgers, ports.clock)
    for number in range(agents):
        money.grant(f"agent-{number}", 10**12, "all")
    engine = PlanGenerationEngine(ports, [installation.planner_named("offline")])
    drafted = [engine.generate(PlanGenerationContext("scout", goal, f"sample-{n}")) for n, goal in enumerate(GOALS)]
    plans = [FixedPlanner(result.plan) for result in drafted if result.steps]
    for number in range(runs - len(GOALS)):
        asked = PlanGenerationContext(f"agent-{number % agents}", GOALS[number % len(GOALS)], f"run-{number}")
        if engine.generate(asked, planner=plans[number % len(plans)]).outcome != "ready":
            continue
        if number % REPORTED == 0:
            reports.report(asked.run_id, RunReported(verdict="good", cost_micros=1))
        elif number % REPORTED > 1:
            money.settle(asked.agent_id, asked.run_id, 1)
    for name in installation.read_models.names:
        installation.read_models.bring_up(name)


def audited(ports: Ports) -> None:
    found = audit_all(ports)
    if not found.holds or found.inspections_not_repeated or found.rows_behind:
        raise RuntimeError(f"the record was to hold: {found.first_broken}")


def raw(conninfo: str) -> None:
    """The same rows through a cursor of the server, parsed as JSON, and dropped."""
    with psycopg.connect(conninfo) as connection, connection.cursor("raw") as cursor:
        cursor.itersize = 500
        for _, _, state in cursor.execute(_EVENTS):
            json.loads(state)


def slice_of(deed: Callable[[], object]) -> Slice:
    started, cpu = time.perf_counter(), time.process_time()
    deed()
    return Slice(time.perf_counter() - started, time.process_time() - cpu)


def measured(ports: Ports, conninfo: str, times: int) -> dict[str, float]:
    """Medians of so many slices, in turn; seconds of CPU are those of this process, without the server's."""
    events = audit_all(ports).events
    ours, theirs = list[Slice](), list[Slice]()
    for _ in range(times):
        ours.append(slice_of(partial(audited, ports)))
        theirs.append(slice_of(partial(raw, conninfo)))
    ratio = statistics.median(one.seconds / other.seconds for one, other in zip(ours, theirs, strict=True))
    return {
        "events": events,
        "events_per_second": round(events / statistics.median(each.seconds for each in ours)),
        "events_per_cpu_second": round(events / statistics.median(each.cpu for each in ours)),
        "raw_events_per_second": round(events / statistics.median(each.seconds for each in theirs)),
        "ratio": round(ratio, 1),
    }


def filled_and_measured(endpoint: Endpoint, runs: int, agents: int, times: int) -> Mapping[str, float]:
    settings = Settings(database_url=SecretStr(as_url(endpoint.app)))
    with Installation(settings) as installation:
        taken = slice_of(partial(fill, installation, runs, agents)).seconds
        print(f"{runs} runs recorded in {taken:.1f} s")
        return measured(installation.ports, endpoint.app, times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", type=writable)
    options = parser.parse_args()
    found = {}
    for name, agents in AGENTS.items():
        with running() as endpoint:
            found[name] = filled_and_measured(endpoint, options.runs, min(agents, options.runs), options.times)
    for name, figures in found.items():
        print(
            f"{name:18} {figures['events_per_second']:7,} events/s  {figures['events_per_cpu_second']:7,} a second of CPU"
            f"  raw {figures['raw_events_per_second']:7,} events/s  ratio {figures['ratio']}"
        )
    keep(found, options.json)


if __name__ == "__main__":
    main()
