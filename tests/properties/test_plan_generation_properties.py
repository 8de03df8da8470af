"""Rules of a plan generation that hold whatever planners, inspectors and ledgers answer."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from planfold.application.replay import order
from planfold.domain.inspection import Finding, accepts
from planfold.domain.plan_generation import (
    NOTHING,
    BudgetChecked,
    BuildContext,
    CheckBudget,
    ContextBuilt,
    Draft,
    DraftFailed,
    Finished,
    Inspect,
    MemoryRetrieved,
    NextStep,
    PlanDrafted,
    PlanEvent,
    PlanValidated,
    RecallMemories,
    evolve,
    fold,
    next_step,
)
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import Recorded

PLANNERS = st.lists(
    st.builds(
        PlannerIdentity,
        name=st.sampled_from(["offline", "cheap", "dear"]),
        version=st.just("1"),
        deterministic=st.booleans(),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda planner: planner.name,
)
FINDINGS = st.lists(
    st.sampled_from(
        [
            Finding(code="UNKNOWN_SKILL", severity="error", message="x"),
            Finding(code="DESTRUCTIVE_STEP", severity="warning", message="x"),
        ]
    ),
    max_size=2,
).map(tuple)


def context(planners: list[PlannerIdentity], max_attempts: int) -> ContextBuilt:
    return ContextBuilt(
        tenant="default",
        agent_id="scout",
        goal="look",
        run_id="r1",
        agent_budget_cents=None,
        budget_source="none",
        manifest_digest="a" * 64,
        rules_digest="b" * 64,
        planners=tuple(planners),
        max_attempts=max_attempts,
    )


def answer(draw: st.DrawFn, step: NextStep) -> PlanEvent:
    """Anything that the world may answer when this step is performed."""
    match step:
        case BuildContext():
            return context(draw(PLANNERS), draw(st.integers(1, 3)))
        case RecallMemories():
            return MemoryRetrieved(snippets=(), context_summary=None, retriever="none")
        case Draft():
            return draw(st.sampled_from([_drafted(step), _failed(step, True), _failed(step, False), _refused()]))
        case Inspect():
            findings = draw(FINDINGS)
            return PlanValidated(
                attempt=step.draft.attempt, valid=accepts(findings), findings=findings, rules_digest="b" * 64
            )
        case CheckBudget():
            verdict = draw(st.sampled_from(["allowed", "refused"]))
            return BudgetChecked.model_validate(
                {"purpose": "execution", "verdict": verdict, "needed": 1, "available_before": None}
            )
        case Finished():
            raise AssertionError("nothing comes after the end")


def _drafted(step: Draft) -> PlanEvent:
    return PlanDrafted(
        attempt=step.attempt, plan={}, planner=step.planner, cost_micros=7, charged_micros=7, duration_ms=1
    )


def _failed(step: Draft, retryable: bool) -> PlanEvent:  # noqa: FBT001 - drawn, not chosen
    return DraftFailed(
        attempt=step.attempt,
        planner=step.planner,
        code="x",
        sentence="x",
        retryable=retryable,
        cost_micros=0,
        duration_ms=1,
    )


def _refused() -> PlanEvent:
    return BudgetChecked(purpose="planning", verdict="refused", needed=1, available_before=0)


@st.composite
def histories(draw: st.DrawFn) -> list[PlanEvent]:
    """A whole generation, or the beginning of one."""
    events: list[PlanEvent] = []
    state = NOTHING
    for _ in range(draw(st.integers(0, 40))):
        step = next_step(state)
        if isinstance(step, Finished):
            break
        events.append(answer(draw, step))
        state = evolve(state, events[-1])
    return events


@given(histories(), st.integers(0, 40))
def test_folding_in_two_parts_is_folding_at_once(events: list[PlanEvent], at: int) -> None:
    assert fold(events) == fold(events[at:], fold(events[:at]))


@given(histories())
def test_every_history_that_the_steps_allow_is_legal(events: list[PlanEvent]) -> None:
    recorded = [_recorded(version, fact) for version, fact in enumerate(events, 1)]

    assert [] == list(order(recorded))


@given(histories())
def test_a_run_is_ready_only_with_a_valid_last_draft_and_an_allowed_budget(events: list[PlanEvent]) -> None:
    state = fold(events)

    if next_step(state) == Finished(outcome="ready"):
        assert state.draft is not None
        assert state.failure is None
        assert state.findings is not None
        assert accepts(state.findings)
        assert isinstance(events[-1], BudgetChecked)


@given(histories())
def test_no_planner_is_asked_more_often_than_allowed(events: list[PlanEvent]) -> None:
    state = fold(events)

    if state.context is not None:
        for planner in state.context.planners:
            allowed = 1 if planner.deterministic else state.context.max_attempts
            assert state.tried.count(planner.name) <= allowed


@given(histories())
def test_attempts_are_numbered_without_gaps(events: list[PlanEvent]) -> None:
    numbers = [event.attempt for event in events if isinstance(event, PlanDrafted | DraftFailed)]

    assert list(range(1, len(numbers) + 1)) == numbers


@given(histories())
def test_every_generation_ends(events: list[PlanEvent]) -> None:
    state = fold(events)
    for _ in range(60):
        step = next_step(state)
        if isinstance(step, Finished):
            return
        state = evolve(state, _worst(step))

    raise AssertionError("60 more events and no end")


def _worst(step: NextStep) -> PlanEvent:
    """The answer that keeps a generation going for longest."""
    match step:
        case BuildContext():
            identity = PlannerIdentity(name="model", version="1", deterministic=False)
            return context([identity], 20)
        case RecallMemories():
            return MemoryRetrieved(snippets=(), context_summary=None, retriever="none")
        case Draft():
            return _drafted(step)
        case Inspect():
            error = Finding(code="UNKNOWN_SKILL", severity="error", message="x")
            return PlanValidated(attempt=step.draft.attempt, valid=False, findings=(error,), rules_digest="b" * 64)
        case _:
            return BudgetChecked(purpose="execution", verdict="allowed", needed=1, available_before=None)


def _recorded(version: int, fact: PlanEvent) -> Recorded[PlanEvent]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Recorded("default/run/r1", version, version, str(version), type(fact).__name__, at, "t", "c", "", "", fact)
