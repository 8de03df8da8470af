"""How runs spend what ledgers hold: credit is held before, and settled, released or expired after.

A run may be limited by two ledgers, its agent's and its tenant's: a hold is taken on both or on neither, and only if
nothing stands against it in either. A refusal is no event of a ledger, since nothing on it changed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, Self

from pydantic import AwareDatetime, model_validator

from planfold.domain.errors import ExpiryPassed, HoldIdTaken, HoldIsPlanning, UnknownHold
from planfold.domain.frozen import Frozen
from planfold.domain.holds import Hold, HoldId, Purpose
from planfold.domain.ledger import (
    CreditHeld,
    HoldExtended,
    HoldReleased,
    HoldSettled,
    Ledger,
    LedgerEvent,
    LimitsChanged,
    fold,
    pause,
)
from planfold.domain.money import LARGEST, Micros
from planfold.domain.names import RunId, Scope

Breach = Literal["per_run", "per_day", "per_model", "total", "paused", "unknown_price"]

EXPIRED = "expired"
NOT_SENT = "not_sent"
OVERDRAFT = "overdraft"


class HoldRequest(Frozen):
    """What a run asks to be set aside, in micro-USD.

    `needed` is the worst case, None if a price is unknown. `charged_to_run` is what the run's earlier holds were
    settled at or still hold. `cap` is the host's own limit on the run, None if it set none.
    """

    hold_id: HoldId
    run_id: RunId
    purpose: Purpose
    model: str | None = None
    needed: Micros | None
    expires_at: AwareDatetime | None = None
    charged_to_run: Micros = 0
    cap: Micros | None = None

    @model_validator(mode="after")
    def _only_executions_end(self) -> Self:
        if (self.expires_at is not None) != (self.purpose == "execution"):
            raise ValueError("an execution hold needs expires_at, a planning hold has none")
        return self


@dataclass(frozen=True, slots=True)
class HoldDecision:
    """Whether credit was held, what stood against it, and what is to be appended to each ledger.

    `scope` is whose figure it was, None for the host's cap; of several that refuse for the same reason, the one with
    the least left. Of `limit` (micro-USD), `used` was counted already: refused is what needs more than is left, and
    under a total or a cap also what needs nothing when nothing is left. A pause and an unknown price have neither.
    """

    verdict: Literal["allowed", "refused"]
    needed: int | None
    available_before: int | None
    """The least that is available on any funded ledger, overdue holds already closed; None if none is funded."""
    breach: Breach | None = None
    scope: Scope | None = None
    limit: int | None = None
    used: int | None = None
    hold_id: str | None = None
    """None if no ledger holds anything."""
    facts: dict[Scope, list[LedgerEvent]] = field(default_factory=dict)
    """Holds taken and overdue ones closed; the latter stand also where the hold is refused, and explain its figures."""


def decide_holds(ledgers: Mapping[Scope, Ledger], request: HoldRequest, now: datetime) -> HoldDecision:
    """The hold taken on every ledger that was opened, or on none of them.

    Overdue execution holds are closed first. A hold that any of the ledgers has open was granted before: it is allowed
    again and nothing is added. A planner call that costs nothing needs no hold. Raises ExpiryPassed, HoldIdTaken.
    """
    taken = [ledger.holds.open[request.hold_id] for ledger in ledgers.values() if request.hold_id in ledger.holds.open]
    if taken:
        _same(request, taken)
        return HoldDecision("allowed", request.needed, _least_available(ledgers), hold_id=request.hold_id)
    if request.expires_at is not None and request.expires_at <= now:
        raise ExpiryPassed(request.hold_id, request.expires_at, now)
    facts: dict[Scope, list[LedgerEvent]] = {scope: [*expire(ledger, now)] for scope, ledger in ledgers.items()}
    opened = {scope: fold(facts[scope], ledger) for scope, ledger in ledgers.items() if ledger.opened}
    day = now.astimezone(UTC).date()
    breach, scope, limit, used = _obstacle(opened, request, day)
    hold = _hold(request, day) if breach is None else None
    if hold is not None:
        for name in opened:
            facts[name].append(hold)
    return HoldDecision(
        verdict="allowed" if breach is None else "refused",
        needed=request.needed,
        available_before=_least_available(opened),
        breach=breach,
        scope=scope,
        limit=limit,
        used=used,
        hold_id=hold.hold_id if hold is not None and opened else None,
        facts={scope: added for scope, added in facts.items() if added},
    )


def _same(request: HoldRequest, taken: list[Hold]) -> None:
    for hold in taken:
        if request.needed is None or request.needed > hold.amount or request.purpose != hold.purpose:
            raise HoldIdTaken(request.hold_id, request.needed, hold.amount)


class _Obstacle(NamedTuple):
    breach: Breach | None = None
    scope: Scope | None = None
    limit: int | None = None
    used: int | None = None


class _Bound(NamedTuple):
    """A figure that a hold must fit under; a budget, unlike a limit, must also have something left."""

    breach: Breach
    scope: Scope | None
    limit: int
    used: int
    is_budget: bool = False

    def refuses(self, needed: int) -> bool:
        return self.used + needed > self.limit or (self.is_budget and self.used >= self.limit)


def _obstacle(opened: Mapping[Scope, Ledger], request: HoldRequest, day: date) -> _Obstacle:
    paused = next((scope for scope, ledger in opened.items() if ledger.paused is not None), None)
    if paused is not None:
        return _Obstacle("paused", paused)
    if request.needed is None:
        limiting = [scope for scope, ledger in opened.items() if ledger.funded or ledger.limits != LimitsChanged()]
        if limiting:
            return _Obstacle("unknown_price", limiting[0])
        return _Obstacle("unknown_price") if request.cap is not None else _Obstacle()
    needed = request.needed
    for bounds in (_per_run(opened, request), _per_model(opened, request, day), _per_day(opened, day), _total(opened)):
        refusing = [bound for bound in bounds if bound.refuses(needed)]
        if refusing:
            bound = min(refusing, key=lambda bound: bound.limit - bound.used)
            return _Obstacle(bound.breach, bound.scope, bound.limit, min(bound.used, LARGEST))
    return _Obstacle()


def _per_run(opened: Mapping[Scope, Ledger], request: HoldRequest) -> Iterator[_Bound]:
    if request.cap is not None:
        yield _Bound("per_run", None, request.cap, request.charged_to_run, is_budget=True)
    for scope, ledger in opened.items():
        if ledger.limits.per_run is not None:
            yield _Bound("per_run", scope, ledger.limits.per_run, request.charged_to_run)


def _per_model(opened: Mapping[Scope, Ledger], request: HoldRequest, day: date) -> Iterator[_Bound]:
    for scope, ledger in opened.items():
        if request.model is not None and request.model in ledger.limits.per_model:
            limit = ledger.limits.per_model[request.model]
            yield _Bound("per_model", scope, limit, ledger.holds.counted_on(day, request.model))


def _per_day(opened: Mapping[Scope, Ledger], day: date) -> Iterator[_Bound]:
    for scope, ledger in opened.items():
        if ledger.limits.per_day is not None:
            yield _Bound("per_day", scope, ledger.limits.per_day, ledger.holds.counted_on(day))


def _total(opened: Mapping[Scope, Ledger]) -> Iterator[_Bound]:
    for scope, ledger in opened.items():
        if ledger.funded:
            yield _Bound("total", scope, ledger.credit, ledger.charged, is_budget=True)


def _least_available(ledgers: Mapping[Scope, Ledger]) -> int | None:
    return min((ledger.available for ledger in ledgers.values() if ledger.available is not None), default=None)


def _hold(request: HoldRequest, day: date) -> CreditHeld | None:
    if request.needed is None or (request.needed == 0 and request.purpose == "planning"):
        return None
    return CreditHeld(
        hold_id=request.hold_id,
        run_id=request.run_id,
        purpose=request.purpose,
        model=request.model,
        amount=request.needed,
        day=day,
        expires_at=request.expires_at,
    )


def settle(
    ledger: Ledger, hold_id: str, amount: int | None, now: datetime, forgotten: Hold | None = None
) -> list[LedgerEvent]:
    """The true cost of a hold, open or released; None settles it in full, as a cost that nobody knows.

    `forgotten` is the hold where the ledger gave it back and no longer remembers it. Other holds that are overdue are
    closed with it. A cost above the hold that makes `available` negative pauses the scope. A hold that is settled
    already, or was never here, changes nothing.
    """
    known = ledger.holds.settleable(hold_id)
    hold = known or forgotten
    if hold is None:
        return []
    cost = hold.amount if amount is None else amount
    counted = {} if known is not None else {"day": hold.day, "model": hold.model}
    settled = HoldSettled.model_validate(
        {"hold_id": hold_id, "amount": cost, "cost_known": amount is not None} | counted
    )
    facts: list[LedgerEvent] = [settled, *(fact for fact in expire(ledger, now) if fact.hold_id != hold_id)]
    available = fold(facts, ledger).available
    set_aside = hold.amount if hold_id in ledger.holds.open else 0
    if cost > set_aside and available is not None and available < 0:
        return [*facts, *pause(ledger, OVERDRAFT)]
    return facts


def spend_unheld(
    ledger: Ledger, hold_id: str, amount: int, now: datetime, model: str | None = None
) -> list[LedgerEvent]:
    """The cost of a call that was to be free and took no hold; a ledger that was never opened is not told."""
    if not ledger.opened:
        return []
    nothing_held = Hold(amount=0, day=now.astimezone(UTC).date(), purpose="planning", model=model)
    return settle(ledger, hold_id, amount, now, nothing_held)


def release(ledger: Ledger, hold_id: str, reason: str) -> list[LedgerEvent]:
    """An execution hold given back by an operator. Raises HoldIsPlanning: the provider may have billed the call."""
    hold = ledger.holds.open.get(hold_id)
    if hold is None:
        return []
    if hold.purpose == "planning":
        raise HoldIsPlanning(hold_id, hold.amount)
    return [HoldReleased(hold_id=hold_id, reason=reason)]


def release_unsent(ledger: Ledger, hold_id: str) -> list[LedgerEvent]:
    """A hold of either purpose given back by whoever took it and knows that nothing was sent."""
    return [HoldReleased(hold_id=hold_id, reason=NOT_SENT)] if hold_id in ledger.holds.open else []


def extend(ledger: Ledger, hold_id: str, expires_at: datetime, now: datetime) -> list[LedgerEvent]:
    """An execution hold that lasts until then; never shortened. One that is overdue was not closed yet, and is kept.

    Raises UnknownHold, HoldIsPlanning, ExpiryPassed.
    """
    hold = ledger.holds.open.get(hold_id)
    if hold is None:
        raise UnknownHold(hold_id, "extend")
    if hold.expires_at is None:
        raise HoldIsPlanning(hold_id, hold.amount)
    if expires_at <= now:
        raise ExpiryPassed(hold_id, expires_at, now)
    return [HoldExtended(hold_id=hold_id, expires_at=expires_at)] if expires_at > hold.expires_at else []


def expire(ledger: Ledger, now: datetime) -> list[HoldReleased]:
    """The execution holds that ended by `now`, closed."""
    return [HoldReleased(hold_id=hold_id, reason=EXPIRED) for hold_id in ledger.holds.overdue(now)]


def after_expiry(
    ledger: Ledger, now: datetime, decide: Callable[[Ledger], list[LedgerEvent]], *, but: str | None = None
) -> list[LedgerEvent]:
    """What is decided once the holds that ended by `now` are closed, those closings first; nothing if nothing is decided.

    Every decision of a ledger's owner is made so. `but` is the hold that the decision is about, which stays.
    """
    closed: list[LedgerEvent] = [fact for fact in expire(ledger, now) if fact.hold_id != but]
    decided = decide(fold(closed, ledger))
    return [*closed, *decided] if decided else []
