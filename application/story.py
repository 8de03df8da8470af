"""One sentence for each event, as a person would tell it."""

from typing import assert_never

from planfold.domain.money import usd
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
        budget = f"{whose} {fact.agent_budget_cents} cents"
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
    limit = "" if fact.limit is None else f" at {usd(fact.limit)} USD"
    return f"For {fact.purpose}, {needed}{had}: refused by {fact.breach} of {fact.scope or 'the host'}{limit}."


def _cost(micros: int | None) -> str:
    return "cost unknown" if micros is None else "free" if micros == 0 else f"{usd(micros)} USD"


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"
