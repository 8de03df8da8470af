"""Runs and ledgers against each other: each decision as the ledgers stood, each hold with what it was taken for.

A save has a run's events before those of its ledgers, so that in the order of positions a hold comes after its decision, and
a settlement after what it settles.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from planfold.application.audit_ledger import Book, Taken
from planfold.application.audit_record import RunCase, Said
from planfold.application.audit_settlements import correction, settled_by_hand, settlement
from planfold.application.replay import Found, mismatch, problem, remark
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.ledger import CreditHeld, HoldExtended, HoldReleased, HoldSettled, ScopePaused, SettlementCorrected
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.plan_generation import BudgetChecked, Draft, LedgerSeen, next_step
from planfold.domain.recorded import Recorded


class Owed(NamedTuple):
    """A cost that a run's record tells, and its ledger does not yet."""

    said: Said
    hold_id: str
    stream: str


class Money:
    """The ledgers of one tenant; `find` gives the run of that id as it was read so far, None if it has no event.

    `in_mind` are those that need not be looked for. `asked` says whether a run of that id is looked at; of others nothing
    is said.
    """

    def __init__(
        self, find: Callable[[str], RunCase | None], in_mind: Mapping[str, RunCase], asked: Callable[[str], bool]
    ) -> None:
        self._find, self._in_mind, self._asked = find, in_mind, asked
        self.books: dict[str, Book] = {}
        self._owed: dict[tuple[str, str], Owed] = {}

    # Of runs

    def run_event(self, case: RunCase, item: Recorded[Any]) -> Found:
        """What its ledgers have against the event, which the case has already."""
        if isinstance(item.fact, BudgetChecked):
            yield from self._checked(case, item)
        hold_id, said = next(reversed(case.said.items()), (None, None))
        if hold_id is not None and said is not None and said.item is item:
            yield from self._said(case, hold_id, said)

    def _of(self, case: RunCase) -> Iterator[tuple[str, Book | None]]:
        """The streams of the ledgers that limit the run, with as much of them as was read and is sound."""
        context = case.state.context
        for scope in () if context is None else (agent_scope(context.agent_id), TENANT_SCOPE):
            stream = ledger_stream(case.tenant, scope)
            yield stream, self.books.get(stream)

    def _said(self, case: RunCase, hold_id: str, said: Said) -> Found:
        for stream, book in self._of(case):
            if book is None or book.broken:
                continue
            if hold_id in book.taken:
                self._owed[stream, hold_id] = Owed(said, hold_id, stream)
            if hold_id in book.by_hand:
                yield from settled_by_hand(book.by_hand.pop(hold_id), hold_id, said, case.run_id)

    def _checked(self, case: RunCase, item: Recorded[Any]) -> Found:
        checked: BudgetChecked = item.fact
        case.checked, context = item, case.state.context
        if context is None:
            return
        own = dict(self._of(case))
        seen = {ledger_stream(case.tenant, each.scope): each for each in checked.ledgers}
        for stream in seen.keys() - own.keys():
            yield problem(item, f"it saw {stream}, which is no ledger of {context.agent_id}")
        if context.budget_source == "ledger" and all(each.available is None for each in checked.ledgers):
            yield problem(item, "it saw no ledger with credit, though the run began with what one had")
        for stream, book in own.items():
            if stream not in seen:
                yield from _unseen(case, item, checked, book)
            elif book is None or not book.broken:
                yield from _seen(case, item, seen[stream], stream, book)
        if checked.verdict == "allowed" and checked.needed is not None and (checked.hold_id is None) is bool(seen):
            yield problem(item, f"it was allowed {'without a hold' if seen else 'with a hold on no ledger'}")
        if checked.hold_id is not None:
            case.awaited = set(seen)

    def unresolved(self, case: RunCase) -> Found:
        """What is missing in the ledgers, once the save of the run's decision must have been read whole."""
        item = case.checked
        if item is None:
            return
        for stream in sorted(case.awaited):
            if not self._is_broken(stream):
                yield mismatch(item, f"its hold {item.fact.hold_id} is missing in {stream}")
        seen = {ledger_stream(case.tenant, each.scope) for each in item.fact.ledgers}
        if case.before.keys() == seen and not any(map(self._is_broken, seen)):
            least = min((had for _, had in case.before.values() if had is not None), default=None)
            if least != item.fact.available_before:
                told = "nothing is" if least is None else f"{least} micro-USD were"
                yield mismatch(
                    item, f"it tells {item.fact.available_before} as available before, and {told} in its ledgers"
                )
        case.awaited, case.before = set(), {}

    def owed(self) -> Iterator[Owed]:
        """What ledgers were not told, once everything was read."""
        yield from (owed for owed in self._owed.values() if not self._is_broken(owed.stream))

    def _is_broken(self, stream: str) -> bool:
        book = self.books.get(stream)
        return book is not None and book.broken

    # Of ledgers

    def ledger_event(self, book: Book, item: Recorded[Any]) -> Found:
        """What is wrong with the event, which the book has then."""
        available = book.available
        yield from book.take(item)
        if book.broken:
            return
        match item.fact:
            case CreditHeld() as held if self._asked(held.run_id):
                yield from self._held(book, item, available)
            case HoldSettled() | HoldReleased() | HoldExtended() as fact if self._asked(_run_of(fact.hold_id)):
                yield from self._resolved(book, item)
            case SettlementCorrected() as fact if self._asked(_run_of(fact.hold_id)):
                self._find(_run_of(fact.hold_id))  # so that one without an event is known as that
                yield from correction(book, item, _run_of(fact.hold_id))
            case _:
                pass
        if isinstance(item.fact, HoldSettled | HoldReleased | ScopePaused):
            self._part_of_a_decision(book, item)

    def _part_of_a_decision(self, book: Book, item: Recorded[Any]) -> None:
        """What a decision closes or settles first, in its own save, is before it."""
        case = self._in_mind.get(item.correlation_id)
        version, _ = (0, None) if case is None else case.before.get(book.stream, (0, None))
        if case is not None and version and item.version == version + 1:
            case.before[book.stream] = (item.version, book.available)

    def _held(self, book: Book, item: Recorded[CreditHeld], available: int | None) -> Found:
        held, case = item.fact, self._find(item.fact.run_id)
        if case is not None and (case.broken or not case.asked):
            return
        if _run_of(held.hold_id) != held.run_id or item.correlation_id != held.run_id:
            yield problem(
                item, f"it holds {held.hold_id} for run {held.run_id}, caused by {item.correlation_id!r:.140}"
            )
        elif held.hold_id in book.taken:
            yield problem(item, f"it holds {held.hold_id}, which is held already", held.run_id)
        elif case is None:
            yield mismatch(item, f"it holds {held.hold_id}, and run {held.run_id} has no event", held.run_id)
        elif book.stream not in dict(self._of(case)) or not _is_known(case, held, book.stream):
            told = f"it holds {held.hold_id}, of which the record of run {held.run_id} says nothing"
            yield mismatch(item, told, held.run_id)
        elif held.purpose == "execution" and case.checked is not None and held.amount != case.checked.fact.needed:
            told = f"{book.stream} holds {held.amount} micro-USD, {case.checked.fact.needed} were checked"
            yield mismatch(case.checked, told)
        if available is not None and held.amount > available:
            told = f"it holds {held.amount} micro-USD, {available} were available"
            yield mismatch(item, told, held.run_id)
        if case is not None and held.purpose == "execution":
            case.awaited.discard(book.stream)
        book.taken[held.hold_id] = Taken(held.amount, held.purpose)

    def _resolved(self, book: Book, item: Recorded[Any]) -> Found:
        hold_id: str = item.fact.hold_id
        taken = book.taken.get(hold_id)
        if isinstance(item.fact, HoldReleased) and taken is not None and taken.purpose == "execution":
            # Without a look at the run: one decision may close thousands of overdue holds.
            if taken.released:
                self._find(_run_of(hold_id))
                yield mismatch(item, f"{hold_id} is not held", _run_of(hold_id))
            book.taken[hold_id] = taken._replace(released=True)
            return
        case = self._find(_run_of(hold_id))
        if case is None or case.broken or not case.asked:
            book.taken.pop(hold_id, None)
            return  # that the run has no event was said of its hold
        if isinstance(item.fact, HoldSettled):
            self._owed.pop((book.stream, hold_id), None)
            book.taken.pop(hold_id, None)
            yield from settlement(book, item, taken, case)
        elif taken is None or taken.released:
            yield mismatch(item, f"{hold_id} is not held", case.run_id)
        elif isinstance(item.fact, HoldReleased):
            del book.taken[hold_id]
            self._owed.pop((book.stream, hold_id), None)
            if hold_id not in case.said:
                told = f"it gives {hold_id} back, of which the record of the run says nothing"
                yield mismatch(item, told, case.run_id)


def _run_of(hold_id: str) -> str:
    return hold_id.partition("/")[0]


def _is_known(case: RunCase, held: CreditHeld, stream: str) -> bool:
    """Whether the run's record has the decision, or is at the attempt, that the hold is taken for."""
    if held.hold_id == execution_hold_id(case.run_id):
        return held.purpose == "execution" and stream in case.awaited
    step = next_step(case.state)
    attempt = step.attempt if isinstance(step, Draft) else None
    return held.purpose == "planning" and attempt is not None and held.hold_id == planning_hold_id(case.run_id, attempt)


def _seen(case: RunCase, item: Recorded[Any], seen: LedgerSeen, stream: str, book: Book | None) -> Found:
    """The ledger stood as the decision says, at a version that it had come to."""
    version = 0 if book is None else book.version
    if book is None or not 0 < seen.version <= version:
        yield mismatch(item, f"it saw {stream} at version {seen.version}, and that has come to {version}")
        return
    available = book.available_at(seen.version)
    if available != seen.available:
        told = f"{stream} did not have {seen.available} micro-USD at version {seen.version}, but {available}"
        yield mismatch(item, told)
        return
    case.before[stream] = (seen.version, available)


def _unseen(case: RunCase, item: Recorded[Any], checked: BudgetChecked, book: Book | None) -> Found:
    """A ledger that the decision did not see, though its first event has an earlier position.

    That is a fault only if somebody had seen that event before the run saved for the last time: a position is given
    before the commit, so that a ledger may be there by its position, and not yet for readers.
    """
    if book is None or not book.begun or checked.verdict != "allowed":
        return
    if 0 < book.seen < case.saved:
        yield mismatch(item, f"it was allowed without {book.stream}, which had been opened before")
    else:
        yield remark(item, f"{book.stream} was opened while this was decided, and counts from the next run on")
