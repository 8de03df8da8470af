"""Reading runs, and the report of what became of one."""

from datetime import timedelta

import pytest

from planfold.application import InvalidQuery, PlanGenerationContext, PlanGenerationEngine, RunQuery, RunUnknown
from planfold.application.budget import Budgets
from planfold.application.runs import Runs
from planfold.domain.errors import IllegalTransition
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.in_memory import FixedClock

GOOD = RunReported(verdict="good", cost_micros=1_000_000, note="done")


def asked(run_id: str = "r1", agent: str = "scout", goal: str = "fetch it") -> PlanGenerationContext:
    return PlanGenerationContext(agent, goal, run_id)


def test_a_query_for_what_no_run_can_have_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="by outcome 'foo': it must be one of ready, invalid, refused, failed, unf"):
        RunQuery("default", outcome="foo")
    with pytest.raises(InvalidQuery, match="by limit 0: it must be a whole number of runs, at least 1"):
        RunQuery("default", limit=0)


def test_a_run_is_read_as_it_was_returned(engine: PlanGenerationEngine, runs: Runs) -> None:
    assert engine.generate(asked()) == runs.result("r1")


def test_an_unknown_run_is_named(runs: Runs) -> None:
    with pytest.raises(RunUnknown, match="'nobody'"):
        runs.result("nobody")


def test_a_report_settles_the_runs_hold_at_its_true_cost(
    engine: PlanGenerationEngine, runs: Runs, tracker: Budgets
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(asked())

    result = runs.report("r1", GOOD)

    status = tracker.get_status("scout")
    assert (GOOD, "ready") == (result.report, result.outcome)
    assert (1_000_000, 0, 4_000_000) == (status.spent_micros, status.held_micros, status.remaining_micros)


def test_a_report_without_a_cost_settles_the_hold_in_full(
    engine: PlanGenerationEngine, runs: Runs, tracker: Budgets
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(asked())

    runs.report("r1", RunReported(verdict="bad", cost_micros=None))

    assert tracker.get_status("scout").spent_micros == 4_000_000


def test_the_truth_is_recorded_after_the_hold_expired_and_above_it(
    engine: PlanGenerationEngine, runs: Runs, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(asked("one"))
    clock.advance(timedelta(days=2))
    engine.generate(asked("two"))

    runs.report("one", RunReported(verdict="good", cost_micros=6_000_000))

    status = tracker.get_status("scout")
    assert (6_000_000, "overdraft", -5_000_000) == (status.spent_micros, status.paused, status.remaining_micros)


def test_the_same_report_again_changes_nothing(engine: PlanGenerationEngine, runs: Runs, tracker: Budgets) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(asked())

    assert runs.report("r1", GOOD) == runs.report("r1", GOOD)
    assert tracker.get_status("scout").spent_micros == 1_000_000


def test_another_report_is_refused_and_nothing_is_spent_twice(
    engine: PlanGenerationEngine, runs: Runs, tracker: Budgets
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(asked())
    runs.report("r1", GOOD)

    with pytest.raises(IllegalTransition):
        runs.report("r1", RunReported(verdict="bad", cost_micros=3_000_000))
    assert tracker.get_status("scout").spent_micros == 1_000_000


def test_it_is_known_what_a_runs_hold_was_settled_at(
    engine: PlanGenerationEngine, runs: Runs, tracker: Budgets
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    for run in ("by-hand", "by-report", "open"):
        engine.generate(asked(run))
    tracker.settle("scout", "by-hand", 1_500_000)
    runs.report("by-report", RunReported(verdict="bad", cost_micros=None))
    engine.generate(asked("unlimited", agent="other"))

    assert [(1_500_000, True), (4_000_000, False)] == [
        (settled.amount, settled.cost_known)
        for run in ("by-hand", "by-report")
        if (settled := runs.settlement(run)) is not None
    ]
    assert [None, None] == [runs.settlement(run) for run in ("open", "unlimited")]


def test_runs_are_found_newest_first_a_page_at_a_time(engine: PlanGenerationEngine, runs: Runs) -> None:
    for number in range(5):
        engine.generate(asked(f"r{number}"))

    first = runs.page(RunQuery("default", limit=2))
    second = runs.page(RunQuery("default", limit=2, before=first[-1].started_position))

    assert ["r4", "r3", "r2", "r1"] == [item.run_id for item in [*first, *second]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery("default", agent_id="other"), ["b"]),
        (RunQuery("default", outcome="ready"), ["b", "a"]),
        (RunQuery("default", outcome="failed"), []),
        (RunQuery("default", search="whales"), ["b"]),
        (RunQuery("default", search=" "), ["b", "a"]),
        (RunQuery("default", search="\udcff\0"), []),
        (RunQuery("acme"), []),
    ],
)
def test_runs_are_found_by_agent_outcome_words_and_tenant(
    engine: PlanGenerationEngine, runs: Runs, query: RunQuery, expected: list[str]
) -> None:
    engine.generate(asked("a"))
    engine.generate(asked("b", "other", "look for whales"))

    assert expected == [item.run_id for item in runs.page(query)]
