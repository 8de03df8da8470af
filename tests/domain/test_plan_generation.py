"""The order of a plan generation, and what comes next after each of its events."""

import pytest
from pydantic import JsonValue

from planfold.domain.errors import IllegalTransition, InvalidMoney, InvalidReport, InvalidText
from planfold.domain.inspection import Finding
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
    PlanDrafted,
    PlanEvent,
    PlanValidated,
    RecallMemories,
    RunReported,
    fold,
    next_step,
    outcome,
    report,
    reported,
)
from planfold.domain.planner import PlannerIdentity

OFFLINE = PlannerIdentity(name="offline", version="1", deterministic=True)
MODEL = PlannerIdentity(name="model", version="1", model="m", deterministic=False)
PLAN: JsonValue = {"plan_id": "p", "steps": []}
ERROR = Finding(code="UNKNOWN_SKILL", severity="error", message="skill fly does not exist")
WARNING = Finding(code="DESTRUCTIVE_STEP", severity="warning", message="step s1 deletes")
MEMORY = MemoryRetrieved(snippets=(), context_summary=None, retriever="none")
GOOD = RunReported(verdict="good", cost_micros=10)


def context(*planners: PlannerIdentity, max_attempts: int = 3) -> ContextBuilt:
    return ContextBuilt(
        tenant="default",
        agent_id="scout",
        goal="look",
        run_id="r1",
        agent_budget_cents=None,
        budget_source="none",
        manifest_digest="a" * 64,
        rules_digest="b" * 64,
        planners=planners or (OFFLINE,),
        max_attempts=max_attempts,
    )


def drafted(attempt: int = 1, planner: PlannerIdentity = OFFLINE, charged: int = 0) -> PlanDrafted:
    return PlanDrafted(
        attempt=attempt, plan=PLAN, planner=planner, cost_micros=charged, charged_micros=charged, duration_ms=1
    )


def failed(attempt: int = 1, planner: PlannerIdentity = OFFLINE, *, retryable: bool = False) -> DraftFailed:
    return DraftFailed(
        attempt=attempt,
        planner=planner,
        code="no_skill",
        sentence="none serves",
        retryable=retryable,
        cost_micros=0,
        duration_ms=1,
    )


def validated(*findings: Finding, attempt: int = 1) -> PlanValidated:
    valid = all(item.severity != "error" for item in findings)
    return PlanValidated(attempt=attempt, valid=valid, findings=findings, rules_digest="b" * 64)


def checked(verdict: str = "allowed", purpose: str = "execution") -> BudgetChecked:
    return BudgetChecked.model_validate({"purpose": purpose, "verdict": verdict, "needed": 0, "available_before": None})


def test_a_run_that_nothing_is_recorded_of_begins_with_its_context() -> None:
    assert BuildContext() == next_step(NOTHING)


def test_memories_are_recalled_once_the_context_stands() -> None:
    built = context()

    assert RecallMemories(context=built) == next_step(fold([built]))


def test_the_first_planner_is_asked_once_memories_are_recalled() -> None:
    built = context(OFFLINE, MODEL)

    step = next_step(fold([built, MEMORY]))

    first = Draft(context=built, memory=MEMORY, attempt=1, planner=OFFLINE, previous=None, findings=(), is_last=False)
    assert first == step


def test_every_draft_is_inspected() -> None:
    built, draft = context(), drafted()

    assert Inspect(context=built, memory=MEMORY, draft=draft) == next_step(fold([built, MEMORY, draft]))


def test_a_draft_with_warnings_only_goes_on_to_the_budget() -> None:
    built, draft = context(), drafted()

    step = next_step(fold([built, MEMORY, draft, validated(WARNING)]))

    assert CheckBudget(context=built, draft=draft) == step


@pytest.mark.parametrize(("verdict", "expected"), [("allowed", "ready"), ("refused", "refused")])
def test_the_budget_has_the_last_word_on_a_valid_draft(verdict: str, expected: str) -> None:
    assert expected == outcome(fold([context(), MEMORY, drafted(), validated(), checked(verdict)]))


def test_a_refused_planning_hold_ends_the_generation() -> None:
    assert outcome(fold([context(MODEL), MEMORY, checked("refused", "planning")])) == "refused"


def test_a_deterministic_planner_is_asked_once() -> None:
    assert outcome(fold([context(OFFLINE), MEMORY, drafted(), validated(ERROR)])) == "invalid"


def test_an_invalid_draft_goes_back_to_its_planner_with_the_findings() -> None:
    built = context(MODEL)

    step = next_step(fold([built, MEMORY, drafted(planner=MODEL), validated(ERROR)]))

    assert Draft(context=built, memory=MEMORY, attempt=2, planner=MODEL, previous=PLAN, findings=(ERROR,)) == step


def test_a_planner_is_told_why_its_own_last_attempt_brought_nothing() -> None:
    begun: list[PlanEvent] = [context(OFFLINE, MODEL), MEMORY, failed(1, OFFLINE)]

    steps = [next_step(fold(events)) for events in (begun, [*begun, failed(2, MODEL, retryable=True)])]

    assert [(MODEL, None), (MODEL, "no_skill")] == [
        (step.planner, step.failure) for step in steps if isinstance(step, Draft)
    ]


def test_a_planner_is_asked_as_often_as_allowed_and_then_the_next_one() -> None:
    events: list[PlanEvent] = [context(MODEL, OFFLINE, max_attempts=2), MEMORY]
    for attempt in (1, 2):
        events += [drafted(attempt, MODEL), validated(ERROR, attempt=attempt)]

    step = next_step(fold(events))

    assert isinstance(step, Draft)
    assert (step.attempt, step.planner) == (3, OFFLINE)


def test_it_is_known_whether_anybody_else_can_be_asked() -> None:
    built = context(OFFLINE, MODEL)

    first = next_step(fold([built, MEMORY]))
    second = next_step(fold([built, MEMORY, failed(planner=OFFLINE)]))
    alone = next_step(fold([context(MODEL), MEMORY, failed(planner=MODEL, retryable=True)]))

    assert [False, True, True] == [isinstance(step, Draft) and step.is_last for step in (first, second, alone)]


def test_a_planner_that_cannot_is_not_asked_again() -> None:
    step = next_step(fold([context(MODEL, OFFLINE), MEMORY, failed(planner=MODEL)]))

    assert isinstance(step, Draft)
    assert (step.attempt, step.planner) == (2, OFFLINE)


def test_a_failure_that_may_pass_is_tried_again() -> None:
    step = next_step(fold([context(MODEL), MEMORY, failed(planner=MODEL, retryable=True)]))

    assert isinstance(step, Draft)
    assert (step.attempt, step.planner) == (2, MODEL)


def test_without_any_draft_the_generation_has_failed() -> None:
    assert outcome(fold([context(), MEMORY, failed()])) == "failed"


def test_a_failure_after_an_invalid_draft_leaves_the_run_invalid() -> None:
    events: list[PlanEvent] = [context(MODEL, max_attempts=2), MEMORY, drafted(planner=MODEL), validated(ERROR)]
    events += [failed(2, MODEL)]

    assert outcome(fold(events)) == "invalid"


def test_what_the_attempts_were_charged_adds_up() -> None:
    events: list[PlanEvent] = [context(MODEL), MEMORY, drafted(1, MODEL, 30), validated(ERROR)]
    events += [drafted(2, MODEL, 12)]

    assert fold(events).charged == 42


READY = fold([context(), MEMORY, drafted(), validated(), checked()])


def test_a_run_that_was_ready_can_be_reported() -> None:
    assert report(READY, GOOD) == [GOOD]


def test_a_report_does_not_change_the_outcome() -> None:
    assert outcome(fold([GOOD], READY)) == "ready"


def test_the_same_report_again_records_nothing() -> None:
    assert report(fold([GOOD], READY), GOOD) == []


def test_another_report_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="already reported good"):
        report(fold([GOOD], READY), RunReported(verdict="bad", cost_micros=10))


@pytest.mark.parametrize(
    "history", [[context()], [context(), MEMORY, failed()], [context(), MEMORY, drafted(), validated(ERROR)]]
)
def test_only_a_run_that_was_ready_can_be_reported(history: list[PlanEvent]) -> None:
    with pytest.raises(IllegalTransition, match="only a run that was ready"):
        report(fold(history), GOOD)


def test_what_is_reported_is_recorded_without_secrets() -> None:
    assert GOOD == reported("good", 10)
    assert "hunter2" not in reported("bad", None, "password=hunter2hunter2").note


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        (("fine", 10), InvalidReport, "a run ends good or bad, and not 'fine'"),
        (("good", -1), InvalidMoney, "a cost of -1 is not a whole number"),
        (("good", True), InvalidMoney, "a cost of True"),
        (("good", 1, "\ud800"), InvalidText, "the note holds a NUL character or a lone surrogate"),
        (("good", 1, "x" * 2_001), InvalidText, "the note has 2001 characters"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_a_sentence(
    said: tuple[str, int], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        reported(*said)


def test_a_finished_generation_stays_finished() -> None:
    assert Finished(outcome="ready") == next_step(READY)
