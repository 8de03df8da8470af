"""One ledger as people read it, and its limits as people write them."""

import re
from datetime import UTC

from rich.text import Text

from planfold.application import BudgetStatus
from planfold.application.budget import OpenHold
from planfold.domain.canonical import is_text
from planfold.domain.ledger import LimitsChanged
from planfold.domain.money import micros_from_usd, usd
from planfold.domain.names import TENANT_SCOPE
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.options import DEFAULT_TENANT, of_tenant
from planfold.infrastructure.cli.screen import Screen, shown

NO_LIMIT = "none"
MOST_CHARACTERS = 256
"""Of a model's name."""
MOST_PERCENT = 100
MOST_HOLDS = 5
"""How many holds are listed."""


def print_status(screen: Screen, status: BudgetStatus, before: BudgetStatus | None = None, *, as_json: bool) -> None:
    """`before` is how it stood before a command, of which it is told if it recorded nothing or opened the ledger."""
    if as_json:
        opened = {} if before is None else {"ledger_opened": opens(status, before)}
        screen.json(status.model_dump(mode="json") | opened)
        return
    screen.line(shown(owner(status), "bold"))
    pairs: list[tuple[str, Text | str]] = []
    if status.budget_micros is None or status.remaining_micros is None:
        pairs.append(("granted", "nothing was ever granted, so no total limits it"))
    else:
        used = f" ({status.usage_percent} % used)" if status.usage_percent is not None else ""
        style = "red" if status.exhausted else "yellow" if status.alert_threshold_reached else "green"
        pairs.append(("granted", f"{usd(status.budget_micros)} USD"))
        pairs.append(("left", Text(f"{usd(status.remaining_micros)} USD{used}", style)))
    if status.limited and status.alert_threshold_reached:
        reached = f"reached: {status.alert_threshold_percent} % of what was granted are held or spent"
        pairs.append(("alert", Text(reached, "yellow")))
    pairs += _holds(status)
    if status.overdue:
        named_holds = ", ".join(hold.hold_id for hold in status.overdue[:MOST_HOLDS])
        pairs.append(("overdue", f"{named_holds}: given back, unless planfold budget extend keeps it"))
    pairs.append(("spent", f"{usd(status.spent_micros)} USD, {usd(status.spent_today_micros)} of it today (UTC)"))
    if limits := _limits(status.limits):
        pairs.append(("limits", limits))
    if status.paused is not None:
        pairs.append(("paused", shown(status.paused or "no reason given", "red")))
        pairs.append(("", f"to hold again: planfold budget resume {named(status)}"))
    screen.pairs(pairs)
    if before is not None and before.version == status.version:
        screen.line(Text("  nothing new was recorded", "dim"))


def owner(status: BudgetStatus) -> str:
    """Whose ledger it is, in words."""
    if status.scope == TENANT_SCOPE:
        return f"tenant {status.tenant}"
    return (
        f"{status.scope.replace(':', ' ', 1)}{'' if status.tenant == DEFAULT_TENANT else f' of tenant {status.tenant}'}"
    )


def named(status: BudgetStatus) -> str:
    """Whose ledger it is, as the arguments of `planfold budget`."""
    if status.scope == TENANT_SCOPE:
        return f"--tenant {status.tenant}"
    return f"{status.scope.partition(':')[2]}{of_tenant(status.tenant)}"


def opens(status: BudgetStatus, before: BudgetStatus) -> bool:
    """Whether there was no ledger before: perhaps a name that was mistyped."""
    return before.version == 0 < status.version


def changed_limits(
    limits: LimitsChanged, per_run: str | None, per_day: str | None, per_model: list[str], alert: str | None
) -> LimitsChanged:
    """`limits` with what is named; `none` lifts one. Raises InvalidMoney, Refused."""
    models = dict(limits.per_model)
    for named in per_model:
        model, equals, amount = named.rpartition("=")
        if not equals or not model:
            raise Refused(f"{named[:40]!r} limits no model: write it as MODEL=USD, as gpt-5=2.50, or MODEL=none")
        if len(model) > MOST_CHARACTERS or not is_text(model):
            raise Refused(f"{model[:40]!r} is no name of a model: at most {MOST_CHARACTERS} characters of text can be")
        if amount == NO_LIMIT:
            models.pop(model, None)
        else:
            models[model] = micros_from_usd(amount)
    return LimitsChanged(
        per_run=_changed(limits.per_run, per_run),
        per_day=_changed(limits.per_day, per_day),
        per_model=models,
        alert_percent=limits.alert_percent if alert is None else _percent(alert),
    )


def _percent(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MOST_PERCENT:
        raise Refused(
            f"--alert {text[:40]!r} is not a whole percentage from 1 to {MOST_PERCENT}; an alert cannot be turned off, "
            f"with {MOST_PERCENT} it comes when nothing is left"
        )
    return int(text)


def _changed(limit: int | None, named: str | None) -> int | None:
    if named is None:
        return limit
    return None if named == NO_LIMIT else micros_from_usd(named)


def _holds(status: BudgetStatus) -> list[tuple[str, Text | str]]:
    """What is held in all, then for what, the first to end first."""
    told = [f"{usd(hold.amount_micros)} USD for {hold.hold_id}, {_until(hold)}" for hold in status.holds]
    if len(told) == 1:
        return [("held", told[0])]
    more = [f"and {len(told) - MOST_HOLDS} more: --json names them all"] if len(told) > MOST_HOLDS else []
    return [("held", f"{usd(status.held_micros)} USD"), *(("", each) for each in told[:MOST_HOLDS] + more)]


def _until(hold: OpenHold) -> str:
    if hold.expires_at is None:
        return "until its call is settled"
    return f"until {hold.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _limits(limits: LimitsChanged) -> str:
    models = [(f"a day by {model}", limit) for model, limit in limits.per_model.items()]
    named = [("a run", limits.per_run), ("a day", limits.per_day), *models]
    told = [f"{usd(limit)} USD {what}" for what, limit in named if limit is not None]
    alert = [f"alert at {limits.alert_percent} %"] if limits.alert_percent != LimitsChanged().alert_percent else []
    return ", ".join(told + alert)
