"""A plan is judged without a run: as a run would judge it, and nothing is left behind."""

import pytest
from pydantic import JsonValue

from planfold.application import check_plan, use_engine
from planfold.application.checking import PlanChecker
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.world import EnginePolicy, Ports
from planfold.domain.errors import InvalidGoal, InvalidIdentifier, InvalidText
from planfold.domain.inspection import RuleSet
from planfold.domain.money import micros_from_usd
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedCatalog, FixedPlanner, in_memory_ports

GOOD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
LOOPS: JsonValue = {
    "plan_id": "p",
    "steps": [{"step_id": "s1", "skill": "fetch", "loop": {"over": "${s1}", "max_iterations": 1_000}}],
}


@pytest.fixture
def checker(ports: Ports) -> PlanChecker:
    return PlanChecker(ports.catalog, EnginePolicy())


def test_a_plan_that_would_be_accepted_is_valid_and_priced(checker: PlanChecker) -> None:
    found = checker.check(GOOD, "scout")

    assert (True, (), 4_000_000) == (found.valid, found.findings, found.needed_micros)


@pytest.mark.parametrize(
    "plan",
    [GOOD, LOOPS, {}, [], None, 3, {"steps": [{"step_id": "a", "skill": "no"}]}, {"n": 1e400}, {"plan_id": "\0"}],
)
def test_it_finds_what_a_run_with_this_draft_finds(ports: Ports, checker: PlanChecker, plan: JsonValue) -> None:
    run = PlanGenerationEngine(ports, [FixedPlanner(plan)]).generate(PlanGenerationContext("scout", "Fetch it", "r1"))

    found = checker.check(plan, "scout", goal="Fetch it")

    assert (run.findings, run.validation_valid) == (found.findings, found.valid)
    assert (run.manifest_digest, run.rules_digest) == (found.manifest_digest, found.rules_digest)
    assert run.needed_micros in {found.needed_micros, None}


def test_nothing_is_recorded(ports: Ports, checker: PlanChecker) -> None:
    checker.check(GOOD, "scout")

    assert 0 == ports.history.newest()


def test_the_rules_and_prices_of_the_policy_count() -> None:
    catalog = FixedCatalog(Manifest(skills=(Skill(name="fetch"),)))
    policy = EnginePolicy(rules=RuleSet(max_steps=1), unknown_skill_price=micros_from_usd("0.5"))
    twice: JsonValue = {"plan_id": "p", "steps": [{"step_id": name, "skill": "fetch"} for name in "ab"]}

    found = PlanChecker(catalog, policy).check(twice, "scout")

    assert (["TOO_MANY_STEPS"], 1_000_000) == ([item.code for item in found.findings], found.needed_micros)
    assert PlanChecker(catalog, EnginePolicy()).check(GOOD, "scout").needed_micros is None


def test_what_is_no_plan_has_no_price(checker: PlanChecker) -> None:
    assert (False, None) == ((found := checker.check({"steps": 3}, "scout")).valid, found.needed_micros)


def test_a_plan_that_no_run_could_record_is_refused(checker: PlanChecker) -> None:
    with pytest.raises(InvalidText, match="the plan has 300014 bytes of JSON, 258048 are recorded"):
        checker.check({"plan_id": "x" * 300_000}, "scout")


def test_whoever_it_is_for_must_have_a_name_and_a_goal(checker: PlanChecker) -> None:
    with pytest.raises(InvalidIdentifier):
        checker.check(GOOD, "no agent")
    with pytest.raises(InvalidGoal):
        checker.check(GOOD, "scout", goal=" ")


def test_a_host_checks_a_plan_by_its_engine(ports: Ports) -> None:
    use_engine(PlanGenerationEngine(ports, [FixedPlanner(GOOD)]))
    try:
        assert check_plan(GOOD, "scout").valid
        assert not check_plan(LOOPS, "scout").valid
    finally:
        use_engine(None)


def test_a_world_in_memory_needs_nothing_more() -> None:
    assert (
        PlanChecker(in_memory_ports(Manifest(skills=(Skill(name="fetch", cost=0),))).catalog, EnginePolicy())
        .check(GOOD, "scout")
        .valid
    )
