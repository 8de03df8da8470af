"""What a caller asks for: one plan for one run."""

from dataclasses import dataclass, field

from planfold.domain.canonical import is_text
from planfold.domain.errors import InvalidGoal, InvalidMoney
from planfold.domain.money import LARGEST, MICROS_PER_CENT
from planfold.domain.names import identifier


@dataclass(frozen=True)
class PlanGenerationContext:
    """The goal of one run of one agent; checked when it is made, before anything is recorded.

    `agent_budget_cents` caps what this run may hold, beside the ledgers; None is no cap, 0 is nothing left.
    Raises InvalidIdentifier, InvalidGoal, InvalidMoney.
    """

    agent_id: str
    goal: str
    run_id: str
    agent_budget_cents: int | None = None
    tenant: str = field(default="default", kw_only=True)

    def __post_init__(self) -> None:
        identifier(self.tenant, "tenant")
        identifier(self.agent_id, "agent")
        identifier(self.run_id, "run")
        if not isinstance(self.goal, str):
            raise InvalidGoal(f"the goal is {type(self.goal).__name__} and no text; say in a sentence what to reach")
        if not self.goal.strip():
            raise InvalidGoal("the goal is empty; say in a sentence what the agent is to reach")
        if not is_text(self.goal):
            raise InvalidGoal("the goal holds a NUL character or a lone surrogate, which no store keeps; remove it")
        budget = self.agent_budget_cents
        most = LARGEST // MICROS_PER_CENT
        if budget is not None and (type(budget) is not int or not 0 <= budget <= most):  # True is no amount
            raise InvalidMoney(f"an agent budget of {budget!r:.40} cents is not a whole number from 0 to {most}")
