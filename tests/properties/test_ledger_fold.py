"""Properties of the fold over any history, those that no decision would have written included."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planfold.domain import holds as holds_module
from planfold.domain.ledger import (
    EMPTY,
    CreditGranted,
    CreditHeld,
    CreditRevoked,
    HoldExtended,
    HoldReleased,
    HoldSettled,
    Ledger,
    LedgerEvent,
    LimitsChanged,
    ScopePaused,
    ScopeResumed,
    SettlementCorrected,
    fold,
)
from planfold.domain.money import LARGEST

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

amounts = st.integers(0, 100) | st.just(LARGEST)
grant_ids = st.sampled_from(["g1", "g2", "g3"])
hold_ids = st.sampled_from([f"r{run}/{last}" for run in range(4) for last in ("1", "execution")])
reasons = st.sampled_from(["", "expired", "not_sent", "by hand"])
days = st.integers(0, 5).map(lambda n: date(2026, 11, 20) + timedelta(days=n)) | st.sampled_from([date.min, date.max])
ends = st.integers(0, 100).map(lambda hours: NOON + timedelta(hours=hours))
models = st.none() | st.sampled_from(["large", "small"])

events: st.SearchStrategy[LedgerEvent] = st.one_of(
    st.builds(CreditGranted, grant_id=grant_ids, amount=amounts, reason=reasons),
    st.builds(CreditRevoked, grant_id=grant_ids, amount=amounts, reason=reasons),
    st.builds(
        LimitsChanged,
        per_run=st.none() | amounts,
        per_day=st.none() | amounts,
        per_model=st.dictionaries(st.sampled_from(["large", "small"]), amounts),
        alert_percent=st.integers(1, 100),
    ),
    st.builds(
        CreditHeld,
        hold_id=hold_ids,
        run_id=st.just("r"),
        purpose=st.sampled_from(["planning", "execution"]),
        model=models,
        amount=amounts,
        day=days,
        expires_at=st.none() | ends,
    ),
    st.builds(HoldExtended, hold_id=hold_ids, expires_at=ends),
    st.builds(
        SettlementCorrected,
        hold_id=hold_ids,
        amount=amounts,
        settled=amounts,
        day=st.none() | days,
        model=models,
        before_credit=st.booleans(),
        reason=reasons,
    ),
    st.builds(
        HoldSettled,
        hold_id=hold_ids,
        amount=amounts,
        cost_known=st.booleans(),
        day=st.none() | days,
        model=models,
    ),
    st.builds(HoldReleased, hold_id=hold_ids, reason=reasons),
    st.builds(ScopePaused, reason=reasons),
    st.builds(ScopeResumed, reason=reasons),
)
histories = st.lists(events, max_size=40)


@pytest.fixture(autouse=True)
def _short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds_module, "REMEMBERED_RELEASES", 2)


def check(before: list[LedgerEvent], afterwards: list[LedgerEvent]) -> None:
    """The state after both is the same through one fold, through two, and through a snapshot between them."""
    expected = fold([*before, *afterwards])
    middle = fold(before)
    stored = json.dumps(json.loads(middle.model_dump_json(exclude_defaults=True)), sort_keys=True)

    assert expected == fold(afterwards, middle)
    assert middle == Ledger.model_validate_json(middle.model_dump_json())
    assert expected == fold(afterwards, Ledger.model_validate_json(stored))


@settings(deadline=None)
@given(histories, histories)
def test_folding_can_go_on_from_any_snapshot(before: list[LedgerEvent], afterwards: list[LedgerEvent]) -> None:
    check(before, afterwards)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(histories, histories)
def test_folding_can_go_on_from_any_of_many_snapshots(before: list[LedgerEvent], afterwards: list[LedgerEvent]) -> None:
    check(before, afterwards)


@settings(deadline=None)
@given(histories)
def test_every_history_has_its_figures(history: list[LedgerEvent]) -> None:
    ledger = fold(history)

    assert bool(history) == ledger.opened
    assert sum(hold.amount for hold in ledger.holds.open.values()) == ledger.held
    assert ledger.funded == (ledger.available is not None) == (ledger.usage_percent is not None)
    assert set() == set(ledger.holds.open) & set(ledger.holds.released)
    assert ledger.held >= 0
    assert ledger.spent >= sum(day.total for day in ledger.holds.days.values())
    for day, spending in ledger.holds.days.items():
        assert spending.total >= sum(spending.by_model.values())
        assert ledger.holds.counted_on(day) >= ledger.spent_today(day)


def test_an_empty_history_leaves_the_empty_ledger() -> None:
    assert fold([]) == EMPTY
