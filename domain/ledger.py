"""The money of one scope, an agent's or a whole tenant's: credit granted, holds on it, what was spent.

Invariant: no hold is granted beyond what is available, where

    available = granted - revoked - held - (spent - spent before credit was first granted)

Holds are taken, settled and released in `planfold.domain.spending`. A settlement records the truth, above its hold too,
and pauses the scope if that makes `available` negative, until an operator resumes it. Credit pays for what is spent
once some was granted: nothing that was spent before, when nothing limited the total, but all holds that were open then.
A hold and its settlement count on the UTC day of the hold.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, assert_never

from pydantic import AwareDatetime, Field

from planfold.domain.errors import AmountOutOfRange, CreditNotAvailable, GrantIdTaken
from planfold.domain.frozen import Fact, Frozen
from planfold.domain.holds import Hold, HoldId, Holds, Purpose
from planfold.domain.money import LARGEST, Micros
from planfold.domain.names import Identifier, RunId, identifier
from planfold.domain.texts import MAX_TEXT_CHARACTERS

Reason = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]


# Events. Their names and fields are the stored format: change by adding, never by renaming. Amounts are micro-USD.


class CreditGranted(Fact):
    grant_id: Identifier
    amount: Micros
    reason: Reason


class CreditRevoked(Fact):
    """Credit taken back; `grant_id` is the revocation's own, not that of what was granted."""

    grant_id: Identifier
    amount: Micros
    reason: Reason


class LimitsChanged(Fact):
    """What may be held and spent from now on by a run, on a UTC day, on a day by a model: all limits, replaced whole.

    None, or a model that is not named: no limit. 0: only what costs nothing.
    """

    per_run: Micros | None = None
    per_day: Micros | None = None
    per_model: dict[str, Micros] = Field(default_factory=dict)
    alert_percent: int = Field(default=80, ge=1, le=100)


class CreditHeld(Fact):
    """Credit set aside for one paid planner call or for running a plan; only the latter expires.

    `day` is the UTC day on which it counts, its settlement too.
    """

    hold_id: HoldId
    run_id: RunId
    purpose: Purpose
    model: str | None = None
    amount: Micros
    day: date
    expires_at: AwareDatetime | None = None


class HoldExtended(Fact):
    hold_id: HoldId
    expires_at: AwareDatetime


class HoldSettled(Fact):
    """What the hold's purpose cost in truth, or the whole hold if nobody knows.

    `day` and `model` say where it counts if the ledger never took the hold, or gave it back and forgot it; where it
    knows the hold they are None.
    """

    hold_id: HoldId
    amount: Micros
    cost_known: bool
    day: date | None = None
    model: str | None = None


class SettlementCorrected(Fact):
    """What a hold's purpose cost in truth, where it had been settled at a cost that nobody knew.

    Until now it counted as `settled`, on that `day` and by that `model`; `before_credit`, if that was before credit was
    first granted, so that the credit did not pay for it.
    """

    hold_id: HoldId
    amount: Micros
    settled: Micros
    day: date | None
    model: str | None
    before_credit: bool
    reason: Reason


class HoldReleased(Fact):
    """Given back without a cost; `reason` is expired, not_sent, or an operator's."""

    hold_id: HoldId
    reason: Reason


class ScopePaused(Fact):
    reason: Reason


class ScopeResumed(Fact):
    reason: Reason


LedgerEvent = (
    CreditGranted
    | CreditRevoked
    | LimitsChanged
    | CreditHeld
    | HoldExtended
    | HoldSettled
    | SettlementCorrected
    | HoldReleased
    | ScopePaused
    | ScopeResumed
)

# Fold

FOLD_VERSION = 2
"""Grows with every change of what the fold makes of events: a snapshot of another version is not read."""

REMEMBERED_COMMANDS = 512
"""A grant or revocation is known as repeated if it is among the newest so many; an older one would count again."""


class Ledger(Frozen):
    """What the events say so far; also the snapshot, read only under its FOLD_VERSION."""

    opened: bool = False
    """Whether anything was ever recorded; what was not opened limits nobody and takes no hold."""
    funded: bool = False
    """Whether credit was ever granted; without, only the limits and a pause stand against a hold."""
    granted: int = 0
    revoked: int = 0
    spent_before_credit: int = 0
    """Spent until credit was first granted, so not paid from it."""
    holds: Holds = Holds()
    limits: LimitsChanged = LimitsChanged()
    paused: str | None = None
    """Why; None if it is not."""
    commands: tuple[tuple[str, int], ...] = ()
    """The newest grants and revocations by their ids, the latter with negative amounts."""

    @property
    def credit(self) -> int:
        return self.granted - self.revoked

    @property
    def held(self) -> int:
        return self.holds.held

    @property
    def spent(self) -> int:
        return self.holds.spent

    @property
    def charged(self) -> int:
        """What the credit pays for: all that is held, and what was spent since some was granted."""
        return self.held + self.spent - self.spent_before_credit

    def spent_today(self, day: date) -> int:
        return self.holds.spent_on(day)

    @property
    def available(self) -> int | None:
        """Negative after an overdraft, though not beyond what I-JSON carries; None if no credit was ever granted."""
        return max(self.credit - self.charged, -LARGEST) if self.funded else None

    @property
    def exhausted(self) -> bool:
        """Whether credit was granted and nothing of it is left."""
        return self.available is not None and self.available <= 0

    @property
    def usage_percent(self) -> int | None:
        """Held and spent of the credit, rounded down, above 100 after an overdraft; None if never funded."""
        if not self.funded:
            return None
        return self.charged * 100 // self.credit if self.credit > 0 else 100

    @property
    def alert_reached(self) -> bool:
        return self.usage_percent is not None and self.usage_percent >= self.limits.alert_percent


EMPTY = Ledger()


def evolve(ledger: Ledger, fact: LedgerEvent) -> Ledger:
    changes: dict[str, object]
    match fact:
        case CreditGranted():
            changes = _granted(ledger, fact) | _command(ledger, fact, fact.amount)
        case CreditRevoked():
            changes = {"revoked": ledger.revoked + fact.amount} | _command(ledger, fact, -fact.amount)
        case LimitsChanged():
            changes = {"limits": fact}
        case CreditHeld() | HoldExtended() | HoldSettled() | HoldReleased():
            changes = {"holds": _holding(ledger.holds, fact)}
        case SettlementCorrected():
            changes = _corrected(ledger, fact)
        case ScopePaused():
            changes = {"paused": fact.reason}
        case ScopeResumed():
            changes = {"paused": None}
        case _:
            assert_never(fact)
    return ledger.model_copy(update={"opened": True, **changes})


def fold(facts: Iterable[LedgerEvent], start: Ledger = EMPTY) -> Ledger:
    """The state after `facts`, whatever they say: an audit refuses, the fold does not."""
    ledger = start
    for fact in facts:
        ledger = evolve(ledger, fact)
    return ledger


def _holding(holds: Holds, fact: CreditHeld | HoldExtended | HoldSettled | HoldReleased) -> Holds:
    match fact:
        case CreditHeld():
            return holds.taken(fact.hold_id, hold_of(fact))
        case HoldExtended():
            return holds.extended(fact.hold_id, fact.expires_at)
        case HoldSettled():
            return holds.settled(fact.hold_id, fact.amount, fact.day, fact.model)
        case HoldReleased():
            return holds.given_back(fact.hold_id)
        case _:
            assert_never(fact)


def _granted(ledger: Ledger, fact: CreditGranted) -> dict[str, object]:
    before = ledger.spent_before_credit if ledger.funded else ledger.spent
    return {"funded": True, "granted": ledger.granted + fact.amount, "spent_before_credit": before}


def _corrected(ledger: Ledger, fact: SettlementCorrected) -> dict[str, object]:
    holds = ledger.holds.corrected(fact.amount - fact.settled, fact.day, fact.model)
    counted = holds.spent - ledger.spent
    before = ledger.spent_before_credit + (counted if fact.before_credit and ledger.funded else 0)
    return {"holds": holds, "spent_before_credit": min(max(before, 0), holds.spent)}


def hold_of(fact: CreditHeld) -> Hold:
    return Hold(purpose=fact.purpose, model=fact.model, amount=fact.amount, day=fact.day, expires_at=fact.expires_at)


def _command(ledger: Ledger, fact: CreditGranted | CreditRevoked, amount: int) -> dict[str, object]:
    return {"commands": (*ledger.commands, (fact.grant_id, amount))[-REMEMBERED_COMMANDS:]}


# Decisions of whoever owns the money; repeated, a command adds nothing. Those of the runs that spend it: `spending`.

MOST_CREDIT = LARGEST - 1
"""What may be granted to a ledger in its life. LARGEST itself stands for a cost beyond counting, so that none fits."""


def grant(ledger: Ledger, grant_id: str, amount: int, reason: str) -> list[LedgerEvent]:
    """More credit. Raises AmountOutOfRange, GrantIdTaken, InvalidIdentifier. A pause stays until it is resumed."""
    _whole(grant_id, amount)
    if _repeated(ledger, grant_id, amount):
        return []
    if not 0 < amount <= MOST_CREDIT - ledger.granted:
        raise AmountOutOfRange(grant_id, amount, MOST_CREDIT - ledger.granted)
    return [CreditGranted(grant_id=grant_id, amount=amount, reason=reason)]


def revoke(ledger: Ledger, grant_id: str, amount: int, reason: str) -> list[LedgerEvent]:
    """Less credit, at most what is available: what is held or spent is promised or gone.

    Raises AmountOutOfRange, CreditNotAvailable, GrantIdTaken, InvalidIdentifier.
    """
    _whole(grant_id, amount)
    if _repeated(ledger, grant_id, -amount):
        return []
    if amount <= 0:
        raise AmountOutOfRange(grant_id, amount, MOST_CREDIT)
    available = ledger.available or 0
    if amount > available:
        raise CreditNotAvailable(grant_id, amount, available, ledger.credit)
    return [CreditRevoked(grant_id=grant_id, amount=amount, reason=reason)]


def change_limits(ledger: Ledger, limits: LimitsChanged) -> list[LedgerEvent]:
    return [limits] if limits != ledger.limits else []


def pause(ledger: Ledger, reason: str) -> list[LedgerEvent]:
    """No new holds; those open stay. If it is paused already, the first reason stands."""
    return [ScopePaused(reason=reason)] if ledger.paused is None else []


def resume(ledger: Ledger, reason: str) -> list[LedgerEvent]:
    return [ScopeResumed(reason=reason)] if ledger.paused is not None else []


def _whole(grant_id: str, amount: object) -> None:
    if type(amount) is not int:  # True is no amount
        raise AmountOutOfRange(grant_id, amount, MOST_CREDIT)


def _repeated(ledger: Ledger, grant_id: str, amount: int) -> bool:
    """Whether it was recorded already. Raises GrantIdTaken if something else was, under this id."""
    identifier(grant_id, "grant id")
    recorded = dict(ledger.commands).get(grant_id)
    if recorded is None or recorded == amount:
        return recorded is not None
    raise GrantIdTaken(grant_id, amount, recorded)
