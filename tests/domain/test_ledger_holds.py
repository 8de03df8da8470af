"""Asking for credit: on all ledgers or on none, and every reason why not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from planfold.domain.errors import ExpiryPassed, HoldIdTaken
from planfold.domain.holds import Purpose, execution_hold_id, planning_hold_id
from planfold.domain.ledger import (
    EMPTY,
    CreditGranted,
    CreditHeld,
    CreditRevoked,
    HoldReleased,
    HoldSettled,
    Ledger,
    LedgerEvent,
    LimitsChanged,
    ScopePaused,
    fold,
)
from planfold.domain.money import LARGEST
from planfold.domain.names import TENANT_SCOPE, agent_scope
from planfold.domain.spending import Breach, HoldDecision, HoldRequest, decide_holds

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2026, 11, 22)
SCOUT = agent_scope("scout")
LIMITLESS = fold([LimitsChanged()])


def funded(amount: int, *facts: LedgerEvent) -> Ledger:
    return fold([CreditGranted(grant_id="november", amount=amount, reason="monthly"), *facts])


def asked(
    needed: int | None,
    *,
    run_id: str = "r",
    attempt: int = 1,
    model: str | None = "large",
    charged_to_run: int = 0,
    cap: int | None = None,
) -> HoldRequest:
    """A planning hold."""
    return HoldRequest(
        hold_id=planning_hold_id(run_id, attempt),
        run_id=run_id,
        purpose="planning",
        model=model,
        needed=needed,
        charged_to_run=charged_to_run,
        cap=cap,
    )


def to_run(
    needed: int | None, *, run_id: str = "r", cap: int | None = None, until: datetime | None = None
) -> HoldRequest:
    """An execution hold, of a day if nothing else is said."""
    return HoldRequest(
        hold_id=execution_hold_id(run_id),
        run_id=run_id,
        purpose="execution",
        needed=needed,
        cap=cap,
        expires_at=until or NOW + timedelta(days=1),
    )


def after(ledgers: Mapping[str, Ledger], decision: HoldDecision) -> dict[str, Ledger]:
    return {scope: fold(decision.facts.get(scope, []), ledger) for scope, ledger in ledgers.items()}


def reason(decision: HoldDecision) -> tuple[Breach | None, str | None, int | None, int | None]:
    return decision.breach, decision.scope, decision.limit, decision.used


# Allowed


def test_a_hold_is_taken_on_the_ledgers_of_the_agent_and_of_the_tenant() -> None:
    decision = decide_holds({SCOUT: funded(100), TENANT_SCOPE: funded(90)}, asked(40), NOW)

    hold = CreditHeld(hold_id="r/1", run_id="r", purpose="planning", model="large", amount=40, day=DAY)
    assert HoldDecision("allowed", 40, 90, hold_id="r/1", facts={SCOUT: [hold], TENANT_SCOPE: [hold]}) == decision


def test_an_execution_hold_has_an_end() -> None:
    decision = decide_holds({SCOUT: funded(100)}, to_run(40), NOW)

    hold = CreditHeld(
        hold_id="r/execution",
        run_id="r",
        purpose="execution",
        amount=40,
        day=DAY,
        expires_at=NOW + timedelta(days=1),
    )
    assert {SCOUT: [hold]} == decision.facts


def test_all_that_is_available_can_be_held() -> None:
    ledgers = {SCOUT: funded(100)}

    assert after(ledgers, decide_holds(ledgers, asked(100), NOW))[SCOUT].available == 0


def test_the_day_of_a_hold_is_that_of_utc() -> None:
    behind_utc = datetime(2026, 11, 22, 20, tzinfo=timezone(timedelta(hours=-8)))

    [hold] = decide_holds({SCOUT: funded(100)}, asked(1), behind_utc).facts[SCOUT]

    assert isinstance(hold, CreditHeld)
    assert date(2026, 11, 23) == hold.day


def test_what_no_ledger_limits_is_allowed_and_held_nowhere() -> None:
    decision = decide_holds({SCOUT: EMPTY, TENANT_SCOPE: EMPTY}, asked(LARGEST), NOW)

    assert HoldDecision("allowed", LARGEST, None) == decision


def test_a_ledger_that_was_never_opened_takes_no_part() -> None:
    decision = decide_holds({SCOUT: EMPTY, TENANT_SCOPE: funded(10)}, asked(10), NOW)

    assert (decision.verdict, decision.available_before, list(decision.facts)) == ("allowed", 10, [TENANT_SCOPE])


def test_an_opened_ledger_without_credit_limits_no_total_and_counts_the_hold() -> None:
    ledgers = {SCOUT: LIMITLESS}
    decision = decide_holds(ledgers, asked(1_000), NOW)

    assert (decision.verdict, decision.available_before) == ("allowed", None)
    assert after(ledgers, decision)[SCOUT].holds.counted_on(DAY, "large") == 1_000


def test_an_execution_that_costs_nothing_is_held_so_that_it_can_be_settled() -> None:
    decision = decide_holds({SCOUT: funded(100)}, to_run(0), NOW)

    assert (decision.hold_id, len(decision.facts[SCOUT])) == ("r/execution", 1)


def test_a_planner_call_that_costs_nothing_needs_no_hold() -> None:
    assert HoldDecision("allowed", 0, 100) == decide_holds({SCOUT: funded(100)}, asked(0), NOW)


def test_an_unknown_price_passes_where_nothing_limits_it() -> None:
    assert HoldDecision("allowed", None, None) == decide_holds({SCOUT: EMPTY}, to_run(None), NOW)


def test_asking_again_for_an_open_hold_is_allowed_and_adds_nothing() -> None:
    ledgers = {SCOUT: funded(100), TENANT_SCOPE: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60), NOW))

    assert HoldDecision("allowed", 60, 40, hold_id="r/1") == decide_holds(ledgers, asked(60), NOW)
    assert HoldDecision("allowed", 50, 40, hold_id="r/1") == decide_holds(ledgers, asked(50), NOW)


def test_a_ledger_opened_since_does_not_take_part_in_a_hold_that_stands() -> None:
    ledgers = {SCOUT: funded(100)}
    standing = after(ledgers, decide_holds(ledgers, asked(60), NOW))

    decision = decide_holds({**standing, TENANT_SCOPE: funded(1)}, asked(60), NOW)

    assert (decision.verdict, decision.facts) == ("allowed", {})


@pytest.mark.parametrize("needed", [61, None])
def test_an_open_hold_does_not_serve_for_more_than_it_holds(needed: int | None) -> None:
    ledgers = {SCOUT: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60), NOW))

    with pytest.raises(HoldIdTaken, match="as 'r/1': that hold is open already, of 60") as raised:
        decide_holds(ledgers, asked(needed), NOW)

    assert ("r/1", needed, 60) == (raised.value.hold_id, raised.value.needed, raised.value.held)


def test_an_open_hold_does_not_serve_for_another_purpose() -> None:
    ledgers = {SCOUT: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, to_run(60), NOW))
    request = HoldRequest(hold_id="r/execution", run_id="r", purpose="planning", needed=60)

    with pytest.raises(HoldIdTaken):
        decide_holds(ledgers, request, NOW)


# Refused


def test_a_hold_beyond_what_is_available_is_refused() -> None:
    ledger = funded(100, HoldSettled(hold_id="old/1", amount=30, cost_known=True))

    decision = decide_holds({SCOUT: ledger}, asked(71), NOW)

    assert (
        decision.verdict,
        decision.needed,
        decision.available_before,
        decision.hold_id,
        decision.facts,
    ) == ("refused", 71, 70, None, {})
    assert reason(decision) == ("total", SCOUT, 100, 30)


@pytest.mark.parametrize(("agent", "tenant", "refusing"), [(39, 100, SCOUT), (100, 39, TENANT_SCOPE)])
def test_a_hold_refused_by_one_ledger_is_taken_on_neither(agent: int, tenant: int, refusing: str) -> None:
    decision = decide_holds({SCOUT: funded(agent), TENANT_SCOPE: funded(tenant)}, asked(40), NOW)

    assert (decision.verdict, decision.available_before, decision.facts) == ("refused", 39, {})
    assert ("total", refusing, 39, 0) == reason(decision)


def test_of_two_ledgers_that_refuse_the_one_with_less_left_is_named() -> None:
    decision = decide_holds({SCOUT: funded(30), TENANT_SCOPE: funded(20)}, asked(40), NOW)

    assert reason(decision) == ("total", TENANT_SCOPE, 20, 0)


@pytest.mark.parametrize("request_for_nothing", [asked(0), to_run(0)])
def test_a_ledger_with_nothing_left_refuses_even_what_costs_nothing(request_for_nothing: HoldRequest) -> None:
    ledger = funded(100, CreditRevoked(grant_id="back", amount=100, reason=""))

    decision = decide_holds({SCOUT: ledger}, request_for_nothing, NOW)

    assert reason(decision) == ("total", SCOUT, 0, 0)


def test_a_paused_ledger_refuses_before_anything_else() -> None:
    paused = funded(100, ScopePaused(reason="incident"))

    assert reason(decide_holds({SCOUT: funded(1), TENANT_SCOPE: paused}, asked(None, cap=0), NOW)) == (
        "paused",
        TENANT_SCOPE,
        None,
        None,
    )


def test_a_ledger_without_credit_can_be_paused() -> None:
    ledger = fold([ScopePaused(reason="incident")])

    assert reason(decide_holds({SCOUT: ledger}, asked(0), NOW)) == ("paused", SCOUT, None, None)


@pytest.mark.parametrize("ledger", [funded(1_000), fold([LimitsChanged(per_day=1_000)])])
def test_an_unknown_price_is_refused_by_any_ledger_that_limits(ledger: Ledger) -> None:
    decision = decide_holds({SCOUT: EMPTY, TENANT_SCOPE: ledger}, asked(None), NOW)

    assert reason(decision) == ("unknown_price", TENANT_SCOPE, None, None)


def test_an_unknown_price_passes_a_ledger_that_limits_nothing() -> None:
    decision = decide_holds({SCOUT: EMPTY, TENANT_SCOPE: LIMITLESS}, asked(None), NOW)

    assert ("allowed", None) == (decision.verdict, decision.breach)


def test_an_unknown_price_is_refused_under_the_cap_of_a_host() -> None:
    assert reason(decide_holds({SCOUT: EMPTY}, asked(None, cap=5), NOW)) == ("unknown_price", None, None, None)


@pytest.mark.parametrize(("needed", "refused"), [(30, False), (31, True)])
def test_the_limit_of_a_run_covers_what_its_earlier_holds_were_charged(needed: int, *, refused: bool) -> None:
    ledger = funded(1_000, LimitsChanged(per_run=100))

    decision = decide_holds({SCOUT: ledger}, asked(needed, attempt=2, charged_to_run=70), NOW)

    assert (("per_run", SCOUT, 100, 70) if refused else (None,) * 4) == reason(decision)


@pytest.mark.parametrize(("needed", "refused"), [(30, False), (31, True)])
def test_the_cap_of_a_host_limits_a_run_without_any_ledger(needed: int, *, refused: bool) -> None:
    decision = decide_holds({SCOUT: EMPTY}, asked(needed, charged_to_run=70, cap=100), NOW)

    assert (("per_run", None, 100, 70) if refused else (None,) * 4) == reason(decision)


@pytest.mark.parametrize(("limit", "cap", "scope"), [(50, 40, None), (40, 50, SCOUT)])
def test_of_a_limit_and_a_cap_the_smaller_binds(limit: int, cap: int, scope: str | None) -> None:
    ledgers = {SCOUT: funded(1_000, LimitsChanged(per_run=limit))}

    assert ("per_run", scope, 40, 0) == reason(decide_holds(ledgers, asked(60, cap=cap), NOW))


@pytest.mark.parametrize("charged", [0, 5])
def test_a_cap_with_nothing_left_refuses_even_what_costs_nothing(charged: int) -> None:
    decision = decide_holds({SCOUT: EMPTY}, asked(0, charged_to_run=charged, cap=charged), NOW)

    assert ("per_run", None, charged, charged) == reason(decision)


def test_a_limit_of_zero_allows_what_costs_nothing_and_no_limit_allows_all() -> None:
    free_only = {SCOUT: fold([LimitsChanged(per_run=0, per_day=0, per_model={"large": 0})])}

    assert decide_holds(free_only, asked(0), NOW).verdict == "allowed"
    assert reason(decide_holds(free_only, asked(1), NOW)) == ("per_run", SCOUT, 0, 0)
    assert decide_holds({SCOUT: LIMITLESS}, asked(1), NOW).verdict == "allowed"


def test_the_limit_of_a_model_counts_what_that_model_held_and_spent_on_the_day() -> None:
    ledgers = {SCOUT: funded(1_000, LimitsChanged(per_model={"large": 100}))}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60, run_id="a"), NOW))
    ledgers = {SCOUT: fold([HoldSettled(hold_id="a/1", amount=50, cost_known=True)], ledgers[SCOUT])}
    ledgers = after(ledgers, decide_holds(ledgers, asked(30, run_id="b"), NOW))

    assert reason(decide_holds(ledgers, asked(21), NOW)) == ("per_model", SCOUT, 100, 80)
    assert decide_holds(ledgers, asked(20), NOW).verdict == "allowed"
    assert decide_holds(ledgers, asked(21, model="small"), NOW).verdict == "allowed"
    assert decide_holds(ledgers, to_run(21), NOW).verdict == "allowed"
    assert decide_holds(ledgers, asked(21), NOW + timedelta(days=1)).verdict == "allowed"


def test_the_limit_of_a_day_counts_what_was_held_and_spent_on_it() -> None:
    ledgers = {SCOUT: fold([LimitsChanged(per_day=100)])}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60, run_id="a"), NOW))
    ledgers = {SCOUT: fold([HoldSettled(hold_id="a/1", amount=50, cost_known=True)], ledgers[SCOUT])}
    ledgers = after(ledgers, decide_holds(ledgers, to_run(30, run_id="b"), NOW))

    assert reason(decide_holds(ledgers, asked(21), NOW)) == ("per_day", SCOUT, 100, 80)
    assert decide_holds(ledgers, asked(20), NOW).verdict == "allowed"
    assert decide_holds(ledgers, asked(100), NOW + timedelta(days=1)).verdict == "allowed"


def test_a_settlement_after_midnight_leaves_the_new_day_its_whole_limit() -> None:
    tomorrow = NOW + timedelta(days=1)
    ledgers = {SCOUT: fold([LimitsChanged(per_day=100)])}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60, run_id="a"), NOW))
    ledgers = after(ledgers, decide_holds(ledgers, asked(1, run_id="b"), tomorrow))
    ledgers = {SCOUT: fold([HoldSettled(hold_id="a/1", amount=60, cost_known=True)], ledgers[SCOUT])}

    assert decide_holds(ledgers, asked(99), tomorrow).verdict == "allowed"
    assert reason(decide_holds(ledgers, asked(41), NOW)) == ("per_day", SCOUT, 100, 60)


def test_reasons_are_given_in_a_fixed_order() -> None:
    everything: list[tuple[LedgerEvent, ...]] = [
        (LimitsChanged(per_run=1, per_model={"large": 1}, per_day=1),),
        (LimitsChanged(per_model={"large": 1}, per_day=1),),
        (LimitsChanged(per_day=1),),
        (),
    ]

    decisions = [decide_holds({SCOUT: funded(1, *facts)}, asked(2), NOW) for facts in everything]

    assert [decision.breach for decision in decisions] == ["per_run", "per_model", "per_day", "total"]


def test_a_cost_beyond_counting_fits_in_no_ledger() -> None:
    decision = decide_holds({SCOUT: funded(LARGEST - 1)}, to_run(LARGEST), NOW)

    assert reason(decision) == ("total", SCOUT, LARGEST - 1, 0)


def test_what_was_used_is_never_shown_beyond_what_i_json_carries() -> None:
    overdrawn = funded(1, *(HoldSettled(hold_id=f"old/{n}", amount=LARGEST, cost_known=True) for n in range(1, 4)))

    decision = decide_holds({SCOUT: overdrawn}, asked(1), NOW)

    assert reason(decision) == ("total", SCOUT, 1, LARGEST)
    assert decision.available_before == -LARGEST


# Overdue holds


def test_an_overdue_hold_is_closed_before_the_next_one_is_judged() -> None:
    ledgers = {SCOUT: funded(100), TENANT_SCOPE: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, to_run(100, run_id="lost"), NOW))

    decision = decide_holds(ledgers, asked(100), NOW + timedelta(days=1))

    expired = HoldReleased(hold_id="lost/execution", reason="expired")
    assert (decision.verdict, decision.available_before) == ("allowed", 100)
    assert [expired, expired] == [decision.facts[scope][0] for scope in (SCOUT, TENANT_SCOPE)]
    assert {scope: it.held for scope, it in after(ledgers, decision).items()} == {SCOUT: 100, TENANT_SCOPE: 100}


def test_an_overdue_hold_is_closed_even_where_the_next_one_is_refused() -> None:
    ledgers = {SCOUT: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, to_run(60, run_id="lost"), NOW))

    decision = decide_holds(ledgers, asked(101), NOW + timedelta(days=1))

    assert (decision.verdict, decision.available_before) == ("refused", 100)
    assert {SCOUT: [HoldReleased(hold_id="lost/execution", reason="expired")]} == decision.facts


def test_a_hold_is_not_overdue_before_its_end() -> None:
    ledgers = {SCOUT: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, to_run(60, run_id="lost"), NOW))

    assert decide_holds(ledgers, asked(41), NOW + timedelta(hours=23, minutes=59)).facts == {}


def test_a_planning_hold_never_comes_back_by_time() -> None:
    ledgers = {SCOUT: funded(100)}
    ledgers = after(ledgers, decide_holds(ledgers, asked(60, run_id="lost"), NOW))

    assert reason(decide_holds(ledgers, asked(41), NOW + timedelta(days=1_000))) == ("total", SCOUT, 100, 60)


def test_an_execution_hold_that_has_ended_already_cannot_be_asked_for() -> None:
    with pytest.raises(ExpiryPassed, match="cannot keep hold 'r/execution' until 2026-11-22T12:00:00"):
        decide_holds({SCOUT: funded(100)}, to_run(1, until=NOW), NOW)


@pytest.mark.parametrize(("purpose", "expires_at"), [("planning", NOW), ("execution", None)])
def test_only_an_execution_hold_has_an_end(purpose: Purpose, expires_at: datetime | None) -> None:
    with pytest.raises(ValidationError, match="an execution hold needs expires_at, a planning hold has none"):
        HoldRequest(hold_id="r/1", run_id="r", purpose=purpose, needed=1, expires_at=expires_at)
