"""Runs and ledgers as they stood: the events up to then, and nothing of what came later."""

from datetime import UTC, datetime, timedelta

import pytest

from planfold.application import NoSuchVersion, NotYetRecorded, PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.results import fold
from planfold.application.runs import Runs
from planfold.domain.plan_generation import reported
from planfold.infrastructure.in_memory import FixedClock

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def _reported_an_hour_later(engine: PlanGenerationEngine, runs: Runs, tracker: Budgets, clock: FixedClock) -> None:
    tracker.grant("scout", 10_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    clock.advance(timedelta(hours=1))
    runs.report("r1", reported("good", 1_000_000))


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_a_run_at_a_version_is_the_fold_of_its_events_up_to_there(runs: Runs) -> None:
    events = runs.events("r1")

    for version in range(1, len(events) + 1):
        assert fold(events[:version]) == runs.result("r1", at=version)
    assert (None, "ready") == (runs.result("r1", at=4).outcome, runs.result("r1", at=5).outcome)


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_a_run_as_of_a_time_knows_nothing_later(runs: Runs) -> None:
    assert None is runs.result("r1", as_of=BEGUN).report
    assert None is runs.result("r1", as_of=BEGUN + timedelta(minutes=59)).report
    assert runs.result("r1") == runs.result("r1", as_of=BEGUN + timedelta(hours=1))


@pytest.mark.usefixtures("_reported_an_hour_later")
@pytest.mark.parametrize("at", [-1, 0, 7, 99])
def test_a_version_that_there_is_not_is_refused(runs: Runs, at: int) -> None:
    with pytest.raises(
        NoSuchVersion, match=f"run 'r1' has no version {at}: its events are 1 to 6; ask for one of those"
    ):
        runs.result("r1", at=at)


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_a_time_without_a_zone_is_one_of_utc(runs: Runs) -> None:
    assert runs.result("r1", as_of=BEGUN) == runs.result("r1", as_of=BEGUN.replace(tzinfo=None))


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_so_it_is_for_a_ledger(tracker: Budgets) -> None:
    assert tracker.get_status("scout", as_of=BEGUN) == tracker.get_status("scout", as_of=BEGUN.replace(tzinfo=None))


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_before_the_first_event_of_a_run_there_is_nothing_to_show(runs: Runs) -> None:
    with pytest.raises(NotYetRecorded, match="its version 1 was recorded at 2026-01-01T00:00:00"):
        runs.result("r1", as_of=BEGUN - timedelta(microseconds=1))


@pytest.mark.usefixtures("_reported_an_hour_later")
def test_a_ledger_as_of_a_time_knows_nothing_later(tracker: Budgets) -> None:
    then, now = tracker.get_status("scout", as_of=BEGUN), tracker.get_status("scout")

    assert (4_000_000, 0, 6_000_000, 2) == (then.held_micros, then.spent_micros, then.remaining_micros, then.version)
    assert (0, 1_000_000, 9_000_000, 3) == (now.held_micros, now.spent_micros, now.remaining_micros, now.version)


def test_a_hold_is_overdue_in_a_ledger_of_the_time_after_its_end(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 10_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    clock.advance(timedelta(hours=36))

    assert [1, 0] == [
        len(tracker.get_status("scout", as_of=BEGUN + timedelta(hours=hours)).overdue) for hours in (30, 20)
    ]


def test_a_ledger_as_of_a_time_to_come_is_that_of_now(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 10_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))

    assert tracker.get_status("scout") == tracker.get_status("scout", as_of=clock.now() + timedelta(days=9))


def test_before_the_first_event_of_a_ledger_there_is_nothing_to_show(tracker: Budgets) -> None:
    with pytest.raises(NotYetRecorded, match="it has no events; is the name right"):
        tracker.get_status("scout", as_of=BEGUN)
    with pytest.raises(NotYetRecorded, match=r"nothing of .* was on record at 2099-01-02T03:04:05\+00:00: it has no"):
        tracker.get_status("nobody", as_of=datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC))
    tracker.grant("scout", 1, "g1")
    with pytest.raises(NotYetRecorded, match="was on record at 2025-12-31"):
        tracker.get_status("scout", as_of=BEGUN - timedelta(days=1))
