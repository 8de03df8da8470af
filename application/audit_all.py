"""Every run of a tenant, and every ledger, in one pass over the log."""

from bisect import insort
from collections.abc import Callable, Iterator
from datetime import datetime

from planfold.application.audit_pass import Replay
from planfold.application.clocks import in_utc, surely_before
from planfold.application.ports import EventUnreadable
from planfold.application.replay import Found, Problem, Remark, events_of, run_in
from planfold.application.world import Ports
from planfold.domain.frozen import Frozen
from planfold.domain.names import identifier
from planfold.domain.recorded import Recorded

Progress = Callable[[int, int], None]
"""Told now and then of the position that was reached, and of the one where it ends."""

EVENTS_A_TELLING = 500
MOST_BROKEN = 100
MOST_PROBLEMS = 10
MOST_REMARKS = 20


class DoesNotHold(Frozen):
    """A run, or a ledger by itself, that has a problem; the first ones of it, damage before what follows from it."""

    run_id: str | None
    """None: a ledger, which `stream` names."""
    stream: str
    problems: tuple[Problem, ...]
    further: int
    """Problems of it that are not listed."""


class Audits(Frozen):
    """The verdict on all runs and ledgers that have an event on record, or a row that queries are shown."""

    tenant: str
    holds: bool
    runs: int
    ledgers: int
    events: int
    ok: int
    """The runs without a problem."""
    broken: int
    """All that do not hold: the runs that are not ok, the missing ones, and the others."""
    missing: int
    """Runs that a ledger or a row tells of, and of which no event is left."""
    others_broken: int
    """Ledgers with a problem, and streams of events that are neither a run's nor a ledger's."""
    first_broken: Problem | None
    """The first problem of all: damage before what follows from it, and then what was recorded earliest."""
    not_holding: tuple[DoesNotHold, ...]
    """The first hundred of those that are broken, in the order of their first problems."""
    remarks: int
    remarked: tuple[Remark, ...]
    """The first twenty of them."""
    inspections_repeated: int
    inspections_not_repeated: int
    """Made by rules, or with a manifest, that this program cannot run; they are not counted as right."""
    rows_compared: int
    """Of what queries are shown, the rows of runs and ledgers that are as the events make them; one of a run that went on
    much later is looked at twice."""
    rows_behind: int
    """Those that the projections have not come to yet; they are not counted as right."""


def audit_all(
    ports: Ports,
    tenant: str = "default",
    *,
    since: datetime | None = None,
    progress: Progress = lambda _position, _newest: None,
) -> Audits:
    """Every run of the tenant that began at `since` or later, and all its ledgers. Raises InvalidIdentifier, StoreUnavailable."""
    since = in_utc(since)
    replay, tally = Replay(ports, identifier(tenant, "tenant"), since=since), _Tally()
    newest = ports.history.newest()
    after = 0 if since is None else ports.history.before(surely_before(since))
    tally.take(_read(replay, events_of(ports.history, tenant, after, newest), newest, progress))
    # A save whose first events were the newest of the log is read to its end.
    until = ports.history.newest()
    tally.take(_read(replay, events_of(ports.history, tenant, newest, until), until, progress))
    tally.take(replay.end(newest))
    if since is None:
        tally.take(replay.rows.unrecorded())
    return tally.told(tenant, replay)


def _read(
    replay: Replay, events: Iterator[Recorded[object] | EventUnreadable], until: int, progress: Progress
) -> Found:
    for count, item in enumerate(events):
        if isinstance(item, EventUnreadable):
            yield from replay.unreadable(item)
            continue
        yield from replay.take(item)
        if count % EVENTS_A_TELLING == 0:
            progress(item.position, until)


class _Tally:
    def __init__(self) -> None:
        self._broken: dict[str, int] = {}
        self._kept: dict[str, list[Problem]] = {}
        """The first problems of the first of them, each list in their order."""
        self._last: str | None = None
        """Of as many as are kept, the one that comes last; None: not looked for yet."""
        self._remarks, self._remarked = 0, list[Remark]()

    def take(self, found: Iterator[Problem | Remark]) -> None:
        for item in found:
            if isinstance(item, Problem):
                self._problem(item)
            else:
                self._remarks += 1
                if len(self._remarked) < MOST_REMARKS:
                    self._remarked.append(item)

    def _problem(self, item: Problem) -> None:
        key = item.stream if item.run_id is None else f"{item.stream.partition('/')[0]}/run/{item.run_id}"
        self._broken[key] = self._broken.get(key, 0) + 1
        if key not in self._kept and not self._has_room(item):
            return
        listed = self._kept.setdefault(key, [])
        insort(listed, item, key=_order)
        del listed[MOST_PROBLEMS:]
        self._last = None if listed[0] is item else self._last

    def _has_room(self, item: Problem) -> bool:
        """Among those that are kept, after one that comes later was dropped."""
        if len(self._kept) < MOST_BROKEN:
            return True
        last = self._last = self._last or max(self._kept, key=self._first)
        if self._first(last) <= item.order:
            return False
        del self._kept[last]
        self._last = None
        return True

    def _first(self, key: str) -> tuple[int, int, int]:
        return self._kept[key][0].order

    def told(self, tenant: str, replay: Replay) -> Audits:
        runs = {run_id for run_id in map(run_in, self._broken) if run_id is not None}
        missing = runs & (replay.unknown | replay.rows.unknown)
        first = sorted(self._kept, key=self._first)
        return Audits(
            tenant=tenant,
            holds=not self._broken,
            runs=replay.runs,
            ledgers=sum(book.last is not None for book in replay.money.books.values()),
            events=replay.events,
            ok=replay.runs - len(runs - missing),
            broken=len(self._broken),
            missing=len(missing),
            others_broken=len(self._broken) - len(runs),
            first_broken=self._kept[first[0]][0] if first else None,
            not_holding=tuple(self._told(stream) for stream in first),
            remarks=self._remarks,
            remarked=tuple(self._remarked),
            inspections_repeated=replay.record.repeated,
            inspections_not_repeated=replay.record.not_repeated,
            rows_compared=replay.rows.same,
            rows_behind=replay.rows.behind,
        )

    def _told(self, stream: str) -> DoesNotHold:
        problems = tuple(self._kept[stream])
        return DoesNotHold(
            run_id=problems[0].run_id, stream=stream, problems=problems, further=self._broken[stream] - len(problems)
        )


def _order(problem: Problem) -> tuple[int, int, int]:
    return problem.order
