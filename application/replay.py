"""The order of a record: every link of the chain, and every event where the state before it allowed it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from planfold.application.ports import EventLog, EventUnreadable, History
from planfold.domain.frozen import Frozen
from planfold.domain.names import IDENTIFIER
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
    NextStep,
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
    run_id: str | None = None
    """The run that it is about; None: a ledger alone."""


Against = Literal["itself", "ledgers", "queries"]
"""What the event stands against: itself or its own stream, the run's ledgers or its ledger's runs, what queries are shown.

What was damaged mostly stands against itself; that others then stand against it follows from that.
"""
_AGAINST: dict[Against, int] = {"itself": 0, "ledgers": 1, "queries": 2}


class Problem(_Said):
    """What does not hold at one event."""

    position: int | None = None
    """Where its event stands in the log; None: that is not known, or there is none."""
    against: Against = "itself"

    @property
    def order(self) -> tuple[int, int, int]:
        """Damage comes before what follows from it, then what was recorded earlier."""
        return _AGAINST[self.against], self.position or 0, self.version


class Remark(_Said):
    """What stands out at one event, though it holds: there is an explanation, which it tells."""


Run = Sequence[Recorded[PlanEvent]]
Found = Iterator[Problem | Remark]


class Placed(Protocol):
    """Whatever can be said where it stands."""

    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def name(self) -> str: ...


class Named(Placed, Protocol):
    """An event, or one that cannot be read."""

    @property
    def position(self) -> int | None: ...


def problem(item: Named, sentence: str, run_id: str | None = None, *, against: Against = "itself") -> Problem:
    """`run_id` is that of the event's own stream, unless another is given."""
    return Problem(
        stream=item.stream,
        version=item.version,
        name=item.name,
        sentence=sentence,
        run_id=run_id or run_in(item.stream),
        position=item.position,
        against=against,
    )


def mismatch(item: Named, sentence: str, run_id: str | None = None) -> Problem:
    """A run and a ledger contradict each other, or a ledger what came before: either may be damaged."""
    return problem(item, sentence, run_id, against="ledgers")


def remark(item: Placed, sentence: str, run_id: str | None = None) -> Remark:
    run_id = run_id or run_in(item.stream)
    return Remark(stream=item.stream, version=item.version, name=item.name, sentence=sentence, run_id=run_id)


def run_in(stream: str) -> str | None:
    """The run whose stream it is; None if it is a ledger's, or nobody's."""
    kind, _, run_id = stream.partition("/")[2].partition("/")
    return run_id if kind == "run" and IDENTIFIER.fullmatch(run_id) else None


def readable(log: EventLog, stream: str, after: int = 0) -> Sequence[Recorded[Any]]:
    """The stream's events; none if one of them cannot be read, which is told where it comes up."""
    try:
        return log.read(stream, after)
    except EventUnreadable:
        return ()


def events_of(history: History, tenant: str, after: int, until: int) -> Iterator[Recorded[object] | EventUnreadable]:
    """The tenant's events, and in the place of each that cannot be read what stands against it."""
    while after < until:
        try:
            yield from history.events(tenant, after, until)
        except EventUnreadable as error:
            if error.position is None:
                raise
            yield error
            after = error.position
        else:
            return


class Chain:
    """Where a stream has come to, event by event."""

    __slots__ = ("at", "digest", "version")

    def __init__(self) -> None:
        self.version, self.digest = 0, GENESIS
        self.at: datetime | None = None

    def take(self, item: Recorded[Any]) -> Sequence[Problem]:
        """What is wrong with the link to this event; the stream has come to it then."""
        found = []
        if item.version > self.version + 1:
            found.append(problem(item, f"version {self.version + 1} of {item.stream} is missing"))
        elif item.version <= self.version:
            found.append(problem(item, f"it stands behind version {self.version} of {item.stream}"))
        elif item.previous != self.digest:
            stands = f"the event before it is {self.digest[:12]}" if self.version else "there is no event before it"
            named = f"it follows {item.previous[:12]}, but {stands}"
            found.append(problem(item, named))
        if self.at is not None and item.recorded_at < self.at:
            found.append(problem(item, "it was recorded before the event that it follows"))
        self.version, self.digest, self.at = item.version, item.digest, item.recorded_at
        return found


def chain(events: Sequence[Recorded[Any]]) -> Iterator[Problem]:
    """Versions without gaps, each event naming the digest of the one before it, time never backwards."""
    links = Chain()
    for item in events:
        yield from links.take(item)


def order(events: Sequence[Recorded[PlanEvent]]) -> Iterator[Problem]:
    """Each event is one that the state before it allowed."""
    state = NOTHING
    for item in events:
        yield from out_of_order(state, item)
        state = evolve(state, item.fact)


def out_of_order(state: PlanGeneration, item: Recorded[PlanEvent]) -> Sequence[Problem]:
    """What is wrong with the event, if it is not one that this state allows."""
    step = next_step(state)
    if _legal(state, step, item.fact):
        return ()
    if isinstance(step, Finished) and not (step.outcome == "ready" and state.report is None):
        return (problem(item, "it came after the end"),)
    return (problem(item, f"it came where {_EXPECTED[type(step)]} was next"),)


_EXPECTED: dict[type[NextStep], str] = {
    BuildContext: "the beginning",
    RecallMemories: "what was recalled",
    DraftStep: "a draft",
    Inspect: "the inspection of a draft",
    CheckBudget: "the decision on its budget",
    Finished: "the report of the run",
}


def _legal(state: PlanGeneration, step: NextStep, fact: PlanEvent) -> bool:
    match step:
        case BuildContext():
            return isinstance(fact, ContextBuilt)
        case RecallMemories():
            return isinstance(fact, MemoryRetrieved)
        case DraftStep() as step:
            refused = isinstance(fact, BudgetChecked) and (fact.purpose, fact.verdict) == ("planning", "refused")
            if refused or not isinstance(fact, PlanDrafted | DraftFailed):
                return refused
            return (fact.attempt, fact.planner.name) == (step.attempt, step.planner.name)
        case Inspect() as step:
            return isinstance(fact, PlanValidated) and fact.attempt == step.draft.attempt
        case CheckBudget():
            return isinstance(fact, BudgetChecked) and fact.purpose == "execution"
        case Finished() as step:
            return isinstance(fact, RunReported) and step.outcome == "ready" and state.report is None
