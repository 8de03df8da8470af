"""Reading runs: a result, its events, a page of them; and the report of what became of one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from planfold.application.clocks import in_utc
from planfold.application.errors import NoSuchVersion, NotYetRecorded, RunUnknown
from planfold.application.ledgers import Ledgers, appendings
from planfold.application.ports import Appending, Clock, EventLog, ResultReader, RunQuery, StreamMoved
from planfold.application.results import PlanGenerationResult, fold
from planfold.domain import plan_generation
from planfold.domain.canonical import is_text
from planfold.domain.holds import execution_hold_id
from planfold.domain.ledger import HoldSettled
from planfold.domain.names import ledger_stream, run_stream
from planfold.domain.plan_generation import PlanEvent, RunReported
from planfold.domain.recorded import Head, Recorded
from planfold.domain.texts import recorded_text


class Runs:
    """The runs of every tenant, as their events tell them."""

    def __init__(self, log: EventLog, reader: ResultReader, ledgers: Ledgers, clock: Clock) -> None:
        self._log, self._reader, self._ledgers, self._clock = log, reader, ledgers, clock

    def events(self, run_id: str, tenant: str = "default") -> Sequence[Recorded[PlanEvent]]:
        """The run's events, in order. Raises RunUnknown."""
        recorded = self._log.read(run_stream(tenant, run_id))
        if not recorded:
            raise RunUnknown(tenant, run_id)
        return cast("Sequence[Recorded[PlanEvent]]", recorded)

    def result(
        self, run_id: str, tenant: str = "default", *, at: int | None = None, as_of: datetime | None = None
    ) -> PlanGenerationResult:
        """The run as its events tell it, finished or not; as those tell it up to version `at`, or recorded up to `as_of`.

        A time without a zone is one of UTC. Raises RunUnknown, NoSuchVersion, NotYetRecorded.
        """
        events = self.events(run_id, tenant)
        if at is not None:
            if not 1 <= at <= events[-1].version:
                raise NoSuchVersion(run_id, at, events[-1].version)
            return fold(item for item in events if item.version <= at)
        then = in_utc(as_of)
        if then is None:
            return fold(events)
        until = [item for item in events if item.recorded_at <= then]
        if not until:
            raise NotYetRecorded(events[0].stream, then.isoformat(), events[0].recorded_at)
        return fold(until)

    def page(self, query: RunQuery) -> list[PlanGenerationResult]:
        """The runs that match, newest first; the next page begins before the last one's first position.

        Times without a zone are of UTC.
        """
        search = "".join(each if is_text(each) else "\ufffd" for each in query.search or "").strip()
        since, until = in_utc(query.since), in_utc(query.until)
        return list(self._reader.find(replace(query, search=search or None, since=since, until=until)))

    def money_is_held(self, result: PlanGenerationResult) -> bool:
        """Whether what the run may cost is still set aside, on every ledger that limits it; also where none does.

        A hold ends by time, by an operator, and with the run's report.
        """
        checked, now = result.budget, self._clock.now()
        if checked is None or checked.hold_id is None:
            return True
        books = [self._ledgers.open(result.tenant, seen.scope) for seen in checked.ledgers]
        holds = [book.ledger.holds.open.get(checked.hold_id) for book in books]
        return all(hold is not None and (hold.expires_at is None or now < hold.expires_at) for hold in holds)

    def settlement(self, run_id: str, tenant: str = "default") -> HoldSettled | None:
        """What the run's execution hold was settled at; None if it never was, or there was none. Raises RunUnknown."""
        check, hold_id = self.result(run_id, tenant).budget, execution_hold_id(run_id)
        for seen in check.ledgers if check is not None else ():
            for item in self._log.read(ledger_stream(tenant, seen.scope), after=seen.version):
                if isinstance(item.fact, HoldSettled) and item.fact.hold_id == hold_id:
                    return item.fact
        return None

    def report(self, run_id: str, reported: RunReported, tenant: str = "default") -> PlanGenerationResult:
        """The run's end is recorded and its execution hold settled at the true cost, in one save.

        An unknown cost settles the hold in full, one that the ledger gave back and forgot as well; secrets in the note
        are replaced. Raises RunUnknown, IllegalTransition, InvalidText, LedgerContended.
        """
        hold_id = execution_hold_id(run_id)
        reported = reported.model_copy(update={"note": recorded_text(reported.note, "note")})
        with self._ledgers.tries(tenant, ()) as tries:
            while True:
                events = self.events(run_id, tenant)
                facts = plan_generation.report(plan_generation.fold(item.fact for item in events), reported)
                result = fold(events)
                if not facts:
                    return result
                books, now = self._ledgers.open_both(tenant, result.agent_id), self._clock.now()
                settled = self._ledgers.settlement(books, result.budget, hold_id, reported.cost_micros, now)
                batch = [Appending(run_stream(tenant, run_id), Head.of(events[-1]), facts, run_id)]
                try:
                    recorded = self._log.append([*batch, *appendings(books, settled, run_id)])
                except StreamMoved as moved:
                    tries.lost(moved.stream)
                else:
                    self._ledgers.keep(books, recorded)
                    return fold(cast("list[Recorded[PlanEvent]]", recorded[:1]), result)
