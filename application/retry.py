"""Try again after losing a race: decisions are repeated, calls to planners never.

A try is made beside all others first. Whoever loses one takes a turn at that stream, and for a while takes one before the
first try: where many write to one ledger, most tries would be lost, and each costs as much as one that is won.
"""

import random
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from types import TracebackType
from typing import Self

from planfold.application.errors import LedgerContended
from planfold.application.ports import Turns

TRIES = 200
LONGEST_PAUSE = 0.05
REMEMBERED = 1.0
"""Seconds since a try at a stream was lost, in which a turn is taken at once."""


class Unqueued:
    """No turns: all go on as they come."""

    def turn(self, stream: str) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        return nullcontext()


class Contention:
    """Where tries were lost of late, in this process (ADR 30); used from any thread."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._lost_at: dict[str, float] = {}

    def tries(self, streams: Iterable[str]) -> "Tries":
        """For whoever writes to these streams, of which the last one has the most writers."""
        return Tries(self, [stream for stream in streams if self._is_hot(stream)])

    def turn(self, stream: str) -> AbstractContextManager[None]:
        return self._turns.turn(stream)

    def lost(self, stream: str) -> None:
        now = time.monotonic()
        for each, at in [*self._lost_at.items()]:
            if now - at > REMEMBERED:
                self._lost_at.pop(each, None)
        self._lost_at[stream] = now

    def _is_hot(self, stream: str) -> bool:
        at = self._lost_at.get(stream)
        return at is not None and time.monotonic() - at <= REMEMBERED


class Tries:
    """Within, a deed is tried until it is not lost; its turn ends with it."""

    def __init__(self, contention: Contention, hot: Iterable[str]) -> None:
        self._contention, self._hot, self._turn, self._lost = contention, [*hot], ExitStack(), 0

    def __enter__(self) -> Self:
        if self._hot:
            self._take(self._hot[-1])  # of an agent's and its tenant's the one that more of them write to
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._turn.__exit__(kind, error, traceback)

    def lost(self, stream: str) -> None:
        """Somebody else has written to `stream`; the next try may begin. Raises LedgerContended after the last."""
        self._lost += 1
        self._contention.lost(stream)
        if self._lost == TRIES:
            raise LedgerContended(stream, TRIES)
        if not self._hot:
            self._hot.append(stream)
            self._take(stream)
        else:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.001 * 2**self._lost)))  # noqa: S311 - spreads rivals

    def _take(self, stream: str) -> None:
        self._turn.enter_context(self._contention.turn(stream))
