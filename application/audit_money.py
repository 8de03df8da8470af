"""The money of a run: what its record says was checked, held and settled, against what its ledgers say."""

from collections.abc import Iterator, Sequence
from typing import cast

from planfold.application.ports import EventLog
from planfold.application.replay import Problem, chain, problem
from planfold.domain import ledger as ledgers
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.ledger import CreditHeld, HoldSettled, Ledger, LedgerEvent
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.plan_generation import BudgetChecked, DraftFailed, PlanDrafted, PlanEvent, fold
from planfold.domain.recorded import Recorded

History = Sequence[Recorded[LedgerEvent]]


def money(events: Sequence[Recorded[PlanEvent]], log: EventLog, tenant: str) -> Iterator[Problem]:
    """What does not fit between the run and the ledgers that limit it; nothing for a run without its context."""
    context = fold(item.fact for item in events).context
    if context is None:
        return
    for scope in (agent_scope(context.agent_id), TENANT_SCOPE):
        history = cast("History", log.read(ledger_stream(tenant, scope)))
        yield from chain(history)
        for item in events:
            if isinstance(item.fact, BudgetChecked):
                yield from _checked(item, item.fact, scope, history)
        yield from _holds(events, context.run_id, history)


def _checked(item: Recorded[PlanEvent], checked: BudgetChecked, scope: str, history: History) -> Iterator[Problem]:
    """The ledger stood as it was seen, and its hold was of what was checked and within what was available."""
    seen = next((ledger for ledger in checked.ledgers if ledger.scope == scope), None)
    stream = ledger_stream(item.stream.partition("/")[0], scope)
    if seen is None:
        if history and history[0].position < item.position and checked.verdict == "allowed":
            yield problem(item, f"it was allowed without {stream}, which had been opened before")
        return
    if ledgers.fold(entry.fact for entry in history[: seen.version]).available != seen.available:
        yield problem(item, f"{stream} did not have {seen.available} micro-USD at version {seen.version}")
    elif checked.hold_id is not None:
        yield from _held(item, checked, stream, history)


def _held(item: Recorded[PlanEvent], checked: BudgetChecked, stream: str, history: History) -> Iterator[Problem]:
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


def _holds(events: Sequence[Recorded[PlanEvent]], run_id: str, history: History) -> Iterator[Problem]:
    """Each hold of this run has its BudgetChecked or its attempt in the run's record, settled at what that says."""
    allowed = {item.fact.hold_id for item in events if isinstance(item.fact, BudgetChecked)}
    charged = {
        planning_hold_id(run_id, item.fact.attempt): item.fact.charged_micros
        for item in events
        if isinstance(item.fact, PlanDrafted | DraftFailed)
    }
    under_way = planning_hold_id(run_id, len(charged) + 1)
    still_open = ledgers.fold(entry.fact for entry in history).holds.open
    before: Ledger = ledgers.EMPTY
    for entry in history:
        fact = entry.fact
        if isinstance(fact, CreditHeld) and fact.run_id == run_id:
            known = fact.hold_id in charged or (fact.hold_id == under_way and under_way in still_open)
            if fact.hold_id == execution_hold_id(run_id):
                known = fact.hold_id in allowed
            elif before.available is not None and fact.amount > before.available:
                yield problem(entry, f"it holds {fact.amount} micro-USD, {before.available} were available")
            if not known:
                yield problem(entry, f"it holds {fact.hold_id}, of which the record of run {run_id} says nothing")
        if isinstance(fact, HoldSettled) and charged.get(fact.hold_id, fact.amount) != fact.amount:
            yield problem(
                entry, f"it settles {fact.hold_id} at another amount than the {charged[fact.hold_id]} charged"
            )
        before = ledgers.evolve(before, fact)
