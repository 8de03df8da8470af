"""How many events a second are folded into the read model of results, and how soon a new one can be seen.

Run from the project's root: `uv run python -m benchmarks.projections [--quick] [--json FILE]`. A log of ready runs of five
events each is folded from its first event on as `planfold project` does it, and as a rebuild beside the shown build does.
`raw` reads the same pages by psycopg, parses each body, and writes the run's last one into a table of the same columns and
indexes, rows and checkpoint in one transaction: what is left of a projection if nothing is folded.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import log
from benchmarks.files import keep, writable
from benchmarks.server import installation, running
from planfold.application.ports import Appending
from planfold.domain.frozen import Fact
from planfold.domain.names import run_stream
from planfold.domain.recorded import Head
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.postgres.connect import Connection, connect

NAME, PAGE = "results", 500
_OTHERS = """
CREATE TABLE raw_results (LIKE planfold.results INCLUDING ALL);
CREATE TABLE raw_tracking (position bigint NOT NULL);
INSERT INTO raw_tracking VALUES (0);
"""
_READ = """
SELECT originator_id, topic, state, notification_id FROM planfold.stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""
_WRITE = """
INSERT INTO raw_results (tenant, run_id, build, agent_id, goal, codes, started_at, started_position, position, drafts, result)
SELECT tenant, run_id, 1, agent_id, goal, '{}', started_at, started_position, position, '[]', result
FROM jsonb_to_recordset(%s::jsonb) AS given(tenant text, run_id text, agent_id text, goal text, started_at timestamptz,
    started_position bigint, position bigint, result jsonb)
ON CONFLICT (tenant, run_id, build) DO UPDATE SET position = excluded.position, result = excluded.result
"""
_SEEN = "SELECT FROM planfold.results WHERE tenant = 'default' AND run_id = %s AND position = %s"


def raw(connection: Connection) -> None:
    """All events, from the first on."""
    at = 0
    while True:
        with connection.transaction():
            found = connection.execute(_READ, (at, PAGE)).fetchall()
            if not found:
                return
            rows: dict[str, dict[str, Any]] = {}
            for event in found:
                stored = json.loads(event["state"])
                row = rows.setdefault(event["originator_id"], {"started_position": event["notification_id"]})
                if event["topic"] == "ContextBuilt":
                    row |= {name: stored["body"][name] for name in ("tenant", "run_id", "agent_id", "goal")}
                    row["started_at"] = stored["recorded_at"]
                row |= {"position": event["notification_id"], "result": stored["body"]}
            connection.execute(_WRITE, (json.dumps([row for row in rows.values() if "run_id" in row]),))
            at = found[-1]["notification_id"]
            connection.execute("UPDATE raw_tracking SET position = %s", (at,))


def seen(planfold: Installation, facts: Sequence[Fact], times: int, name: str = "seen") -> list[float]:
    """Milliseconds from the save of a run's first event until its row stands, with the log read to its end."""
    took = []
    projecting = planfold.projecting()
    projecting.start()
    with planfold.pool.connection() as connection:
        for number in range(times):
            run_id = f"{name}-{number}"
            first = facts[0].model_copy(update={"run_id": run_id})
            appended = planfold.ports.log.append([Appending(run_stream("default", run_id), Head(), [first], run_id)])
            begun = time.perf_counter()
            while connection.execute(_SEEN, (run_id, appended[0].position)).fetchone() is None:
                time.sleep(0.001)
            took.append(1000 * (time.perf_counter() - begun))
    projecting.stop()
    return sorted(took)


def measured(*, quick: bool) -> dict[str, Any]:
    runs, times = (2_000, 20) if quick else (20_000, 100)
    facts = log.of_story()
    events = runs * len(facts)
    with running() as endpoint, installation(endpoint.app) as planfold, connect(endpoint.owner) as owner:
        _tell(f"writing {runs:,} runs")
        log.fill(endpoint.app, facts, range(runs))
        owner.execute("VACUUM ANALYZE planfold.stored_events")
        rates: dict[str, float] = {}
        deeds: dict[str, Callable[[], object]] = {
            "live": lambda: planfold.read_models.bring_up(NAME),
            "raw": lambda: raw(owner),
            "rebuild": lambda: planfold.read_models.rebuild(NAME),
        }
        owner.execute(_OTHERS.encode())
        for name, deed in deeds.items():
            _tell(f"folding {events:,} events: {name}")
            begun = time.perf_counter()
            deed()
            rates[name] = round(events / (time.perf_counter() - begun))
        _tell("waiting for single events")
        took = seen(planfold, facts, times)
    _tell("")
    return {
        "events": events,
        "events_per_second": rates,
        "ratios": {name: round(rates["raw"] / rates[name], 2) for name in ("live", "rebuild")},
        "seen_ms": {"p50": round(statistics.median(took), 1), "p95": round(took[int(0.95 * len(took))], 1)},
    }


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projections", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    parser.add_argument("--json", type=writable, metavar="FILE")
    options = parser.parse_args()
    found = measured(quick=options.quick)
    print(f"{found['events']:,} events of {found['events'] // 5:,} runs")
    for name, rate in found["events_per_second"].items():
        longer = f", {found['ratios'][name]} times as long as raw" if name in found["ratios"] else ""
        print(f"{name:8} {rate:7,} events/s{longer}")
    print(f"seen after {found['seen_ms']['p50']} ms (median), {found['seen_ms']['p95']} ms (p95)")
    keep(found, options.json)


if __name__ == "__main__":
    main()
