"""What a refusal says: what was asked, what stood against it with its unit, and what to do."""

from dataclasses import replace

import pytest

from planfold.application import (
    BudgetRefused,
    EnginePolicy,
    PlanGenerationContext,
    PlanGenerationEngine,
    PlanningFailed,
)
from planfold.application.budget import Budgets
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable
from planfold.application.world import Ports
from planfold.domain.ledger import LimitsChanged
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedCatalog, FixedPlanner

HELD = "cannot hold 4000000 micro-USD (4.00 USD) for the execution of run 'r1': "
AGAIN = ", and plan under a new run id"
PLAN = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}


def refusal(engine: PlanGenerationEngine, cents: int | None = None, tenant: str = "default") -> str:
    result = engine.generate(PlanGenerationContext("scout", "fetch it", "r1", cents, tenant=tenant))

    assert "refused" == result.outcome
    return str(BudgetRefused(result))


def test_a_budget_that_is_too_small_says_how_much_of_it_is_used(engine: PlanGenerationEngine, tracker: Budgets) -> None:
    tracker.grant("scout", 3_000_000, "g1")

    expected = (
        'agent "scout" has a budget of 3000000 micro-USD (3.00 USD), 0 micro-USD (0.00 USD) of it are used or held; '
        "grant more (planfold budget grant scout USD) or lower the cost"
    )
    assert HELD + expected + AGAIN == refusal(engine)


def test_a_tenant_is_named_as_the_tenant_and_its_command_fits_it(engine: PlanGenerationEngine, ports: Ports) -> None:
    Budgets(ports.ledgers, ports.clock, "acme").grant(None, 3_000_000, "g1")

    said = refusal(engine, tenant="acme")

    assert "the tenant has a budget of 3000000 micro-USD" in said
    assert "(planfold budget grant --tenant acme USD)" in said


def test_an_agent_of_another_tenant_is_named_with_it(engine: PlanGenerationEngine, ports: Ports) -> None:
    Budgets(ports.ledgers, ports.clock, "acme").pause("scout")

    assert "(planfold budget resume scout --tenant acme)" in refusal(engine, tenant="acme")


@pytest.mark.parametrize(
    ("limits", "span", "remedy"),
    [
        (LimitsChanged(per_run=1_500_000), "run", "raise that (planfold budget limits scout --per-run USD)"),
        (
            LimitsChanged(per_day=1_500_000),
            "UTC day",
            "wait for the next day, raise that (planfold budget limits scout --per-day USD)",
        ),
    ],
)
def test_a_limit_is_told_in_words_with_the_option_that_raises_it(
    engine: PlanGenerationEngine, tracker: Budgets, limits: LimitsChanged, span: str, remedy: str
) -> None:
    tracker.limits("scout", limits)

    expected = (
        f'agent "scout" may spend 1500000 micro-USD (1.50 USD) on one {span}, 0 micro-USD (0.00 USD) of it are used or held; '
        f"{remedy} or lower the cost"
    )
    assert HELD + expected + AGAIN == refusal(engine)


def test_the_limit_of_a_model_is_told_in_words(ports: Ports, tracker: Budgets) -> None:
    planner = FixedPlanner(PLAN, deterministic=False, worst=2_000_000)
    planner.identity = planner.identity.model_copy(update={"model": "large-1"})
    tracker.limits("scout", LimitsChanged(per_model={"large-1": 1_000_000}))

    said = refusal(PlanGenerationEngine(ports, [planner]))

    assert said.startswith("cannot hold 2000000 micro-USD (2.00 USD) for the planning of run 'r1': ")
    assert 'agent "scout" may spend 1000000 micro-USD (1.00 USD) on one model on one UTC day' in said
    assert "(planfold budget limits scout --per-model MODEL=USD)" in said


def test_the_hosts_cap_is_told_as_the_hosts(engine: PlanGenerationEngine) -> None:
    expected = (
        "the host lets the run cost at most 3990000 micro-USD (3.99 USD), 0 micro-USD (0.00 USD) of it are used or held; "
        "raise that (agent_budget_cents, --budget) or lower the cost"
    )
    assert HELD + expected + AGAIN == refusal(engine, cents=399)


def test_a_pause_is_told_as_a_pause_with_the_command_that_ends_it(
    engine: PlanGenerationEngine, tracker: Budgets
) -> None:
    tracker.pause("scout")

    expected = (
        'nothing is held while agent "scout" is paused; '
        "see why (planfold budget show scout), resume it (planfold budget resume scout)"
    )
    assert HELD + expected + AGAIN == refusal(engine)


@pytest.mark.parametrize(
    ("cents", "whose"), [(None, 'the ledger of agent "scout"'), (500, "the host's cap on the run")]
)
def test_a_skill_without_a_price_is_told_with_both_ways_to_give_it_one(
    ports: Ports, tracker: Budgets, cents: int | None, whose: str
) -> None:
    if cents is None:
        tracker.grant("scout", 5_000_000, "g1")
    unpriced = replace(ports, catalog=FixedCatalog(Manifest(skills=(Skill(name="fetch", description="Fetch"),))))

    said = refusal(PlanGenerationEngine(unpriced, [FixedPlanner(PLAN)], EnginePolicy()), cents)

    assert said == (
        "cannot hold an unknown price for the execution of run 'r1': "
        f"a skill of the plan has no price, and {whose} takes no unknown one; "
        "give it a cost (planfold skills check names it) or set PLANFOLD_UNKNOWN_SKILL_PRICE_USD" + AGAIN
    )


def test_a_planner_without_a_price_is_not_taken_for_a_skill(ports: Ports, tracker: Budgets) -> None:
    class Unpriced(FixedPlanner):
        def worst_case(self, request: object) -> None:
            """Nobody knows."""

    tracker.grant("scout", 5_000_000, "g1")

    said = refusal(PlanGenerationEngine(ports, [Unpriced(PLAN, deterministic=False)]))

    assert 'the planner has no price, and the ledger of agent "scout" takes no unknown one' in said
    assert "skill" not in said


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("no_skill", "change the goal or the skills and plan under"),
        ("refused", "change the goal or the skills and plan under"),
        ("rate_limited", "wait a little, or name another planner, and plan under"),
        ("unreachable", "see that its address is right and can be reached (planfold doctor) and plan under"),
        ("unauthorised", "give it a key that it takes (planfold doctor shows which one it was given) and plan under"),
    ],
)
def test_a_run_without_a_draft_is_told_what_helps_against_that(ports: Ports, code: str, remedy: str) -> None:
    class Unable(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise DraftUnavailable(code, "it is not so", retryable=False, sent=False)

    result = PlanGenerationEngine(ports, [Unable()]).generate(PlanGenerationContext("scout", "fetch it", "r1"))

    assert f"no plan for run 'r1': it is not so; {remedy} a new run id" == str(PlanningFailed(result))
