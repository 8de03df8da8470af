"""One plan generation while it is under way: what is recorded, what is pending, and the one place that saves it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import cast

from planfold.application.context import PlanGenerationContext
from planfold.application.ledgers import Book, appendings, limiting
from planfold.application.ports import Appending, EventSink, StreamMoved
from planfold.application.world import Ports
from planfold.domain import ledger as ledgers_domain
from planfold.domain.ledger import Ledger, LedgerEvent
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import (
    BudgetChecked,
    Finished,
    LedgerSeen,
    PlanEvent,
    PlanGeneration,
    evolve,
    fold,
    next_step,
)
from planfold.domain.recorded import EMPTY_STREAM, Head, Recorded
from planfold.domain.spending import HoldDecision, HoldRequest, decide_holds

Settlement = Callable[[Ledger, datetime], list[LedgerEvent]]
"""What a finished call does to a ledger that holds credit for it; decided anew whenever the ledger has moved."""


class RunMoved(Exception):
    """Somebody else has written to the run; what stands there is the truth, and what was pending is void."""


class Generation:
    """The run's stream with what is to be added to it, and the ledgers that limit it."""

    def __init__(self, context: PlanGenerationContext, ports: Ports, sink: EventSink | None = None) -> None:
        self.tenant, self.agent_id, self.run_id = context.tenant, context.agent_id, context.run_id
        self.stream = run_stream(self.tenant, self.run_id)
        self._log, self._ledgers, self._clock, self._sink = ports.log, ports.ledgers, ports.clock, sink
        self.recorded: list[Recorded[object]] = list(self._log.read(self.stream))
        self.resumed = bool(self.recorded)
        self.state: PlanGeneration = fold(cast("PlanEvent", item.fact) for item in self.recorded)
        self._pending: list[PlanEvent] = []
        self._settlements: list[Settlement] = []
        self._books: dict[str, Book] | None = None

    @property
    def ended(self) -> bool:
        return isinstance(next_step(self.state), Finished)

    def add(self, fact: PlanEvent, settlement: Settlement | None = None) -> None:
        """`fact` will be recorded with the next save, and `settlement` in the same transaction."""
        self._pending.append(fact)
        self.state = evolve(self.state, fact)
        if settlement is not None:
            self._settlements.append(settlement)

    def books(self) -> dict[str, Book]:
        """The ledgers as they stand now."""
        if self._books is None:
            self._books = self._ledgers.open_both(self.tenant, self.agent_id)
        else:
            self._books = {scope: self._ledgers.refresh(book) for scope, book in self._books.items()}
        return self._books

    def save(self, hold: HoldRequest | None = None, *, is_last: bool = True) -> HoldDecision | None:
        """What was pending is recorded, with its settlements and `hold` if it was allowed, in one transaction.

        A BudgetChecked joins it for an execution, or if a hold was refused without which the run does not go on
        (`is_last`). Raises RunMoved, LedgerContended.
        """
        limited = hold is not None or bool(self._settlements)
        with self._ledgers.tries(self.tenant, limiting(self.agent_id) if limited else ()) as tries:
            while True:
                books = self.books() if limited else {}
                facts, decision = self._decide(books, hold)
                checked = _told(hold, decision, books, is_last=is_last)
                try:
                    recorded = self._append([*self._pending, *checked], appendings(books, facts, self.run_id))
                    break
                except StreamMoved as moved:
                    if moved.stream == self.stream:
                        raise RunMoved from moved
                    tries.lost(moved.stream)
        self._saved(recorded, checked, books)
        if self._sink is not None and recorded:
            with suppress(Exception):  # whoever looks on stops nothing
                self._sink.recorded(recorded)
        return decision

    def _append(self, facts: Sequence[PlanEvent], of_ledgers: Sequence[Appending]) -> Sequence[Recorded[object]]:
        """Plan events first, all in one transaction. Raises StreamMoved."""
        head = Head.of(self.recorded[-1]) if self.recorded else EMPTY_STREAM
        batch = [Appending(self.stream, head, facts, self.run_id)] if facts else []
        batch += of_ledgers
        return self._log.append(batch) if batch else []

    def _decide(
        self, books: dict[str, Book], hold: HoldRequest | None
    ) -> tuple[dict[str, list[LedgerEvent]], HoldDecision | None]:
        now = self._clock.now()
        facts: dict[str, list[LedgerEvent]] = {scope: [] for scope in books}
        after = {scope: book.ledger for scope, book in books.items()}
        for settlement in self._settlements:
            for scope, ledger in after.items():
                decided = settlement(ledger, now)
                facts[scope] += decided
                after[scope] = ledgers_domain.fold(decided, ledger)
        if hold is None:
            return facts, None
        decision = decide_holds(after, hold, now)
        for scope, decided in decision.facts.items():
            facts[scope] += decided
        return facts, decision

    def _saved(
        self, recorded: Sequence[Recorded[object]], checked: Sequence[BudgetChecked], books: dict[str, Book]
    ) -> None:
        self.recorded += [item for item in recorded if item.stream == self.stream]
        for fact in checked:
            self.state = evolve(self.state, fact)
        if books:
            self._books = self._ledgers.keep(books, recorded)
        self._pending.clear()
        self._settlements.clear()


def _told(
    hold: HoldRequest | None, decision: HoldDecision | None, books: dict[str, Book], *, is_last: bool
) -> list[BudgetChecked]:
    """Of an execution's hold always; of a call's, if it was refused and nobody else can be asked."""
    if hold is None or decision is None:
        return []
    if hold.purpose == "planning" and not (is_last and decision.verdict == "refused"):
        return []
    return [budget_checked(hold, decision, books)]


def budget_checked(hold: HoldRequest, decision: HoldDecision, books: dict[str, Book]) -> BudgetChecked:
    return BudgetChecked(
        purpose=hold.purpose,
        verdict=decision.verdict,
        breach=decision.breach,
        scope=decision.scope,
        limit=decision.limit,
        used=decision.used,
        needed=decision.needed,
        available_before=decision.available_before,
        ledgers=tuple(
            LedgerSeen(scope=scope, version=book.head.version, available=book.ledger.available)
            for scope, book in books.items()
            if book.ledger.opened
        ),
        hold_id=decision.hold_id,
    )
