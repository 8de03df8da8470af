"""Another policy over what was recorded: which runs would have ended otherwise, and why."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from pydantic import JsonValue

from planfold.application import (
    Backtest,
    Changed,
    InvalidPolicy,
    PlanGenerationContext,
    PlanGenerationEngine,
    use_engine,
)
from planfold.application import backtest as call
from planfold.application.backtest import Backtester
from planfold.application.backtest_money import Policy
from planfold.application.budget import Budgets
from planfold.application.ports import DraftUnavailable
from planfold.application.world import EnginePolicy, Ports
from planfold.domain.inspection import RuleSet
from planfold.domain.ledger import LimitsChanged
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, InMemoryArtifacts

PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
LONG: JsonValue = {
    "plan_id": "p",
    "steps": [{"step_id": f"s{n}", "skill": "fetch", "depends_on": [f"s{n - 1}"] if n else []} for n in range(3)],
}
INNER: JsonValue = {
    "plan_id": "p",
    "steps": [{"step_id": "s1", "skill": "fetch", "params": {"url": "http://wiki.internal/"}}],
}

Plan = Callable[..., str | None]


@pytest.fixture
def plan(ports: Ports) -> Plan:
    """Records one run whose planner gives these answers, and says how it ended."""

    def planned(
        run_id: str, *answers: Any, agent: str = "scout", tenant: str = "default", **planner: Any
    ) -> str | None:
        drafting = FixedPlanner(*(answers or (PLAN,)), deterministic=len(answers) <= 1, **planner)
        engine = PlanGenerationEngine(ports, [drafting], EnginePolicy(rules=RuleSet(max_steps=2)))
        return engine.generate(PlanGenerationContext(agent, "fetch it", run_id, tenant=tenant)).outcome

    return planned


@pytest.fixture
def backtest(ports: Ports) -> Callable[..., Backtest]:
    return lambda policy, tenant="default", **options: Backtester(ports.history, ports.log, ports.artifacts).backtest(
        policy, tenant, **options
    )


def at_most(steps: int) -> Policy:
    return Policy(rules=lambda rules: rules.model_copy(update={"max_steps": steps}))


def limited(**limits: Any) -> Policy:
    return Policy(limits=lambda _: LimitsChanged(**limits))


def test_nothing_recorded_is_nothing_checked(backtest: Callable[..., Backtest]) -> None:
    assert (0, 0, ()) == ((found := backtest(Policy())).checked, found.unchanged, found.newly_refused)


def test_stricter_rules_refuse_what_was_ready(plan: Plan, backtest: Callable[..., Backtest]) -> None:
    two = {"plan_id": "p", "steps": [{"step_id": "a", "skill": "fetch"}, {"step_id": "b", "skill": "fetch"}]}
    assert ["ready", "ready"] == [plan("r1"), plan("r2", two)]

    found = backtest(at_most(1))

    assert (2, 1, (Changed(run_id="r2", codes=("TOO_MANY_STEPS",)),)) == (
        found.checked,
        found.unchanged,
        found.newly_refused,
    )
    assert ({"TOO_MANY_STEPS": 1}, {"fetch": 1}, ()) == (found.by_code, found.by_skill, found.newly_allowed)


def test_milder_rules_allow_what_was_invalid_if_its_money_is_there(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("poor", 11_999_999, "g1")
    assert ["invalid", "invalid"] == [plan("r1", LONG), plan("r2", LONG, agent="poor")]

    found = backtest(at_most(3))

    assert (Changed(run_id="r1", codes=("TOO_MANY_STEPS",)),) == found.newly_allowed
    assert ((), 1) == (found.newly_refused, found.unchanged)


def test_only_the_last_draft_decides_though_each_is_inspected(plan: Plan, backtest: Callable[..., Backtest]) -> None:
    assert "ready" == plan("r1", LONG, PLAN)

    found = backtest(at_most(3))

    assert (1, 1, 2) == (found.checked, found.unchanged, found.drafts)


def test_a_run_without_a_draft_or_an_end_is_not_checked(
    plan: Plan, backtest: Callable[..., Backtest], ports: Ports
) -> None:
    assert "failed" == plan("r1", DraftUnavailable("no_skill", "none", retryable=False, sent=False))

    class Dies(FixedPlanner):
        def draft(self, _: object) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PlanGenerationEngine(ports, [Dies()]).generate(PlanGenerationContext("scout", "fetch it", "r2"))

    assert 0 == backtest(at_most(1)).checked


def test_other_skills_are_put_in_place_of_the_runs_own(plan: Plan, backtest: Callable[..., Backtest]) -> None:
    plan("r1")

    gone = backtest(Policy(manifest=Manifest(skills=(Skill(name="look"),))))
    same = backtest(Policy(manifest=Manifest(skills=(Skill(name="fetch"), Skill(name="look")))))

    assert (Changed(run_id="r1", codes=("UNKNOWN_SKILL",)),) == gone.newly_refused
    assert {"fetch": 1} == gone.by_skill
    assert not same.changed


def test_dearer_skills_are_refused_by_what_the_ledger_had(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 8_999_999, "g1")
    assert ["ready", "ready"] == [plan("r1"), plan("r2")]

    found = backtest(Policy(manifest=Manifest(skills=(Skill(name="fetch", cost=5_000_000),))))

    assert (Changed(run_id="r2", codes=("total",)),) == found.newly_refused


def test_limits_are_judged_on_what_was_held_that_day(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    assert ["ready", "ready"] == [plan("r1"), plan("r2")]
    clock.advance(timedelta(days=1))
    assert "ready" == plan("r3")

    found = backtest(limited(per_day=7_000_000))

    assert (Changed(run_id="r2", codes=("per_day",)),) == found.newly_refused
    assert ({"per_day": 1}, {"fetch": 1}) == (found.by_code, found.by_skill)


def test_a_run_that_would_have_been_refused_still_counts_for_those_after_it(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    assert ["ready"] * 3 == [plan(f"r{n}") for n in range(3)]

    found = backtest(limited(per_day=4_000_000))

    assert ["r1", "r2"] == [run.run_id for run in found.newly_refused]


def test_a_lifted_limit_allows_what_it_refused_and_nothing_else(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    tracker.limits("scout", LimitsChanged(per_run=1))
    assert "refused" == plan("r1")
    tracker.limits("scout", LimitsChanged())
    assert ["ready", "refused"] == [plan("r2"), plan("r3")]

    found = backtest(limited())

    assert (Changed(run_id="r1", codes=("per_run",)),) == found.newly_allowed
    assert ((), 3, 2) == (found.newly_refused, found.checked, found.unchanged)


def test_limits_open_the_ledger_of_an_agent_that_had_none(plan: Plan, backtest: Callable[..., Backtest]) -> None:
    plan("r1")

    assert (Changed(run_id="r1", codes=("per_run",)),) == backtest(limited(per_run=3_999_999)).newly_refused
    assert not backtest(limited(per_run=4_000_000)).changed


def test_a_limit_of_a_model_is_judged_where_its_call_was_held(
    ports: Ports, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 50_000_000, "g1")

    class Modelled(FixedPlanner):
        def __init__(self) -> None:
            super().__init__(PLAN, deterministic=False, cost=1_000_000, worst=2_000_000)
            self.identity = self.identity.model_copy(update={"model": "large-1"})

    engine = PlanGenerationEngine(ports, [Modelled()])
    assert "ready" == engine.generate(PlanGenerationContext("scout", "fetch it", "r1")).outcome

    assert (Changed(run_id="r1", codes=("per_model",)),) == backtest(
        limited(per_model={"large-1": 1_999_999})
    ).newly_refused
    assert not backtest(limited(per_model={"large-1": 2_000_000, "small-1": 0})).changed


def test_what_a_run_was_charged_for_its_drafts_counts_for_its_limit(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    assert "ready" == plan("r1", LONG, PLAN, cost=500_000, worst=600_000)

    assert not backtest(limited(per_run=5_000_000)).changed
    assert ["per_run"] == list(backtest(limited(per_run=4_999_999)).by_code)


def test_the_call_that_brought_the_draft_is_settled_before_its_plan_is_judged(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    assert "ready" == plan("r1", cost=1, worst=600_000)

    assert not backtest(limited(per_day=4_000_001)).changed
    assert ["per_day"] == list(backtest(limited(per_day=4_000_000)).by_code)


def test_runs_may_be_those_of_an_agent_or_begun_since(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    plan("r1")
    clock.advance(timedelta(hours=1))
    plan("r2")
    plan("r3", agent="other")
    plan("r4", tenant="acme")

    def refused(**asked: Any) -> Sequence[str]:
        return [run.run_id for run in backtest(limited(per_day=7_000_000), **asked).newly_refused]

    assert ["r2"] == refused()
    assert ["r2"] == refused(since=clock.now()) == refused(since=clock.now().replace(tzinfo=None))
    assert ["r2"] == refused(since=datetime.min.replace(tzinfo=UTC))
    assert ["r2"] == refused(agent_id="scout")
    assert [] == refused(agent_id="other")
    assert [2, 1, 1] == [
        backtest(Policy(), **asked).checked
        for asked in ({"since": clock.now()}, {"agent_id": "other"}, {"tenant": "acme"})
    ]


def test_a_run_whose_skills_are_gone_is_not_judged_and_counted_as_that(
    plan: Plan, backtest: Callable[..., Backtest], ports: Ports
) -> None:
    plan("r1")
    assert isinstance(ports.artifacts, InMemoryArtifacts)
    ports.artifacts.bodies.clear()

    found = backtest(at_most(1))

    assert (0, 1, ()) == (found.checked, found.not_repeated, found.newly_refused)


def test_runs_beyond_what_is_kept_in_mind_are_read_again(
    plan: Plan, backtest: Callable[..., Backtest], monkeypatch: pytest.MonkeyPatch, ports: Ports
) -> None:
    class Nested(FixedPlanner):
        def draft(self, request: Any) -> Any:
            plan(f"inner-{request.run_id}")
            return super().draft(request)

    engine = PlanGenerationEngine(ports, [Nested(LONG)])
    assert "ready" == engine.generate(PlanGenerationContext("scout", "fetch it", "r1")).outcome
    monkeypatch.setattr(import_module("planfold.application.backtest"), "UNDER_WAY", 1)

    found = backtest(at_most(2))

    assert (2, (Changed(run_id="r1", codes=("TOO_MANY_STEPS",)),)) == (found.checked, found.newly_refused)


def test_nothing_is_written(plan: Plan, backtest: Callable[..., Backtest], ports: Ports) -> None:
    plan("r1")
    before = ports.history.newest()

    backtest(at_most(1))
    backtest(limited(per_run=0))

    assert before == ports.history.newest()


def test_it_tells_how_far_it_is(plan: Plan, backtest: Callable[..., Backtest]) -> None:
    plan("r1")
    told: list[tuple[int, int]] = []

    backtest(Policy(), progress=lambda position, newest: told.append((position, newest)))

    assert [(1, 5)] == told


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (Policy(rules=lambda _: None), "by the rules that were given: a RuleSet must come back, and it was None"),  # type: ignore[arg-type,return-value]
        (
            Policy(rules=lambda rules: rules.model_copy(update={"max_steps": -1})),
            "by the rules that were given: max_steps",
        ),
        (Policy(limits=lambda _: 3), "by the limits that were given: a LimitsChanged must come back, and it was 3"),  # type: ignore[arg-type,return-value]
        (Policy(limits=lambda it: it.model_copy(update={"per_day": "x"})), "given: per_day"),
    ],
)
def test_a_policy_that_makes_nothing_usable_is_refused(
    plan: Plan, backtest: Callable[..., Backtest], tracker: Budgets, policy: Policy, sentence: str
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    plan("r1")

    with pytest.raises(InvalidPolicy, match=f"^cannot judge .*{sentence}"):
        backtest(policy)


def test_a_host_asks_it_of_the_engine_in_use(plan: Plan, ports: Ports, planner: FixedPlanner) -> None:
    plan("r1", INNER)
    use_engine(PlanGenerationEngine(ports, [planner]))

    try:
        found = call(rules=lambda rules: rules.model_copy(update={"allowed_domains": ("wiki.internal",)}))
    finally:
        use_engine(None)

    assert (Changed(run_id="r1", codes=("FORBIDDEN_TARGET",)),) == found.newly_allowed
    assert {"fetch": 1} == found.by_skill
