"""`planfold schema`: what events carry, for programs that read the export."""

from typing import Annotated, Any

import typer

from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.event_schemas import data_schema

app = new_app()


@app.command()
def schema(
    event: Annotated[
        str | None, typer.Argument(metavar="EVENT", help="Its name, as ContextBuilt; else all.", show_default=False)
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schemas of what events carry.

    Of one EVENT always as JSON. The $id of a schema is the dataschema of the events that `planfold export` writes.
    """
    screen = Screen()
    if event is not None:
        if event not in FACTS:
            raise Refused(f"there is no event {event[:64]!r}; name one of these: {', '.join(FACTS)}")
        screen.json(data_schema(event))
        return
    found = {name: data_schema(name) for name in FACTS}
    if as_json:
        screen.json(found)
        return
    screen.table([[shown(name), shown(_first_sentence(told), "dim")] for name, told in found.items()])


def _first_sentence(told: dict[str, Any]) -> str:
    return str(told.get("description", "")).partition("\n")[0]
