"""What a growing store costs: time of a run, delay of the read model, audit, queries and bytes, at so many runs before.

Run from the project's root: `uv run python -m benchmarks.scaling [--sizes 10000,100000,1000000] [--json FILE]
[--chart FILE]`. One log is filled to each size in turn (`benchmarks/log.py`) and folded as `planfold project` does it;
what is measured then is the same each time, on as many runs. A million runs take about ten minutes and 8 GB.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import log
from benchmarks.files import keep, writable
from benchmarks.projections import seen
from benchmarks.scaling_chart import drawn
from benchmarks.server import installation, running
from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.audit import Auditor
from planfold.application.audit_all import audit_all
from planfold.application.ports import RunQuery
from planfold.domain.frozen import Fact
from planfold.domain.plan_generation import PlanDrafted
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.postgres.connect import Connection, connect

SIZES = (10_000, 100_000, 1_000_000)
TIMES = 300
AUDITED = 2_000
"""The newest runs, which an audit of all since a moment replays."""
_BYTES = """
SELECT pg_total_relation_size('planfold.stored_events') AS events,
    pg_total_relation_size('planfold.results') AS results
"""


def measured(planfold: Installation, owner: Connection, facts: Sequence[Fact], size: int) -> dict[str, float]:
    """The store as it stands, of `size` runs."""
    sizes = owner.execute(_BYTES).fetchone() or {}
    found = {f"{name}_bytes_per_run": round(taken / size) for name, taken in sizes.items()}
    for name, deed in _deeds(planfold, facts, size).items():
        _tell(f"{size:,} runs: {name}")
        found |= {f"{name}_ms_{at}": figure for at, figure in _figures(timed(deed)).items()}
    _tell(f"{size:,} runs: seen")
    found |= {f"seen_ms_{at}": figure for at, figure in _figures(seen(planfold, facts, 50, f"seen-{size}")).items()}
    return found | {"audit_events_per_second": audited(planfold, size)}


def _deeds(planfold: Installation, facts: Sequence[Fact], size: int) -> dict[str, Callable[[int], object]]:
    drafted = next(each for each in facts if isinstance(each, PlanDrafted))
    engine = PlanGenerationEngine(planfold.ports, [FixedPlanner(drafted.plan)])
    auditor, find = Auditor(planfold.ports), planfold.ports.reader.find
    rng = random.Random(size)  # noqa: S311 - nothing secret
    known = [rng.randrange(size) for _ in range(TIMES)]
    return {
        "run": lambda number: engine.generate(
            PlanGenerationContext("measured", f"Fetch https://example.com/{number}", f"measured-{size}-{number}")
        ),
        "audit_of_one": lambda number: auditor.audit(f"run-{known[number]}", log.TENANT),
        "runs_of_agent": lambda number: find(RunQuery(log.TENANT, agent_id=f"agent-{known[number] % log.AGENTS}")),
        "runs_by_words": lambda number: find(RunQuery(log.TENANT, search=f"ferries {known[number]}")),
    }


def timed(deed: Callable[[int], object]) -> list[float]:
    """Milliseconds, in growing order."""
    took = []
    for number in range(TIMES):
        begun = time.perf_counter()
        deed(number)
        took.append(1000 * (time.perf_counter() - begun))
    return sorted(took)


def _figures(took: Sequence[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(took), 2), "p95": round(took[int(0.95 * len(took))], 2)}


def audited(planfold: Installation, size: int) -> float:
    """Events a second of an audit of the newest runs of the fill."""
    since = log.BEGAN + (size - AUDITED) * log.APART
    begun = time.perf_counter()
    found = audit_all(planfold.ports, log.TENANT, since=since)
    if not found.holds:
        raise RuntimeError(f"the audit says that the record does not hold: {found.not_holding[:1]}")
    return round(found.events / (time.perf_counter() - begun))


def grown(sizes: Sequence[int]) -> list[dict[str, float]]:
    facts, found, standing = log.of_story(), list[dict[str, float]](), 0
    with running() as endpoint, installation(endpoint.app) as planfold, connect(endpoint.owner) as owner:
        for size in sizes:
            _tell(f"writing {size - standing:,} runs")
            log.fill(endpoint.app, facts, range(standing, size))
            _tell(f"folding {size - standing:,} runs")
            begun = time.perf_counter()
            planfold.read_models.bring_up("results")
            folding = round(len(facts) * (size - standing) / (time.perf_counter() - begun))
            owner.execute("VACUUM ANALYZE planfold.stored_events, planfold.results")
            found.append({"runs": size, "folded_events_per_second": folding, **measured(planfold, owner, facts, size)})
            standing = size
            _tell("")
            print(json.dumps(found[-1]), flush=True)
    return found


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=list(SIZES))
    parser.add_argument("--json", type=writable, metavar="FILE")
    parser.add_argument("--chart", type=writable, metavar="FILE", help="draw the curves there, as SVG")
    options = parser.parse_args()
    found = grown(sorted(options.sizes))
    keep(found, options.json)
    if options.chart is not None:
        options.chart.write_text(drawn(found), encoding="utf-8")


if __name__ == "__main__":
    main()
