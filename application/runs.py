"""Reading runs: a result, its events, a page of them; and the report of what became of one."""

from collections.abc import Sequence
from typing import cast

from planfold.application.errors import LedgerContended, RunUnknown
from planfold.application.ledgers import Ledgers, appendings
from planfold.application.ports import Appending, Clock, EventLog, ResultReader, RunQuery, StreamMoved
from planfold.application.results import PlanGenerationResult, fold
from planfold.application.retry import TRIES, tries
from planfold.domain import plan_generation
from planfold.domain.holds import execution_hold_id
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import MAX_NOTE_CHARACTERS, PlanEvent, RunReported
from planfold.domain.recorded import Head, Recorded
from planfold.domain.secrets import redact_text
from planfold.domain.spending import settle


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

    def result(self, run_id: str, tenant: str = "default") -> PlanGenerationResult:
        """The run as its events tell it, finished or not. Raises RunUnknown."""
        return fold(self.events(run_id, tenant))

    def page(self, query: RunQuery) -> list[PlanGenerationResult]:
        """The runs that match, newest first; the next page begins before the last one's first position."""
        return [self.result(run_id, query.tenant) for run_id in self._reader.find(query)]

    def report(self, run_id: str, reported: RunReported, tenant: str = "default") -> PlanGenerationResult:
        """The run's end is recorded and its execution hold settled at the true cost, in one save.

        An unknown cost settles the hold in full; secrets in the note are replaced. Raises RunUnknown, IllegalTransition, LedgerContended.
        """
        hold_id = execution_hold_id(run_id)
        reported = reported.model_copy(update={"note": redact_text(reported.note)[:MAX_NOTE_CHARACTERS]})
        for _ in tries():
            events = self.events(run_id, tenant)
            facts = plan_generation.report(plan_generation.fold(item.fact for item in events), reported)
            if not facts:
                return fold(events)
            result = fold(events)
            books = self._ledgers.open_both(tenant, result.agent_id)
            now = self._clock.now()
            settled = {scope: settle(book.ledger, hold_id, reported.cost_micros, now) for scope, book in books.items()}
            batch = [Appending(run_stream(tenant, run_id), Head.of(events[-1]), facts, run_id)]
            try:
                recorded = self._log.append([*batch, *appendings(books, settled, run_id)])
            except StreamMoved:
                continue
            self._ledgers.keep(books, recorded)
            return fold(cast("list[Recorded[PlanEvent]]", recorded[:1]), result)
        raise LedgerContended(run_stream(tenant, run_id), TRIES)
