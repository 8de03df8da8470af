"""`planfold database`: the schema, as it stands and as this program needs it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.text import Text

from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.waiting import waiting
from planfold.infrastructure.errors import SchemaMismatch
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import store_errors
from planfold.infrastructure.postgres.migrations import Phase
from planfold.infrastructure.settings import read_settings

app = new_app("database", "See and upgrade the database's schema.")


@app.command()
def status(*, as_json: JsonOption = False) -> int:
    """Say which migrations are applied.

    Exit status 7 if this program cannot work with the schema as it is.
    """
    with _connected("read the schema") as connection:
        found = migrations.status(connection)
        problem = _problem(connection)
    screen = Screen()
    if as_json:
        screen.json(
            {
                "serves": problem is None,
                "applied": [{"name": each.name, "applied_at": each.applied_at.isoformat()} for each in found.applied],
                "pending": [each.name for each in found.pending],
            }
        )
    else:
        applied = [
            [shown(each.name), Text(f"applied {each.applied_at:%Y-%m-%d %H:%M:%S}", "dim")] for each in found.applied
        ]
        pending = [[shown(each.name), Text("pending", "yellow")] for each in found.pending]
        screen.table([*applied, *pending])
    if problem is not None:
        complain(problem)
        return Status.UNAVAILABLE
    return Status.READY


@app.command()
def upgrade(
    *,
    sql: Annotated[bool, typer.Option("--sql", help="Print what would be done, as a script for psql.")] = False,
    phase: Annotated[
        Phase, typer.Option(help="pre: only what must be there before the new release runs. post: all of it.")
    ] = "post",
) -> None:
    """Apply the migrations that are pending.

    Each is applied in its own transaction, while nobody else does.
    """
    with _connected("upgrade the database") as connection:
        if sql:
            sys.stdout.write(migrations.pending_sql(connection, phase=phase))
            return
        applied = migrations.upgrade(connection, phase=phase)
    screen = Screen()
    for name in applied:
        screen.line("applied ", shown(name))
    if not applied:
        screen.line("nothing was pending")


@contextmanager
def _connected(deed: str) -> Iterator[migrations.Connection]:
    """As the owner of the schema."""
    with (
        Installation(read_settings()) as installation,
        waiting("opening the database"),
        installation.connect_owner() as connection,
        store_errors(deed),
    ):
        yield connection


def _problem(connection: migrations.Connection) -> str | None:
    try:
        migrations.check(connection)
    except SchemaMismatch as error:
        return str(error)
    return None
