"""What becomes of a hold: settled at its true cost, given back, kept longer, or expired."""

from datetime import UTC, datetime, timedelta

import pytest

from planfold.domain.errors import ExpiryPassed, HoldIsPlanning, UnknownHold
from planfold.domain.holds import Hold
from planfold.domain.ledger import (
    EMPTY,
    CreditGranted,
    CreditHeld,
    CreditRevoked,
    HoldExtended,
    HoldReleased,
    HoldSettled,
    LedgerEvent,
    LimitsChanged,
    ScopePaused,
    ScopeResumed,
    fold,
    pause,
    revoke,
)
from planfold.domain.spending import after_expiry, expire, extend, release, release_unsent, settle, spend_unheld

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
END = NOW + timedelta(days=1)
LATE = END + timedelta(hours=1)
GRANTED = CreditGranted(grant_id="november", amount=100, reason="monthly")
PLANNING = CreditHeld(hold_id="r/1", run_id="r", purpose="planning", model="large", amount=60, day=NOW.date())
EXECUTION = CreditHeld(
    hold_id="r/execution", run_id="r", purpose="execution", amount=30, day=NOW.date(), expires_at=END
)
BOTH = fold([GRANTED, PLANNING, EXECUTION])


def settled(hold_id: str, amount: int, *, cost_known: bool = True) -> HoldSettled:
    return HoldSettled(hold_id=hold_id, amount=amount, cost_known=cost_known)


def expired(hold_id: str) -> HoldReleased:
    return HoldReleased(hold_id=hold_id, reason="expired")


# Settling


@pytest.mark.parametrize("cost", [0, 20, 60])
def test_a_hold_is_settled_at_its_true_cost_and_the_rest_comes_back(cost: int) -> None:
    facts = settle(BOTH, "r/1", cost, NOW)

    assert [settled("r/1", cost)] == facts
    assert 70 - cost == fold(facts, BOTH).available


def test_a_cost_that_nobody_knows_is_the_whole_hold() -> None:
    assert [settled("r/1", 60, cost_known=False)] == settle(BOTH, "r/1", None, NOW)


def test_settling_again_changes_nothing() -> None:
    ledger = fold(settle(BOTH, "r/1", 20, NOW), BOTH)

    assert settle(ledger, "r/1", 20, NOW) == []
    assert settle(ledger, "r/1", None, LATE) == []


def test_settling_what_was_never_held_changes_nothing() -> None:
    assert settle(EMPTY, "r/1", 20, NOW) == []


def test_a_cost_above_the_hold_is_recorded_in_full() -> None:
    facts = settle(BOTH, "r/1", 70, NOW)

    assert [settled("r/1", 70)] == facts
    assert fold(facts, BOTH).available == 0


def test_an_overdraft_pauses_the_scope() -> None:
    facts = settle(BOTH, "r/1", 71, NOW)

    assert [settled("r/1", 71), ScopePaused(reason="overdraft")] == facts
    assert (fold(facts, BOTH).available, fold(facts, BOTH).paused) == (-1, "overdraft")


def test_an_overdraft_of_a_paused_scope_keeps_its_reason() -> None:
    ledger = fold([ScopePaused(reason="incident")], BOTH)

    assert [settled("r/1", 200)] == settle(ledger, "r/1", 200, NOW)


def test_a_settlement_within_its_hold_does_not_pause_a_scope_resumed_in_spite_of_its_overdraft() -> None:
    overdrawn = fold([*settle(BOTH, "r/1", 200, NOW), ScopeResumed(reason="we pay")], BOTH)

    assert [settled("r/execution", 30)] == settle(overdrawn, "r/execution", 30, NOW)


def test_a_scope_without_credit_cannot_be_overdrawn() -> None:
    ledger = fold([LimitsChanged(per_day=100), PLANNING])

    assert [settled("r/1", 500)] == settle(ledger, "r/1", 500, NOW)


def test_a_settlement_closes_other_overdue_holds_and_then_looks_for_an_overdraft() -> None:
    facts = settle(BOTH, "r/1", 90, LATE)

    assert [settled("r/1", 90), expired("r/execution")] == facts
    assert fold(facts, BOTH).available == 10


def test_an_overdue_hold_that_is_still_open_is_settled_and_not_expired() -> None:
    assert [settled("r/execution", 25)] == settle(BOTH, "r/execution", 25, LATE)


@pytest.mark.parametrize(("cost", "amount"), [(25, 25), (None, 30)])
def test_an_expired_hold_can_still_be_settled_once(cost: int | None, amount: int) -> None:
    ledger = fold([expired("r/execution")], BOTH)

    facts = settle(ledger, "r/execution", cost, LATE)

    assert [settled("r/execution", amount, cost_known=cost is not None)] == facts
    assert 40 - amount == fold(facts, ledger).available
    assert amount == fold(facts, ledger).spent_today(NOW.date())
    assert settle(fold(facts, ledger), "r/execution", cost, LATE) == []


def test_an_expired_hold_whose_credit_was_held_again_overdraws_when_it_is_settled() -> None:
    held_again = CreditHeld(hold_id="s/1", run_id="s", purpose="planning", amount=40, day=END.date())
    ledger = fold([expired("r/execution"), held_again], BOTH)

    assert [settled("r/execution", 1), ScopePaused(reason="overdraft")] == settle(ledger, "r/execution", 1, LATE)


def test_an_execution_that_an_operator_gave_up_can_still_be_settled() -> None:
    ledger = fold(release(BOTH, "r/execution", "executor lost"), BOTH)

    assert [settled("r/execution", 25)] == settle(ledger, "r/execution", 25, NOW)


FORGOTTEN = Hold(amount=30, day=NOW.date() - timedelta(days=1), model="large")


@pytest.mark.parametrize(("cost", "amount"), [(25, 25), (0, 0), (None, 30)])
def test_a_hold_that_the_ledger_forgot_is_settled_on_its_day_and_by_its_model(cost: int | None, amount: int) -> None:
    facts = settle(fold([GRANTED]), "old/execution", cost, NOW, FORGOTTEN)

    ledger = fold([GRANTED, *facts])
    assert [settled("old/execution", amount, cost_known=cost is not None)] == [
        fact.model_copy(update={"day": None, "model": None}) for fact in facts
    ]
    assert (amount, amount, 100 - amount) == (
        ledger.spent,
        ledger.holds.spent_on(FORGOTTEN.day, "large"),
        ledger.available,
    )
    assert ledger.spent_today(NOW.date()) == 0


def test_a_forgotten_hold_that_overdraws_pauses_the_scope() -> None:
    assert [ScopePaused(reason="overdraft")] == settle(BOTH, "old/execution", 11, NOW, FORGOTTEN)[1:]


def test_a_hold_that_is_known_is_settled_as_it_stands() -> None:
    assert settle(BOTH, "r/1", 20, NOW) == settle(BOTH, "r/1", 20, NOW, FORGOTTEN)


def test_a_call_that_was_to_be_free_counts_on_its_day_and_by_its_model() -> None:
    ledger = fold(spend_unheld(BOTH, "r/2", 5, NOW, "large"), BOTH)

    assert (5, 65) == (ledger.holds.spent_on(NOW.date(), "large"), ledger.holds.counted_on(NOW.date(), "large"))
    assert spend_unheld(EMPTY, "r/2", 5, NOW, "large") == []


# Releasing


def test_an_operator_gives_back_the_hold_of_an_execution() -> None:
    facts = release(BOTH, "r/execution", "executor lost")

    assert [HoldReleased(hold_id="r/execution", reason="executor lost")] == facts
    assert fold(facts, BOTH).available == 40


def test_an_operator_cannot_give_back_the_hold_of_a_planner_call() -> None:
    with pytest.raises(HoldIsPlanning, match=r"'r/1' of 60 micro-USD: .* planning hold never comes back") as raised:
        release(BOTH, "r/1", "planner lost")

    assert (raised.value.hold_id, raised.value.amount) == ("r/1", 60)


def test_releasing_again_changes_nothing() -> None:
    ledger = fold(release(BOTH, "r/execution", "executor lost"), BOTH)

    assert release(ledger, "r/execution", "executor lost") == []


@pytest.mark.parametrize("hold_id", ["r/1", "r/execution"])
def test_what_was_not_sent_gives_its_hold_back(hold_id: str) -> None:
    facts = release_unsent(BOTH, hold_id)

    assert [HoldReleased(hold_id=hold_id, reason="not_sent")] == facts
    assert release_unsent(fold(facts, BOTH), hold_id) == []


def test_a_planner_call_that_was_not_sent_cannot_be_settled() -> None:
    ledger = fold(release_unsent(BOTH, "r/1"), BOTH)

    assert settle(ledger, "r/1", 60, NOW) == []


# Extending and expiring


def test_the_hold_of_an_execution_can_be_kept_longer() -> None:
    facts = extend(BOTH, "r/execution", LATE, NOW)

    assert [HoldExtended(hold_id="r/execution", expires_at=LATE)] == facts
    assert expire(fold(facts, BOTH), END) == []


@pytest.mark.parametrize("expires_at", [END, END - timedelta(hours=1)])
def test_a_hold_that_lasts_that_long_already_is_not_changed(expires_at: datetime) -> None:
    assert extend(BOTH, "r/execution", expires_at, NOW) == []


def test_an_overdue_hold_that_is_still_open_can_be_kept() -> None:
    later = LATE + timedelta(hours=1)

    assert [HoldExtended(hold_id="r/execution", expires_at=later)] == extend(BOTH, "r/execution", later, LATE)


@pytest.mark.parametrize("expires_at", [NOW, NOW - timedelta(hours=1)])
def test_a_hold_cannot_be_kept_until_a_time_that_has_passed(expires_at: datetime) -> None:
    with pytest.raises(ExpiryPassed, match="it is 2026-11-22T12:00:00") as raised:
        extend(BOTH, "r/execution", expires_at, NOW)

    assert ("r/execution", expires_at, NOW) == (raised.value.hold_id, raised.value.expires_at, raised.value.now)


def test_a_hold_that_is_not_open_cannot_be_kept() -> None:
    with pytest.raises(UnknownHold, match="cannot extend hold 'r/execution'") as raised:
        extend(fold([expired("r/execution")], BOTH), "r/execution", LATE + timedelta(hours=1), LATE)

    assert raised.value.hold_id == "r/execution"


def test_a_planning_hold_has_no_end_to_extend() -> None:
    with pytest.raises(HoldIsPlanning):
        extend(BOTH, "r/1", END, NOW)


def test_executions_expire_at_their_end_and_in_its_order() -> None:
    other = EXECUTION.model_copy(
        update={"hold_id": "s/execution", "run_id": "s", "expires_at": END - timedelta(hours=1)}
    )
    facts: list[LedgerEvent] = [GRANTED, PLANNING, EXECUTION, other]

    assert expire(fold(facts), NOW) == []
    assert [expired("s/execution"), expired("r/execution")] == expire(fold(facts), END)


def test_expiring_again_changes_nothing() -> None:
    assert expire(fold(expire(BOTH, END), BOTH), LATE) == []


def test_a_decision_closes_what_is_overdue_first_and_counts_on_it() -> None:
    facts = after_expiry(BOTH, LATE, lambda ledger: revoke(ledger, "back", 40, ""))

    assert [expired("r/execution"), CreditRevoked(grant_id="back", amount=40, reason="")] == facts
    assert fold(facts, BOTH).available == 0


def test_a_decision_that_records_nothing_closes_nothing() -> None:
    paused = fold(pause(BOTH, "incident"), BOTH)

    assert after_expiry(paused, LATE, lambda ledger: pause(ledger, "again")) == []


def test_the_hold_that_a_decision_is_about_is_not_closed_by_it() -> None:
    later = LATE + timedelta(hours=1)

    facts = after_expiry(BOTH, LATE, lambda ledger: extend(ledger, "r/execution", later, LATE), but="r/execution")

    assert [HoldExtended(hold_id="r/execution", expires_at=later)] == facts
