"""The use cases of money: read a ledger, decide, append, decide again if it moved."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from planfold.application.errors import NotYetRecorded
from planfold.application.ports import Appending, Clock, EventLog, Snapshot, Snapshots, StreamMoved, Turns
from planfold.application.retry import Contention, Tries, Unqueued
from planfold.domain import ledger as domain
from planfold.domain import plan_generation
from planfold.domain.holds import Hold
from planfold.domain.ledger import CreditHeld, HoldSettled, Ledger, LedgerEvent
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream, run_stream
from planfold.domain.plan_generation import BudgetChecked, PlanEvent, PlanGeneration
from planfold.domain.recorded import EMPTY_STREAM, Head, Recorded
from planfold.domain.spending import settle

SNAPSHOT_EVERY = 100
SNAPSHOT_BYTES = 16 * 1024 * 1024
"""Compressed: 100,000 open holds and more, whatever their names. A larger state is folded from the events."""


@dataclass(frozen=True)
class Book:
    """One ledger as it was read, with the head that a write must follow."""

    scope: str
    stream: str
    ledger: Ledger
    head: Head

    def after(self, recorded: Sequence[Recorded[object]]) -> "Book":
        """The book with these further events of its stream."""
        if not recorded:
            return self
        ledger = domain.fold((cast("LedgerEvent", item.fact) for item in recorded), self.ledger)
        return Book(self.scope, self.stream, ledger, Head.of(recorded[-1]))


Decision = Callable[[Mapping[str, Book], datetime], Mapping[str, Sequence[LedgerEvent]]]
"""What is to be recorded on each scope, decided of the books as they stand; anew whenever one of them has moved."""


def limiting(agent_id: str) -> tuple[str, str]:
    """The scopes whose ledgers limit an agent."""
    return agent_scope(agent_id), TENANT_SCOPE


class Ledgers:
    """Every ledger of the store: an agent's under `agent:NAME`, a tenant's under `tenant`."""

    def __init__(self, log: EventLog, snapshots: Snapshots, clock: Clock, turns: Turns | None = None) -> None:
        self._log, self._snapshots, self._clock, self._contention = (
            log,
            snapshots,
            clock,
            Contention(turns or Unqueued()),
        )

    def open(self, tenant: str, scope: str) -> Book:
        """The ledger as it stands now, from its newest snapshot on. Raises StoreUnavailable."""
        begun = self._from_snapshot(scope, ledger_stream(tenant, scope))
        book = self.refresh(begun)
        if book.head.version - begun.head.version >= SNAPSHOT_EVERY:  # none was made, or by another fold
            self._make_snapshot(book)
        return book

    def _from_snapshot(self, scope: str, stream: str) -> Book:
        snapshot = self._snapshots.load(stream)
        if snapshot is not None and snapshot.fold_version == domain.FOLD_VERSION:
            with suppress(zlib.error, ValueError):  # one that cannot be read is as good as none
                state = Ledger.model_validate_json(zlib.decompress(snapshot.state))
                return Book(scope, stream, state, snapshot.head)
        return Book(scope, stream, domain.EMPTY, EMPTY_STREAM)

    def refresh(self, book: Book) -> Book:
        return book.after(self._log.read(book.stream, after=book.head.version))

    def as_of(self, tenant: str, scope: str, at: datetime) -> Book:
        """The ledger as its events recorded up to `at` tell it. Raises NotYetRecorded, StoreUnavailable."""
        stream = ledger_stream(tenant, scope)
        events = self._log.read(stream)
        until = [item for item in events if item.recorded_at <= at]
        if not until:
            raise NotYetRecorded(stream, at.isoformat(), events[0].recorded_at if events else None)
        return Book(scope, stream, domain.EMPTY, EMPTY_STREAM).after(until)

    def run(self, tenant: str, run_id: str) -> PlanGeneration:
        """The run whose money it is, as it is recorded; without a context if it is not."""
        return plan_generation.fold(cast("PlanEvent", item.fact) for item in self._log.read(run_stream(tenant, run_id)))

    def open_both(self, tenant: str, agent_id: str) -> dict[str, Book]:
        """The ledgers that limit an agent: its own and its tenant's, whether or not anything was ever granted there."""
        return {scope: self.open(tenant, scope) for scope in limiting(agent_id)}

    def transact(self, tenant: str, scopes: Iterable[str], decide: Decision, cause: str) -> dict[str, Book]:
        """The books after what was decided is recorded, in one save; nothing is written if nothing was decided.

        Raises LedgerContended, and what `decide` raises.
        """
        scopes = [*scopes]
        with self.tries(tenant, scopes) as tries:
            books = {scope: self.open(tenant, scope) for scope in scopes}
            while True:
                facts = decide(books, self._clock.now())
                try:
                    recorded = self._log.append(appendings(books, facts, cause))
                    break
                except StreamMoved as moved:
                    tries.lost(moved.stream)
                    books = {scope: self.refresh(book) for scope, book in books.items()}
        return self.keep(books, recorded)

    def keep(self, books: Mapping[str, Book], recorded: Sequence[Recorded[object]]) -> dict[str, Book]:
        """The books after these events of their streams; a snapshot is made where a hundred events have passed."""
        after = {scope: book.after([e for e in recorded if e.stream == book.stream]) for scope, book in books.items()}
        for scope, book in after.items():
            if book.head.version // SNAPSHOT_EVERY > books[scope].head.version // SNAPSHOT_EVERY:
                self._make_snapshot(book)
        return after

    def tries(self, tenant: str, scopes: Iterable[str]) -> Tries:
        """For whoever writes to these ledgers, and perhaps to other streams beside them."""
        return self._contention.tries(ledger_stream(tenant, scope) for scope in scopes)

    def history(self, book: Book) -> list[LedgerEvent]:
        """The ledger's events, as far as the book has read them."""
        until = book.head.version
        return [cast("LedgerEvent", item.fact) for item in self._log.read(book.stream) if item.version <= until]

    def settlement(
        self, books: Mapping[str, Book], checked: BudgetChecked | None, hold_id: str, cost: int | None, now: datetime
    ) -> dict[str, list[LedgerEvent]]:
        """What settles the hold on each ledger, also on one that gave it back and no longer remembers it.

        `checked` is what the run recorded of its budget: it names the ledgers on which its execution hold was taken.
        """
        taken = checked.ledgers if checked is not None and checked.hold_id == hold_id else ()
        since = {seen.scope: seen.version for seen in taken}
        return {
            scope: settle(book.ledger, hold_id, cost, now, self._forgotten(book, hold_id, since.get(scope)))
            for scope, book in books.items()
        }

    def _forgotten(self, book: Book, hold_id: str, since: int | None) -> Hold | None:
        """The hold if the book took it after version `since`, gave it back and forgot it, and it is not settled yet."""
        if since is None or book.ledger.holds.settleable(hold_id) is not None:
            return None
        found = None
        for item in self._log.read(book.stream, after=since):
            if item.version > book.head.version:
                break
            if isinstance(item.fact, CreditHeld) and item.fact.hold_id == hold_id:
                found = domain.hold_of(item.fact)
            elif isinstance(item.fact, HoldSettled) and item.fact.hold_id == hold_id:
                found = None
        return found

    def _make_snapshot(self, book: Book) -> None:
        state = zlib.compress(book.ledger.model_dump_json(exclude_defaults=True).encode())
        if len(state) <= SNAPSHOT_BYTES:
            with suppress(Exception):  # what was recorded stands; without it the next one reads more
                self._snapshots.save(book.stream, Snapshot(book.head, domain.FOLD_VERSION, state))


def appendings(books: Mapping[str, Book], facts: Mapping[str, Sequence[LedgerEvent]], cause: str) -> list[Appending]:
    """What is to be written to each ledger that has something to record."""
    return [
        Appending(books[scope].stream, books[scope].head, decided, cause) for scope, decided in facts.items() if decided
    ]
