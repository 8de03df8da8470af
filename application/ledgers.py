"""The use cases of money: read a ledger, decide, append, decide again if it moved."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from planfold.application.errors import LedgerContended
from planfold.application.ports import Appending, Clock, EventLog, Snapshot, Snapshots, StreamMoved
from planfold.application.retry import TRIES, tries
from planfold.domain import ledger as domain
from planfold.domain.ledger import Ledger, LedgerEvent
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream, run_stream
from planfold.domain.plan_generation import ContextBuilt
from planfold.domain.recorded import EMPTY_STREAM, Head, Recorded

SNAPSHOT_EVERY = 100
SNAPSHOT_BYTES = 64 * 1024
"""Compressed; about 900 open holds beside all that a ledger remembers. A larger state is folded from the events."""


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


class Ledgers:
    """Every ledger of the store: an agent's under `agent:NAME`, a tenant's under `tenant`."""

    def __init__(self, log: EventLog, snapshots: Snapshots, clock: Clock) -> None:
        self._log, self._snapshots, self._clock = log, snapshots, clock

    def open(self, tenant: str, scope: str) -> Book:
        """The ledger as it stands now, from its newest snapshot on. Raises StoreUnavailable."""
        stream = ledger_stream(tenant, scope)
        snapshot = self._snapshots.load(stream)
        if snapshot is not None and snapshot.fold_version == domain.FOLD_VERSION:
            with suppress(zlib.error, ValueError):  # one that cannot be read is as good as none
                state = Ledger.model_validate_json(zlib.decompress(snapshot.state))
                return self.refresh(Book(scope, stream, state, snapshot.head))
        return self.refresh(Book(scope, stream, domain.EMPTY, EMPTY_STREAM))

    def refresh(self, book: Book) -> Book:
        return book.after(self._log.read(book.stream, after=book.head.version))

    def is_of(self, tenant: str, run_id: str, agent_id: str) -> bool:
        """Whether the run is recorded as this agent's, or not recorded at all."""
        first = next(iter(self._log.read(run_stream(tenant, run_id))), None)
        return first is None or not isinstance(first.fact, ContextBuilt) or first.fact.agent_id == agent_id

    def open_both(self, tenant: str, agent_id: str) -> dict[str, Book]:
        """The ledgers that limit an agent: its own and its tenant's, whether or not anything was ever granted there."""
        return {scope: self.open(tenant, scope) for scope in (agent_scope(agent_id), TENANT_SCOPE)}

    def transact(
        self, tenant: str, scopes: Iterable[str], decide: Callable[[Ledger, datetime], list[LedgerEvent]], cause: str
    ) -> dict[str, Book]:
        """The books after `decide` was recorded on each scope, in one save; nothing is written if nothing was decided.

        Raises LedgerContended, and what `decide` raises.
        """
        books = {scope: self.open(tenant, scope) for scope in scopes}
        for _ in tries():
            now = self._clock.now()
            facts = {scope: decide(book.ledger, now) for scope, book in books.items()}
            try:
                return self.keep(books, self._log.append(appendings(books, facts, cause)))
            except StreamMoved:
                books = {scope: self.refresh(book) for scope, book in books.items()}
        raise LedgerContended(next(iter(books.values())).stream, TRIES)

    def keep(self, books: Mapping[str, Book], recorded: Sequence[Recorded[object]]) -> dict[str, Book]:
        """The books after these events of their streams; a snapshot is made where a hundred events have passed."""
        after = {scope: book.after([e for e in recorded if e.stream == book.stream]) for scope, book in books.items()}
        for scope, book in after.items():
            if book.head.version // SNAPSHOT_EVERY > books[scope].head.version // SNAPSHOT_EVERY:
                state = zlib.compress(book.ledger.model_dump_json(exclude_defaults=True).encode())
                if len(state) <= SNAPSHOT_BYTES:
                    with suppress(Exception):  # what was recorded stands; without it the next one reads more
                        self._snapshots.save(book.stream, Snapshot(book.head, domain.FOLD_VERSION, state))
        return after


def appendings(books: Mapping[str, Book], facts: Mapping[str, Sequence[LedgerEvent]], cause: str) -> list[Appending]:
    """What is to be written to each ledger that has something to record."""
    return [
        Appending(books[scope].stream, books[scope].head, decided, cause) for scope, decided in facts.items() if decided
    ]
