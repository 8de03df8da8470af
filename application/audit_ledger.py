"""One ledger as it is folded again: its links, what was available at each version, and which holds are not settled yet."""

from datetime import date
from typing import Any, NamedTuple, get_args

from planfold.application.ports import EventLog
from planfold.application.replay import Chain, Found, problem, readable
from planfold.domain import ledger as ledgers
from planfold.domain.holds import Purpose
from planfold.domain.ledger import HoldSettled, LedgerEvent
from planfold.domain.money import LARGEST
from planfold.domain.names import tenant_of
from planfold.domain.recorded import Recorded

LEDGER_EVENTS = get_args(LedgerEvent)
VERSIONS = 4_096
"""Versions of which it is kept in mind what was available; of an older one the ledger is read again."""


class Taken(NamedTuple):
    """A hold that was not settled yet."""

    amount: int
    purpose: Purpose
    released: bool = False


class ByHand(NamedTuple):
    """What an operator settled a hold at, and where that stands."""

    amount: int
    stream: str
    version: int
    name: str


class Unknown(NamedTuple):
    """What a hold counts as that was settled at a cost which nobody knew, and where it is counted."""

    amount: int
    day: date | None
    model: str | None
    before_credit: bool


class Book:
    """A ledger up to the event that was taken last; `taken` and `by_hand` are the holds of the runs that are looked at."""

    def __init__(self, stream: str, log: EventLog) -> None:
        self.stream, self.tenant, self._log = stream, tenant_of(stream), log
        self.scope = stream.partition("/ledger/")[2]
        self.chain, self.ledger = Chain(), ledgers.EMPTY
        self.last: Recorded[Any] | None = None
        self.broken = False
        """Whether there is an event that cannot be read or folded: what comes after it says nothing certain."""
        self.begun = self.seen = 0
        """The positions of its first two events. Whoever wrote the second had seen the first, as had all who wrote later."""
        self.taken: dict[str, Taken] = {}
        self.by_hand: dict[str, ByHand] = {}
        self.unknown: dict[str, Unknown] = {}
        """By hold; what was corrected since stays."""
        self.corrected: set[str] = set()
        """The holds of these whose cost was told by hand since."""
        self._held = 0
        self._settled: dict[str, int] | None = None
        self._available: dict[int, int | None] = {0: None}

    @property
    def version(self) -> int:
        return self.chain.version

    @property
    def available(self) -> int | None:
        """As the ledger's own, by a running sum: there may be thousands of open holds."""
        if not self.ledger.funded:
            return None
        left = self.ledger.credit + self.ledger.spent_before_credit - self.ledger.spent - self._held
        return max(left, -LARGEST)

    def available_at(self, version: int) -> int | None:
        """What was available once the event of that version was taken."""
        if version in self._available:
            return self._available[version]
        earlier = (item for item in readable(self._log, self.stream) if item.version <= version)
        return ledgers.fold(item.fact for item in earlier if isinstance(item.fact, LEDGER_EVENTS)).available

    def take(self, item: Recorded[Any]) -> Found:
        """What is wrong with the event by itself, which the ledger has then."""
        yield from self.chain.take(item)
        if not isinstance(item.fact, LEDGER_EVENTS):
            yield problem(item, "it does not belong into a ledger")
            return
        hold_id = getattr(item.fact, "hold_id", None)
        held = self._open(hold_id)
        if isinstance(item.fact, HoldSettled) and not item.fact.cost_known:
            self.unknown[item.fact.hold_id] = self._unknown(item.fact)
        try:
            self.ledger = ledgers.evolve(self.ledger, item.fact)
        except Exception:  # noqa: BLE001 - whatever somebody wrote who is no planfold
            self.broken = True
            yield problem(
                item, "it says what cannot follow from the events before it, so that nothing behind it is judged"
            )
            return
        self._held += self._open(hold_id) - held
        self.begun, self.seen = self.begun or item.position, self.seen or (item.position if self.last else 0)
        self.last = item
        self._available[item.version] = self.available
        if len(self._available) > VERSIONS:
            del self._available[next(iter(self._available))]
        if self._settled is not None and isinstance(item.fact, HoldSettled):
            self._settled.setdefault(item.fact.hold_id, item.version)

    def _unknown(self, settled: HoldSettled) -> Unknown:
        hold = self.ledger.holds.settleable(settled.hold_id)
        counted = settled if hold is None or settled.day is not None else hold
        return Unknown(settled.amount, counted.day, counted.model, not self.ledger.funded)

    def _open(self, hold_id: str | None) -> int:
        hold = None if hold_id is None else self.ledger.holds.open.get(hold_id)
        return 0 if hold is None else hold.amount

    def was_settled(self, hold_id: str, before: int) -> bool:
        """Whether the hold was settled before that version; asked for the first time, the ledger is read again."""
        if self._settled is None:
            self._settled = {}
            for item in readable(self._log, self.stream):
                if isinstance(item.fact, HoldSettled) and item.version <= self.version:
                    self._settled.setdefault(item.fact.hold_id, item.version)
        return self._settled.get(hold_id, before) < before
