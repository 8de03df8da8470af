"""The read model of one plan generation: what its events amount to, folded one by one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import Field

from planfold.domain.frozen import Frozen
from planfold.domain.inspection.finding import Finding
from planfold.domain.memory import Snippet
from planfold.domain.plan import EMPTY_PLAN_JSON, plan_json
from planfold.domain.plan_generation import (
    NOTHING,
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    MemoryRetrieved,
    Outcome,
    PlanDrafted,
    PlanGeneration,
    PlanValidated,
    RunReported,
    outcome,
)
from planfold.domain.plan_generation import (
    evolve as evolve_generation,
)
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.domain.recorded import Recorded


class Failure(Frozen):
    code: str
    sentence: str
    retryable: bool


class PlanGenerationResult(Frozen):
    """One run as its events tell it; `outcome` is None while the generation is unfinished.

    Without a draft, `plan` is {}, `plan_json` "{}" and `steps` []. `plan_json` is the plan in RFC 8785 form.
    `validation_warnings` has a sentence for each finding, errors included, as `CODE: sentence`. Money is in
    micro-USD. `position` is that of the last event folded in.
    """

    tenant: str = ""
    run_id: str = ""
    agent_id: str = ""
    goal: str = ""
    outcome: Outcome | None = None
    plan: dict[str, Any] = Field(default_factory=dict)
    plan_json: str = EMPTY_PLAN_JSON
    steps: list[dict[str, Any]] = Field(default_factory=list)
    context_summary: str | None = None
    memory_snippet_count: int = 0
    memory_snippets: tuple[Snippet, ...] = ()
    memory_degraded: str | None = None
    validation_valid: bool = False
    validation_warnings: list[str] = Field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    attempts: int = 0
    planner: PlannerIdentity | None = None
    usage: Usage | None = None
    planning_cost_micros: int | None = 0
    """What all attempts cost together; None as soon as the cost of one is unknown."""
    needed_micros: int | None = None
    """The worst case of running the plan; None if it was not judged or a price is unknown."""
    agent_budget_cents: int | None = None
    budget: BudgetChecked | None = None
    failure: Failure | None = None
    report: RunReported | None = None
    manifest_digest: str | None = None
    rules_digest: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    started_position: int = 0
    """Where the run began in the log: what a page of runs is continued from."""
    version: int = 0
    position: int = 0
    generation: PlanGeneration = Field(default=NOTHING, exclude=True, repr=False)
    """The aggregate's own fold, which alone says what the outcome is; it stays NOTHING in what was found in a table."""

    def __eq__(self, other: object) -> bool:
        """By all that is told, however it was come by."""
        if not isinstance(other, PlanGenerationResult):
            return NotImplemented
        return {**self.__dict__, "generation": None} == {**other.__dict__, "generation": None}

    __hash__ = None  # type: ignore[assignment] # it holds lists


EMPTY = PlanGenerationResult()


def evolve(result: PlanGenerationResult, recorded: Recorded[Any]) -> PlanGenerationResult:
    """`result` after one more event of its stream."""
    fact = recorded.fact
    generation = evolve_generation(result.generation, fact)
    ended = outcome(generation)
    changes: dict[str, object] = {
        "generation": generation,
        "outcome": ended,
        "attempts": generation.attempts,
        "version": recorded.version,
        "position": recorded.position,
    }
    if ended is not None and result.ended_at is None:
        changes["ended_at"] = recorded.recorded_at
    match fact:
        case ContextBuilt():
            changes |= {
                "tenant": fact.tenant,
                "run_id": fact.run_id,
                "agent_id": fact.agent_id,
                "goal": fact.goal,
                "agent_budget_cents": fact.agent_budget_cents,
                "manifest_digest": fact.manifest_digest,
                "rules_digest": fact.rules_digest,
                "started_at": recorded.recorded_at,
                "started_position": recorded.position,
            }
        case MemoryRetrieved():
            changes |= {
                "memory_snippets": fact.snippets,
                "memory_snippet_count": len(fact.snippets),
                "context_summary": fact.context_summary,
                "memory_degraded": fact.degraded,
            }
        case PlanDrafted():
            plan = fact.plan if isinstance(fact.plan, dict) else {}
            steps = plan.get("steps")
            changes |= _attempted(result, fact) | {
                "plan": plan,
                "plan_json": plan_json(fact.plan),
                "steps": [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else [],
                "validation_valid": False,
                "validation_warnings": [],
                "findings": (),
                "failure": None,
            }
        case DraftFailed():
            failure = Failure(code=fact.code, sentence=fact.sentence, retryable=fact.retryable)
            changes |= _attempted(result, fact) | {"failure": failure}
        case PlanValidated():
            changes |= {
                "validation_valid": fact.valid,
                "validation_warnings": [f"{item.code}: {item.message}" for item in fact.findings],
                "findings": fact.findings,
                "rules_digest": fact.rules_digest,
            }
        case BudgetChecked():
            needed = fact.needed if fact.purpose == "execution" else None
            changes |= {"budget": fact, "needed_micros": needed}
        case RunReported():
            changes |= {"report": fact}
    return result.model_copy(update=changes)


def _attempted(result: PlanGenerationResult, fact: PlanDrafted | DraftFailed) -> dict[str, object]:
    spent, cost = result.planning_cost_micros, fact.cost_micros
    return {
        "planner": fact.planner,
        "usage": fact.usage,
        "planning_cost_micros": None if spent is None or cost is None else spent + cost,
    }


def fold(events: Iterable[Recorded[Any]], start: PlanGenerationResult = EMPTY) -> PlanGenerationResult:
    result = start
    for recorded in events:
        result = evolve(result, recorded)
    return result
