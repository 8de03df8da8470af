"""How far long work has come, on standard error and on a terminal only; nothing of it is left there."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from planfold.infrastructure.cli.waiting import PATIENCE

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """It appears once the work takes its time, and again for the next work after `end`."""

    def __init__(self, deed: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._deed, self._clock = deed, clock
        self._since: float | None = None
        self._shown: Progress | None = None

    def at(self, done: int, of: int) -> None:
        if self._since is None:
            self._since = self._clock()
        if self._shown is None and sys.stderr.isatty() and self._clock() - self._since > PATIENCE:
            self._shown = started(self._deed)
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=done, total=of)

    def end(self) -> None:
        self._since = None
        if self._shown is not None:
            self._shown.stop()
            self._shown = None


def started(deed: str, *, counted: bool = False) -> "Progress":
    """A bar of one task on standard error; `counted`, its items are told instead of their share."""
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    shown = Progress(
        TextColumn(deed),
        BarColumn(),
        MofNCompleteColumn() if counted else TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    shown.add_task("")
    shown.start()
    return shown
