"""Credit, limits and pauses: each command allowed, refused, and with nothing to do; what the fold makes of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from planfold.domain.errors import (
    AmountOutOfRange,
    CreditNotAvailable,
    DomainError,
    GrantIdTaken,
    InvalidIdentifier,
    LedgerRuleBroken,
)
from planfold.domain.holds import REMEMBERED_RELEASES, Hold
from planfold.domain.ledger import (
    EMPTY,
    MOST_CREDIT,
    REMEMBERED_COMMANDS,
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
    change_limits,
    evolve,
    fold,
    grant,
    pause,
    resume,
    revoke,
)
from planfold.domain.money import LARGEST

DAY = date(2026, 11, 22)
END = datetime(2026, 11, 23, 12, tzinfo=UTC)
GRANTED = CreditGranted(grant_id="november", amount=100, reason="monthly")


def held(
    hold_id: str, amount: int, *, day: date = DAY, model: str | None = None, expires_at: datetime | None = None
) -> CreditHeld:
    run_id, _, last = hold_id.rpartition("/")
    if last == "execution":
        return CreditHeld(
            hold_id=hold_id,
            run_id=run_id,
            purpose="execution",
            model=model,
            amount=amount,
            day=day,
            expires_at=expires_at or END,
        )
    return CreditHeld(hold_id=hold_id, run_id=run_id, purpose="planning", model=model, amount=amount, day=day)


def settled(hold_id: str, amount: int) -> HoldSettled:
    return HoldSettled(hold_id=hold_id, amount=amount, cost_known=True)


def released(hold_id: str, reason: str = "expired") -> HoldReleased:
    return HoldReleased(hold_id=hold_id, reason=reason)


# Granting and revoking


def test_a_grant_adds_to_what_is_available() -> None:
    facts = grant(EMPTY, "november", 100, "monthly")

    assert facts == [GRANTED]
    assert fold(facts).available == 100


def test_granting_again_under_the_same_id_grants_nothing_more() -> None:
    assert grant(fold([GRANTED]), "november", 100, "sent twice") == []


def test_the_same_grant_id_for_another_amount_is_no_repetition() -> None:
    with pytest.raises(GrantIdTaken, match="cannot grant 500 micro-USD as 'november': 100 were granted") as raised:
        grant(fold([GRANTED]), "november", 500, "more")

    assert (raised.value.grant_id, raised.value.amount, raised.value.recorded) == ("november", 500, 100)


def test_a_revocation_under_the_id_of_a_grant_is_no_repetition() -> None:
    with pytest.raises(GrantIdTaken, match="cannot revoke 100 micro-USD as 'november': 100 were granted"):
        revoke(fold([GRANTED]), "november", 100, "back")


@pytest.mark.parametrize("amount", [1.5, True, "5"])
def test_what_is_no_whole_number_is_neither_granted_nor_revoked(amount: object) -> None:
    for decide in (grant, revoke):
        with pytest.raises(AmountOutOfRange, match="must be a whole number"):
            decide(fold([GRANTED]), "other", amount, "")  # type: ignore[arg-type]  # a host keeps no types


@pytest.mark.parametrize("amount", [0, -1, MOST_CREDIT + 1])
def test_a_grant_of_nothing_or_of_more_than_a_ledger_can_hold_is_refused(amount: int) -> None:
    with pytest.raises(AmountOutOfRange, match=f"from 1 to {MOST_CREDIT}"):
        grant(EMPTY, "november", amount, "monthly")


def test_all_grants_of_a_ledger_stay_below_the_largest_integer() -> None:
    nearly_full = fold(grant(EMPTY, "all", MOST_CREDIT - 5, ""))

    assert fold(grant(nearly_full, "rest", 5, ""), nearly_full).available == MOST_CREDIT
    with pytest.raises(AmountOutOfRange, match="from 1 to 5"):
        grant(nearly_full, "too-much", 6, "")


def test_a_grant_id_must_be_an_identifier() -> None:
    with pytest.raises(InvalidIdentifier, match="grant id 'no vember'"):
        grant(EMPTY, "no vember", 100, "monthly")


def test_a_grant_is_recognised_among_the_newest_commands_only() -> None:
    ledger = fold(CreditGranted(grant_id=f"g{n}", amount=1, reason="") for n in range(REMEMBERED_COMMANDS + 1))

    assert len(ledger.commands) == REMEMBERED_COMMANDS
    assert grant(ledger, "g1", 1, "") == []
    assert [CreditGranted(grant_id="g0", amount=1, reason="")] == grant(ledger, "g0", 1, "")


def test_a_revocation_takes_what_is_available() -> None:
    ledger = fold([GRANTED, held("r/1", 30)])

    facts = revoke(ledger, "back", 70, "unused")

    assert [CreditRevoked(grant_id="back", amount=70, reason="unused")] == facts
    assert fold(facts, ledger).available == 0


def test_revoking_again_under_the_same_id_revokes_nothing_more() -> None:
    ledger = fold([GRANTED, CreditRevoked(grant_id="back", amount=70, reason="unused")])

    assert revoke(ledger, "back", 70, "sent twice") == []


def test_what_is_held_or_spent_cannot_be_revoked() -> None:
    ledger = fold([GRANTED, held("r/1", 30), settled("r/1", 20), held("r/2", 40)])

    with pytest.raises(CreditNotAvailable, match="cannot revoke 41 micro-USD as 'back': 40 of 100 are") as raised:
        revoke(ledger, "back", 41, "unused")

    assert (raised.value.amount, raised.value.available, raised.value.credit) == (41, 40, 100)


def test_nothing_can_be_revoked_from_a_ledger_that_was_never_funded() -> None:
    with pytest.raises(CreditNotAvailable, match="0 of 0 are available"):
        revoke(EMPTY, "back", 1, "unused")


@pytest.mark.parametrize("amount", [0, -1])
def test_a_revocation_of_nothing_is_refused(amount: int) -> None:
    with pytest.raises(AmountOutOfRange, match=f"cannot grant or revoke {amount} micro-USD"):
        revoke(fold([GRANTED]), "back", amount, "unused")


def test_every_broken_rule_of_a_ledger_is_an_error_of_the_domain() -> None:
    assert issubclass(LedgerRuleBroken, DomainError)
    assert {LedgerRuleBroken} == {AmountOutOfRange.__base__, CreditNotAvailable.__base__, GrantIdTaken.__base__}


# Limits and pauses


def test_changed_limits_replace_the_earlier_ones_whole() -> None:
    ledger = fold([LimitsChanged(per_run=5, per_model={"large": 3})])
    limits = LimitsChanged(per_day=50, alert_percent=90)

    facts = change_limits(ledger, limits)

    assert [limits] == facts
    assert limits == fold(facts, ledger).limits


def test_the_same_limits_again_change_nothing() -> None:
    limits = LimitsChanged(per_run=5, per_model={"large": 3})

    assert change_limits(fold([limits]), limits) == []


def test_limits_that_limit_nothing_change_nothing_on_a_new_ledger() -> None:
    assert change_limits(EMPTY, LimitsChanged()) == []


@pytest.mark.parametrize("alert_percent", [0, 101])
def test_an_alert_stands_between_1_and_100_percent(alert_percent: int) -> None:
    with pytest.raises(ValidationError):
        LimitsChanged(alert_percent=alert_percent)


def test_a_pause_stands_until_it_is_resumed() -> None:
    paused = pause(EMPTY, "incident")
    resumed = resume(fold(paused), "over")

    assert ([ScopePaused(reason="incident")], [ScopeResumed(reason="over")]) == (paused, resumed)
    assert fold(paused).paused == "incident"
    assert fold([*paused, *resumed]).paused is None


def test_pausing_again_keeps_the_first_reason() -> None:
    assert pause(fold([ScopePaused(reason="incident")]), "another") == []


def test_an_empty_reason_pauses_too() -> None:
    ledger = fold(pause(EMPTY, ""))

    assert ledger.paused == ""
    assert [ScopeResumed(reason="")] == resume(ledger, "")


def test_resuming_what_is_not_paused_changes_nothing() -> None:
    assert resume(fold([GRANTED]), "over") == []


def test_credit_does_not_end_a_pause() -> None:
    assert fold([ScopePaused(reason="overdraft"), GRANTED]).paused == "overdraft"


# What follows from the state


def test_a_ledger_without_credit_has_no_figure_of_what_is_available() -> None:
    ledger = fold([LimitsChanged(per_run=5)])

    assert (ledger.opened, ledger.funded, ledger.available) == (True, False, None)
    assert (ledger.exhausted, ledger.usage_percent, ledger.alert_reached) == (False, None, False)
    assert not EMPTY.opened


def test_credit_does_not_pay_for_what_was_spent_before_any_was_granted() -> None:
    unfunded = fold([held("r/1", 500), settled("r/1", 400), held("r/2", 30)])

    first = fold([GRANTED], unfunded)
    second = fold([settled("r/2", 10), CreditGranted(grant_id="more", amount=50, reason="")], first)

    assert (first.available, first.spent, first.usage_percent) == (70, 400, 30)
    assert (second.available, second.spent, second.usage_percent) == (140, 410, 6)


def test_a_ledger_whose_credit_is_all_revoked_is_exhausted_and_not_unlimited() -> None:
    ledger = fold([GRANTED, CreditRevoked(grant_id="back", amount=100, reason="")])

    assert (ledger.available, ledger.exhausted, ledger.usage_percent, ledger.alert_reached) == (0, True, 100, True)


def test_usage_counts_what_is_held_and_spent_and_is_rounded_down() -> None:
    ledger = fold([CreditGranted(grant_id="g", amount=300, reason=""), held("r/1", 100), settled("r/1", 50)])

    assert (ledger.usage_percent, ledger.alert_reached) == (16, False)
    assert (fold([held("r/2", 3)], ledger).usage_percent, ledger.alert_reached) == (17, False)


@pytest.mark.parametrize(("amount", "reached"), [(79, False), (80, True), (100, True)])
def test_the_alert_is_reached_at_its_percentage(amount: int, *, reached: bool) -> None:
    assert reached == fold([GRANTED, held("r/1", amount)]).alert_reached


def test_the_alert_percentage_can_be_set() -> None:
    assert fold([GRANTED, LimitsChanged(alert_percent=10), held("r/1", 10)]).alert_reached


def test_an_overdraft_shows_as_negative_and_above_100_percent() -> None:
    ledger = fold([GRANTED, held("r/1", 100), settled("r/1", 150)])

    assert (ledger.available, ledger.usage_percent, ledger.exhausted) == (-50, 150, True)


def test_no_overdraft_shows_below_what_i_json_carries() -> None:
    facts = [fact for n in range(1, 4) for fact in (held(f"r/{n}", 1), settled(f"r/{n}", LARGEST))]

    assert fold([GRANTED, *facts]).available == -LARGEST


# The fold


def test_an_open_hold_is_not_available_and_a_settled_one_counts_what_it_cost() -> None:
    ledger = fold([GRANTED, held("r/1", 30), held("r/2", 20), settled("r/1", 10)])

    assert (ledger.held, ledger.spent, ledger.available) == (20, 10, 70)
    assert list(ledger.holds.open) == ["r/2"]


def test_a_hold_counts_on_its_own_day_when_it_is_settled_after_midnight() -> None:
    tomorrow = DAY + timedelta(days=1)
    ledger = fold([GRANTED, held("r/1", 30, model="large"), held("s/1", 5, day=tomorrow), settled("r/1", 10)])

    assert (ledger.spent_today(DAY), ledger.spent_today(tomorrow)) == (10, 0)
    assert (
        ledger.holds.spent_on(DAY, "large"),
        ledger.holds.spent_on(DAY, "small"),
        ledger.holds.spent_on(tomorrow, "large"),
    ) == (10, 0, 0)
    assert (ledger.holds.counted_on(DAY), ledger.holds.counted_on(tomorrow)) == (10, 5)


def test_what_is_held_and_spent_is_counted_by_model() -> None:
    ledger = fold([held("r/1", 30, model="large"), settled("r/1", 10), held("r/2", 7, model="large"), held("r/3", 1)])
    ledger = fold(
        [held("s/1", 5, model="small"), settled("s/1", 2), held("s/2", 9, model="large"), settled("s/2", 4)], ledger
    )

    assert (
        ledger.holds.counted_on(DAY),
        ledger.holds.counted_on(DAY, "large"),
        ledger.holds.counted_on(DAY, "small"),
    ) == (24, 21, 2)


def test_days_are_kept_while_a_hold_may_still_be_settled_on_them() -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    ledger = fold(
        [fact for n, day in enumerate(days, 1) for fact in (held(f"r/{n}", 2, day=day), settled(f"r/{n}", 1))][:-1],
        fold([held("open/1", 1), held("late/execution", 1, day=days[1]), released("late/execution")]),
    )

    assert [days[0], days[1], days[3]] == sorted(ledger.holds.days)


def test_a_hold_of_an_earlier_day_does_not_turn_back_the_newest_day() -> None:
    assert fold([held("r/1", 1), held("r/2", 1, day=DAY - timedelta(days=1))]).holds.today == DAY


def test_the_first_of_all_days_has_none_before_it() -> None:
    ledger = fold([held("r/1", 2, day=date.min), settled("r/1", 1), held("r/2", 2, day=date.max), settled("r/2", 1)])

    assert [date.max] == list(ledger.holds.days)


def test_a_released_planning_hold_is_forgotten_and_an_execution_remembered() -> None:
    ledger = fold(
        [held("r/1", 1), held("r/execution", 2), released("r/1", "not_sent"), released("r/execution", "by hand")]
    )

    assert {"r/execution": Hold(amount=2, day=DAY, expires_at=END)} == ledger.holds.released
    assert ledger.held == 0


def test_the_releases_with_the_latest_end_are_remembered() -> None:
    holds = [held(f"r{n}/execution", 1, expires_at=END - timedelta(seconds=n)) for n in range(REMEMBERED_RELEASES + 1)]
    ledger = fold([fact for hold in holds for fact in (hold, released(hold.hold_id))])

    assert len(ledger.holds.released) == REMEMBERED_RELEASES
    assert f"r{REMEMBERED_RELEASES}/execution" not in ledger.holds.released


def test_an_extended_hold_has_its_new_end() -> None:
    later = END + timedelta(hours=1)

    ledger = fold([held("r/execution", 2), HoldExtended(hold_id="r/execution", expires_at=later)])

    assert later == ledger.holds.open["r/execution"].expires_at


@pytest.mark.parametrize(
    "fact",
    [
        CreditRevoked(grant_id="back", amount=5, reason=""),
        HoldExtended(hold_id="r/execution", expires_at=END),
        HoldSettled(hold_id="r/1", amount=5, cost_known=False),
        HoldReleased(hold_id="r/1", reason="expired"),
        ScopeResumed(reason=""),
    ],
)
def test_the_fold_refuses_no_history(fact: LedgerEvent) -> None:
    assert evolve(EMPTY, fact).opened


def test_a_settlement_of_an_unknown_hold_still_counts_as_spent() -> None:
    assert fold([GRANTED, settled("r/1", 5)]).available == 95


def test_a_second_hold_of_the_same_id_takes_the_place_of_the_first() -> None:
    ledger = fold([GRANTED, held("r/1", 30), held("r/1", 10), held("r/execution", 1)])

    assert ledger.held == 11


def test_a_hold_taken_again_is_no_longer_released() -> None:
    ledger = fold([held("r/execution", 3), released("r/execution"), held("r/execution", 4)])

    assert (ledger.held, ledger.holds.released) == (4, {})


def test_an_execution_hold_without_an_end_is_folded_like_another() -> None:
    endless = CreditHeld(hold_id="r/execution", run_id="r", purpose="execution", amount=1, day=DAY)
    others = [held(f"s{n}/execution", 1) for n in range(REMEMBERED_RELEASES)]
    ledger = fold([fact for hold in [endless, *others] for fact in (hold, released(hold.hold_id))])

    assert "r/execution" not in ledger.holds.released


# Snapshots


def test_a_snapshot_is_read_back_as_it_was() -> None:
    ledger = fold(
        [
            GRANTED,
            CreditRevoked(grant_id="back", amount=1, reason=""),
            LimitsChanged(per_run=5, per_model={"large": 3}),
            held("r/1", 3, model="large"),
            settled("r/1", 2),
            held("r/2", 3, model="large"),
            held("r/execution", 4),
            held("s/execution", 4),
            released("s/execution"),
            ScopePaused(reason="incident"),
        ]
    )

    assert ledger == Ledger.model_validate_json(ledger.model_dump_json())
    assert ledger == Ledger.model_validate_json(ledger.model_dump_json(exclude_defaults=True))


def test_a_snapshot_with_a_full_memory_stays_below_64_kilobytes() -> None:
    name = "0192f0c1-7e1a-7c3e-9a51-6f1d2c3b4a5{n:05d}".format
    grants = [CreditGranted(grant_id=name(n=n), amount=5_000_000, reason="") for n in range(REMEMBERED_COMMANDS)]
    holds = [held(f"{name(n=n)}/execution", 4_000_000) for n in range(REMEMBERED_RELEASES)]
    ledger = fold([*grants, *holds, *(released(hold.hold_id) for hold in holds)])

    assert len(ledger.model_dump_json(exclude_defaults=True)) < 64 * 1024
