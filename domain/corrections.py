"""A settlement at a cost that nobody knew, corrected once somebody does.

A hold is resolved once, and what was recorded stays: the correction is a fact of its own beside the settlement.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from planfold.domain.errors import NothingToCorrect
from planfold.domain.frozen import Frozen
from planfold.domain.holds import planning_hold_id
from planfold.domain.ledger import (
    CreditGranted,
    CreditHeld,
    HoldSettled,
    Ledger,
    LedgerEvent,
    SettlementCorrected,
    fold,
    pause,
)
from planfold.domain.money import Micros
from planfold.domain.spending import OVERDRAFT, expire


class Settled(Frozen):
    """A hold that was settled, as it is counted now."""

    hold_id: str
    amount: Micros
    cost_known: bool
    corrected: bool = False
    day: date | None
    model: str | None
    before_credit: bool


def settlements(history: Iterable[LedgerEvent], run_id: str) -> dict[str, Settled]:
    """The settled holds of the run by their ids, in order."""
    held: dict[str, CreditHeld] = {}
    found: dict[str, Settled] = {}
    funded = False
    for fact in history:
        match fact:
            case CreditGranted():
                funded = True
            case CreditHeld() if fact.run_id == run_id:
                held[fact.hold_id] = fact
            case HoldSettled() if fact.hold_id.rpartition("/")[0] == run_id:
                hold = held.get(fact.hold_id)
                day, model = (fact.day, fact.model) if hold is None or fact.day is not None else (hold.day, hold.model)
                found[fact.hold_id] = Settled(
                    hold_id=fact.hold_id,
                    amount=fact.amount,
                    cost_known=fact.cost_known,
                    day=day,
                    model=model,
                    before_credit=not funded,
                )
            case SettlementCorrected() if fact.hold_id in found:
                changes = {"amount": fact.amount, "corrected": True}
                found[fact.hold_id] = found[fact.hold_id].model_copy(update=changes)
            case _:
                pass
    return found


def to_correct(run_id: str, attempt: int | None, found: Sequence[Mapping[str, Settled]]) -> str:
    """The hold that is meant: that of the attempt, or the only one of the run whose cost is not known.

    `found` are the settlements of each ledger. Raises NothingToCorrect.
    """
    named = None if attempt is None else planning_hold_id(run_id, attempt)
    unknown = [each for ledger in found for each in ledger.values() if not each.cost_known]
    meant = [each for each in unknown if named in (None, each.hold_id)]
    left = [each for each in meant if not each.corrected] or meant
    names = [*dict.fromkeys(each.hold_id for each in left)]
    if len(names) != 1:
        raise NothingToCorrect(run_id, attempt, names)
    return names[0]


def correct(ledger: Ledger, found: Settled, amount: Micros, reason: str, now: datetime) -> list[LedgerEvent]:
    """The hold counts as `amount` from now on; said again, nothing. An overdraft pauses the scope, as a settlement's does.

    What was paused before stays so.
    """
    if found.cost_known or (found.corrected and found.amount == amount):
        return []
    corrected = SettlementCorrected(
        hold_id=found.hold_id,
        amount=amount,
        settled=found.amount,
        day=found.day,
        model=found.model,
        before_credit=found.before_credit,
        reason=reason,
    )
    facts: list[LedgerEvent] = [corrected, *expire(ledger, now)]
    available = fold(facts, ledger).available
    if amount > found.amount and available is not None and available < 0:
        return [*facts, *pause(ledger, OVERDRAFT)]
    return facts
