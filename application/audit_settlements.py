"""What a hold was settled at, against what the run's record says that it cost."""

from planfold.application.audit_ledger import Book, ByHand, Taken
from planfold.application.audit_record import RunCase, Said
from planfold.application.replay import Found, mismatch, remark
from planfold.domain.holds import execution_hold_id
from planfold.domain.ledger import HoldSettled, SettlementCorrected
from planfold.domain.recorded import Recorded


def settlement(book: Book, item: Recorded[HoldSettled], taken: Taken | None, case: RunCase) -> Found:
    """The hold was settled once, at what the run says; what an operator settled is kept in mind until the run says it."""
    fact, said = item.fact, case.said.get(item.fact.hold_id)
    by_hand = item.correlation_id != case.run_id  # what the run itself records names the run as its cause
    # A call that was to be free took no hold, and is settled by the run alone.
    may_be_unheld = not by_hand and fact.hold_id != execution_hold_id(case.run_id)
    if taken is None and not (may_be_unheld and not book.was_settled(fact.hold_id, item.version)):
        yield mismatch(item, _not_held(book, item), case.run_id)
    elif said is not None:
        yield from _as_said(item, fact, taken, said, case, by_hand=by_hand)
    elif by_hand:
        book.by_hand[fact.hold_id] = ByHand(fact.amount, item.stream, item.version, item.name)
    else:
        yield mismatch(item, f"it settles {fact.hold_id}, of which the record of the run says nothing", case.run_id)


def _not_held(book: Book, item: Recorded[HoldSettled]) -> str:
    hold_id = item.fact.hold_id
    twice = book.was_settled(hold_id, item.version)
    return f"it settles {hold_id}, which {'was settled before' if twice else 'was never held'}"


def _as_said(
    item: Recorded[HoldSettled], fact: HoldSettled, taken: Taken | None, said: Said, case: RunCase, *, by_hand: bool
) -> Found:
    held = fact.amount if taken is None else taken.amount
    cost = held if said.cost is None else said.cost
    if fact.amount != cost and by_hand:
        yield from settled_by_hand(
            ByHand(fact.amount, item.stream, item.version, item.name), fact.hold_id, said, case.run_id
        )
    elif fact.amount != cost:
        yield mismatch(item, f"it settles {fact.hold_id} at {fact.amount}, the run says {cost}", case.run_id)
    elif fact.cost_known != said.known and not by_hand:
        known = "known" if fact.cost_known else "unknown"
        yield mismatch(
            item, f"it settles {fact.hold_id} at a cost that is {known}, the run says otherwise", case.run_id
        )


def settled_by_hand(done: ByHand, hold_id: str, said: Said, run_id: str) -> Found:
    """An operator was first; where the run says another cost, that is told."""
    if said.cost is not None and said.cost != done.amount:
        told = f"{hold_id} was settled by hand at {done.amount} micro-USD; the run says {said.cost}"
        yield remark(done, told, run_id)


def correction(book: Book, item: Recorded[SettlementCorrected], run_id: str) -> Found:
    """It corrects what stood there, of a cost that was not known, and is told."""
    corrected, stood = item.fact, book.unknown.get(item.fact.hold_id)
    if stood is None:
        yield mismatch(item, f"it corrects {corrected.hold_id}, which was not settled at an unknown cost", run_id)
        return
    if stood != (corrected.settled, corrected.day, corrected.model, corrected.before_credit):
        yield mismatch(
            item, f"it corrects {corrected.hold_id} as it did not stand: it counted as {stood.amount}", run_id
        )
    else:
        why = f" ({corrected.reason})" if corrected.reason else ""
        unknown = "" if corrected.hold_id in book.corrected else "the unknown "
        told = f"from {unknown}{stood.amount} to {corrected.amount} micro-USD{why}"
        yield remark(item, f"{corrected.hold_id} was corrected by hand {told}", run_id)
    book.unknown[corrected.hold_id] = stood._replace(amount=corrected.amount)
    book.corrected.add(corrected.hold_id)
