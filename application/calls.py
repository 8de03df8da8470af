"""One request to a planner, and what the ledgers are told of it."""

from dataclasses import dataclass
from datetime import datetime

from planfold.application.generation import Settlement
from planfold.domain.ledger import Ledger, LedgerEvent
from planfold.domain.planner import PlannerIdentity
from planfold.domain.spending import release_unsent, settle, spend_unheld


@dataclass(frozen=True)
class Call:
    """One request to a planner, under way; `held` says whether a ledger holds its worst case."""

    attempt: int
    planner: PlannerIdentity
    hold_id: str
    held: bool
    worst: int | None
    started: datetime
    prompt_digest: str | None = None
    """Of what the planner is told, which can be had by it."""

    @property
    def is_free(self) -> bool:
        return self.worst == 0

    def charged(self, cost: int | None) -> int:
        return (self.worst or 0) if cost is None else cost

    def settlement(self, cost: int | None) -> Settlement | None:
        """What the ledgers are told of a call that was sent; one that was to be free, and was not, is told too."""
        if self.held:
            return settled(self.hold_id, cost)
        return spent(self.hold_id, cost, self.planner.model) if cost else None


def settled(hold_id: str, cost: int | None) -> Settlement:
    def settlement(ledger: Ledger, now: datetime) -> list[LedgerEvent]:
        return settle(ledger, hold_id, cost, now)

    return settlement


def spent(hold_id: str, cost: int, model: str | None) -> Settlement:
    def settlement(ledger: Ledger, now: datetime) -> list[LedgerEvent]:
        return spend_unheld(ledger, hold_id, cost, now, model)

    return settlement


def released(hold_id: str) -> Settlement:
    def settlement(ledger: Ledger, _now: datetime) -> list[LedgerEvent]:
        return release_unsent(ledger, hold_id)

    return settlement
