"""`planfold stats`: what planners came to, and what was found in their drafts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from planfold.domain.money import usd
from planfold.domain.names import identifier
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.postgres.statistics import FindingCount, Over, PlannerDay, PostgresStatistics

app = new_app("stats", "Count drafts by planner, and findings by code and skill.")

AgentOption = Annotated[str | None, typer.Option(metavar="A", help="Only this agent's.")]
SinceOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only runs begun then or later: ISO 8601, or a UTC date.")
]
UntilOption = Annotated[str | None, typer.Option(metavar="TIME", help="Only runs begun before that.")]


@app.command()
def planners(
    *,
    agent: AgentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Count attempts, valid drafts, tokens, costs and times, by UTC day, planner and model."""
    with _counting() as statistics:
        found = statistics.planners(_over(tenant, agent, since, until))
    _print(found, _planner_cells, as_json=as_json)


@app.command()
def findings(
    *,
    agent: AgentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Count what the inspector found in all drafts, by code and by the skill of the step."""
    with _counting() as statistics:
        found = statistics.findings(_over(tenant, agent, since, until))
    _print(found, _finding_cells, as_json=as_json)


@contextmanager
def _counting() -> Iterator[PostgresStatistics]:
    with opened() as use, use.catching_up():
        yield PostgresStatistics(lambda: use.installation.reading, use.installation.read_models)


def _over(tenant: str, agent: str | None, since: str | None, until: str | None) -> Over:
    return Over(
        identifier(tenant, "tenant"),
        None if agent is None else identifier(agent, "agent"),
        None if since is None else moment(since, "--since"),
        None if until is None else moment(until, "--until"),
    )


def _print(found: Sequence[Any], cells: Any, *, as_json: bool) -> None:
    screen = Screen()
    if as_json:
        screen.json({"rows": [{name: _plain(value) for name, value in asdict(row).items()} for row in found]})
    elif not found:
        screen.line("nothing to count")
    else:
        rows = [cells(row) for row in found]
        screen.table([list(row.values()) for row in rows], list(rows[0]))


def _planner_cells(row: PlannerDay) -> dict[str, Text]:
    unknown = f", {row.cost_unknown} unknown" if row.cost_unknown else ""
    return {
        "day (UTC)": Text(f"{row.day}", "dim"),
        "planner": shown(row.planner, "cyan"),
        "model": shown(row.model or "-"),
        "attempts": Text(f"{row.attempts:,}"),
        "valid": Text(f"{row.valid:,} of {row.drafts:,}"),
        "at once": Text(f"{row.valid_at_first_try:,}"),
        "tokens": Text("-" if row.tokens is None else f"{row.tokens:,}"),
        "cost": Text(f"{'-' if row.cost_micros is None else f'{usd(row.cost_micros)} USD'}{unknown}"),
        "ms, half and 95 %": Text(f"{row.duration_ms_p50:,} and {row.duration_ms_p95:,}"),
    }


def _finding_cells(row: FindingCount) -> dict[str, Text]:
    return {
        "code": shown(row.code, "cyan"),
        "skill": shown(row.skill or "-"),
        "findings": Text(f"{row.findings:,}"),
        "runs": Text(f"{row.runs:,}"),
    }


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (int, str)) else str(value)
