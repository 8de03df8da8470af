"""A cost that nobody knew, and that somebody told later."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.corrections import Settled, correct, settlements, to_correct
from planfold.domain.errors import NothingToCorrect
from planfold.domain.ledger import (
    CreditGranted,
    CreditHeld,
    HoldSettled,
    Ledger,
    LedgerEvent,
    ScopePaused,
    SettlementCorrected,
    fold,
)
from planfold.domain.spending import settle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GRANTED = CreditGranted(grant_id="g", amount=100, reason="")


def held(attempt: int = 1, amount: int = 30, model: str | None = "large") -> CreditHeld:
    return CreditHeld(
        hold_id=f"r/{attempt}", run_id="r", purpose="planning", model=model, amount=amount, day=NOW.date()
    )


def lost(attempt: int = 1, amount: int = 30) -> HoldSettled:
    return HoldSettled(hold_id=f"r/{attempt}", amount=amount, cost_known=False)


def corrected(history: list[LedgerEvent], amount: int, *, attempt: int | None = None) -> list[LedgerEvent]:
    found = settlements(history, "r")
    return correct(fold(history), found[to_correct("r", attempt, [found])], amount, "bill", NOW)


def figures(ledger: Ledger) -> tuple[int | None, int, int, int]:
    return ledger.available, ledger.spent, ledger.spent_today(NOW.date()), ledger.holds.spent_on(NOW.date(), "large")


def test_the_true_cost_counts_in_place_of_the_whole_hold() -> None:
    history: list[LedgerEvent] = [GRANTED, held(), lost()]

    facts = corrected(history, 12)

    assert (70, 30, 30, 30) == figures(fold(history))
    assert (88, 12, 12, 12) == figures(fold([*history, *facts]))
    assert [
        SettlementCorrected(
            hold_id="r/1",
            amount=12,
            settled=30,
            day=NOW.date(),
            model="large",
            before_credit=False,
            reason="bill",
        )
    ] == facts


def test_a_correction_said_again_records_nothing() -> None:
    history: list[LedgerEvent] = [GRANTED, held(), lost()]
    history += corrected(history, 12)

    assert [] == corrected(history, 12)


def test_that_the_whole_hold_was_the_true_cost_is_recorded_once() -> None:
    history: list[LedgerEvent] = [GRANTED, held(), lost()]

    facts = corrected(history, 30)

    assert 1 == len(facts)
    assert figures(fold(history)) == figures(fold([*history, *facts]))


def test_a_correction_can_itself_be_corrected() -> None:
    history: list[LedgerEvent] = [GRANTED, held(), lost()]
    history += corrected(history, 12)

    facts = corrected(history, 21)

    assert (79, 21, 21, 21) == figures(fold([*history, *facts]))


def test_a_cost_that_was_known_is_not_corrected() -> None:
    known = HoldSettled(hold_id="r/1", amount=7, cost_known=True)

    with pytest.raises(NothingToCorrect, match="nothing was settled at an unknown cost there"):
        corrected([GRANTED, held(), known], 12)


def test_an_open_hold_is_not_corrected_but_settled() -> None:
    with pytest.raises(NothingToCorrect):
        corrected([GRANTED, held()], 12)


def test_of_several_the_attempt_is_named() -> None:
    history: list[LedgerEvent] = [GRANTED, held(1), lost(1), held(2), lost(2)]

    with pytest.raises(NothingToCorrect, match=r"r/1, r/2 were all settled at an unknown cost; name the attempt"):
        corrected(history, 12)

    assert 42 == fold([*history, *corrected(history, 12, attempt=2)]).spent
    with pytest.raises(NothingToCorrect, match="attempt 3 of run 'r'"):
        corrected(history, 12, attempt=3)


def test_of_several_the_last_one_that_is_not_known_is_meant() -> None:
    history: list[LedgerEvent] = [GRANTED, held(1), lost(1), held(2), lost(2)]
    history += corrected(history, 12, attempt=1)

    assert ["r/2"] == [fact.hold_id for fact in corrected(history, 5) if isinstance(fact, SettlementCorrected)]


def test_a_correction_that_overdraws_pauses_the_scope() -> None:
    history: list[LedgerEvent] = [GRANTED, held(), lost()]

    facts = corrected(history, 101)

    assert ScopePaused(reason="overdraft") == facts[-1]
    assert fold([*history, *facts]).available == -1


def test_what_was_spent_before_there_was_credit_is_not_paid_from_it_when_it_is_corrected() -> None:
    history: list[LedgerEvent] = [ScopePaused(reason=""), held(), lost(), GRANTED]

    facts = corrected(history, 12)

    assert (100, 12) == figures(fold([*history, *facts]))[:2]


def test_the_bill_of_a_day_that_is_forgotten_counts_in_the_total_alone() -> None:
    later = held(2).model_copy(update={"day": NOW.date().replace(day=28)})
    history: list[LedgerEvent] = [GRANTED, held(), lost(), later, lost(2)]

    ledger = fold([*history, *corrected(history, 12, attempt=1)])

    assert (42, 0) == (ledger.spent, ledger.spent_today(NOW.date()))


@given(st.integers(0, 30), st.integers(0, 60), st.booleans())
def test_corrected_is_as_if_the_truth_had_been_known_at_once(amount: int, true: int, funded_first: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    before: list[LedgerEvent] = (
        [GRANTED, held(1, amount)] if funded_first else [ScopePaused(reason=""), held(1, amount)]
    )
    after: list[LedgerEvent] = [] if funded_first else [GRANTED]
    unknown: list[LedgerEvent] = [*before, *settle(fold(before), "r/1", None, NOW), *after]
    known = fold([*before, *settle(fold(before), "r/1", true, NOW), *after])

    ledger = fold([*unknown, *corrected(unknown, true)])

    assert figures(known) == figures(ledger)
    assert known.charged == ledger.charged


def test_a_settlement_of_a_hold_that_was_forgotten_keeps_its_own_day_and_model() -> None:
    told = HoldSettled(hold_id="r/execution", amount=9, cost_known=False, day=NOW.date(), model="small")

    assert {
        "r/execution": Settled(
            hold_id="r/execution",
            amount=9,
            cost_known=False,
            day=NOW.date(),
            model="small",
            before_credit=True,
        )
    } == settlements([told], "r")
