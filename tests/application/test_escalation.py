"""Planners tried in their order: cheap first, dearer if the inspector refuses; and what sends a run on to the next one."""

import pytest
from pydantic import JsonValue

from planfold.application import (
    PlanGenerationContext,
    PlanGenerationEngine,
    PlannerRepeated,
    PlannerUnknown,
    generate_plan_for_run,
    use_engine,
)
from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.ports import DraftUnavailable
from planfold.application.world import Ports
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import DraftFailed, PlanDrafted
from planfold.infrastructure.in_memory import FixedPlanner

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
GOOD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
BAD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fly"}]}
UNABLE = DraftUnavailable("no_skill", "nothing here serves", retryable=False, sent=False)


def cheap(*answers: object) -> FixedPlanner:
    return FixedPlanner(*answers, name="cheap")


def dear(*answers: object, cost: int = 300_000, worst: int | None = 2_000_000) -> FixedPlanner:
    return FixedPlanner(*answers, name="dear", deterministic=False, cost=cost, worst=worst)


def attempts(ports: Ports) -> list[tuple[int, str, str]]:
    facts = [item.fact for item in ports.log.read("default/run/r1")]
    return [
        (fact.attempt, fact.planner.name, fact.code if isinstance(fact, DraftFailed) else "drafted")
        for fact in facts
        if isinstance(fact, PlanDrafted | DraftFailed)
    ]


def test_a_dearer_planner_is_asked_only_if_the_inspector_refuses_the_cheap_one(ports: Ports) -> None:
    first, second = cheap(GOOD), dear(GOOD)

    result = PlanGenerationEngine(ports, [first, second]).generate(ASKED)

    assert ("ready", [(1, "cheap", "drafted")], []) == (result.outcome, attempts(ports), second.requests)


def test_a_dearer_planner_is_told_what_was_wrong_with_the_cheap_draft(ports: Ports, auditor: Auditor) -> None:
    second = dear(GOOD)

    result = PlanGenerationEngine(ports, [cheap(BAD), second]).generate(ASKED)

    assert ("ready", 300_000) == (result.outcome, result.planning_cost_micros)
    assert [(1, "cheap", "drafted"), (2, "dear", "drafted")] == attempts(ports)
    assert (BAD, ["UNKNOWN_SKILL"]) == (second.requests[0].previous, [it.code for it in second.requests[0].findings])
    assert auditor.audit("r1").holds


def test_a_planner_that_cannot_leaves_it_to_the_next_one(ports: Ports) -> None:
    result = PlanGenerationEngine(ports, [cheap(UNABLE), dear(GOOD)]).generate(ASKED)

    assert ("ready", [(1, "cheap", "no_skill"), (2, "dear", "drafted")]) == (result.outcome, attempts(ports))


def test_a_planner_that_breaks_leaves_it_to_the_next_one(ports: Ports) -> None:
    broken = dear(None, worst=-1)

    result = PlanGenerationEngine(ports, [broken, cheap(GOOD)]).generate(ASKED)

    assert ("ready", [(1, "dear", "planner_error"), (2, "cheap", "drafted")]) == (result.outcome, attempts(ports))


@pytest.mark.parametrize("worst", [2_000_000, None])
def test_a_planner_that_the_budget_refuses_leaves_it_to_a_cheaper_one(
    ports: Ports, tracker: Budgets, auditor: Auditor, worst: int | None
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    tracker.limits("scout", LimitsChanged(per_run=4_000_000 if worst is None else 1_000_000))
    free: JsonValue = {"plan_id": "p", "steps": []}
    second, third = dear(GOOD, worst=worst), cheap(free if worst else GOOD)

    result = PlanGenerationEngine(ports, [second, third]).generate(ASKED)

    assert [(1, "dear", "budget_refused"), (2, "cheap", "drafted")] == attempts(ports)
    assert (second.requests, result.failure, result.planning_cost_micros) == ([], None, 0)
    assert auditor.audit("r1").holds


def test_why_the_budget_refused_a_planner_is_told(ports: Ports, tracker: Budgets) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    tracker.limits("scout", LimitsChanged(per_run=1_000_000))

    result = PlanGenerationEngine(ports, [dear(GOOD), cheap(UNABLE)]).generate(ASKED)

    first = next(item.fact for item in ports.log.read("default/run/r1") if isinstance(item.fact, DraftFailed))
    assert "failed" == result.outcome
    assert "the limit for one run of scout is 1.00 USD" in first.sentence
    assert (0, 0, False) == (first.cost_micros, first.charged_micros, first.retryable)


def test_the_budget_ends_the_run_where_nobody_else_can_be_asked(ports: Ports, tracker: Budgets) -> None:
    tracker.grant("scout", 1_000_000, "g1")

    result = PlanGenerationEngine(ports, [cheap(BAD), dear(GOOD)]).generate(ASKED)

    assert result.budget is not None
    assert ("refused", "planning", "total") == (result.outcome, result.budget.purpose, result.budget.breach)


@pytest.mark.parametrize("text", ["cheap,dear", " cheap , dear "])
def test_planners_are_named_in_their_order(ports: Ports, text: str) -> None:
    engine = PlanGenerationEngine(ports, [dear(GOOD)], planner_named=lambda name: {"cheap": cheap(BAD)}[name])

    engine.generate(ASKED, planner=text)

    assert [(1, "cheap", "drafted"), (2, "dear", "drafted")] == attempts(ports)


def test_planners_and_names_of_planners_can_be_handed_in_together(ports: Ports) -> None:
    use_engine(PlanGenerationEngine(ports, [dear(GOOD)]))
    try:
        result = generate_plan_for_run("scout", "fetch it", "r1", planner=[cheap(BAD), "dear"])
    finally:
        use_engine(None)

    assert ("ready", [(1, "cheap", "drafted"), (2, "dear", "drafted")]) == (result.outcome, attempts(ports))


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        ("cheap,cheap", PlannerRepeated),
        ("cheap,", PlannerUnknown),
        ("", PlannerUnknown),
        ([], PlannerUnknown),
        ("cheap,none", PlannerUnknown),
    ],
)
def test_a_list_that_cannot_be_tried_is_refused_before_anything_is_recorded(
    ports: Ports, named: str | list[str], refused: type[Exception]
) -> None:
    with pytest.raises(refused, match="cheap"):
        PlanGenerationEngine(ports, [cheap(GOOD)]).generate(ASKED, planner=named)

    assert [] == list(ports.log.read("default/run/r1"))
