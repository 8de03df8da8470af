"""`planfold projections`: what is folded from the log for queries, how far it is, and how to mend it."""

from typing import Annotated

import typer
from rich.text import Text

from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.postgres.read_models.builds import Standing
from planfold.infrastructure.postgres.read_models.keeping import UnknownProjection
from planfold.infrastructure.postgres.read_models.parked import Parked
from planfold.infrastructure.postgres.stalling import who_stalls

app = new_app("projections", "See, rebuild and mend what is folded from the log for queries.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="results or ledgers.", show_default=False)]


@app.command()
def status(*, as_json: JsonOption = False) -> None:
    """Say how far each projection has read the log, and which streams it could not fold.

    Nobody is late who is behind: a search brings up to date what it needs.
    """
    with opened() as use:
        read_models = use.installation.read_models
        found = [(each, read_models.parked(each.name)) for each in read_models.status()]
    screen = Screen()
    if as_json:
        screen.json({"projections": [_as_json(each, parked) for each, parked in found]})
        return
    rows = [
        [
            shown(each.name, "cyan"),
            Text(f"{each.build}"),
            Text(f"{each.version}"),
            Text(f"{each.checkpoint:,}"),
            Text(f"{each.newest - each.checkpoint:,}"),
            _parked(each, parked),
        ]
        for each, parked in found
    ]
    screen.table(rows, ["projection", "build", "version", "read up to", "behind", "parked"])
    for each, parked in found:
        for stream in parked:
            screen.line()
            screen.line(
                (f"{screen.sign('warning')} ", "yellow"),
                shown(f"{each.name}: {stream.stream} is parked from event {stream.version} on ({stream.events})"),
            )
            screen.line("  ", shown(stream.reason))
            screen.line(
                "  ", shown(f"once it is mended: planfold projections retry {each.name} {stream.stream}", "dim")
            )


@app.command()
def rebuild(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Fold a projection anew from the first event on, and then show it instead.

    Readers go on with the old one meanwhile. It can be interrupted: the same command goes on from there. It does not wait for
    transactions that keep the log back, and names them.
    """
    with opened() as use, use.catching_up():
        _known(use.installation.read_models.names, name)
        use.installation.read_models.rebuild(name)
        found = use.installation.read_models.bring_up(name)
        if found.checkpoint < found.newest:
            complain(f"what is behind position {found.checkpoint:,} waits for {who_stalls(use.installation.pool)}")
        parked = use.installation.read_models.parked(name)
    screen = Screen()
    if as_json:
        screen.json(_as_json(found, parked))
        return
    screen.line(shown(f"{name} is shown in build {found.build}, folded up to position {found.checkpoint:,}"))
    if parked:
        screen.line(shown(f"{_streams(len(parked))} parked; see: planfold projections status", "yellow"))


@app.command()
def retry(
    name: NameArgument,
    stream: Annotated[str | None, typer.Argument(metavar="STREAM", help="Only this one.", show_default=False)] = None,
    *,
    as_json: JsonOption = False,
) -> int:
    """Fold parked streams again, once what stood against it is mended.

    Exit status 1 if one stays parked.
    """
    with opened() as use:
        _known(use.installation.read_models.names, name)
        found = use.installation.read_models.retry(name, stream)
    screen = Screen()
    if as_json:
        screen.json({"retried": [each._asdict() for each in found]})
    else:
        for each in found:
            screen.line(
                shown(f"{each.stream} {'is folded' if each.reason is None else f'stays parked: {each.reason}'}")
            )
        if not found:
            screen.line(shown("nothing is parked" if stream is None else f"{stream} is not parked"))
    still = any(each.reason is not None for each in found)
    return Status.AUDIT_FOUND_SOMETHING if still else Status.READY


def _known(names: list[str], name: str) -> None:
    if name not in names:
        raise Refused(str(UnknownProjection(name, names)))


def _parked(each: Standing, parked: list[Parked]) -> Text:
    making = "" if each.making is None else f", build {each.making} is being made"
    return Text(f"{_streams(len(parked)) if parked else 'none'}{making}", "yellow" if parked else "")


def _streams(count: int) -> str:
    return f"{count} stream{'' if count == 1 else 's'}"


def _as_json(each: Standing, parked: list[Parked]) -> dict[str, object]:
    """`behind` counts positions, of which some may stand for no event."""
    return {
        "name": each.name,
        "build": each.build,
        "version": each.version,
        "since": each.since.isoformat(),
        "making": each.making,
        "checkpoint": each.checkpoint,
        "newest": each.newest,
        "behind": each.newest - each.checkpoint,
        "parked": [
            {
                "stream": stream.stream,
                "version": stream.version,
                "position": stream.position,
                "events": stream.events,
                "reason": stream.reason,
                "parked_at": stream.parked_at.isoformat(),
            }
            for stream in parked
        ],
    }
