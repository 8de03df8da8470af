"""What a settlement does beside what was asked: a cost above its hold can pause the ledgers that limit an agent."""

from planfold.application.budget import Budgets
from planfold.infrastructure.cli.account import named, owner


class Pauses:
    """The ledgers of an agent and of its tenant, as they stood before a settlement."""

    def __init__(self, tracker: Budgets, agent: str) -> None:
        self._tracker = tracker
        self._before = {whose: tracker.get_status(whose) for whose in (agent, None)}

    def holds_for(self, hold_id: str) -> bool:
        """Whether any of them had that hold open."""
        return any(hold_id in status.open_holds for status in self._before.values())

    def told(self) -> list[str]:
        """A sentence for each of them that is paused since."""
        after = [self._tracker.get_status(whose) for whose, before in self._before.items() if before.paused is None]
        return [
            f"{owner(status)} has overdrawn its budget and is paused: plans that need money are refused; grant more, "
            f"then run: planfold budget resume {named(status)}"
            for status in after
            if status.paused is not None
        ]
