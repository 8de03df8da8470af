"""The money of a run: what its record says was checked, held and settled, against what its ledgers say."""

from typing import cast

from planfold.application.audit_settlements import by_hand, said, settlements
from planfold.application.ports import EventLog
from planfold.application.replay import Found, History, Run, chain, problem, remark
from planfold.domain import ledger as ledgers
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.ledger import CreditHeld, Ledger
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.plan_generation import BudgetChecked, PlanDrafted, PlanEvent, PlanValidated, fold
from planfold.domain.recorded import Recorded


def money(events: Run, log: EventLog, tenant: str) -> Found:
    """What does not fit between the run and the ledgers that limit it; nothing for a run without its context."""
    context = fold(item.fact for item in events).context
    if context is None:
        return
    for scope in (agent_scope(context.agent_id), TENANT_SCOPE):
        history = cast("History", log.read(ledger_stream(tenant, scope)))
        yield from chain(history)
        for place, item in enumerate(events):
            if isinstance(item.fact, BudgetChecked):
                yield from _checked(item, item.fact, _save_before(events[:place]), scope, history)
        yield from _holds(events, context.run_id, history)
        yield from settlements(events, context.run_id, ledger_stream(tenant, scope), history)


def _save_before(earlier: Run) -> int:
    """The position of the last event that was saved before the draft that the budget was checked for; 0 if none was."""
    saved = [item for item in earlier if not isinstance(item.fact, PlanDrafted | PlanValidated)]
    return saved[-1].position if saved else 0


def _checked(
    item: Recorded[PlanEvent], checked: BudgetChecked, save_before: int, scope: str, history: History
) -> Found:
    """The ledger stood as it was seen, and its hold was of what was checked and within what was available."""
    seen = next((ledger for ledger in checked.ledgers if ledger.scope == scope), None)
    stream = ledger_stream(item.stream.partition("/")[0], scope)
    if seen is None:
        if history and history[0].position < item.position and checked.verdict == "allowed":
            if history[0].position < save_before:
                yield problem(item, f"it was allowed without {stream}, which had been opened before")
            else:  # planned, then granted: the run had read that there was no ledger
                yield remark(item, f"{stream} was opened while this was decided, and counts from the next run on")
        return
    if ledgers.fold(entry.fact for entry in history[: seen.version]).available != seen.available:
        yield problem(item, f"{stream} did not have {seen.available} micro-USD at version {seen.version}")
    elif checked.hold_id is not None:
        yield from _held(item, checked, stream, history)


def _held(item: Recorded[PlanEvent], checked: BudgetChecked, stream: str, history: History) -> Found:
    before: Ledger = ledgers.EMPTY
    for entry in history:
        fact = entry.fact
        if isinstance(fact, CreditHeld) and fact.hold_id == checked.hold_id:
            if fact.amount != checked.needed:
                yield problem(item, f"{stream} holds {fact.amount} micro-USD, {checked.needed} were checked")
            if before.available is not None and fact.amount > before.available:
                yield problem(item, f"{stream} had {before.available} micro-USD, {fact.amount} were held")
            return
        before = ledgers.evolve(before, fact)
    yield problem(item, f"its hold {checked.hold_id} is missing in {stream}")


def _holds(events: Run, run_id: str, history: History) -> Found:
    """Each hold of this run has its BudgetChecked or its attempt in the run's record, and was available."""
    allowed = {item.fact.hold_id for item in events if isinstance(item.fact, BudgetChecked)}
    attempted = said(events, run_id).keys()
    under_way = _under_way(run_id, len(attempted - {execution_hold_id(run_id)}) + 1, history)
    before: Ledger = ledgers.EMPTY
    for entry in history:
        fact = entry.fact
        if isinstance(fact, CreditHeld) and fact.run_id == run_id:
            known = fact.hold_id in attempted or fact.hold_id == under_way
            if fact.hold_id == execution_hold_id(run_id):
                known = fact.hold_id in allowed
            elif before.available is not None and fact.amount > before.available:
                yield problem(entry, f"it holds {fact.amount} micro-USD, {before.available} were available")
            if not known:
                yield problem(entry, f"it holds {fact.hold_id}, of which the record of run {run_id} says nothing")
        before = ledgers.evolve(before, fact)


def _under_way(run_id: str, attempt: int, history: History) -> str | None:
    """The hold of a call whose answer is not recorded: it is open, or an operator has settled it."""
    hold_id = planning_hold_id(run_id, attempt)
    still_open = hold_id in ledgers.fold(entry.fact for entry in history).holds.open
    return hold_id if still_open or any(by_hand(entry, hold_id, run_id) for entry in history) else None
