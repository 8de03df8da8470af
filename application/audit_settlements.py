"""What a run's record says was spent, against what its ledgers were told."""

from planfold.application.replay import Found, History, Run, problem, remark
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.ledger import CreditHeld, HoldReleased, HoldSettled, LedgerEvent, SettlementCorrected
from planfold.domain.plan_generation import DraftFailed, PlanDrafted, PlanEvent, RunReported
from planfold.domain.recorded import Recorded

Said = tuple[Recorded[PlanEvent], int | None]
"""Where the record says it, and the cost in micro-USD; None: all that was held."""


def said(events: Run, run_id: str) -> dict[str, Said]:
    """What each hold of the run was to be settled at, as the run's record says."""
    found: dict[str, Said] = {}
    for item in events:
        match item.fact:
            case PlanDrafted() | DraftFailed() as attempted:
                found[planning_hold_id(run_id, attempted.attempt)] = (item, attempted.charged_micros)
            case RunReported() as reported:
                found[execution_hold_id(run_id)] = (item, reported.cost_micros)
            case _:
                pass
    return found


def by_hand(entry: Recorded[LedgerEvent], hold_id: str, run_id: str) -> bool:
    """Whether an operator settled the hold: what the run itself records names the run as its cause."""
    return isinstance(entry.fact, HoldSettled) and entry.fact.hold_id == hold_id and entry.correlation_id != run_id


def settlements(events: Run, run_id: str, stream: str, history: History) -> Found:
    """Each hold was settled at what the record says; where somebody settled it by hand, that is told."""
    expected, amounts, unsettled = said(events, run_id), dict[str, int](), set[str]()
    for entry in history:
        match entry.fact:
            case CreditHeld(run_id=holder) as held if holder == run_id:
                amounts[held.hold_id] = held.amount
                unsettled.add(held.hold_id)
            case HoldReleased() as released if released.hold_id != execution_hold_id(run_id):
                unsettled.discard(released.hold_id)
            case HoldSettled() as settled if settled.hold_id in expected:
                unsettled.discard(settled.hold_id)
                cost = expected[settled.hold_id][1]
                cost = amounts.get(settled.hold_id, settled.amount) if cost is None else cost
                if settled.amount == cost:
                    continue
                if by_hand(entry, settled.hold_id, run_id):
                    told = f"{settled.hold_id} was settled by hand at {settled.amount} micro-USD; the run says {cost}"
                    yield remark(entry, told)
                else:
                    yield problem(entry, f"it settles {settled.hold_id} at {settled.amount}, the run says {cost}")
            case _:
                pass
    for hold_id in sorted(unsettled & expected.keys()):
        yield problem(expected[hold_id][0], f"{stream} was never told what {hold_id} cost; settle it")
    yield from _corrections(run_id, history)


def _corrections(run_id: str, history: History) -> Found:
    """Each corrects what stood there, of a cost that was not known, and is told."""
    unknown: dict[str, int] = {}
    for entry in history:
        match entry.fact:
            case HoldSettled(cost_known=False) as settled if settled.hold_id.rpartition("/")[0] == run_id:
                unknown[settled.hold_id] = settled.amount
            case SettlementCorrected() as corrected if corrected.hold_id.rpartition("/")[0] == run_id:
                if unknown.get(corrected.hold_id) != corrected.settled:
                    stood = unknown.get(corrected.hold_id, "no unknown cost")
                    yield problem(entry, f"it corrects {corrected.hold_id} from {corrected.settled}, there was {stood}")
                else:
                    why = f" ({corrected.reason})" if corrected.reason else ""
                    told = f"from the unknown {corrected.settled} to {corrected.amount} micro-USD{why}"
                    yield remark(entry, f"{corrected.hold_id} was corrected by hand {told}")
                unknown[corrected.hold_id] = corrected.amount
            case _:
                pass
