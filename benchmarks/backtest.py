"""How many recorded drafts a second are judged again, on a real store.

Run from the project's root: `uv run python -m benchmarks.backtest [--runs 5000] [--times 3] [--json FILE]`. A database of
its own is filled with runs of the offline planner's drafts for some twenty goals, with a ledger, and read from end to end
with other rules, other limits, other skills, and with nothing changed. Beside each figure: reading and decoding alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

from benchmarks.files import keep, writable
from benchmarks.server import installation, running
from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.backtest import Backtester
from planfold.application.backtest_money import Policy
from planfold.application.budget import Budgets
from planfold.domain.ledger import LimitsChanged
from planfold.domain.skill import Manifest
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.skills.catalog import StarterCatalog

GOALS = [
    f"{sentence} {number}"
    for sentence in (
        "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com, number",
        "Search the web for heat pumps and summarise the results, page",
        "Fetch https://example.com/feed and translate it into French, part",
        "Search the web for train times to Bern and e-mail them to ben@example.com, day",
    )
    for number in range(5)
]


def fill(planfold: Installation, runs: int) -> None:
    """As many runs as asked for, which hold credit and are reported now and then by nobody."""
    Budgets(planfold.ports.ledgers, planfold.ports.clock).grant(None, 10**12, "all")
    planner = planfold.planner_named("offline")
    engine = PlanGenerationEngine(planfold.ports, [planner])
    drafted = [engine.generate(PlanGenerationContext("scout", goal, f"sample-{n}")) for n, goal in enumerate(GOALS)]
    plans = [FixedPlanner(result.plan) for result in drafted if result.steps]
    for number in range(runs - len(GOALS)):
        context = PlanGenerationContext(f"agent-{number % 50}", GOALS[number % len(GOALS)], f"run-{number}")
        ended = engine.generate(context, planner=plans[number % len(plans)])
        if (
            ended.outcome == "ready" and number % 4
        ):  # most runs end: a ledger with thousands of open holds is another measurement
            Budgets(planfold.ports.ledgers, planfold.ports.clock).settle(context.agent_id, context.run_id, 1)


def seconds(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def read(planfold: Installation) -> None:
    history = planfold.ports.history
    for _ in history.events("default", 0, history.newest()):
        pass


def measured(planfold: Installation, times: int) -> dict[str, float]:
    """Drafts a second, the median of so many slices, interleaved."""
    ports = planfold.ports
    tester = Backtester(ports.history, ports.log, ports.artifacts)
    skills = Manifest(skills=StarterCatalog().manifest("default", "scout").skills[1:])
    policies = {
        "nothing changed": Policy(),
        "other rules": Policy(rules=lambda rules: rules.model_copy(update={"max_steps": 2})),
        "other limits": Policy(limits=lambda _: LimitsChanged(per_day=1_000)),
        "other skills": Policy(manifest=skills),
    }
    drafts = tester.backtest(Policy()).drafts
    deeds: dict[str, Callable[[], object]] = {"reading alone": partial(read, planfold)}
    deeds |= {name: partial(tester.backtest, policy) for name, policy in policies.items()}
    slices: dict[str, list[float]] = {name: [] for name in deeds}
    for _ in range(times):
        for name, deed in deeds.items():
            slices[name].append(seconds(deed))
    return {name: round(drafts / statistics.median(taken)) for name, taken in slices.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backtest", description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", type=writable)
    options = parser.parse_args()
    with running() as endpoint, installation(endpoint.app) as measured_one:
        taken = seconds(partial(fill, measured_one, options.runs))
        print(f"{options.runs} runs recorded in {taken:.1f} s")
        found = measured(measured_one, options.times)
    for name, figure in found.items():
        print(f"{name:16} {figure:7,} drafts/s")
    keep(found, options.json)


if __name__ == "__main__":
    main()
