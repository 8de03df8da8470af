"""The money of a scope, as a host sees and changes it."""

import hashlib
from datetime import timedelta

import pytest

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.ledgers import SNAPSHOT_EVERY, Ledgers
from planfold.application.ports import Appending
from planfold.application.world import Ports
from planfold.domain.errors import InvalidIdentifier, UnknownHold
from planfold.domain.ledger import CreditHeld, LedgerEvent, LimitsChanged
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.in_memory import FixedClock, InMemorySnapshots


def test_a_scope_that_was_never_granted_anything_is_not_limited(tracker: Budgets) -> None:
    status = tracker.get_status("scout")

    assert (False, None, None, None, False) == (
        status.limited,
        status.budget_micros,
        status.remaining_micros,
        status.usage_percent,
        status.exhausted,
    )


def test_a_status_counts_grants_revocations_holds_and_spending(engine: PlanGenerationEngine, tracker: Budgets) -> None:
    tracker.grant("scout", 6_000_000, "g1")
    tracker.revoke("scout", 1_000_000, "g2")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))

    status = tracker.get_status("scout")

    assert (500, 0, 400, 100) == (status.budget_cents, status.spent_cents, status.held_cents, status.remaining_cents)
    assert (80, True) == (status.usage_percent, status.alert_threshold_reached)


def test_a_status_names_each_open_hold_with_its_end(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    for run in ("r2", "r1"):
        engine.generate(PlanGenerationContext("scout", "fetch it", run))
        clock.advance(timedelta(hours=1))

    status = tracker.get_status("scout")

    ends = [clock.now() + timedelta(hours=hours) for hours in (22, 23)]
    assert [("r2/execution", 4_000_000, ends[0]), ("r1/execution", 4_000_000, ends[1])] == [
        (hold.hold_id, hold.amount_micros, hold.expires_at) for hold in status.holds
    ]
    assert ("r1/execution", "r2/execution") == status.open_holds


def test_the_same_grant_again_adds_nothing(tracker: Budgets) -> None:
    tracker.grant("scout", 5_000_000, "g1")

    assert tracker.grant("scout", 5_000_000, "g1").budget_micros == 5_000_000


def test_the_tenants_ledger_is_not_an_agents(tracker: Budgets) -> None:
    tracker.grant(None, 5_000_000, "g1")

    assert (True, False) == (tracker.get_status(None).limited, tracker.get_status("tenant").limited)


def test_limits_replace_those_before(tracker: Budgets) -> None:
    tracker.limits("scout", LimitsChanged(per_run=1, per_day=2))

    assert LimitsChanged(per_day=3) == tracker.limits("scout", LimitsChanged(per_day=3)).limits


def test_a_change_of_limits_keeps_what_it_does_not_name(tracker: Budgets) -> None:
    tracker.limits("scout", LimitsChanged(per_run=1, per_day=2))

    status = tracker.change_limits("scout", lambda limits: limits.model_copy(update={"per_day": 3}))

    assert LimitsChanged(per_run=1, per_day=3) == status.limits


def test_a_change_of_limits_that_changes_nothing_records_nothing(tracker: Budgets) -> None:
    before = tracker.limits("scout", LimitsChanged(per_run=1))

    assert before == tracker.change_limits("scout", lambda limits: limits)


def test_of_two_who_change_limits_at_once_neither_loses_anything(tracker: Budgets) -> None:
    seen: list[LimitsChanged] = []

    def hindered(limits: LimitsChanged) -> LimitsChanged:
        if not seen:
            tracker.change_limits("scout", lambda other: other.model_copy(update={"per_run": 1}))
        seen.append(limits)
        return limits.model_copy(update={"per_day": 2})

    status = tracker.change_limits("scout", hindered)

    assert LimitsChanged(per_run=1, per_day=2) == status.limits
    assert [LimitsChanged(), LimitsChanged(per_run=1)] == seen


def test_a_paused_scope_can_be_resumed(tracker: Budgets) -> None:
    assert tracker.pause("scout", "holiday").paused == "holiday"
    assert tracker.resume("scout", "back").paused is None


def test_a_hold_is_settled_by_hand_once(engine: PlanGenerationEngine, tracker: Budgets) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))

    tracker.settle("scout", "r1", 1_500_000)
    status = tracker.settle("scout", "r1", 9_000_000)

    assert (1_500_000, 0, 1_500_000) == (status.spent_micros, status.held_micros, status.spent_today_micros)


def test_a_hold_is_released_by_hand(engine: PlanGenerationEngine, tracker: Budgets) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))

    assert tracker.release("scout", "r1", "never started").remaining_micros == 5_000_000


def test_a_hold_that_is_extended_outlives_its_first_end(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    tracker.extend("scout", "r1", clock.now() + timedelta(days=3))
    clock.advance(timedelta(days=2))

    assert engine.generate(PlanGenerationContext("scout", "fetch it", "r2")).outcome == "refused"


def test_a_hold_that_is_not_open_cannot_be_extended(
    engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    tracker.settle("scout", "r1", 1)

    with pytest.raises(UnknownHold, match="cannot extend hold 'r1/execution'"):
        tracker.extend("scout", "r1", clock.now() + timedelta(days=3))


@pytest.mark.parametrize("agent", ["", "a/b", "agent one"])
def test_an_agent_that_cannot_be_named_is_refused(tracker: Budgets, agent: str) -> None:
    with pytest.raises(InvalidIdentifier):
        tracker.get_status(agent)


def test_a_long_ledger_is_read_from_its_snapshot(ports: Ports, tracker: Budgets) -> None:
    for number in range(SNAPSHOT_EVERY + 3):
        tracker.grant("scout", 1, f"g{number}")
    reads: list[int] = []
    whole = ports.log.read

    def counted(stream: str, after: int = 0) -> object:
        reads.append(after)
        return whole(stream, after)

    ports.log.read = counted  # type: ignore[assignment,method-assign]

    assert tracker.get_status("scout").budget_micros == SNAPSHOT_EVERY + 3
    assert [SNAPSHOT_EVERY] == reads


def test_a_ledger_with_many_open_holds_of_any_name_is_read_from_its_snapshot(ports: Ports) -> None:
    names = [hashlib.shake_256(str(number).encode()).hexdigest(60) for number in range(1_000)]
    holds: list[LedgerEvent] = [
        CreditHeld(hold_id=f"{name}/1", run_id=name, purpose="planning", amount=1, day=ports.clock.now().date())
        for name in names
    ]
    ports.log.append([Appending("default/ledger/tenant", EMPTY_STREAM, holds, "test")])
    snapshots = InMemorySnapshots()

    whole = Ledgers(ports.log, snapshots, ports.clock).open("default", "tenant")

    assert (1_000, 1_000) == (whole.head.version, snapshots.snapshots[whole.stream].head.version)
    assert whole == Ledgers(ports.log, snapshots, ports.clock).open("default", "tenant")
