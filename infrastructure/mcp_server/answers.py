"""What the tools answer, in the form that their output schemas promise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from planfold.application import BudgetRefused, PlanGenerationResult, PlanInvalid, PlanningFailed
from planfold.application.checking import PlanCheck
from planfold.domain.frozen import Frozen
from planfold.domain.inspection import Finding
from planfold.domain.money import usd

_SHOWN = 5


class Planned(Frozen):
    """A run as it is recorded. Money is USD as text, so that no digit is lost; null is unknown."""

    sentence: str = Field(description="What came of it, and what to do next.")
    may_run: bool = Field(
        description="Whether the plan may be run: it was accepted, its money is held, it was not run yet."
    )
    outcome: Literal["ready", "invalid", "refused", "failed"] | None = Field(
        description="ready, or who refused it: the inspector (invalid), the budget (refused), or no draft came (failed). "
        "null while it is unfinished."
    )
    run_id: str
    agent: str
    goal: str
    plan: dict[str, Any] = Field(description="The plan as it was drafted last; empty if there is none.")
    findings: tuple[Finding, ...]
    attempts: int
    planner: str | None
    planning_cost_usd: str | None
    needed_usd: str | None = Field(description="The most that running the plan costs.")
    reported: Literal["good", "bad"] | None = Field(description="How the run went, once somebody has said so.")
    manifest_digest: str | None
    rules_digest: str | None


class Sentence(Frozen):
    at: datetime
    event: str
    sentence: str


class Story(Frozen):
    run_id: str
    sentences: tuple[Sentence, ...]


class Checked(Frozen):
    """A plan that was judged and not recorded."""

    sentence: str
    valid: bool = Field(description="Whether the inspector would accept it.")
    findings: tuple[Finding, ...]
    needed_usd: str | None = Field(description="The most that running it costs; null if a price is unknown.")
    manifest_digest: str
    rules_digest: str


def planned(result: PlanGenerationResult, *, held: bool) -> Planned:
    """`held`: whether what it may cost is still set aside."""
    may_run = result.outcome == "ready" and result.report is None and held
    return Planned(
        sentence=_sentence(result, held=held),
        may_run=may_run,
        outcome=result.outcome,
        run_id=result.run_id,
        agent=result.agent_id,
        goal=result.goal,
        plan=result.plan,
        findings=result.findings,
        attempts=result.attempts,
        planner=None if result.planner is None else result.planner.name,
        planning_cost_usd=_usd(result.planning_cost_micros),
        needed_usd=_usd(result.needed_micros),
        reported=None if result.report is None else result.report.verdict,
        manifest_digest=result.manifest_digest,
        rules_digest=result.rules_digest,
    )


def _sentence(result: PlanGenerationResult, *, held: bool) -> str:
    match result.outcome:
        case "ready" if result.report is not None:
            return (
                f"the run {result.run_id!r} is over: it was reported {result.report.verdict}; plan under a new run id"
            )
        case "ready" if not held:
            return f"the credit for the run {result.run_id!r} is held no more; plan under a new run id"
        case "ready":
            count = len(result.steps)
            return f"ready: {count} step{'' if count == 1 else 's'} under run {result.run_id!r}, {_price(result.needed_micros)}"
        case "invalid":
            return str(PlanInvalid(result))
        case "refused":
            return str(BudgetRefused(result))
        case "failed":
            return str(PlanningFailed(result))
        case None:
            return f"the plan of run {result.run_id!r} is unfinished; ask for it again with the same goal to go on"


def checked(found: PlanCheck) -> Checked:
    told = _told(found.findings)
    verdict = "the inspector would accept this plan" if found.valid else "the inspector would refuse this plan"
    return Checked(
        sentence=f"{verdict}, {_price(found.needed_micros)}{f': {told}' if told else ''}; nothing was recorded",
        valid=found.valid,
        findings=found.findings,
        needed_usd=_usd(found.needed_micros),
        manifest_digest=found.manifest_digest,
        rules_digest=found.rules_digest,
    )


def _told(findings: Sequence[Finding]) -> str:
    """Errors first, as many as one reads."""
    ordered = sorted(findings, key=lambda item: item.severity != "error")
    more = f"; and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return "; ".join(f"{item.code}: {item.message}" for item in ordered[:_SHOWN]) + more


def _price(micros: int | None) -> str:
    return "at an unknown price" if micros is None else f"at most {usd(micros)} USD to run"


def _usd(micros: int | None) -> str | None:
    return None if micros is None else str(usd(micros))
