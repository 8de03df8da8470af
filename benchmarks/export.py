"""How many events a second are exported as CloudEvents, and how that compares with a bare cursor of psycopg.

Run from the project's root: `uv run python -m benchmarks.export [--events 100000] [--rounds 7] [--json FILE]`. A database
of its own is filled with the five events of one plan, again and again. The two take turns, each reading the whole log to
a file that keeps nothing, and each ratio is that of two turns of one round.
"""

import argparse
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from eventsourcing.persistence import StoredEvent
from pydantic import SecretStr

from benchmarks import server, story
from benchmarks.files import keep, writable
from planfold.application.export import Exporter
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.export import line
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.settings import Settings

AT_ONCE = 5_000
"""Events of one save while the log is filled."""
PAGE = 500
"""Rows that either asks the server for at once."""


def fill(conninfo: str, events: int) -> None:
    """So many events stand in the log, of runs of five each."""
    bodies = story.bodies()
    with open_pool(conninfo, size=1) as pool:
        recorder = Recorder(Datastore(pool))
        for begun in range(0, events // len(bodies), AT_ONCE // len(bodies)):
            runs = range(begun, min(begun + AT_ONCE // len(bodies), events // len(bodies)))
            recorder.insert_events(
                [
                    StoredEvent(f"default/run/r{run:08}", version, body.name, body.state)
                    for run in runs
                    for version, body in enumerate(bodies, start=1)
                ]
            )


def raw(conninfo: str) -> int:
    """Bytes as they stand, a line each, by a cursor on the server: the limit of what can be read."""
    count = 0
    with (
        Path(os.devnull).open("w", encoding="ascii") as out,
        psycopg.connect(conninfo) as connection,
        connection.cursor("export") as rows,
    ):
        rows.itersize = PAGE
        rows.execute(
            "SELECT notification_id, originator_id, originator_version, state FROM planfold.stored_events"
            " ORDER BY notification_id"
        )
        for _, _, _, state in rows:
            out.write(state.decode() + "\n")
            count += 1
    return count


def exported(planfold: Installation) -> int:
    count = 0
    with Path(os.devnull).open("w", encoding="ascii") as out:
        for event in Exporter(planfold.ports.history).events():
            out.write(line(event))
            count += 1
    return count


def rate(deed: Callable[[], int]) -> float:
    started = time.perf_counter()
    return deed() / (time.perf_counter() - started)


def peak(deed: Callable[[], int]) -> float:
    """MiB of Python's memory that it takes at most; apart from the turns, since looking takes time."""
    tracemalloc.start()
    deed()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def measured(conninfo: str, planfold: Installation, events: int, rounds: int) -> dict[str, Any]:
    deeds = {"raw": partial(raw, conninfo), "planfold": partial(exported, planfold)}
    deeds["planfold"]()  # connections, plans and imports
    most, turns = peak(deeds["planfold"]), {name: list[float]() for name in deeds}
    for number in range(rounds):
        for name in sorted(deeds, reverse=bool(number % 2)):
            turns[name].append(rate(deeds[name]))
    ratios = [bare / ours for bare, ours in zip(turns["raw"], turns["planfold"], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return {
        "events": events,
        "rates": {name: round(statistics.median(found)) for name, found in turns.items()},
        "ratio": round(middle, 2),
        "spread": [round(low, 2), round(high, 2)],
        "mebibytes": round(most, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=writable)
    options = parser.parse_args()
    with server.running() as endpoint:
        fill(endpoint.app, options.events)
        settings = Settings(database_url=SecretStr(server.as_url(endpoint.app)))
        with Installation(settings) as planfold:
            found = measured(endpoint.app, planfold, options.events, options.rounds)
    low, high = found["spread"]
    print(f"{found['events']:,} events, {options.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"raw       {found['rates']['raw']:8,} events/s")
    print(f"planfold  {found['rates']['planfold']:8,} events/s")
    print(f"planfold takes {found['ratio']:.2f} times as long ({low:.2f} - {high:.2f})")
    print(f"at most {found['mebibytes']} MiB of Python's memory at once")
    keep(found, options.json)


if __name__ == "__main__":
    main()
