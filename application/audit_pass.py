"""A tenant's record taken event by event, in the order of positions: every check, for one run as for all.

Runs are kept in mind as long as they are new; one that goes on later is read again. Ledgers are folded once.
"""

import re
from datetime import datetime
from typing import Any

from planfold.application.audit_ledger import Book
from planfold.application.audit_money import Money
from planfold.application.audit_record import RunCase, RunRecord
from planfold.application.audit_rows import RowCheck
from planfold.application.inspecting import RecordedArtifacts
from planfold.application.ports import EventUnreadable
from planfold.application.replay import Found, mismatch, problem, run_in
from planfold.application.world import Ports
from planfold.domain.names import IDENTIFIER, TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.plan_generation import ContextBuilt
from planfold.domain.recorded import Recorded

SCOPE = re.compile(rf"{TENANT_SCOPE}|agent:(?:{IDENTIFIER.pattern})", re.ASCII)
IN_MIND = 12_000
"""A run is kept in mind until so many further events were taken: more than one save has, so that a decision's holds come before."""
AT_ONCE = 200
"""Rows of the read model that are looked at together."""


class Replay:
    """What does not hold is told as it is found. Only the run `only` is looked at, or those begun at `since` or later."""

    def __init__(self, ports: Ports, tenant: str, *, only: str | None = None, since: datetime | None = None) -> None:
        self._log, self._tenant, self._only, self._since = ports.log, tenant, only, since
        self._cases: dict[str, RunCase] = {}
        self._closed: list[RunCase] = []
        self._position = self._taken = 0
        self.record = RunRecord(RecordedArtifacts(ports.artifacts, tenant))
        self.money = Money(self._find, self._cases, lambda run_id: only in {None, run_id})
        self.rows = RowCheck(ports.rows, ports.log, tenant)
        self.runs = self.events = 0
        self.unknown: set[str] = set()
        """Runs that ledgers name, and that have no event."""

    def take(self, item: Recorded[Any]) -> Found:
        """What is wrong with the next event."""
        self._position = item.position
        self._taken += 1
        kind, _, name = item.stream.removeprefix(f"{self._tenant}/").partition("/")
        if kind == "run" and IDENTIFIER.fullmatch(name):
            yield from self._of_a_run(name, item)
        elif kind == "ledger" and SCOPE.fullmatch(name):
            yield from self._of_a_ledger(item)
        else:
            yield problem(item, f"no run and no ledger has the name {item.stream}")
        yield from self._kept_small()

    def unreadable(self, error: EventUnreadable) -> Found:
        """Of that stream nothing more can be said with certainty."""
        run_id = run_in(error.stream)
        if run_id is not None:
            self._unreadable_run(run_id, error)
        elif SCOPE.fullmatch(error.stream.removeprefix(ledger_stream(self._tenant, ""))):
            self._book(error.stream).broken = True
        yield problem(error, str(error))

    def end(self, judged: int) -> Found:
        """What is still missing of all that was decided up to the position `judged`: read whole by now, if it is there."""
        for case in self._cases.values():
            if case.checked is not None and case.checked.position <= judged:
                yield from self.money.unresolved(case)
            self._close(case)
        for owed in self.money.owed():
            if owed.said.item.position <= judged:
                yield mismatch(owed.said.item, f"{owed.stream} was never told what {owed.hold_id} cost; settle it")
        while self._closed:
            yield from self._looked_up()
        yield from self.rows.ledgers([book for book in self.money.books.values() if not book.broken], AT_ONCE)

    # Runs

    def _unreadable_run(self, run_id: str, error: EventUnreadable) -> None:
        case = self._cases.pop(run_id, None)
        if case is None:
            case = RunCase(self._tenant, run_id)
            case.counted = error.version > 1  # with the events before it
        case.broken = True
        self._counted(case)

    def _counted(self, case: RunCase) -> None:
        """The case is the newest of all, and among the runs if it is asked for."""
        self._in_mind(case)
        self.unknown.discard(case.run_id)
        if case.asked and not case.counted:
            case.counted = True
            self.runs += 1

    def _of_a_run(self, run_id: str, item: Recorded[Any]) -> Found:
        case = self._cases.pop(run_id, None) or self._begun(run_id, item)
        self._counted(case)
        if not case.asked:
            return
        self.events += 1
        if self._since is not None and isinstance(item.fact, ContextBuilt):
            for scope in (agent_scope(item.fact.agent_id), TENANT_SCOPE):
                yield from self._begun_before(ledger_stream(self._tenant, scope))
        if not case.broken:
            yield from self.record.take(case, item)
        if not case.broken:
            yield from self.money.run_event(case, item)

    def _begun(self, run_id: str, item: Recorded[Any]) -> RunCase:
        """The run before this event, read again where it was not in mind."""
        case = self._read(run_id) if item.version > 1 else RunCase(self._tenant, run_id)
        case.counted = bool(case.events) or case.broken
        begun = case.events[0] if case.events else item
        case.asked = self._since is None or begun.recorded_at >= self._since
        return case

    def _find(self, run_id: str) -> RunCase | None:
        case = self._cases.get(run_id)
        if case is None and self._only in {None, run_id}:
            case = self._read(run_id)
            if not case.events and not case.broken:
                self.unknown.add(run_id)
                return None
            case.asked = case.broken or self._since is None or case.events[0].recorded_at >= self._since
            case.counted = True
            self._in_mind(case)
        return case

    def _read(self, run_id: str) -> RunCase:
        """The run as far as it was recorded by now; what is wrong with its events was told when they were taken."""
        case = RunCase(self._tenant, run_id)
        try:
            earlier = self._log.read(case.stream)
        except EventUnreadable:
            case.broken = True
            return case
        for item in earlier:
            if item.position < self._position:
                case.again(item)
        return case

    def _in_mind(self, case: RunCase) -> RunCase:
        """The case is the newest of all."""
        case.touched = self._taken
        self._cases[case.run_id] = case
        return case

    def _kept_small(self) -> Found:
        while (oldest := next(iter(self._cases.values()), None)) and oldest.touched < self._taken - IN_MIND:
            del self._cases[oldest.run_id]
            yield from self.money.unresolved(oldest)
            self._close(oldest)
        if len(self._closed) >= AT_ONCE:
            yield from self._looked_up()

    def _close(self, case: RunCase) -> None:
        if case.asked and not case.broken and case.news:
            self._closed.append(case)

    def _looked_up(self) -> Found:
        closed, self._closed = self._closed[:AT_ONCE], self._closed[AT_ONCE:]
        yield from self.rows.runs(closed)

    # Ledgers

    def _of_a_ledger(self, item: Recorded[Any]) -> Found:
        if item.version > 1:
            yield from self._begun_before(item.stream)
        book = self._book(item.stream)
        if self._only is None:
            self.events += 1
        if not book.broken:
            yield from self.money.ledger_event(book, item)

    def _book(self, stream: str) -> Book:
        if stream not in self.money.books:
            self.money.books[stream] = Book(stream, self._log)
        return self.money.books[stream]

    def _begun_before(self, stream: str) -> Found:
        """The ledger has all that was recorded of it before this position, also what the reading did not begin with."""
        if stream in self.money.books:
            return
        book = self._book(stream)
        try:
            earlier = self._log.read(stream)
        except EventUnreadable as error:
            book.broken = True
            yield problem(error, str(error))
            return
        for item in earlier:
            if item.position < self._position and not book.broken:
                yield from book.take(item)
