"""Work without an end of its own: the first signal lets the step under way end, a second one does not."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def until_told(stop: Callable[[], None]) -> Iterator[list[int]]:
    """Within, SIGINT and SIGTERM call `stop`; gives the signals that came. What was ignored before stays ignored."""
    received: list[int] = []
    before: dict[int, Any] = {}

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        restore()
        stop()

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    for each in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(each) is not signal.SIG_IGN:
            before[each] = signal.signal(each, end)
    try:
        yield received
    finally:
        restore()
