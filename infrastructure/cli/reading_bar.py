"""How far a reading of the whole log is."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from planfold.infrastructure.cli.waiting import PATIENCE

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """How far it is, on standard error and on a terminal only, once it takes its time; nothing of it is left there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = 0.0
        self._shown: Progress | None = None

    def begin(self) -> None:
        self._since = self._clock()

    def at(self, position: int, newest: int) -> None:
        if self._shown is None and sys.stderr.isatty() and self._clock() - self._since > PATIENCE:
            self._shown = _progress(newest)
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=position)

    def end(self) -> None:
        if self._shown is not None:
            self._shown.stop()
            self._shown = None


def _progress(newest: int) -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    shown = Progress(
        TextColumn("reading the log"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    shown.add_task("", total=newest)
    shown.start()
    return shown
