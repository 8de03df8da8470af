"""What processes show each other: numbers in shared memory, each written by one thread, without a lock to die with."""

from collections.abc import Callable, MutableSequence
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import NamedTuple, ParamSpec, cast

PROCESSES, THREADS, READERS = 4, 4, 3
P = ParamSpec("P")


class Board:
    def __init__(self, context: SpawnContext) -> None:
        self.stop = _numbers(context, 1)
        """Not 0: nothing more is to be written."""
        self.written = _numbers(context, PROCESSES * THREADS + 1)
        """Events of each thread that stand, and of the foreign sessions."""
        self.read = _numbers(context, READERS)
        """Events that each reader has seen."""
        self.newest = _numbers(context, PROCESSES * THREADS)
        """The last position that each thread was given."""
        self.passed = _numbers(context, READERS)
        """The last position that each reader has seen."""
        self.begun = _numbers(context, READERS + 1)
        """Not 0: the reader reads; at the end, all foreign sessions are there."""
        self.gaps = _numbers(context, READERS)
        """Gaps at which each reader had to look who is under way."""
        self.waits = _numbers(context, READERS)
        """Those of them at which it waited for somebody."""
        self.longest = _numbers(context, READERS)
        """Its longest wait, in milliseconds."""

    def lag(self) -> int:
        """Positions between what was given last and where the slowest reader is."""
        return max(self.newest) - min(self.passed)

    def stopping_all(self, deed: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """The deed is done, or all are told to stop."""
        try:
            deed(*args, **kwargs)
        except BaseException:
            self.stop[0] = 1
            raise


class Scene(NamedTuple):
    """What every process of a run is given."""

    kind: str
    """Of the recorder."""
    conninfo: str
    folder: Path
    """Where each writes down what it knows."""
    seed: int
    board: Board


def _numbers(context: SpawnContext, count: int) -> MutableSequence[int]:
    return cast("MutableSequence[int]", context.RawArray("q", count))
