"""Work without an end of its own: the first signal ends it at once, wherever it waits, but not in the middle of a line.

A second signal is handled as those of every command.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from planfold.infrastructure.cli.status import Status


class _Told(BaseException):
    """Somebody said stop. Compiled code that calls back to Python may swallow it, so that loops are told as well."""


class UntilTold:
    """Within, SIGINT and SIGTERM end the work, and nothing is raised. What was ignored before stays ignored."""

    def __init__(self) -> None:
        self._received: list[int] = []
        self._before: dict[int, Any] = {}
        self._undisturbed = False
        self._stop: Callable[[], None] = lambda: None

    @property
    def status(self) -> Status:
        return Status.INTERRUPTED if signal.SIGINT in self._received else Status.READY

    def __enter__(self) -> Self:
        for each in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(each) is not signal.SIG_IGN:
                self._before[each] = signal.signal(each, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        self._undisturbed = True
        self._restore()
        return kind is _Told

    def tell(self, stop: Callable[[], None]) -> None:
        """What makes the work's own loop end."""
        self._stop = stop
        if self._received:
            stop()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """What is begun here is ended before the work is."""
        self._undisturbed = True
        try:
            yield
        finally:
            self._undisturbed = False
        if self._received:
            raise _Told

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(number)
        self._restore()
        self._stop()
        if not self._undisturbed:
            raise _Told

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
