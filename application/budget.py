"""What a host does with money: one agent's ledger or a whole tenant's, read and written by name."""

from collections.abc import Callable
from datetime import datetime

from pydantic import computed_field

from planfold.application.ledgers import Book, Ledgers
from planfold.application.ports import Clock
from planfold.domain import ledger as domain
from planfold.domain import spending
from planfold.domain.errors import UnknownHold
from planfold.domain.frozen import Frozen
from planfold.domain.holds import execution_hold_id
from planfold.domain.ledger import Ledger, LedgerEvent, LimitsChanged
from planfold.domain.money import cents
from planfold.domain.names import TENANT_SCOPE, agent_scope, identifier
from planfold.domain.secrets import redact_text


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
    version: int

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


class BudgetTracker:
    """The money of one tenant's agents; `agent_id=None` is the tenant's own ledger, which limits all of them.

    A command carries an id of its own (`grant_id`): repeated, it records nothing. Secrets in reasons are replaced.
    """

    def __init__(self, ledgers: Ledgers, clock: Clock, tenant: str = "default") -> None:
        self._ledgers, self._clock, self.tenant = ledgers, clock, identifier(tenant, "tenant")

    def get_status(self, agent_id: str | None) -> BudgetStatus:
        return self._status(self._ledgers.open(self.tenant, _scope(agent_id)))

    def grant(self, agent_id: str | None, amount_micros: int, grant_id: str, reason: str = "") -> BudgetStatus:
        """`amount_micros` more may be spent. Raises LedgerRuleBroken."""
        identifier(grant_id, "grant")
        return self._decide(
            agent_id, lambda book, _: domain.grant(book, grant_id, amount_micros, redact_text(reason)), grant_id
        )

    def revoke(self, agent_id: str | None, amount_micros: int, grant_id: str, reason: str = "") -> BudgetStatus:
        """`amount_micros` less may be spent; never more than is available. Raises LedgerRuleBroken."""
        identifier(grant_id, "revocation")
        return self._decide(
            agent_id, lambda book, _: domain.revoke(book, grant_id, amount_micros, redact_text(reason)), grant_id
        )

    def limits(self, agent_id: str | None, limits: LimitsChanged) -> BudgetStatus:
        """These limits hold from now on, in place of those before."""
        return self._decide(agent_id, lambda book, _: domain.change_limits(book, limits), "limits")

    def change_limits(self, agent_id: str | None, change: Callable[[LimitsChanged], LimitsChanged]) -> BudgetStatus:
        """What `change` makes of the limits that hold now is what holds from now on.

        It is called again if somebody else changed the ledger meanwhile, so that nobody's change is lost.
        Raises LedgerContended, and what `change` raises.
        """
        return self._decide(agent_id, lambda book, _: domain.change_limits(book, change(book.limits)), "limits")

    def pause(self, agent_id: str | None, reason: str = "") -> BudgetStatus:
        """No new hold is granted until it is resumed."""
        return self._decide(agent_id, lambda book, _: domain.pause(book, redact_text(reason)), "pause")

    def resume(self, agent_id: str | None, reason: str = "") -> BudgetStatus:
        return self._decide(agent_id, lambda book, _: domain.resume(book, redact_text(reason)), "resume")

    def settle(self, agent_id: str, run_id: str, cost_micros: int | None) -> BudgetStatus:
        """The run's execution hold is settled at its true cost (None: in full), on the agent's ledger and the tenant's."""
        hold_id = execution_hold_id(run_id)
        return self._both(agent_id, lambda book, now: spending.settle(book, hold_id, cost_micros, now), run_id)

    def release(self, agent_id: str, run_id: str, reason: str) -> BudgetStatus:
        """The run's execution hold is given back, nothing was spent."""
        return self._both(
            agent_id, lambda book, _: spending.release(book, execution_hold_id(run_id), redact_text(reason)), run_id
        )

    def extend(self, agent_id: str, run_id: str, expires_at: datetime) -> BudgetStatus:
        """The run's execution hold lasts until then. Raises UnknownHold."""
        hold_id = execution_hold_id(run_id)

        def extended(ledger: Ledger, now: datetime) -> list[LedgerEvent]:
            return spending.extend(ledger, hold_id, expires_at, now) if hold_id in ledger.holds.open else []

        status = self._both(agent_id, extended, run_id)
        if hold_id not in status.open_holds:
            raise UnknownHold(hold_id)
        return status

    def _decide(
        self, agent_id: str | None, decide: Callable[[Ledger, datetime], list[LedgerEvent]], cause: str
    ) -> BudgetStatus:
        scope = _scope(agent_id)
        return self._status(self._ledgers.transact(self.tenant, [scope], decide, cause)[scope])

    def _both(
        self, agent_id: str, decide: Callable[[Ledger, datetime], list[LedgerEvent]], run_id: str
    ) -> BudgetStatus:
        if not self._ledgers.is_of(self.tenant, identifier(run_id, "run"), identifier(agent_id, "agent")):
            raise UnknownHold(execution_hold_id(run_id))
        scopes = [agent_scope(agent_id), TENANT_SCOPE]
        return self._status(self._ledgers.transact(self.tenant, scopes, decide, run_id)[scopes[0]])

    def _status(self, book: Book) -> BudgetStatus:
        now = self._clock.now()
        today, ledger = now.date(), domain.fold(spending.expire(book.ledger, now), book.ledger)
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
            version=book.head.version,
        )


def _scope(agent_id: str | None) -> str:
    return TENANT_SCOPE if agent_id is None else agent_scope(identifier(agent_id, "agent"))
