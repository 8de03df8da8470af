"""What a host does with money: one agent's ledger or a whole tenant's, read and written by name."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import computed_field

from planfold.application.clocks import in_utc
from planfold.application.errors import RunUnknown
from planfold.application.ledgers import Book, Decision, Ledgers
from planfold.application.ports import Clock
from planfold.domain import ledger as domain
from planfold.domain import spending
from planfold.domain.corrections import correct, settlements, to_correct
from planfold.domain.errors import UnknownHold
from planfold.domain.frozen import Frozen
from planfold.domain.holds import Hold, Purpose, execution_hold_id
from planfold.domain.ledger import Ledger, LedgerEvent, LimitsChanged
from planfold.domain.money import cents, micros
from planfold.domain.names import TENANT_SCOPE, agent_scope, identifier
from planfold.domain.plan_generation import BudgetChecked
from planfold.domain.spending import after_expiry
from planfold.domain.texts import recorded_text


class OpenHold(Frozen):
    """Credit set aside; `expires_at` is None for a planning hold, which has no end."""

    hold_id: str
    purpose: Purpose
    amount_micros: int
    expires_at: datetime | None


class BudgetStatus(Frozen):
    """One ledger as it stands, in micro-USD, with whole cents (rounded down) beside them for the outer API.

    `limited` is False where no credit was ever granted: then budget and remaining are None, which is not 0.
    """

    tenant: str
    scope: str
    limited: bool
    budget_micros: int | None
    spent_micros: int
    held_micros: int
    remaining_micros: int | None
    usage_percent: int | None
    exhausted: bool
    alert_threshold_percent: int
    alert_threshold_reached: bool
    spent_today_micros: int
    paused: str | None
    limits: LimitsChanged
    open_holds: tuple[str, ...]
    holds: tuple[OpenHold, ...]
    """The open holds whole, in the order in which they end."""
    overdue: tuple[OpenHold, ...]
    """Those whose end has come: given back in the figures above, closed by the next decision, kept by `extend` alone."""
    version: int
    """How many events the ledger has; 0 where there is none."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def budget_cents(self) -> int | None:
        return None if self.budget_micros is None else cents(self.budget_micros)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def spent_cents(self) -> int:
        return cents(self.spent_micros)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def held_cents(self) -> int:
        return cents(self.held_micros)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def remaining_cents(self) -> int | None:
        return None if self.remaining_micros is None else cents(self.remaining_micros)


class Budgets:
    """The money of one tenant's agents; `agent_id=None` is the tenant's own ledger, which limits all of them.

    A command carries an id of its own (`grant_id`): repeated, it records nothing. One that records something closes
    overdue holds in the same save. Secrets in reasons are replaced.
    """

    def __init__(self, ledgers: Ledgers, clock: Clock, tenant: str = "default") -> None:
        self._ledgers, self._clock, self.tenant = ledgers, clock, identifier(tenant, "tenant")

    def get_status(self, agent_id: str | None, *, as_of: datetime | None = None) -> BudgetStatus:
        """The ledger as it stands, or as it stood at `as_of`, in UTC if it names no zone. Raises NotYetRecorded."""
        then = in_utc(as_of)
        if then is None:
            return self._status(self._ledgers.open(self.tenant, _scope(agent_id)))
        book = self._ledgers.as_of(self.tenant, _scope(agent_id), then)
        return self._status(book, min(then, self._clock.now()))

    def grant(self, agent_id: str | None, amount_micros: int, grant_id: str, reason: str = "") -> BudgetStatus:
        """`amount_micros` more may be spent. Raises LedgerRuleBroken, InvalidText."""
        identifier(grant_id, "grant")
        text = recorded_text(reason, "reason")
        return self._decide(agent_id, lambda ledger: domain.grant(ledger, grant_id, amount_micros, text), grant_id)

    def revoke(self, agent_id: str | None, amount_micros: int, grant_id: str, reason: str = "") -> BudgetStatus:
        """`amount_micros` less may be spent; never more than is available. Raises LedgerRuleBroken, InvalidText."""
        identifier(grant_id, "revocation")
        text = recorded_text(reason, "reason")
        return self._decide(agent_id, lambda ledger: domain.revoke(ledger, grant_id, amount_micros, text), grant_id)

    def limits(self, agent_id: str | None, limits: LimitsChanged) -> BudgetStatus:
        """These limits hold from now on, in place of those before."""
        return self._decide(agent_id, lambda ledger: domain.change_limits(ledger, limits), "limits")

    def change_limits(self, agent_id: str | None, change: Callable[[LimitsChanged], LimitsChanged]) -> BudgetStatus:
        """What `change` makes of the limits that hold now is what holds from now on.

        It is called again if somebody else changed the ledger meanwhile, so that nobody's change is lost.
        Raises LedgerContended, and what `change` raises.
        """
        return self._decide(agent_id, lambda ledger: domain.change_limits(ledger, change(ledger.limits)), "limits")

    def pause(self, agent_id: str | None, reason: str = "") -> BudgetStatus:
        """No new hold is granted until it is resumed. Raises InvalidText."""
        text = recorded_text(reason, "reason")
        return self._decide(agent_id, lambda ledger: domain.pause(ledger, text), "pause")

    def resume(self, agent_id: str | None, reason: str = "") -> BudgetStatus:
        """Raises InvalidText."""
        text = recorded_text(reason, "reason")
        return self._decide(agent_id, lambda ledger: domain.resume(ledger, text), "resume")

    def settle(self, agent_id: str, run_id: str, cost_micros: int | None) -> BudgetStatus:
        """The run's hold is settled at its true cost (None: in full), on the agent's ledger and the tenant's.

        That is the open hold of a planner call, if the process that made the call is gone, else the execution hold,
        which may have ended too. What is settled already stays. Raises RunUnknown, UnknownHold, InvalidMoney.
        """
        checked = self._checked(agent_id, run_id, "settle")
        cost = None if cost_micros is None else micros(cost_micros, "a cost")

        def settled(books: Mapping[str, Book], now: datetime) -> Mapping[str, Sequence[LedgerEvent]]:
            hold_id = _hold_of(run_id, books, checked, "settle")
            return self._ledgers.settlement(books, checked, hold_id, cost, now)

        return self._both(agent_id, settled, "settle")

    def correct(
        self, agent_id: str, run_id: str, cost_micros: int, *, attempt: int | None = None, reason: str = ""
    ) -> BudgetStatus:
        """What was settled at an unknown cost counts as `cost_micros` from now on, on the agent's ledger and the tenant's.

        That is the planner call of `attempt`, or the only hold of the run of which it is so; said again, nothing is
        recorded. Reads all events of both ledgers. Raises RunUnknown, UnknownHold, NothingToCorrect, InvalidMoney,
        InvalidText.
        """
        self._checked(agent_id, run_id, "correct")
        cost, text = micros(cost_micros, "a cost"), recorded_text(reason, "reason")

        def corrected(books: Mapping[str, Book], now: datetime) -> Mapping[str, Sequence[LedgerEvent]]:
            found = {scope: settlements(self._ledgers.history(book), run_id) for scope, book in books.items()}
            hold_id = to_correct(run_id, attempt, [*found.values()])
            return {
                scope: correct(books[scope].ledger, settled[hold_id], cost, text, now)
                for scope, settled in found.items()
                if hold_id in settled
            }

        return self._both(agent_id, corrected, "correct")

    def release(self, agent_id: str, run_id: str, reason: str) -> BudgetStatus:
        """The run's execution hold is given back, nothing was spent.

        The hold of a planner call is not: settle it. Raises RunUnknown, UnknownHold, HoldIsPlanning, InvalidText.
        """
        checked, text = self._checked(agent_id, run_id, "release"), recorded_text(reason, "reason")

        def released(books: Mapping[str, Book], now: datetime) -> Mapping[str, Sequence[LedgerEvent]]:
            hold_id = _hold_of(run_id, books, checked, "release")
            return {
                scope: after_expiry(
                    book.ledger, now, lambda ledger: spending.release(ledger, hold_id, text), but=hold_id
                )
                for scope, book in books.items()
            }

        return self._both(agent_id, released, "release")

    def extend(self, agent_id: str, run_id: str, expires_at: datetime) -> BudgetStatus:
        """The run's execution hold lasts until then, on both ledgers; an overdue one too, while nothing has closed it.

        Raises RunUnknown, UnknownHold, HoldIsPlanning, ExpiryPassed.
        """
        checked = self._checked(agent_id, run_id, "extend")

        def extended(books: Mapping[str, Book], now: datetime) -> Mapping[str, Sequence[LedgerEvent]]:
            hold_id = _hold_of(run_id, books, checked, "extend")
            taken = {scope: book.ledger for scope, book in books.items() if hold_id in book.ledger.holds.open}
            both = {seen.scope for seen in checked.ledgers} if checked is not None else set()
            if not taken or both - taken.keys():  # it is extended wherever it was taken, or nowhere
                raise UnknownHold(hold_id, "extend")
            return {
                scope: after_expiry(ledger, now, lambda it: spending.extend(it, hold_id, expires_at, now), but=hold_id)
                for scope, ledger in taken.items()
            }

        return self._both(agent_id, extended, "extend")

    def _decide(self, agent_id: str | None, decide: Callable[[Ledger], list[LedgerEvent]], cause: str) -> BudgetStatus:
        scope = _scope(agent_id)

        def decided(books: Mapping[str, Book], now: datetime) -> Mapping[str, Sequence[LedgerEvent]]:
            return {scope: after_expiry(books[scope].ledger, now, decide)}

        return self._status(self._ledgers.transact(self.tenant, [scope], decided, cause)[scope])

    def _checked(self, agent_id: str, run_id: str, deed: str) -> BudgetChecked | None:
        """What the run recorded of its budget. Raises RunUnknown, and UnknownHold if it is another agent's."""
        run = self._ledgers.run(self.tenant, identifier(run_id, "run"))
        if run.context is None:
            raise RunUnknown(self.tenant, run_id)
        if run.context.agent_id != identifier(agent_id, "agent"):
            raise UnknownHold(execution_hold_id(run_id), deed)
        return run.budget

    def _both(self, agent_id: str, decide: Decision, deed: str) -> BudgetStatus:
        """The agent's status after a decision by hand, which names no run as its cause: so the audit knows it."""
        scopes = [agent_scope(agent_id), TENANT_SCOPE]
        return self._status(self._ledgers.transact(self.tenant, scopes, decide, deed)[scopes[0]])

    def _status(self, book: Book, then: datetime | None = None) -> BudgetStatus:
        now = then or self._clock.now()
        today, ledger = now.date(), domain.fold(spending.expire(book.ledger, now), book.ledger)
        overdue = {hold_id: book.ledger.holds.open[hold_id] for hold_id in book.ledger.holds.overdue(now)}
        return BudgetStatus(
            tenant=self.tenant,
            scope=book.scope,
            limited=ledger.funded,
            budget_micros=ledger.granted - ledger.revoked if ledger.funded else None,
            spent_micros=ledger.spent,
            held_micros=ledger.held,
            remaining_micros=ledger.available,
            usage_percent=ledger.usage_percent,
            exhausted=ledger.exhausted,
            alert_threshold_percent=ledger.limits.alert_percent,
            alert_threshold_reached=ledger.alert_reached,
            spent_today_micros=ledger.spent_today(today),
            paused=ledger.paused,
            limits=ledger.limits,
            open_holds=tuple(sorted(ledger.holds.open)),
            holds=_in_order(ledger.holds.open),
            overdue=_in_order(overdue),
            version=book.head.version,
        )


def _in_order(holds: Mapping[str, Hold]) -> tuple[OpenHold, ...]:
    told = [
        OpenHold(hold_id=hold_id, purpose=hold.purpose, amount_micros=hold.amount, expires_at=hold.expires_at)
        for hold_id, hold in holds.items()
    ]
    return tuple(sorted(told, key=lambda hold: (hold.expires_at is None, hold.expires_at, hold.hold_id)))


def _hold_of(run_id: str, books: Mapping[str, Book], checked: BudgetChecked | None, deed: str) -> str:
    """The one hold that a run has open, else that of its execution. Raises UnknownHold if that was never taken."""
    found = {hold_id for book in books.values() for hold_id in book.ledger.holds.open if _is_of(hold_id, run_id)}
    execution = execution_hold_id(run_id)
    if not found and (checked is None or checked.hold_id != execution):
        raise UnknownHold(execution, deed)
    return min(found, default=execution)


def _is_of(hold_id: str, run_id: str) -> bool:
    return hold_id.rpartition("/")[0] == run_id


def _scope(agent_id: str | None) -> str:
    return TENANT_SCOPE if agent_id is None else agent_scope(identifier(agent_id, "agent"))
