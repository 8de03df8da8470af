"""What a decision on money says, against itself: its verdict, what stood against it, its hold, the price of its plan."""

from planfold.application.replay import Found, problem
from planfold.domain.holds import execution_hold_id
from planfold.domain.inspection import Draft
from planfold.domain.plan_generation import BudgetChecked
from planfold.domain.pricing import worst_case
from planfold.domain.recorded import Recorded


def decision(item: Recorded[BudgetChecked], run_id: str, draft: Draft | None) -> Found:
    """What is wrong with it; `draft` is the one that it is about, as it could be inspected again."""
    checked = item.fact
    yield from _obstacle(item, checked)
    yield from _hold(item, checked, execution_hold_id(run_id))
    if checked.purpose == "execution":
        yield from _price(item, checked, draft)


def _obstacle(item: Recorded[BudgetChecked], checked: BudgetChecked) -> Found:
    """Something stood against it exactly if it was refused."""
    if checked.verdict == "refused":
        if checked.breach is None:
            yield problem(item, "it was refused, and does not tell what stood against it")
        return
    against = (
        checked.breach
        or (None if checked.limit is None else f"a limit of {checked.limit} micro-USD")
        or (None if checked.used is None else f"{checked.used} micro-USD that were used")
        or checked.scope
    )
    if against is not None:
        yield problem(item, f"it was allowed, and tells what stood against it: {against}")


def _hold(item: Recorded[BudgetChecked], checked: BudgetChecked, own: str) -> Found:
    """The hold that it names is the one that the run has on its ledgers."""
    if checked.hold_id is None:
        return
    if checked.verdict == "refused":
        yield problem(item, f"it was refused, and names {checked.hold_id} as its hold")
    elif checked.hold_id != own:
        yield problem(item, f"it names {checked.hold_id} as its hold, that of its run is {own}")


def _price(item: Recorded[BudgetChecked], checked: BudgetChecked, draft: Draft | None) -> Found:
    """The worst case of the accepted plan is what was checked, where its skills all have a price."""
    if draft is None or draft.plan is None or not draft.rules.is_of_these_libraries:
        return
    needed = worst_case(draft.plan, draft.manifest)
    if needed is not None and needed != checked.needed:
        yield problem(item, f"{checked.needed} micro-USD were checked, and its plan costs {needed} at most")
