"""`planfold budget`: what an agent, or a whole tenant, may spend.

Whose ledger: AGENT is that agent's in the tenant; `--tenant T` without AGENT is the tenant's own, which limits all of
its agents together.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperCommand

from planfold.application.budget import Budgets, BudgetStatus
from planfold.application.ids import new_id
from planfold.domain.errors import InvalidMoney
from planfold.domain.ledger import LimitsChanged
from planfold.domain.money import micros_from_usd
from planfold.infrastructure.cli.account import changed_limits, opens, owner, print_status
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import Opened, opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, AsOfOption, JsonOption, RunArgument, TenantOption
from planfold.infrastructure.cli.pauses import Pauses
from planfold.infrastructure.cli.screen import Screen
from planfold.infrastructure.cli.text import complain

app = new_app(
    "budget",
    "Grant, limit, watch and settle what agents may spend.\n\n"
    "AGENT is that agent's ledger; --tenant T without AGENT is the tenant's own, which limits all of its agents "
    "together; with both, it is the agent's in that tenant. Amounts are in USD, as 5.00.",
)

OptionalAgent = Annotated[str | None, typer.Argument(metavar="AGENT", help="The agent's id.", show_default=False)]
OwnerOption = Annotated[
    str | None, typer.Option("--tenant", metavar="T", help="The tenant; without AGENT, its own ledger.")
]
AgentAndUsd = Annotated[
    list[str], typer.Argument(metavar="[AGENT] USD", help="Whose, and how much, as 5.00.", show_default=False)
]
ReasonOption = Annotated[str, typer.Option(metavar="TEXT", help="Why: it is recorded.")]
IdOption = Annotated[
    str | None, typer.Option("--id", metavar="ID", help="A name for this command: repeated, it records nothing.")
]


class _AgentAndUsd(TyperCommand):
    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base's
        return ["[OPTIONS]", "[AGENT]", "{USD}"]


Deed = Callable[[Budgets, str | None], BudgetStatus]


@app.command()
def show(
    agent: OptionalAgent = None,
    *,
    as_of: AsOfOption = None,
    tenant: OwnerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is granted, held, spent and left; or what was."""
    then = None if as_of is None else moment(as_of, "--as-of", last=True)
    with opened() as use:
        status = _tracker(use, agent, tenant).get_status(agent, as_of=then)
    screen = Screen()
    print_status(screen, status, as_json=as_json)
    if then is not None and not as_json:
        screen.line(Text(f"  as it stood at {then:%Y-%m-%d %H:%M:%S} UTC, after event {status.version}", "dim"))


@app.command(cls=_AgentAndUsd)
def grant(
    agent_and_usd: AgentAndUsd,
    *,
    grant_id: IdOption = None,
    reason: ReasonOption = "",
    tenant: OwnerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let more be spent."""
    agent, amount = _agent_and_amount(agent_and_usd)
    named = grant_id or new_id()
    _on_ledger(agent, tenant, lambda tracker, whose: tracker.grant(whose, amount, named, reason), as_json=as_json)


@app.command(cls=_AgentAndUsd)
def revoke(
    agent_and_usd: AgentAndUsd,
    *,
    grant_id: IdOption = None,
    reason: ReasonOption = "",
    tenant: OwnerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let less be spent.

    At most what is neither held nor spent can be taken back.
    """
    agent, amount = _agent_and_amount(agent_and_usd)
    named = grant_id or new_id()

    def revoked(tracker: Budgets, whose: str | None) -> BudgetStatus:
        if (status := tracker.get_status(whose)).version == 0:
            raise Refused(f"{owner(status)} has no ledger, so there is nothing to take back; is the name right?")
        return tracker.revoke(whose, amount, named, reason)

    _on_ledger(agent, tenant, revoked, as_json=as_json)


@app.command()
def limits(
    agent: OptionalAgent = None,
    *,
    per_run: Annotated[str | None, typer.Option(metavar="USD", help="For one run.")] = None,
    per_day: Annotated[str | None, typer.Option(metavar="USD", help="For one UTC day.")] = None,
    per_model: Annotated[
        list[str] | None, typer.Option(metavar="MODEL=USD", help="For one model on one UTC day.")
    ] = None,
    alert: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="Of the budget, from which it is told: 1 to 100.")
    ] = None,
    tenant: OwnerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Limit what a run, a day or a model may cost.

    What is not named stays as it is; `none` lifts a limit, but not the alert.
    """

    def changed(now: LimitsChanged) -> LimitsChanged:
        return changed_limits(now, per_run, per_day, per_model or [], alert)

    _on_ledger(agent, tenant, lambda tracker, whose: tracker.change_limits(whose, changed), as_json=as_json)


@app.command()
def pause(
    agent: OptionalAgent = None, *, reason: ReasonOption = "", tenant: OwnerOption = None, as_json: JsonOption = False
) -> None:
    """Hold nothing new until it is resumed.

    What is held stays held. Plans that need money are refused.
    """
    _on_ledger(agent, tenant, lambda tracker, whose: tracker.pause(whose, reason), as_json=as_json)


@app.command()
def resume(
    agent: OptionalAgent = None, *, reason: ReasonOption = "", tenant: OwnerOption = None, as_json: JsonOption = False
) -> None:
    """Hold again, after a pause or an overdraft."""
    _on_ledger(agent, tenant, lambda tracker, whose: tracker.resume(whose, reason), as_json=as_json)


@app.command()
def settle(
    run: RunArgument,
    *,
    cost: Annotated[
        str | None, typer.Option(metavar="USD", help="What it cost in truth; not given: all that was held.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Settle what is held for a run at its true cost, without a report."""
    amount = None if cost is None else micros_from_usd(cost)
    _on_run(run, tenant, lambda tracker, agent: tracker.settle(agent, run, amount), as_json=as_json)


@app.command()
def correct(
    run: RunArgument,
    *,
    cost: Annotated[str, typer.Option(metavar="USD", help="What it cost in truth.")],
    attempt: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of which planner call, if the run has several.")
    ] = None,
    reason: ReasonOption = "",
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Correct what was settled in full because nobody knew its cost.

    A planner call that was lost on its way, or a run that was reported without a cost.
    """
    amount = micros_from_usd(cost)
    _on_run(
        run,
        tenant,
        lambda tracker, agent: tracker.correct(agent, run, amount, attempt=attempt, reason=reason),
        as_json=as_json,
    )


@app.command()
def release(
    run: RunArgument,
    *,
    reason: ReasonOption = "released by hand",
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Give back what is held for a run that spent nothing."""
    _on_run(run, tenant, lambda tracker, agent: tracker.release(agent, run, reason), as_json=as_json)


@app.command()
def extend(
    run: RunArgument,
    *,
    hours: Annotated[int, typer.Option(metavar="N", min=1, max=24 * 365, help="From now on.")],
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Keep what is held for a run for longer.

    It is never shortened.
    """
    until = datetime.now(UTC) + timedelta(hours=hours)
    _on_run(run, tenant, lambda tracker, agent: tracker.extend(agent, run, until), as_json=as_json)


def _agent_and_amount(words: list[str]) -> tuple[str | None, int]:
    """Whose and how much; the agent may also be named last. Raises Refused, InvalidMoney."""
    match words:
        case [amount]:
            return None, micros_from_usd(amount)
        case [agent, amount]:
            try:
                return agent, micros_from_usd(amount)
            except InvalidMoney:
                try:
                    return amount, micros_from_usd(agent)
                except InvalidMoney:
                    pass
                raise
        case _:
            raise Refused(f"{len(words)} words are too many: name at most an agent and an amount in USD, as scout 5.00")


def _on_ledger(agent: str | None, tenant: str | None, deed: Deed, *, as_json: bool) -> None:
    with opened() as use:
        tracker = _tracker(use, agent, tenant)
        before = tracker.get_status(agent)
        after = deed(tracker, agent)
    print_status(Screen(), after, before, as_json=as_json)
    if opens(after, before) and after.budget_micros is None:
        complain(f"{owner(after)} had no ledger until now; is the name right?")


def _on_run(run: str, tenant: str, deed: Callable[[Budgets, str], BudgetStatus], *, as_json: bool) -> None:
    with opened() as use:
        agent = use.runs.result(run, tenant).agent_id
        tracker = use.money(tenant)
        before, pauses = tracker.get_status(agent), Pauses(tracker, agent)
        after = deed(tracker, agent)
        sentences = pauses.told()
    print_status(Screen(), after, before, as_json=as_json)
    for sentence in sentences:
        complain(sentence)


def _tracker(use: Opened, agent: str | None, tenant: str | None) -> Budgets:
    if agent is None and tenant is None:
        raise Refused("whose ledger is not said: name an agent, or --tenant T for a tenant's own")
    return use.money(tenant or DEFAULT_TENANT)
