"""The command: an embedded server on a temporary folder, one run, and what was found.

The server runs without fsync: what is checked is who sees what, not what a power loss leaves. Its exit status is 0 if
nothing is wrong, 1 if something is, 130 after Ctrl-C.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg.rows import class_row

from benchmarks.checker.board import READERS
from benchmarks.checker.recorders import KINDS
from benchmarks.checker.run import Run
from benchmarks.checker.saves import journals
from benchmarks.checker.verdict import Faults, Row, Told, compare, lines_of
from benchmarks.files import keep, writable
from benchmarks.server import running
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint

ALL = (
    "SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic, state"
    " FROM planfold.stored_events ORDER BY notification_id"
)


def stored(endpoint: Endpoint) -> Iterator[Row]:
    with (
        connect(endpoint.app) as connection,
        connection.transaction(),
        connection.cursor("all", row_factory=class_row(Row)) as cursor,
    ):
        cursor.itersize = 5000
        yield from cursor.execute(ALL)


def checked(run: Run) -> dict[str, Any]:
    """The run, then what stands compared with what was told and seen."""
    run()
    print("at rest; comparing", file=sys.stderr, flush=True)
    begun = time.monotonic()
    told = Told(journals(run.folder))
    events = last = 0

    def rows() -> Iterator[Row]:
        nonlocal events, last
        for row in stored(run.endpoint):
            events, last = events + 1, row.position
            yield row

    readers = {f"reader {number}": lines_of(run.folder / f"reader-{number}.seen") for number in range(READERS)}
    faults = compare(rows(), told, readers)
    for each in run.failed:
        faults.add("processes that failed", each)
    if events < run.asked:
        faults.add("events that were not written in time", f"{events} of {run.asked}", run.asked - events)
    standing, lost = told.unanswered()
    return {
        "recorder": run.kind,
        "seed": run.seed,
        "events": events,
        "events_per_second": round(events / run.writing_seconds),
        "positions_never_used": last - events,
        "saves": {
            "acknowledged": told.counts["stands"],
            "answer_lost_and_found_to_stand": told.counts["found"],
            "refused_in_conflict": told.counts["refused"],
            "rolled_back": told.counts["undone"],
            "sent_again": told.counts["again"],
            "unanswered_and_stand": standing,
            "unanswered_and_do_not": lost,
        },
        "kills": {"writers": run.kills_of_writers, "readers": run.kills_of_readers, "sessions": run.sessions_cut},
        "readers": run.readers(),
        "seconds": {
            "writing": round(run.writing_seconds, 1),
            "catching_up": round(run.catching_up_seconds, 1),
            "comparing": round(time.monotonic() - begun, 1),
        },
        **_faults(faults),
    }


def _faults(faults: Faults) -> dict[str, Any]:
    wrong = dict(faults.counts)
    return {
        "missed": wrong.pop("missed", 0),
        "doubled_or_out_of_order": wrong.pop("doubled or out of order", 0),
        "otherwise_wrong": wrong,
        "examples": faults.examples,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checker", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, help="events to be written (1000000)")
    parser.add_argument("--seed", type=int, default=1, help="of what is done; machines make different runs of it (1)")
    parser.add_argument("--recorder", choices=KINDS, default="planfold")
    parser.add_argument("--seconds", type=float, default=1800, help="the longest that is written (1800)")
    parser.add_argument("--json", type=writable, help="a file for what was found")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="planfold-") as folder, running(fsync=False) as endpoint:
            run = Run(endpoint, Path(folder), options.recorder, options.events, options.seed, options.seconds)
            found = checked(run)
    except KeyboardInterrupt:
        print("stopped: nothing was compared", file=sys.stderr)
        return 130
    print(json.dumps(found, indent=2))
    keep(found, options.json)
    return int(bool(found["examples"]))


if __name__ == "__main__":
    sys.exit(main())
