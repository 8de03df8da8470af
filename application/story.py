"""One sentence for each event, as a person would tell it."""

from typing import assert_never

from planfold.domain.money import MICROS_PER_CENT, usd
from planfold.domain.names import TENANT_SCOPE
from planfold.domain.plan_generation import (
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    MemoryRetrieved,
    PlanDrafted,
    PlanEvent,
    PlanValidated,
    RunReported,
)

_LIMITS: dict[str, str] = {
    "per_run": "the limit for one run",
    "per_day": "the limit for a day",
    "per_model": "the limit for this model on a day",
    "total": "the credit",
}


def told(fact: PlanEvent) -> str:
    """What happened, with the figures that decided it."""
    match fact:
        case ContextBuilt():
            return _context(fact)
        case MemoryRetrieved():
            return _memory(fact)
        case PlanDrafted():
            steps = fact.plan.get("steps") if isinstance(fact.plan, dict) else None
            count = _many(len(steps), "step") if isinstance(steps, list) else "no list of steps"
            return f"Attempt {fact.attempt}: {fact.planner.name} drafted {count} ({_cost(fact.cost_micros)})."
        case DraftFailed():
            return (
                f"Attempt {fact.attempt}: {fact.planner.name} had no draft ({fact.code}): {fact.sentence} "
                f"({_cost(fact.cost_micros)})."
            )
        case PlanValidated():
            return _validated(fact)
        case BudgetChecked():
            return _budget(fact)
        case RunReported():
            cost = "an unknown cost" if fact.cost_micros is None else f"{usd(fact.cost_micros)} USD"
            return f"The run was reported {fact.verdict}, at {cost}{f': {fact.note}' if fact.note else ''}."
        case _:
            assert_never(fact)


def _context(fact: ContextBuilt) -> str:
    budget = "no budget limits it"
    if fact.agent_budget_cents is not None:
        whose = "the host allows" if fact.budget_source == "host" else "its ledgers have"
        budget = f"{whose} {usd(fact.agent_budget_cents * MICROS_PER_CENT)} USD"
    planners = ", then ".join(planner.name for planner in fact.planners)
    return f"{fact.agent_id} is to reach: {fact.goal!r}; {budget}; planned by {planners}."


def _memory(fact: MemoryRetrieved) -> str:
    if fact.degraded is not None:
        return f"Recall failed, so nothing was remembered: {fact.degraded}"
    return f"{_many(len(fact.snippets), 'memory', 'memories')} recalled by {fact.retriever}."


def _validated(fact: PlanValidated) -> str:
    found = "; ".join(f"{item.code}: {item.message}" for item in fact.findings)
    verdict = "accepted" if fact.valid else "refused"
    return f"Attempt {fact.attempt}: the inspector {verdict} the draft{f' ({found})' if found else ''}."


def _budget(fact: BudgetChecked) -> str:
    needed = "an unknown price" if fact.needed is None else f"{usd(fact.needed)} USD"
    had = "" if fact.available_before is None else f" of {usd(fact.available_before)} USD available"
    if fact.verdict == "allowed":
        held = "held" if fact.hold_id is not None else "allowed, no ledger limits it"
        return f"For {fact.purpose}, {needed}{had}: {held}."
    return f"For {fact.purpose}, {needed}{had}: refused, {_against(fact)}."


def _against(fact: BudgetChecked) -> str:
    """What stood against the hold, and whose it was."""
    whose = (
        "the host"
        if fact.scope is None
        else "the tenant"
        if fact.scope == TENANT_SCOPE
        else fact.scope.split(":", 1)[1]
    )
    if fact.breach == "paused":
        return f"{whose} is paused"
    if fact.breach == "unknown_price" or fact.limit is None:
        return f"a price is unknown and {whose} has a budget"
    used = f", {usd(fact.used)} USD of it are used or held" if fact.used else ""
    return f"{_LIMITS[fact.breach or 'total']} of {whose} is {usd(fact.limit)} USD{used}"


def _cost(micros: int | None) -> str:
    return "cost unknown" if micros is None else "free" if micros == 0 else f"{usd(micros)} USD"


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
