"""Backtests of whatever was recorded: nothing changes where nothing is changed, and no figure is lost."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.application import Backtest, PlanGenerationContext, PlanGenerationEngine
from planfold.application.backtest import Backtester
from planfold.application.backtest_money import Policy
from planfold.application.budget import Budgets
from planfold.application.ports import DraftUnavailable
from planfold.application.world import EnginePolicy, Ports
from planfold.domain.inspection import RuleSet
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import ContextBuilt
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, in_memory_ports

MANIFEST = Manifest(
    skills=(
        Skill(name="free", cost=0),
        Skill(name="paid", cost=3_000),
        Skill(name="unpriced"),
        Skill(name="dear", cost=10**9),
    )
)
FAILS = DraftUnavailable("no_answer", "none came", retryable=True, sent=True)

SKILLS = st.sampled_from(["free", "paid", "unpriced", "dear", "unknown"])
AMOUNTS = st.none() | st.integers(0, 9_000)


@st.composite
def plans(draw: st.DrawFn) -> JsonValue:
    params: list[JsonValue] = [{}, {"url": "http://10.0.0.1"}]
    steps: list[JsonValue] = [
        {"step_id": f"s{number}", "skill": skill, "params": draw(st.sampled_from(params))}
        for number, skill in enumerate(draw(st.lists(SKILLS, max_size=4)))
    ]
    return {"plan_id": "p", "steps": steps}


ANSWERS = st.lists(plans() | st.just(None) | st.just(FAILS), min_size=1, max_size=3)
LIMITS = st.builds(
    LimitsChanged,
    per_run=AMOUNTS,
    per_day=AMOUNTS,
    per_model=st.dictionaries(st.just("large-1"), st.integers(0, 9_000)),
)
RULES = st.builds(RuleSet, max_steps=st.integers(1, 4), allowed_domains=st.sampled_from([(), ("10.0.0.1",)]))


class Modelled(FixedPlanner):
    def __init__(self, answers: list[Any], cost: int | None, worst: int | None) -> None:
        super().__init__(*answers, deterministic=False, cost=cost, worst=worst)
        self.identity = self.identity.model_copy(update={"model": "large-1"})


DEEDS = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(["a", "b", None]), st.integers(1, 20_000)),
    st.tuples(st.just("limits"), st.sampled_from(["a", "b", None]), LIMITS),
    st.tuples(st.just("pause"), st.sampled_from(["a", None]), st.none()),
    st.tuples(st.just("resume"), st.sampled_from(["a", None]), st.none()),
    st.tuples(st.just("wait"), st.none(), st.integers(1, 30)),
    st.tuples(
        st.just("plan"),
        st.sampled_from(["a", "b"]),
        st.tuples(ANSWERS, st.sampled_from([(0, 0), (300, 900), (None, 900), (700, 0), (0, None)]), RULES),
    ),
)


def recorded(deeds: list[Any]) -> tuple[Ports, int]:
    """A world in which all of this has happened, and how many runs were planned."""
    clock = FixedClock()
    ports, planned = in_memory_ports(MANIFEST, clock), 0
    money = Budgets(ports.ledgers, clock)
    for number, (deed, agent, what) in enumerate(deeds):
        match deed:
            case "grant":
                money.grant(agent, what, f"g{number}")
            case "limits":
                money.limits(agent, what)
            case "pause":
                money.pause(agent)
            case "resume":
                money.resume(agent)
            case "wait":
                clock.advance(timedelta(hours=what))
            case _:
                answers, (cost, worst), rules = what
                planner = Modelled(answers, cost, worst)
                policy = EnginePolicy(rules=rules, max_attempts=2)
                PlanGenerationEngine(ports, [planner], policy).generate(
                    PlanGenerationContext(agent, "reach it", f"r{number}")
                )
                planned += 1
    return ports, planned


def judged(ports: Ports, policy: Policy, **asked: Any) -> Backtest:
    return Backtester(ports.history, ports.log, ports.artifacts).backtest(policy, **asked)


@given(deeds=st.lists(DEEDS, max_size=12))
def test_the_recorded_rules_limits_and_skills_change_nothing(deeds: list[Any]) -> None:
    ports, planned = recorded(deeds)

    for policy in (Policy(), Policy(lambda rules: rules, lambda limits: limits, None)):
        found = judged(ports, policy)

        assert ((), (), 0) == (found.newly_refused, found.newly_allowed, found.not_repeated)
        assert found.checked == found.unchanged <= planned


@given(deeds=st.lists(DEEDS, max_size=12))
def test_the_recorded_skills_handed_in_again_change_nothing(deeds: list[Any]) -> None:
    ports, _ = recorded(deeds)

    assert not judged(ports, Policy(manifest=MANIFEST)).changed


@given(deeds=st.lists(DEEDS, max_size=12), rules=RULES, limits=LIMITS)
@settings(max_examples=50)
def test_every_run_is_counted_once_and_told_why_it_changed(
    deeds: list[Any], rules: RuleSet, limits: LimitsChanged
) -> None:
    ports, _ = recorded(deeds)

    found = judged(ports, Policy(lambda _: rules, lambda _: limits))

    changed = [*found.newly_refused, *found.newly_allowed]
    assert found.checked == found.unchanged + len(changed) == judged(ports, Policy()).checked
    assert len(changed) == len({run.run_id for run in changed})
    assert all(run.codes for run in changed)
    assert sum(found.by_code.values()) == sum(len(run.codes) for run in changed)


@given(deeds=st.lists(DEEDS, max_size=12), limits=LIMITS, hours=st.integers(0, 60))
@settings(max_examples=50)
def test_a_part_of_the_runs_shows_what_all_show_of_it(deeds: list[Any], limits: LimitsChanged, hours: int) -> None:
    ports, _ = recorded(deeds)
    policy, since = Policy(limits=lambda _: limits), FixedClock().now() + timedelta(hours=hours)
    begun = {
        item.fact.run_id
        for item in ports.history.events("default", 0, ports.history.newest())
        if isinstance(item.fact, ContextBuilt) and item.recorded_at >= since
    }

    whole = judged(ports, policy).newly_refused

    apart = [run for agent in ("a", "b") for run in judged(ports, policy, agent_id=agent).newly_refused]
    assert sorted(run.run_id for run in whole) == sorted(run.run_id for run in apart)
    assert tuple(run for run in whole if run.run_id in begun) == judged(ports, policy, since=since).newly_refused
