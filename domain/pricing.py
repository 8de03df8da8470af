"""What running a plan may cost at most, from what its skills declare."""

from planfold.domain.money import LARGEST, Micros
from planfold.domain.plan import Plan, Step
from planfold.domain.skill import Manifest


def worst_case(plan: Plan, manifest: Manifest, unknown_price: Micros | None = None) -> Micros | None:
    """The sum over all steps of cost x (1 + retry_count) x max_iterations, in micro-USD.

    A skill without a price, or not in the manifest, costs `unknown_price` a call; if that is not configured, the whole
    is None: unknown, never 0. Beyond LARGEST it is LARGEST, which is more than a ledger can ever be granted.
    """
    total = 0
    for step in plan.steps:
        price = _price(step, manifest, unknown_price)
        if price is None:
            return None
        total += price * most_calls(step)
    return min(total, LARGEST)


def most_calls(step: Step) -> int:
    """How often the step may call its skill, whatever it does about errors; 0 if it loops over nothing."""
    return (1 + step.retry_count) * (1 if step.loop is None else step.loop.max_iterations)


def _price(step: Step, manifest: Manifest, unknown_price: Micros | None) -> Micros | None:
    skill = manifest.by_name.get(step.skill)
    return skill.cost if skill is not None and skill.cost is not None else unknown_price
