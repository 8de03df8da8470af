"""The main job: every outcome of a plan generation, and what is recorded of it."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from planfold.application import (
    PlanGenerationContext,
    PlanGenerationEngine,
    PlanGenerationResult,
    PlannerUnknown,
    RunConflict,
)
from planfold.application.budget import Budgets
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable
from planfold.application.world import EnginePolicy, Ports
from planfold.domain.errors import InvalidGoal, InvalidIdentifier, InvalidMoney
from planfold.domain.ledger import LimitsChanged
from planfold.domain.memory import Memory
from planfold.domain.plan_generation import DraftFailed
from planfold.domain.planner import PlannerIdentity
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedPlanner, InMemoryMemories, in_memory_ports

MANIFEST = Manifest(
    skills=(
        Skill(name="fetch", description="Fetch a URL", cost=4_000_000),
        Skill(name="free", description="Costs nothing", cost=0),
        Skill(name="unpriced", description="Nobody knows"),
    )
)
FIVE_USD = 5_000_000


def plan(*skills: str) -> JsonValue:
    return {"plan_id": "p", "steps": [{"step_id": f"s{i}", "skill": name} for i, name in enumerate(skills, 1)]}


def asked(run_id: str = "r1", *, cents: int | None = None, goal: str = "fetch it") -> PlanGenerationContext:
    return PlanGenerationContext("scout", goal, run_id, cents)


def engine(planner: FixedPlanner | None = None, ports: Ports | None = None) -> PlanGenerationEngine:
    return PlanGenerationEngine(ports or in_memory_ports(MANIFEST), [planner or FixedPlanner(plan("fetch"))])


def names(subject: PlanGenerationEngine, run_id: str = "r1") -> list[str]:
    return [event.name for event in subject.ports.log.read(f"default/run/{run_id}")]


def ledger_names(subject: PlanGenerationEngine, scope: str = "agent:scout") -> list[str]:
    return [event.name for event in subject.ports.log.read(f"default/ledger/{scope}")]


def tracker(subject: PlanGenerationEngine) -> Budgets:
    return Budgets(subject.ports.ledgers, subject.ports.clock)


def test_a_goal_becomes_an_inspected_budgeted_recorded_plan() -> None:
    subject = engine()

    result = subject.generate(asked())

    assert (result.outcome, result.validation_valid, result.needed_micros) == ("ready", True, 4_000_000)
    assert result.steps == [{"step_id": "s1", "skill": "fetch"}]
    assert names(subject) == ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"]


def test_the_same_run_again_is_answered_from_the_record_without_a_second_draft() -> None:
    planner = FixedPlanner(plan("fetch"))
    subject = engine(planner)

    first, second = subject.generate(asked()), subject.generate(asked())

    assert first == second
    assert (len(planner.requests), len(names(subject))) == (1, 5)


@pytest.mark.parametrize(
    "other", [PlanGenerationContext("scout", "another goal", "r1"), PlanGenerationContext("other", "fetch it", "r1")]
)
def test_the_same_run_with_another_goal_or_agent_is_a_conflict(other: PlanGenerationContext) -> None:
    subject = engine()
    subject.generate(asked())

    with pytest.raises(RunConflict):
        subject.generate(other)
    assert len(names(subject)) == 5


def test_a_draft_with_errors_is_invalid_and_its_money_is_not_judged() -> None:
    subject = engine(FixedPlanner(plan("fly")))

    result = subject.generate(asked())

    assert (result.outcome, result.validation_valid) == ("invalid", False)
    assert [item.code for item in result.findings] == ["UNKNOWN_SKILL"]
    assert names(subject)[-1] == "PlanValidated"


def test_a_model_gets_its_findings_back_and_may_mend_its_draft() -> None:
    planner = FixedPlanner(plan("fly"), plan("fetch"), deterministic=False)

    result = engine(planner).generate(asked())

    assert (result.outcome, result.attempts) == ("ready", 2)
    assert [item.code for item in planner.requests[1].findings] == ["UNKNOWN_SKILL"]
    assert plan("fly") == planner.requests[1].previous


def test_a_goal_that_no_planner_can_serve_has_failed_with_its_reason() -> None:
    class Unable(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise DraftUnavailable("no_skill", "nothing here flies", retryable=False, sent=False)

    subject = engine(Unable())

    result = subject.generate(asked())

    assert result.outcome == "failed"
    assert result.failure is not None
    assert (result.failure.code, result.failure.sentence) == ("no_skill", "nothing here flies")
    assert (result.plan, result.plan_json, result.steps) == ({}, "{}", [])
    assert names(subject) == ["ContextBuilt", "MemoryRetrieved", "DraftFailed"]


def test_a_planner_that_breaks_is_a_recorded_failure() -> None:
    class Broken(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise ZeroDivisionError("password=hunter2hunter2")

    result = engine(Broken()).generate(asked())

    assert result.failure is not None
    assert result.failure.code == "planner_error"
    assert "hunter2" not in result.failure.sentence


def test_a_plan_within_the_ledger_is_held_and_one_beyond_is_refused() -> None:
    subject = engine()
    tracker(subject).grant("scout", FIVE_USD, "g1")

    first, second = subject.generate(asked("one")), subject.generate(asked("two"))

    assert (first.outcome, second.outcome) == ("ready", "refused")
    assert second.budget is not None
    assert (second.budget.breach, second.budget.available_before) == ("total", 1_000_000)
    assert ledger_names(subject) == ["CreditGranted", "CreditHeld"]


def test_a_plan_needs_room_in_the_tenants_ledger_too() -> None:
    subject = engine()
    tracker(subject).grant("scout", FIVE_USD, "g1")
    tracker(subject).grant(None, 1_000_000, "g2")

    result = subject.generate(asked())

    assert result.budget is not None
    assert (result.outcome, result.budget.scope) == ("refused", "tenant")
    assert ledger_names(subject) == ["CreditGranted"]


@pytest.mark.parametrize(("cents", "expected"), [(None, "ready"), (400, "ready"), (399, "refused"), (0, "refused")])
def test_the_hosts_cap_binds_where_there_is_no_ledger(cents: int | None, expected: str) -> None:
    assert engine().generate(asked(cents=cents)).outcome == expected


def test_without_a_cap_the_context_shows_what_the_ledger_has() -> None:
    subject = engine()
    tracker(subject).grant("scout", 4_999_999, "g1")

    assert subject.generate(asked()).agent_budget_cents == 499


@pytest.mark.parametrize(("price", "expected"), [(None, "refused"), (1_000_000, "ready")])
def test_an_unknown_price_and_a_ledger_are_refused_unless_a_price_is_configured(
    price: int | None, expected: str
) -> None:
    ports = in_memory_ports(MANIFEST)
    subject = PlanGenerationEngine(ports, [FixedPlanner(plan("unpriced"))], EnginePolicy(unknown_skill_price=price))
    tracker(subject).grant("scout", FIVE_USD, "g1")

    assert subject.generate(asked()).outcome == expected


def test_a_paused_scope_starts_nothing() -> None:
    subject = engine(FixedPlanner(plan("free")))
    tracker(subject).grant("scout", FIVE_USD, "g1")
    tracker(subject).pause("scout", "holiday")

    result = subject.generate(asked())

    assert result.budget is not None
    assert (result.outcome, result.budget.breach) == ("refused", "paused")


def test_a_recall_that_fails_does_not_fail_the_plan() -> None:
    ports = in_memory_ports(MANIFEST)
    assert isinstance(ports.memories, InMemoryMemories)
    ports.memories.broken = "the memory is on holiday"

    result = engine(ports=ports).generate(asked())

    assert (result.outcome, result.memory_degraded) == ("ready", "the memory is on holiday")


@pytest.mark.parametrize("goal", ["", "  ", "x" * 10_001, "a\0b", "a\ud800b"])
def test_a_goal_that_cannot_be_kept_is_refused_before_anything_is_recorded(goal: str) -> None:
    subject = engine()

    with pytest.raises(InvalidGoal):
        subject.generate(asked(goal=goal))
    assert names(subject) == []


@pytest.mark.parametrize("bad", ["", "-x", "a/b", "a b", "x" * 129, "ä", "a\n"])
def test_ids_outside_the_pattern_are_refused(bad: str) -> None:
    for ids in [(bad, "r1", "t"), ("a", bad, "t"), ("a", "r1", bad)]:
        with pytest.raises(InvalidIdentifier):
            PlanGenerationContext(ids[0], "goal", ids[1], tenant=ids[2])


def test_a_negative_cap_is_refused() -> None:
    with pytest.raises(InvalidMoney):
        asked(cents=-1)


def test_an_unknown_planner_is_refused_before_anything_is_recorded() -> None:
    subject = engine()

    with pytest.raises(PlannerUnknown):
        subject.generate(asked(), planner="astrologer")
    assert names(subject) == []


def test_a_draft_too_large_to_record_is_a_failed_attempt() -> None:
    result = engine(FixedPlanner({"plan_id": "p" * 300_000})).generate(asked())

    assert result.failure is not None
    assert (result.outcome, result.failure.code) == ("failed", "too_large")


def test_what_cannot_be_stored_is_recorded_as_unrepresentable_and_refused() -> None:
    result = engine(FixedPlanner({"plan_id": "p", "steps": [], "x": float("nan")})).generate(asked())

    assert result.outcome == "invalid"
    assert result.plan["x"] == {"$unrepresentable": "nan"}


class Provider(FixedPlanner):
    """A paid provider that counts the requests it received: each may cost 2 USD, and costs what it is told."""

    def __init__(self, *answers: JsonValue, cost: int | None = 500_000) -> None:
        super().__init__(*answers or (plan("free"),), name="paid", deterministic=False, cost=cost, worst=2_000_000)


def test_a_paid_call_is_held_before_it_is_sent_and_settled_at_its_cost() -> None:
    provider = Provider()
    subject = engine(provider)
    tracker(subject).grant("scout", FIVE_USD, "g1")

    result = subject.generate(asked())

    assert (result.outcome, result.planning_cost_micros, len(provider.requests)) == ("ready", 500_000, 1)
    assert ledger_names(subject) == ["CreditGranted", "CreditHeld", "HoldSettled", "CreditHeld"]
    assert tracker(subject).get_status("scout").spent_micros == 500_000


def test_a_paid_call_beyond_the_budget_is_never_sent() -> None:
    provider = Provider()
    subject = engine(provider)
    tracker(subject).grant("scout", 1_999_999, "g1")

    result = subject.generate(asked())

    assert (result.outcome, len(provider.requests)) == ("refused", 0)
    assert names(subject) == ["ContextBuilt", "MemoryRetrieved", "BudgetChecked"]


def test_a_call_of_unknown_cost_is_settled_in_full() -> None:
    subject = engine(Provider(cost=None))
    tracker(subject).grant("scout", FIVE_USD, "g1")

    result = subject.generate(asked())

    assert (result.planning_cost_micros, tracker(subject).get_status("scout").spent_micros) == (None, 2_000_000)


def test_a_call_that_was_never_sent_releases_its_hold() -> None:
    class Unsent(Provider):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise DraftUnavailable("offline", "no route", retryable=False, sent=False)

    subject = engine(Unsent())
    tracker(subject).grant("scout", FIVE_USD, "g1")

    subject.generate(asked())

    status = tracker(subject).get_status("scout")
    assert (status.spent_micros, status.held_micros) == (0, 0)


def test_a_cancelled_call_is_settled_in_full_and_recorded_before_the_caller_hears_of_it() -> None:
    class Cancelled(Provider):
        def prompt_for(self, request: DraftRequest) -> bytes:
            return f"draft {request.goal}".encode()

        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise KeyboardInterrupt

    subject = engine(Cancelled())
    tracker(subject).grant("scout", FIVE_USD, "g1")

    with pytest.raises(KeyboardInterrupt):
        subject.generate(asked())

    failed = subject.ports.log.read("default/run/r1")[-1].fact
    assert isinstance(failed, DraftFailed)
    assert f"draft {asked().goal}".encode() == subject.ports.artifacts.get("default", failed.prompt_digest or "")
    assert tracker(subject).get_status("scout").spent_micros == 2_000_000


def test_the_cost_of_all_attempts_counts_towards_the_limit_of_one_run() -> None:
    provider = Provider(plan("fly"), plan("free"))
    subject = engine(provider)
    tracker(subject).grant("scout", 100 * FIVE_USD, "g1")
    tracker(subject).limits("scout", LimitsChanged(per_run=2_400_000))

    result = subject.generate(asked())

    assert result.budget is not None
    assert (result.outcome, result.budget.purpose, result.budget.breach) == ("refused", "planning", "per_run")
    assert len(provider.requests) == 1


def test_planners_are_asked_in_order_and_each_attempt_names_its_own() -> None:
    first = FixedPlanner(plan("fly"), name="cheap")
    second = FixedPlanner(plan("fetch"), name="dear")
    subject = PlanGenerationEngine(in_memory_ports(MANIFEST), [first, second])

    result = subject.generate(asked())

    expected = PlannerIdentity(name="dear", version="1", deterministic=True)
    assert ("ready", 2, expected) == (result.outcome, result.attempts, result.planner)


def test_an_execution_hold_that_is_overdue_makes_room_for_the_next_plan() -> None:
    subject = engine()
    tracker(subject).grant("scout", FIVE_USD, "g1")
    subject.generate(asked("one"))
    subject.ports.clock.advance(timedelta(hours=25))  # type: ignore[attr-defined]  # in memory, the clock is moved

    result: PlanGenerationResult = subject.generate(asked("two"))

    assert result.outcome == "ready"
    assert ledger_names(subject) == ["CreditGranted", "CreditHeld", "HoldReleased", "CreditHeld"]


def test_a_resumed_run_keeps_the_cap_that_it_was_begun_with() -> None:
    class Dies(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise KeyboardInterrupt

    ports = in_memory_ports(MANIFEST)
    with pytest.raises(KeyboardInterrupt):
        engine(Dies(), ports).generate(asked(cents=1))

    result = engine(ports=ports).generate(asked())

    assert (result.outcome, result.agent_budget_cents) == ("refused", 1)


def test_a_recalled_text_that_grows_by_redaction_is_cut_to_what_can_be_read_again() -> None:
    ports = in_memory_ports(MANIFEST)
    text = ("fetch it, my password is hunter2! " * 2_000)[:8_000]
    memory = Memory(memory_id="m1", tenant="default", agent_id="scout", text=text, created_at=ports.clock.now())
    ports.memories.remember([memory])
    subject = PlanGenerationEngine(ports, [FixedPlanner(plan("fetch"))], EnginePolicy(memory_characters=16_000))

    first = subject.generate(asked())

    assert first.memory_snippet_count == 1
    assert first == subject.generate(asked())
