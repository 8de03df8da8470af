"""One ledger as people read it, and its limits as people write them."""

from rich.text import Text

from planfold.application import BudgetStatus
from planfold.domain.ledger import LimitsChanged
from planfold.domain.money import micros_from_usd, usd
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.screen import Screen, shown

NO_LIMIT = "none"


def print_status(screen: Screen, status: BudgetStatus, *, as_json: bool, repeated: bool = False) -> None:
    """`repeated` says that the command recorded nothing, since all of it had been done before."""
    if as_json:
        screen.json(status.model_dump(mode="json"))
        return
    whose = f"tenant {status.tenant}" if status.scope == "tenant" else f"{status.scope.replace(':', ' ', 1)}"
    beside = "" if status.scope == "tenant" or status.tenant == "default" else f" of tenant {status.tenant}"
    screen.line(shown(f"{whose}{beside}", "bold"))
    pairs: list[tuple[str, Text | str]] = []
    if status.budget_micros is None or status.remaining_micros is None:
        pairs.append(("granted", "nothing was ever granted, so no total limits it"))
    else:
        used = f" ({status.usage_percent} % used)" if status.usage_percent is not None else ""
        style = "red" if status.exhausted else "yellow" if status.alert_threshold_reached else "green"
        pairs.append(("granted", f"{usd(status.budget_micros)} USD"))
        pairs.append(("left", Text(f"{usd(status.remaining_micros)} USD{used}", style)))
    pairs.append(("held", f"{usd(status.held_micros)} USD{_holds(status)}"))
    pairs.append(("spent", f"{usd(status.spent_micros)} USD, {usd(status.spent_today_micros)} of it today (UTC)"))
    if limits := _limits(status.limits):
        pairs.append(("limits", limits))
    if status.paused is not None:
        pairs.append(("paused", shown(status.paused or "no reason given", "red")))
    screen.pairs(pairs)
    if repeated:
        screen.line(Text("  nothing new was recorded", "dim"))


def changed_limits(
    limits: LimitsChanged, per_run: str | None, per_day: str | None, per_model: list[str], alert: int | None
) -> LimitsChanged:
    """`limits` with what is named; `none` lifts one. Raises InvalidMoney, Refused."""
    models = dict(limits.per_model)
    for named in per_model:
        model, equals, amount = named.rpartition("=")
        if not equals or not model:
            raise Refused(f"{named!r} limits no model: write it as MODEL=USD, as gpt-5=2.50, or MODEL=none")
        if amount == NO_LIMIT:
            models.pop(model, None)
        else:
            models[model] = micros_from_usd(amount)
    return LimitsChanged(
        per_run=_changed(limits.per_run, per_run),
        per_day=_changed(limits.per_day, per_day),
        per_model=models,
        alert_percent=limits.alert_percent if alert is None else alert,
    )


def _changed(limit: int | None, named: str | None) -> int | None:
    if named is None:
        return limit
    return None if named == NO_LIMIT else micros_from_usd(named)


def _holds(status: BudgetStatus) -> str:
    most = 5
    if not status.open_holds:
        return ""
    more = f" and {len(status.open_holds) - most} more" if len(status.open_holds) > most else ""
    return f" for {', '.join(status.open_holds[:most])}{more}"


def _limits(limits: LimitsChanged) -> str:
    models = [(f"a day by {model}", limit) for model, limit in limits.per_model.items()]
    named = [("a run", limits.per_run), ("a day", limits.per_day), *models]
    told = [f"{usd(limit)} USD {what}" for what, limit in named if limit is not None]
    alert = [f"alert at {limits.alert_percent} %"] if limits.alert_percent != LimitsChanged().alert_percent else []
    return ", ".join(told + alert)
