"""Every command, by what it is about. A command's module is imported when the command is used, so help comes at once."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version as version_of
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group

from planfold.infrastructure.cli.status import MEANINGS

PACKAGE = "planfold.infrastructure.cli"


class Place(NamedTuple):
    module: str
    summary: str


SECTIONS: dict[str, dict[str, Place]] = {
    "Plans": {
        "plan": Place("plan", "Draft, inspect, budget and record the plan of one run."),
        "show": Place("runs", "Show a recorded run: its plan, findings and costs."),
        "runs": Place("runs", "List runs, newest first, a page at a time."),
        "report": Place("runs", "Say how a run went, and settle what it cost."),
    },
    "Records": {
        "events": Place("runs", "Print a run's events as JSON lines."),
        "audit": Place("audit", "Replay a run's record, or those of all, and say whether it holds."),
        "export": Place("export", "Write the log as CloudEvents, a JSON line each, and follow it."),
        "schema": Place("schema", "Print the JSON Schemas of what events carry."),
        "backtest": Place("backtest", "Say which recorded runs another policy would have refused or let through."),
    },
    "Money": {
        "budget": Place("budget", "Grant, limit, watch and settle what agents may spend."),
    },
    "Memories": {
        "remember": Place("memories", "Give an agent something to remember."),
        "memories": Place("memories", "List an agent's memories, newest first."),
        "forget": Place("memories", "Delete one memory of an agent, or all of them."),
        "reembed": Place("reembed", "Embed a tenant's memories anew, with another table."),
    },
    "Queries": {
        "stats": Place("stats", "Count drafts by planner, and findings by code and skill."),
        "project": Place("project", "Keep runs and ledgers that people query up with the log."),
        "projections": Place("projections", "See, rebuild and mend what is folded from the log for queries."),
    },
    "Installation": {
        "skills": Place("skills", "List, check or import the skills that plans are made of."),
        "mcp": Place("mcp", "Serve plans to MCP clients."),
        "database": Place("database", "See and upgrade the database's schema."),
        "doctor": Place("doctor", "Check this installation, and say how to mend it."),
    },
}
PLACES = {name: place for commands in SECTIONS.values() for name, place in commands.items()}


class _Loading(Mapping[str, Any]):
    """Commands by name. A module's app holds the command of that name, or is the group of that name itself."""

    def __getitem__(self, name: str) -> Any:
        group = get_group(import_module(f"{PACKAGE}.{PLACES[name].module}").app)
        return group.commands.get(name, group)

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class Commands(TyperGroup):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        commands: Any = _Loading()
        self.commands = commands

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the base's
        width = max(map(len, PLACES))
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), place.summary) for name, place in commands.items()])
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status.value).ljust(width), meaning) for status, meaning in MEANINGS.items()])


def new_app(name: str | None = None, summary: str | None = None) -> typer.Typer:
    """An app in plain text: no boxes in its help, and its errors are told by `main` alone."""
    return typer.Typer(
        name=name, help=summary, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
    )


app = typer.Typer(
    name="planfold",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands in the option's value
    if wanted:
        typer.echo(f"planfold {version_of('planfold')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def planfold(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback does all there is to do
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """From an agent's goal to an inspected, budgeted, recorded plan."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
