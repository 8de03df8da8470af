"""`planfold backtest`: which recorded runs other rules, limits or skills would have refused, or let through."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from planfold.application import Backtest, Changed, Unreadable
from planfold.application.backtest_money import Policy
from planfold.domain.names import identifier
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption
from planfold.infrastructure.cli.policy_file import limits_in, passed_over, rules_in
from planfold.infrastructure.cli.progress import Bar
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.skills.manifest_file import load_manifest

app = new_app()

MOST = 20
"""How many runs are listed."""


@app.command()
def backtest(
    *,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML: [rules] with names of settings, as max_steps = 10.")
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(metavar="FILE", help='TOML: [limits] of agents, as per_run = "5.00", or "none".')
    ] = None,
    skills: Annotated[Path | None, typer.Option(metavar="FILE", help="A manifest in place of each run's own.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only runs begun then or later: ISO 8601, or a UTC date.")
    ] = None,
    agent: Annotated[str | None, typer.Option(metavar="A", help="Only this agent's.")] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    fail_on_change: Annotated[
        bool,
        typer.Option("--fail-on-change", help="Exit with 1 if any run would have ended otherwise, or cannot be read."),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Say which recorded runs another policy would have refused or let through.

    Every recorded draft is inspected again, and limits are judged on the ledgers as they stood then. What is not named stays as it was
    recorded. Nothing is written.
    """
    identifier(tenant, "tenant")
    if agent is not None:
        identifier(agent, "agent")
    policy = Policy(
        rules=None if rules is None else rules_in(rules),
        limits=None if limits is None else limits_in(limits),
        manifest=None if skills is None else load_manifest(skills),
    )
    for sentence in passed_over(rules, limits):
        complain(sentence)
    begun = None if since is None else moment(since, "--since")
    bar = Bar("reading the log")
    with opened() as use:
        try:
            found = use.backtester.backtest(policy, tenant, agent_id=agent, since=begun, progress=bar.at)
        finally:
            bar.end()
    screen = Screen()
    if as_json:
        screen.json(found.model_dump(mode="json"))
    else:
        _print(screen, found)
    return Status.AUDIT_FOUND_SOMETHING if fail_on_change and (found.changed or found.unreadable) else Status.READY


def _print(screen: Screen, found: Backtest) -> None:
    drafts = f"{_many(found.checked, 'run')} checked, {_many(found.drafts, 'draft')} inspected again"
    refused, allowed = len(found.newly_refused), len(found.newly_allowed)
    style = "bold yellow" if found.changed else "bold green"
    screen.line(
        (f"{found.unchanged:,} unchanged, {refused:,} newly refused, {allowed:,} newly allowed", style),
        Text(f"  {drafts}", "dim"),
    )
    if found.not_repeated:
        count = _many(found.not_repeated, "run")
        screen.line(Text(f"{count} not judged: their rules or skills are not on record, or of no use here", "yellow"))
    if found.unreadable:
        count = _many(len(found.unreadable), "run")
        of = f"an event of {'it, or of its' if len(found.unreadable) == 1 else 'each, or of its'} ledgers,"
        screen.line(Text(f"{count} not judged: {of} cannot be read", "yellow"))
    _print_unreadable(screen, found.unreadable)
    _print_runs(screen, "Newly refused", found.newly_refused)
    _print_runs(screen, "Newly allowed", found.newly_allowed)
    _print_counts(screen, "By code", found.by_code)
    _print_counts(screen, "By skill", found.by_skill)


def _print_runs(screen: Screen, title: str, runs: Sequence[Changed]) -> None:
    if not runs:
        return
    screen.heading(title)
    screen.table([[shown(run.run_id), shown(", ".join(run.codes))] for run in runs[:MOST]])
    if len(runs) > MOST:
        screen.line(Text(f"  and {len(runs) - MOST:,} more: --json names them all", "dim"))


def _print_unreadable(screen: Screen, runs: Sequence[Unreadable]) -> None:
    for run in runs[:MOST]:
        screen.hanging(shown(f"  {run.run_id}  "), shown(run.reason))
    if len(runs) > MOST:
        screen.line(Text(f"  and {len(runs) - MOST:,} more: --json names them all", "dim"))


def _print_counts(screen: Screen, title: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    screen.heading(title)
    screen.table([[shown(name), Text(f"{count:,}")] for name, count in list(counts.items())[:MOST]])
    if len(counts) > MOST:
        screen.line(Text(f"  and {len(counts) - MOST:,} more: --json names them all", "dim"))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
