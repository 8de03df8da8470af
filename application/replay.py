"""The order of a record: every link of the chain, and every event where the state before it allowed it."""

from collections.abc import Iterator, Sequence

from planfold.domain.frozen import Frozen
from planfold.domain.ledger import LedgerEvent
from planfold.domain.plan_generation import (
    NOTHING,
    BudgetChecked,
    BuildContext,
    CheckBudget,
    ContextBuilt,
    DraftFailed,
    Finished,
    Inspect,
    MemoryRetrieved,
    PlanDrafted,
    PlanEvent,
    PlanGeneration,
    PlanValidated,
    RecallMemories,
    RunReported,
    evolve,
    next_step,
)
from planfold.domain.plan_generation import Draft as DraftStep
from planfold.domain.recorded import GENESIS, Recorded


class _Said(Frozen):
    stream: str
    version: int
    name: str
    sentence: str


class Problem(_Said):
    """What does not hold at one event."""


class Remark(_Said):
    """What stands out at one event, though it holds: there is an explanation, which it tells."""


Run = Sequence[Recorded[PlanEvent]]
History = Sequence[Recorded[LedgerEvent]]
Found = Iterator[Problem | Remark]


def problem(item: Recorded[object] | Recorded[PlanEvent] | Recorded[LedgerEvent], sentence: str) -> Problem:
    return Problem(stream=item.stream, version=item.version, name=item.name, sentence=sentence)


def remark(item: Recorded[PlanEvent] | Recorded[LedgerEvent], sentence: str) -> Remark:
    return Remark(stream=item.stream, version=item.version, name=item.name, sentence=sentence)


def chain(events: Sequence[Recorded[object]]) -> Iterator[Problem]:
    """Versions without gaps, each event naming the digest of the one before it, time never backwards."""
    previous, version, at = GENESIS, 0, None
    for item in events:
        if item.version != version + 1:
            yield problem(item, f"version {version + 1} of {item.stream} is missing")
        elif item.previous != previous:
            yield problem(item, f"it follows {item.previous[:12]}, but the event before it is {previous[:12]}")
        if at is not None and item.recorded_at < at:
            yield problem(item, "it was recorded before the event that it follows")
        previous, version, at = item.digest, item.version, item.recorded_at


def order(events: Sequence[Recorded[PlanEvent]]) -> Iterator[Problem]:
    """Each event is one that the state before it allowed."""
    state = NOTHING
    for item in events:
        if not _legal(state, item.fact):
            yield problem(item, f"it came where {type(next_step(state)).__name__} was next")
        state = evolve(state, item.fact)


def _legal(state: PlanGeneration, fact: PlanEvent) -> bool:
    match next_step(state):
        case BuildContext():
            return isinstance(fact, ContextBuilt)
        case RecallMemories():
            return isinstance(fact, MemoryRetrieved)
        case DraftStep() as step:
            refused = isinstance(fact, BudgetChecked) and (fact.purpose, fact.verdict) == ("planning", "refused")
            return refused or (isinstance(fact, PlanDrafted | DraftFailed) and fact.attempt == step.attempt)
        case Inspect() as step:
            return isinstance(fact, PlanValidated) and fact.attempt == step.draft.attempt
        case CheckBudget():
            return isinstance(fact, BudgetChecked) and fact.purpose == "execution"
        case Finished() as step:
            return isinstance(fact, RunReported) and step.outcome == "ready" and state.report is None
