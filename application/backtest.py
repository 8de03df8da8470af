"""Other rules, limits or skills over everything that was recorded: which runs would have ended otherwise.

Each draft is inspected again, and the last one decides. Money is judged on the ledgers as they stood when the run was
decided, without knock-on effects: what other runs held and spent is what they held and spent. Nothing is written.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import cast

from planfold.application.audit_ledger import LEDGER_EVENTS
from planfold.application.audit_record import PLAN_EVENTS
from planfold.application.backtest_money import LedgersThen, NotJudged, Policy
from planfold.application.backtest_runs import Inspector, Refusal, Run, skills_of
from planfold.application.clocks import in_utc, surely_before
from planfold.application.ports import Artifacts, EventLog, EventUnreadable, History
from planfold.application.replay import events_of
from planfold.domain.frozen import Frozen
from planfold.domain.ledger import CreditHeld, LedgerEvent
from planfold.domain.money import Micros
from planfold.domain.names import TENANT_SCOPE, agent_scope, identifier, ledger_stream, run_stream
from planfold.domain.plan_generation import (
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    Finished,
    PlanEvent,
    PlanValidated,
    next_step,
)
from planfold.domain.recorded import Recorded

Progress = Callable[[int, int], None]
"""Told now and then of the position that was reached, and of the one where it ends."""

UNDER_WAY = 10_000
"""Runs without an end that are kept in mind; of more than that, the oldest are read again if they go on."""
EVENTS_A_TELLING = 500


class Changed(Frozen):
    """A run that would have ended otherwise; `codes` are the findings and breaches that refuse it, now or then."""

    run_id: str
    codes: tuple[str, ...]


class Unreadable(Frozen):
    """A run that nobody can judge, since an event of it, or of a ledger that limits it, cannot be read; which, and why."""

    run_id: str
    reason: str


class Backtest(Frozen):
    """What would have been otherwise; runs in the order in which they were decided."""

    checked: int
    """The runs that have ended, have a draft, and could be judged again."""
    unchanged: int
    newly_refused: tuple[Changed, ...]
    newly_allowed: tuple[Changed, ...]
    by_code: dict[str, int]
    """How many of these runs each code refuses, now or then; the most first."""
    by_skill: dict[str, int]
    """How many of these runs call each skill where that was found, or anywhere, if it concerns the plan as a whole."""
    drafts: int
    """All that were inspected again for this, earlier attempts too."""
    not_repeated: int
    """Runs whose rules or skills are not on record, or of no use to this program; they are in no other figure."""
    unreadable: tuple[Unreadable, ...] = ()
    """Runs that are not judged for what was damaged, or written by a later release; they are in no other figure."""

    @property
    def changed(self) -> bool:
        return bool(self.newly_refused or self.newly_allowed)


class Backtester:
    """`unknown_price` is what a skill without a price counts as where the cost of a run was never judged."""

    def __init__(
        self, history: History, log: EventLog, artifacts: Artifacts, unknown_price: Micros | None = None
    ) -> None:
        self._history, self._log, self._artifacts, self._unknown_price = history, log, artifacts, unknown_price

    def backtest(
        self,
        policy: Policy,
        tenant: str = "default",
        *,
        agent_id: str | None = None,
        since: datetime | None = None,
        progress: Progress | None = None,
    ) -> Backtest:
        """Which of the tenant's runs, or of one agent's, begun at `since` or later, would have ended otherwise.

        A run that cannot be read is told, and those behind it are judged. Raises InvalidIdentifier, InvalidPolicy,
        StoreUnavailable.
        """
        identifier(tenant, "tenant")
        if agent_id is not None:
            identifier(agent_id, "agent")
        newest, since = self._history.newest(), in_utc(since)
        after = 0 if since is None else self._history.before(surely_before(since))
        reading = _Reading(
            self._log,
            tenant,
            Inspector(self._artifacts, tenant, policy),
            LedgersThen(self._log, tenant, after, policy),
            unknown_price=self._unknown_price,
            agent_id=agent_id,
            since=since,
        )
        for count, item in enumerate(events_of(self._history, tenant, after, newest)):
            if isinstance(item, EventUnreadable):
                reading.unreadable(item.stream, item.version, str(item))
                continue
            reading.take(item)
            if progress is not None and count % EVENTS_A_TELLING == 0:
                progress(item.position, newest)
        return reading.tally.told()


class _Tally:
    def __init__(self) -> None:
        self._checked, self._drafts, self._not_repeated = 0, 0, 0
        self._refused, self._allowed = list[Changed](), list[Changed]()
        self._by_code, self._by_skill = Counter[str](), Counter[str]()
        self._unreadable: dict[str, Unreadable] = {}

    def unreadable(self, run_id: str, reason: str) -> None:
        self._unreadable.setdefault(run_id, Unreadable(run_id=run_id, reason=reason))

    def count(self, run_id: str, run: Run, then: Refusal, now: Refusal | None) -> None:
        self._drafts += run.drafts
        if now is None or run.state.draft is None:
            self._not_repeated += 1
            return
        self._checked += 1
        if bool(then.codes) == bool(now.codes):
            return
        telling, changed = (now, self._refused) if now.codes else (then, self._allowed)
        changed.append(Changed(run_id=run_id, codes=telling.codes))
        self._by_code.update(telling.codes)
        self._by_skill.update(skills_of(telling, run.state.draft.plan))

    def told(self) -> Backtest:
        return Backtest(
            checked=self._checked,
            unchanged=self._checked - len(self._refused) - len(self._allowed),
            newly_refused=tuple(self._refused),
            newly_allowed=tuple(self._allowed),
            by_code=_most_first(self._by_code),
            by_skill=_most_first(self._by_skill),
            drafts=self._drafts,
            not_repeated=self._not_repeated,
            unreadable=tuple(self._unreadable.values()),
        )


def _most_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


class _Reading:
    """The tenant's history, one event after the other: what is under way, and what was found so far."""

    def __init__(
        self,
        log: EventLog,
        tenant: str,
        inspector: Inspector,
        money: LedgersThen,
        *,
        unknown_price: Micros | None,
        agent_id: str | None,
        since: datetime | None,
    ) -> None:
        self._log, self._tenant, self._inspector, self._money = log, tenant, inspector, money
        self._unknown_price, self._agent_id, self._since = unknown_price, agent_id, since
        self._runs, self._ledgers = run_stream(tenant, ""), ledger_stream(tenant, "")
        scopes = () if agent_id is None else (agent_scope(agent_id), TENANT_SCOPE)
        self._followed = {ledger_stream(tenant, scope) for scope in scopes}
        self._under_way: dict[str, Run] = {}
        self._put_aside: dict[str, str | None] = {}
        self.tally = _Tally()

    def take(self, item: Recorded[object]) -> None:
        is_run = item.stream.startswith(self._runs)
        if not is_run and not self._is_followed(item.stream):
            return
        if not isinstance(item.fact, PLAN_EVENTS if is_run else LEDGER_EVENTS):
            reason = f"event {item.version} ({item.name}) does not belong into a {'run' if is_run else 'ledger'}"
            self.unreadable(item.stream, item.version, reason)
        elif is_run:
            self._of_a_run(cast("Recorded[PlanEvent]", item))
        else:
            self._of_a_ledger(cast("Recorded[LedgerEvent]", item))

    def unreadable(self, stream: str, version: int, reason: str) -> None:
        """The run is not judged, unless it was already; neither are those that stood on the ledger from then on.

        A run is told too if it cannot be read whose it is.
        """
        if self._is_followed(stream):
            self._money.unreadable(stream, reason)
        elif stream.startswith(self._runs) and (version == 1 or self._is_under_way(stream)):
            self._not_judged(stream, reason)

    def _is_followed(self, stream: str) -> bool:
        return stream.startswith(self._ledgers) and (not self._followed or stream in self._followed)

    def _is_under_way(self, stream: str) -> bool:
        return stream in self._under_way or stream in self._put_aside

    def _not_judged(self, stream: str, reason: str) -> None:
        self._under_way.pop(stream, None)
        self._put_aside.pop(stream, None)
        self.tally.unreadable(stream.removeprefix(self._runs), reason)

    def _of_a_run(self, item: Recorded[PlanEvent]) -> None:
        fact, run = item.fact, self._under_way.get(item.stream)
        if isinstance(fact, ContextBuilt):
            if self._is_asked_for(fact, item.recorded_at):
                run = self._begun(item.stream)
        elif item.stream in self._put_aside:
            run = self._read_again(item)
        if run is None:
            return
        run.take(fact, self._inspector)
        if isinstance(fact, PlanValidated | DraftFailed | BudgetChecked) and isinstance(next_step(run.state), Finished):
            del self._under_way[item.stream]
            if run.state.draft is not None:
                self._judged(run, item)

    def _judged(self, run: Run, last: Recorded[PlanEvent]) -> None:
        try:
            now = run.now(last, self._inspector, self._money, self._unknown_price)
        except NotJudged as error:
            self._not_judged(last.stream, str(error))
        else:
            self.tally.count(last.stream.removeprefix(self._runs), run, run.then(), now)

    def _is_asked_for(self, context: ContextBuilt, begun: datetime) -> bool:
        return self._agent_id in (None, context.agent_id) and (self._since is None or begun >= self._since)

    def _begun(self, stream: str) -> Run:
        run = self._under_way[stream] = Run()
        if len(self._under_way) > UNDER_WAY:
            oldest = next(iter(self._under_way))
            self._put_aside[oldest] = self._under_way.pop(oldest).refused_call
        return run

    def _read_again(self, item: Recorded[PlanEvent]) -> Run | None:
        try:
            events = self._log.read(item.stream)
        except EventUnreadable as error:
            self._not_judged(item.stream, str(error))
            return None
        run = self._begun(item.stream)
        run.refused_call = self._put_aside.pop(item.stream)
        for earlier in events:
            if earlier.version < item.version:
                run.take(cast("PlanEvent", earlier.fact), self._inspector)
        return run

    def _of_a_ledger(self, item: Recorded[LedgerEvent]) -> None:
        fact = item.fact
        if isinstance(fact, CreditHeld) and fact.purpose == "planning":
            run = self._under_way.get(run_stream(self._tenant, fact.run_id))
            if run is not None and run.refused_call is None and run.state.context is not None:
                held = cast("Recorded[CreditHeld]", item)
                try:
                    run.refused_call = self._money.refused_call(run.state.context.agent_id, run.state, held)
                except NotJudged as error:
                    self._not_judged(run_stream(self._tenant, fact.run_id), str(error))
        self._money.take(item)
