"""What queries are shown, against what the events fold to: in canonical bytes, row by row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planfold.application.audit_ledger import LEDGER_EVENTS, Book
from planfold.application.audit_record import PLAN_EVENTS, RunCase
from planfold.application.ports import EventLog, ReadModelRows, Shown, ShownRow
from planfold.application.replay import Found, Problem, problem, readable, remark, run_in
from planfold.application.shown_rows import ledger_row, row_of_ledger, row_of_run, run_row
from planfold.domain.canonical import canonical
from planfold.domain.recorded import Recorded

MOST = 100
"""Rows without an event that are told of."""


class RowCheck:
    """`same` rows were as their events make them; `behind` are streams whose events are not all folded yet."""

    def __init__(self, rows: ReadModelRows, log: EventLog, tenant: str) -> None:
        self._rows, self._log, self._tenant = rows, log, tenant
        self.same = self.behind = 0
        self.unknown: set[str] = set()
        """Runs that have a row, and no event."""

    def runs(self, cases: Sequence[RunCase]) -> Found:
        """What is wrong with the rows of these runs, of which all events were read."""
        shown = self._rows.runs(self._tenant, [case.run_id for case in cases])
        for case in cases:
            yield from self._compared(shown, case.stream, case.events, row_of_run(case.at))

    def ledgers(self, books: Sequence[Book], at_once: int) -> Found:
        """What is wrong with the rows of these ledgers; those of so many are read together."""
        for begin in range(0, len(books), at_once):
            some = books[begin : begin + at_once]
            shown = self._rows.ledgers(self._tenant, [book.scope for book in some])
            for book in some:
                if book.last is not None:
                    row = row_of_ledger(book.ledger, book.version, book.last.position)
                    yield from self._compared(shown, book.stream, [book.last], row)

    def unrecorded(self) -> Iterator[Problem]:
        """The rows that have no event at all, which is what a run or a ledger leaves that was removed whole."""
        for stream in self._rows.unrecorded(self._tenant, MOST):
            found = unrecorded(stream)
            if found.run_id is not None:
                self.unknown.add(found.run_id)
            yield found

    def _compared(self, shown: Shown, stream: str, events: Sequence[Recorded[Any]], folded: ShownRow) -> Found:
        """`events` ends with the last one of the stream that was read, which `folded` is folded up to."""
        row, last = shown.rows.get(stream), events[-1]
        if stream in shown.parked:
            told = "queries are shown nothing newer of it, since it is parked: `planfold projections status` tells why"
            yield remark(last, told)
        elif row is None or 0 < row.version < last.version:
            yield from self._not_yet(shown, stream, 0 if row is None else row.version)
        if row is None:
            return
        if row.version < 1:
            told = "queries are shown a row that does not tell how many events it is made of"
            yield problem(last, f"{told}; `planfold projections rebuild` makes it anew", against="queries")
            return
        if row.version != last.version:
            events = [item for item in readable(self._log, stream) if item.version <= row.version]
            if not events or events[-1].version < row.version:
                told = f"queries are shown {row.version} events of {stream}, and after this one there is none"
                yield problem(last, told, against="queries")
                return
            last, folded = events[-1], _folded(events)
        differing = [*_differing(row.columns, folded.columns)]
        self.same += not differing
        if differing:
            yield problem(
                last,
                f"queries are shown something else than the events say, in {', '.join(differing[:8])}",
                against="queries",
            )

    def _not_yet(self, shown: Shown, stream: str, version: int) -> Found:
        """No fault as long as the projection has not come to the next event."""
        item = next(iter(readable(self._log, stream, version)), None)
        if item is not None and item.position <= shown.checkpoint:
            told = f"queries are not shown it, though all events up to position {shown.checkpoint} are folded"
            yield problem(item, told, against="queries")
        else:
            self.behind += 1


def unrecorded(stream: str) -> Problem:
    told = "queries are shown what its events made, and there is no event"
    return Problem(stream=stream, version=1, name="missing", sentence=told, run_id=run_in(stream), against="queries")


def _folded(events: Sequence[Recorded[Any]]) -> ShownRow:
    if all(isinstance(item.fact, PLAN_EVENTS) for item in events):
        return run_row(events)
    return ledger_row([item for item in events if isinstance(item.fact, LEDGER_EVENTS)])


def _differing(shown: Mapping[str, Any], folded: Mapping[str, Any]) -> Iterator[str]:
    """The names of the columns, and of the fields of the result or state, that are not the same."""
    if _same(shown, folded):
        return
    for name in sorted(shown.keys() | folded.keys()):
        here, there = shown.get(name), folded.get(name)
        if _same(here, there):
            continue
        if isinstance(here, dict) and isinstance(there, dict):
            yield from (
                f"{name}.{key}"
                for key in sorted(here.keys() | there.keys())
                if not _same(here.get(key), there.get(key))
            )
        else:
            yield name


def _same(one: object, other: object) -> bool:
    """Whether both have the same canonical bytes (RFC 8785); what is written alike in any form has."""
    try:
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True) or canonical(one) == canonical(
            other
        )
    except (ValueError, RecursionError):  # beyond what canonical JSON can hold, or nested deeper than anything recorded
        return False
