"""`planfold project`: what is folded from the log is kept up with it, until somebody says stop."""

from typing import Annotated

import typer

from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.outages import Outages
from planfold.infrastructure.cli.progress import Bar
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.until_told import UntilTold
from planfold.infrastructure.errors import InfrastructureError

app = new_app()


@app.command()
def project(
    *, once: Annotated[bool, typer.Option("--once", help="End when all that was recorded until now is folded.")] = False
) -> int:
    """Keep runs and ledgers that people query up with the log.

    Nobody needs it to run: a search brings up to date what it needs. Where it runs, no search waits for that. Of several
    processes one does the work, the others wait for it to end. SIGTERM ends it with status 0.
    """
    if once:
        return _project_once()
    told = _Told()
    with UntilTold() as until_told, opened() as use:
        projecting = use.installation.projecting(told)
        until_told.tell(projecting.stop_soon)
        try:
            projecting.run()
        finally:
            told.caught_up()
    return until_told.status


def _project_once() -> Status:
    with opened() as use, use.catching_up():
        read_models = use.installation.read_models
        read_models.parks = say_parked
        for name in read_models.names:
            read_models.bring_up(name)
    return Status.READY


def say_parked(projection: str, stream: str, reason: str) -> None:
    complain(
        f"{projection} could not fold {stream}: {reason}; once it is mended: planfold projections retry {projection} {stream}"
    )


class _Told(Outages):
    """What happens, a line each on standard error."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = Bar("folding the log")

    def at(self, position: int, until: int) -> None:
        self._bar.at(position, until)

    def caught_up(self) -> None:
        self._bar.end()

    def waits(self) -> None:
        complain("another process keeps the projections up; this one waits for it to end")

    def takes_over(self) -> None:
        complain("the other process has ended; this one keeps the projections up now")

    def parks(self, projection: str, stream: str, reason: str) -> None:
        self._bar.end()
        say_parked(projection, stream, reason)

    def lost(self, error: InfrastructureError, pause: float) -> None:
        self._bar.end()
        super().lost(error, pause)
