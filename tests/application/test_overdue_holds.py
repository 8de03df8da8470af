"""A hold whose end has come: every decision of an owner closes it in its own save, and a status shows it so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.audit import Auditor
from planfold.application.budget import Budgets, BudgetStatus
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.errors import UnknownHold
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.in_memory import FixedClock

LEDGER = "default/ledger/agent:scout"


@pytest.fixture
def overdue(engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock) -> None:
    """5 USD, of which 4 were held for a run that did not report within its day."""
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "late"))
    clock.advance(timedelta(hours=25))


def names(ports: Ports) -> list[str]:
    return [event.name for event in ports.log.read(LEDGER)]


@pytest.mark.usefixtures("overdue")
@pytest.mark.parametrize(
    ("decide", "recorded"),
    [
        (lambda money: money.grant("scout", 1, "g2"), "CreditGranted"),
        (lambda money: money.revoke("scout", 5_000_000, "g2"), "CreditRevoked"),
        (lambda money: money.limits("scout", LimitsChanged(per_day=1)), "LimitsChanged"),
        (lambda money: money.pause("scout"), "ScopePaused"),
    ],
)
def test_a_decision_closes_overdue_holds_in_its_own_save(
    ports: Ports, tracker: Budgets, decide: Callable[[Budgets], BudgetStatus], recorded: str
) -> None:
    told = tracker.get_status("scout")

    status = decide(tracker)

    assert ["CreditGranted", "CreditHeld", "HoldReleased", recorded] == names(ports)
    assert (0, 5_000_000) == (told.held_micros, told.remaining_micros)
    assert (0, ()) == (status.held_micros, status.overdue)


@pytest.mark.usefixtures("overdue")
def test_a_command_repeated_records_nothing_and_closes_nothing(ports: Ports, tracker: Budgets) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    tracker.resume("scout")

    assert ["CreditGranted", "CreditHeld"] == names(ports)


@pytest.mark.usefixtures("overdue")
def test_an_overdue_hold_is_kept_by_extending_it_while_nothing_has_closed_it(
    tracker: Budgets, clock: FixedClock
) -> None:
    told = tracker.get_status("scout")
    status = tracker.extend("scout", "late", clock.now() + timedelta(hours=5))

    assert (["late/execution"], ()) == ([hold.hold_id for hold in told.overdue], told.open_holds)
    assert (("late/execution",), (), 1_000_000) == (status.open_holds, status.overdue, status.remaining_micros)


@pytest.mark.usefixtures("overdue")
def test_an_overdue_hold_that_was_closed_cannot_be_extended(tracker: Budgets, clock: FixedClock) -> None:
    tracker.pause("scout")

    with pytest.raises(UnknownHold):
        tracker.extend("scout", "late", clock.now() + timedelta(hours=5))


def test_a_hold_that_one_of_two_ledgers_has_closed_is_extended_on_neither(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    for whose in ("scout", None):
        tracker.grant(whose, 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "late"))
    clock.advance(timedelta(hours=25))
    tracker.pause(None)

    with pytest.raises(UnknownHold):
        tracker.extend("scout", "late", clock.now() + timedelta(hours=5))
    assert tracker.get_status("scout").held_micros == 0


@pytest.mark.usefixtures("overdue")
def test_settling_by_hand_closes_the_other_overdue_holds(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 4_000_000, "g2")
    engine.generate(PlanGenerationContext("scout", "fetch it", "second"))
    clock.advance(timedelta(hours=25))

    status = tracker.settle("scout", "late", 500_000)

    assert ((), (), 500_000) == (status.open_holds, status.overdue, status.spent_micros)


@pytest.fixture
def forgotten(
    monkeypatch: pytest.MonkeyPatch, engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    """A ledger with so many expired holds that it no longer remembers the one of `first`."""
    monkeypatch.setattr("planfold.domain.holds.REMEMBERED_RELEASES", 2)
    tracker.grant("scout", 100_000_000, "g1")
    for run in ("first", "second", "third", "fourth"):
        engine.generate(PlanGenerationContext("scout", "fetch it", run))
        clock.advance(timedelta(minutes=1))
    clock.advance(timedelta(hours=25))
    tracker.grant("scout", 1, "g2")


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(("cost", "spent"), [(77_000_000, 77_000_000), (0, 0), (None, 4_000_000)])
def test_the_truth_is_recorded_of_a_hold_that_the_ledger_forgot(
    runs: Runs, tracker: Budgets, auditor: Auditor, cost: int | None, spent: int
) -> None:
    runs.report("first", RunReported(verdict="good", cost_micros=cost))

    status = tracker.get_status("scout")
    assert (spent, 100_000_001 - spent) == (status.spent_micros, status.remaining_micros)
    assert ((), ()) == (auditor.audit("first").problems, auditor.audit("first").remarks)


@pytest.mark.usefixtures("forgotten")
def test_what_a_forgotten_hold_cost_counts_on_its_day(ports: Ports, runs: Runs, clock: FixedClock) -> None:
    runs.report("first", RunReported(verdict="good", cost_micros=77_000_000))

    holds = ports.ledgers.open("default", "agent:scout").ledger.holds
    yesterday = clock.now().date() - timedelta(days=1)
    assert (77_000_000, 0) == (holds.spent_on(yesterday), holds.spent_on(clock.now().date()))


@pytest.mark.usefixtures("forgotten")
def test_a_forgotten_hold_is_settled_once(runs: Runs, tracker: Budgets) -> None:
    tracker.settle("scout", "first", 2_000_000)
    tracker.settle("scout", "first", 3_000_000)
    runs.report("first", RunReported(verdict="good", cost_micros=9_000_000))

    assert tracker.get_status("scout").spent_micros == 2_000_000
