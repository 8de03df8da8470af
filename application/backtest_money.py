"""What the ledgers would have said to other limits or costs, each as it stood when a run was decided.

A ledger is followed from event to event, with its last few states, since a run may have decided on one that had moved on
by the time its decision was recorded.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast

from pydantic import ValidationError

from planfold.application.errors import InvalidPolicy
from planfold.application.ports import EventLog, EventUnreadable
from planfold.domain import ledger as ledgers
from planfold.domain.frozen import Frozen
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.inspection import RuleSet
from planfold.domain.ledger import CreditHeld, Ledger, LedgerEvent, LimitsChanged
from planfold.domain.money import Micros
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.plan_generation import BudgetChecked, PlanGeneration
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest
from planfold.domain.spending import Breach, HoldRequest, decide_holds, settle, spend_unheld

LimitsChange = Callable[[LimitsChanged], LimitsChanged]
RulesChange = Callable[[RuleSet], RuleSet]


@dataclass(frozen=True)
class Policy:
    """What is put in place of what was recorded, made of that; None: it stays as it was."""

    rules: RulesChange | None = None
    limits: LimitsChange | None = None
    """Of agents' ledgers, opened by them where there was none; a tenant's own ledger keeps its limits."""
    manifest: Manifest | None = None


Made = TypeVar("Made", bound=Frozen)


def usable(name: str, made: object, kind: type[Made]) -> Made:
    """What was made, whatever it was made by, if it keeps the rules of its kind. Raises InvalidPolicy."""
    if not isinstance(made, kind):
        raise InvalidPolicy(name, f"a {kind.__name__} must come back, and it was {made!r:.80}")
    try:
        return kind.model_validate(dict(made))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidPolicy(name, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


STATES = 16
"""Of each ledger: more saves than fit between the moment a run reads a ledger and the one it is saved."""
HOLD = timedelta(hours=1)
"""Any time serves: nothing that is decided here is recorded."""


class NotJudged(Exception):
    """A ledger would have to be judged as it stood behind an event that cannot be read; the sentence says which."""


class LedgersThen:
    """The ledgers of one tenant at one place of its history; `after` is where the reading of it begins."""

    def __init__(self, log: EventLog, tenant: str, after: int, policy: Policy) -> None:
        self._log, self._tenant, self._after, self._change = log, tenant, after, policy.limits
        self._known: dict[str, deque[tuple[int, Ledger]]] = {}
        self._unreadable: dict[str, str] = {}
        """By stream, why nothing behind the last known state can be told."""

    def take(self, item: Recorded[LedgerEvent]) -> None:
        """The ledger has one event more. None of a ledger that is asked about may be left out."""
        states = self._states(item.stream)
        version, ledger = states[-1]
        if item.version == version + 1 and item.stream not in self._unreadable:
            states.append((item.version, ledgers.evolve(ledger, item.fact)))

    def unreadable(self, stream: str, reason: str) -> None:
        """The ledger has an event that cannot be read."""
        self._states(stream)
        self._unreadable.setdefault(stream, reason)

    def refused_call(self, agent_id: str, state: PlanGeneration, held: Recorded[CreditHeld]) -> Breach | None:
        """What other limits would have had against the hold of a planner call, which the ledger is about to take.

        Raises NotJudged.
        """
        if self._change is None or held.stream != ledger_stream(self._tenant, agent_scope(agent_id)):
            return None
        fact, ledger = held.fact, self._newest(held.stream)
        limited = self._limited(ledger)
        if limited is ledger:
            return None
        request = HoldRequest(
            hold_id=fact.hold_id,
            run_id=fact.run_id,
            purpose="planning",
            model=fact.model,
            needed=fact.amount,
            charged_to_run=state.charged,
        )
        return decide_holds({agent_scope(agent_id): limited}, request, held.recorded_at).breach

    def refused_plan(
        self, state: PlanGeneration, checked: BudgetChecked | None, needed: Micros | None, now: datetime
    ) -> Breach | None:
        """What stands against running the plan at this worst case; `checked` is the decision on record, if there is one.

        Where neither its cost nor a limit would have been another, that decision stands. Raises NotJudged.
        """
        if checked is not None and needed == checked.needed and self._change is None:
            return checked.breach
        context = state.context
        assert context is not None  # noqa: S101 - a draft follows its context
        own = agent_scope(context.agent_id)
        seen = None if checked is None else {each.scope: each.version for each in checked.ledgers}
        stood = {scope: self._stood(scope, seen) for scope in (own, TENANT_SCOPE)}
        limited = stood | {own: self._limited(stood[own])}
        if checked is not None and needed == checked.needed:
            if limited[own] is stood[own]:
                return checked.breach
            if checked.verdict == "allowed":  # nothing else stood against it
                limited = {own: limited[own]}
        request = HoldRequest(
            hold_id=execution_hold_id(context.run_id),
            run_id=context.run_id,
            purpose="execution",
            needed=needed,
            expires_at=now + HOLD,
            charged_to_run=state.charged,
            cap=context.cap,
        )
        return decide_holds(_settled(limited, state, now), request, now).breach

    def _stood(self, scope: str, seen: Mapping[str, int] | None) -> Ledger:
        """The ledger at the version that was seen; unopened if others were, and as it stands now if none was asked."""
        stream = ledger_stream(self._tenant, scope)
        if seen is None:
            return self._newest(stream)
        if scope not in seen:
            return ledgers.EMPTY
        stood = (ledger for version, ledger in self._states(stream) if version >= seen[scope])
        return next(stood, None) or self._newest(stream)

    def _newest(self, stream: str) -> Ledger:
        states = self._states(stream)
        if stream in self._unreadable:
            raise NotJudged(f"its ledger cannot be judged: {self._unreadable[stream]}")
        return states[-1][1]

    def _limited(self, ledger: Ledger) -> Ledger:
        """With the other limits, which open a ledger that was not; the same ledger if they are the same."""
        if self._change is None:
            return ledger
        limits = usable("limits", self._change(ledger.limits), LimitsChanged)
        return ledger if limits == ledger.limits else ledger.model_copy(update={"limits": limits, "opened": True})

    def _states(self, stream: str) -> deque[tuple[int, Ledger]]:
        """The last states of a ledger; it is read once, where the reading of the history begins after its first event."""
        if stream not in self._known:
            earlier = self._earlier(stream) if self._after else ()
            facts = [cast("LedgerEvent", item.fact) for item in earlier if item.position <= self._after]
            self._known[stream] = deque([(len(facts), ledgers.fold(facts))], STATES)
        return self._known[stream]

    def _earlier(self, stream: str) -> Sequence[Recorded[object]]:
        try:
            return self._log.read(stream)
        except EventUnreadable as error:
            self._unreadable[stream] = str(error)
            return ()


def _settled(stood: Mapping[str, Ledger], state: PlanGeneration, now: datetime) -> dict[str, Ledger]:
    """The ledgers once the last call is settled: that is recorded together with what is decided of its draft."""
    context, draft = state.context, state.draft
    if context is None or draft is None or state.failure is not None:
        return dict(stood)
    hold_id = planning_hold_id(context.run_id, draft.attempt)
    after = {}
    for scope, ledger in stood.items():
        facts: list[LedgerEvent] = []
        if hold_id in ledger.holds.open:
            facts = settle(ledger, hold_id, draft.charged_micros, now)
        elif draft.charged_micros:
            facts = spend_unheld(ledger, hold_id, draft.charged_micros, now, draft.planner.model)
        after[scope] = ledgers.fold(facts, ledger)
    return after
