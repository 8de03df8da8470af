"""A sign of life on standard error for whatever takes longer than a second; only on a terminal."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

PATIENCE = 1.0
"""Seconds that pass before it is shown."""


class Elapsed:
    """What is waited for, and for how long by now: looked at again whenever the spinner turns."""

    def __init__(self, deed: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._deed, self._clock, self._since = deed, clock, clock()

    def __rich__(self) -> str:
        return f"{self._deed} ... {self._clock() - self._since:.0f} s"


class Waiting:
    """`begin` and `end` may be called in any order, and again; nothing of it is left on the terminal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._shown: Status | None = None

    def begin(self, deed: str) -> None:
        self.end()
        if not sys.stderr.isatty():
            return
        with self._lock:
            elapsed = Elapsed(deed)
            timer = threading.Timer(PATIENCE, lambda: self._show(timer, elapsed))
            timer.daemon = True
            self._timer = timer
            timer.start()

    def end(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._shown is not None:
                self._shown.stop()
                self._shown = None

    def _show(self, timer: threading.Timer, elapsed: Elapsed) -> None:
        from rich.console import Console  # noqa: PLC0415 - nobody waits for it any more
        from rich.status import Status  # noqa: PLC0415 - as above

        with self._lock:
            if self._timer is timer:
                self._shown = Status(elapsed, console=Console(stderr=True, markup=False), spinner="line")
                self._shown.start()


@contextmanager
def waiting(deed: str) -> Iterator[None]:
    sign = Waiting()
    sign.begin(deed)
    try:
        yield
    finally:
        sign.end()
