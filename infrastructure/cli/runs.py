"""`planfold show`, `events`, `runs` and `report`: runs as they were recorded, and what became of them."""

from typing import Annotated, Literal

import typer

from planfold.application import PlanGenerationResult, RunQuery
from planfold.domain import plan_generation
from planfold.domain.holds import execution_hold_id
from planfold.domain.ledger import HoldSettled
from planfold.domain.money import micros_from_usd, usd
from planfold.domain.names import identifier
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.listing import print_runs
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import (
    DEFAULT_TENANT,
    AsOfOption,
    JsonOption,
    LimitOption,
    RunArgument,
    TenantOption,
    of_tenant,
)
from planfold.infrastructure.cli.page import cost_of, print_asked, print_result
from planfold.infrastructure.cli.pauses import Pauses
from planfold.infrastructure.cli.screen import Screen
from planfold.infrastructure.cli.telling import JsonLines
from planfold.infrastructure.cli.text import complain

app = new_app()


@app.command()
def show(
    run: RunArgument,
    *,
    at: Annotated[
        int | None, typer.Option(metavar="VERSION", help="As it stood after that event; events count from 1.")
    ] = None,
    as_of: AsOfOption = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Show a recorded run: its plan, findings and costs.

    With --at or --as-of, as it stood then.
    """
    if at is not None and as_of is not None:
        raise Refused("--at and --as-of both say when; name one of them")
    then = None if as_of is None else moment(as_of, "--as-of", last=True)
    screen = Screen()
    with opened() as use:
        result = use.runs.result(run, tenant, at=at, as_of=then)
    _print(screen, result, as_json=as_json, past=at is not None or then is not None)


@app.command()
def events(run: RunArgument, *, tenant: TenantOption = DEFAULT_TENANT) -> None:
    """Print a run's events as JSON lines: position, version, recorded_at, name and body."""
    with opened() as use:
        recorded = use.runs.events(run, tenant)
    JsonLines(Screen()).events(recorded)


@app.command()
def runs(
    *,
    tenant: TenantOption = DEFAULT_TENANT,
    run: Annotated[str | None, typer.Option(metavar="ID", help="Only this one.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="A", help="Only this agent's.")] = None,
    outcome: Annotated[
        Literal["ready", "invalid", "refused", "failed", "unfinished"] | None,
        typer.Option(help="Only those that ended so, or not yet."),
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only those with these words in the goal.")
    ] = None,
    planner: Annotated[str | None, typer.Option(metavar="P", help="Only those that it drafted last.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only those with this finding.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only those begun then or later: ISO 8601, or a UTC date.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only those begun before that.")] = None,
    before: Annotated[
        int | None, typer.Option(metavar="POSITION", help="The page after this one: it says where it begins.")
    ] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List runs, newest first, a page at a time."""
    identifier(tenant, "tenant")
    for name, what in ((run, "run"), (agent, "agent")):
        if name is not None:
            identifier(name, what)
    begun = None if since is None else moment(since, "--since")
    ended = None if until is None else moment(until, "--until")
    query = RunQuery(tenant, agent, outcome, search, before, limit + 1, planner, code, begun, ended, run)
    with opened() as use, use.catching_up():
        found = use.runs.page(query)
    page = found[:limit]
    following = page[-1].started_position if len(found) > limit else None
    screen = Screen()
    if as_json:
        screen.json({"runs": [result.model_dump(mode="json") for result in page], "next": following})
        return
    print_runs(screen, page)
    if following is not None:
        filters = {
            "--run": run,
            "--agent": agent,
            "--outcome": outcome,
            "--search": search or None,
            "--planner": planner,
            "--code": code,
            "--since": since,
            "--until": until,
        }
        screen.more(f"planfold runs{of_tenant(tenant)}", filters, limit, following)


@app.command()
def report(
    run: RunArgument,
    verdict: Annotated[Literal["good", "bad"], typer.Argument(metavar="good|bad", help="How it went.")],
    *,
    cost: Annotated[
        str | None, typer.Option(metavar="USD", help="What it cost in truth, as 0.42; not given: all that was held.")
    ] = None,
    note: Annotated[str, typer.Option(help="What should be remembered of it.")] = "",
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Say how a run went, and settle what it cost. A report is final."""
    cost_micros = None if cost is None else micros_from_usd(cost)
    reported = plan_generation.reported(verdict, cost_micros, note)
    with opened() as use:
        pauses = Pauses(use.money(tenant), use.runs.result(run, tenant).agent_id)
        result = use.runs.report(run, reported, tenant)
        sentences = pauses.told()
        if not pauses.holds_for(execution_hold_id(run)):
            sentences += _settled_otherwise(reported, use.runs.settlement(run, tenant))
    _print(Screen(), result, as_json=as_json)
    for sentence in sentences:
        complain(sentence)


def _settled_otherwise(reported: RunReported, settled: HoldSettled | None) -> list[str]:
    """What is to be said of a hold that was settled before, by hand, at another cost than the report's."""
    if settled is None or (settled.amount if settled.cost_known else None) == reported.cost_micros:
        return []
    unknown = "" if settled.cost_known else ", in full, as an unknown cost"
    counted = f"{usd(settled.amount)} USD{unknown}, and that is what the ledger counts"
    return [f"the hold was already settled at {counted}; the report records {cost_of(reported)} beside it"]


def _print(screen: Screen, result: PlanGenerationResult, *, as_json: bool, past: bool = False) -> None:
    if as_json:
        screen.json(result.model_dump(mode="json"))
        return
    print_asked(screen, result.goal, result.agent_id, result.run_id, result.tenant)
    print_result(screen, result, past=past)
