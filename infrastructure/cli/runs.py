"""`planfold show`, `events`, `runs` and `report`: runs as they were recorded, and what became of them."""

from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from rich.text import Text

from planfold.application import PlanGenerationResult, RunQuery
from planfold.domain.money import micros_from_usd, usd
from planfold.domain.names import identifier
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import (
    DEFAULT_TENANT,
    JsonOption,
    LimitOption,
    RunArgument,
    TenantOption,
    of_tenant,
)
from planfold.infrastructure.cli.page import STYLES, print_asked, print_result
from planfold.infrastructure.cli.screen import Screen, shown

app = new_app()


@app.command()
def show(run: RunArgument, *, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Show a recorded run: its plan, findings and costs."""
    screen = Screen()
    with opened() as use:
        result = use.runs.result(run, tenant)
    _print(screen, result, as_json=as_json)


@app.command()
def events(run: RunArgument, *, tenant: TenantOption = DEFAULT_TENANT) -> None:
    """Print a run's events as JSON lines: position, version, recorded_at, name and body."""
    screen = Screen()
    with opened() as use:
        recorded = use.runs.events(run, tenant)
    for item in recorded:
        screen.json(
            {
                "position": item.position,
                "version": item.version,
                "recorded_at": item.recorded_at.isoformat(timespec="microseconds"),
                "name": item.name,
                "body": item.fact.model_dump(mode="json"),
            }
        )


@app.command()
def runs(
    *,
    tenant: TenantOption = DEFAULT_TENANT,
    agent: Annotated[str | None, typer.Option(metavar="A", help="Only this agent's.")] = None,
    outcome: Annotated[
        Literal["ready", "invalid", "refused", "failed"] | None, typer.Option(help="Only those that ended so.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only those with these words in the goal.")
    ] = None,
    before: Annotated[
        int | None, typer.Option(metavar="POSITION", help="The page after this one: it says where it begins.")
    ] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List runs, newest first, a page at a time."""
    identifier(tenant, "tenant")
    with opened() as use:
        found = use.runs.page(RunQuery(tenant, agent, outcome, search, before, limit + 1))
    page = found[:limit]
    following = page[-1].started_position if len(found) > limit else None
    screen = Screen()
    if as_json:
        screen.json({"runs": [result.model_dump(mode="json") for result in page], "next": following})
        return
    _table(screen, page)
    if following is not None:
        filters = {"--agent": agent, "--outcome": outcome, "--search": search}
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
    reported = RunReported(verdict=verdict, cost_micros=cost_micros, note=note)
    with opened() as use:
        result = use.runs.report(run, reported, tenant)
    _print(Screen(), result, as_json=as_json)


def _print(screen: Screen, result: PlanGenerationResult, *, as_json: bool) -> None:
    if as_json:
        screen.json(result.model_dump(mode="json"))
        return
    print_asked(screen, result.goal, result.agent_id, result.run_id, result.tenant)
    print_result(screen, result)


def _table(screen: Screen, page: Sequence[PlanGenerationResult]) -> None:
    if not page:
        screen.line("no runs")
        return
    cost = max(len(_cost(result)) for result in page)
    agent = max(len(result.agent_id) for result in page)
    screen.table(
        [
            [
                Text("" if result.started_at is None else f"{result.started_at:%Y-%m-%d %H:%M}", "dim"),
                shown(result.run_id, "cyan"),
                Text(result.outcome or "unfinished", STYLES[result.outcome]),
                shown(f"{_cost(result):{cost}}  {result.agent_id:{agent}}  {result.goal}"),
            ]
            for result in page
        ],
        ["started (UTC)", "run", "outcome", "at most, agent, goal"],
    )


def _cost(result: PlanGenerationResult) -> str:
    return "-" if result.needed_micros is None else f"{usd(result.needed_micros)} USD"
