"""`planfold export`: the log as CloudEvents, a JSON line each, for whatever else is to read it."""

import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import pydantic_core
import typer

from planfold.application.cloud_events import CloudEvent
from planfold.application.export import Exporter
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, TenantOption
from planfold.infrastructure.cli.outages import Outages
from planfold.infrastructure.cli.progress import Bar
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.until_told import UntilTold
from planfold.infrastructure.errors import StoredEventUnreadable
from planfold.infrastructure.following import Following

app = new_app()

LARGEST_POSITION = 2**63 - 1


@app.command()
def export(
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="POSITION|TIME", help="Only what is behind it: the sequence of the last line you have."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="POSITION|TIME", help="Only what is up to that position, or before that time."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is recorded from now on.")] = False,
    source: Annotated[
        str | None, typer.Option(metavar="URI", help="Whose events these are; else planfold:tenants/T.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
) -> int:
    """Write the log as CloudEvents, a JSON line each, and follow it.

    Every event once, in the order of its sequence, as it was stored. To go on later, give the sequence of the last whole line as
    --since. A TIME stands for the place before the first event that was recorded then or later. SIGTERM ends --follow with
    status 0.
    """
    if follow and until is not None:
        raise Refused("--follow has no end, and --until is one; name one of them")
    if follow:
        return _follow(since, tenant, source)
    with opened() as use, _named_by_position():
        exporter = use.exporter(tenant, source)
        begun = 0 if since is None else _position(exporter, since, "--since")
        _export(exporter, begun, exporter.newest() if until is None else _position(exporter, until, "--until"))
    return Status.READY


def _follow(since: str | None, tenant: str, source: str | None) -> Status:
    with UntilTold() as until_told, opened() as use, _named_by_position():
        exporter = use.exporter(tenant, source)
        begun = 0 if since is None else _position(exporter, since, "--since")
        following = Following(exporter, _Writing(until_told), use.installation.reach)
        until_told.tell(following.stop)
        following.run(begun)
    return until_told.status


def _export(exporter: Exporter, since: int, until: int) -> None:
    bar = Bar("exporting")
    try:
        for event in exporter.events(since, until):
            sys.stdout.write(line(event))
            if not sys.stdout.isatty():  # a bar between the lines would tear them
                bar.at(int(str(event["sequence"])), until)
    finally:
        bar.end()


@contextmanager
def _named_by_position() -> Iterator[None]:
    """What cannot be opened ends it; whoever wants to pass it over is told how."""
    try:
        yield
    except StoredEventUnreadable as error:
        complain(f"this ends before position {error.position}; with --since {error.position} it goes on behind it")
        raise


class _Writing(Outages):
    """Lines on standard output, all of them as soon as there is nothing more for now."""

    def __init__(self, until_told: UntilTold) -> None:
        super().__init__()
        self._until_told = until_told

    def take(self, event: CloudEvent) -> None:
        with self._until_told.undisturbed():
            sys.stdout.write(line(event))

    def caught_up(self) -> None:
        with self._until_told.undisturbed():
            sys.stdout.flush()
        if _nobody_reads():
            raise BrokenPipeError


def line(event: CloudEvent) -> str:
    """In ASCII, which says the same in every encoding and moves no cursor."""
    return pydantic_core.to_json(event, ensure_ascii=True).decode("ascii") + "\n"


def _nobody_reads() -> bool:
    """Whether standard output is a pipe whose reader has gone; else that shows only with the next event."""
    try:
        pipe = select.poll()
        pipe.register(sys.stdout.fileno(), 0)
        return any(told & select.POLLERR for _, told in pipe.poll(0))
    except (OSError, ValueError, AttributeError):  # a stream of a test or a host that is no file
        return False


def _position(exporter: Exporter, text: str, option: str) -> int:
    """A position as it is, or that before the first event of a time or later. Raises Refused."""
    if text.isascii() and text.isdigit() and len(text.lstrip("0")) <= len(str(LARGEST_POSITION)):
        return min(int(text), LARGEST_POSITION)
    try:
        at = moment(text, option)
    except Refused:
        raise Refused(
            f"{option} {text[:40]!r} is neither a position, as the sequence of an event, nor a time; "
            "write it as 1204, as 2026-05-01T12:00:00Z, or as a UTC date"
        ) from None
    return exporter.before(at)
