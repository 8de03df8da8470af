"""Work without an end of its own, on a database that may be lost meanwhile: tried again until somebody says stop."""

import threading
from collections.abc import Callable
from typing import Protocol

from planfold.infrastructure.errors import InfrastructureError, LogStalled, SchemaMismatch, StoreUnavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a lost database is tried again; twice as long each time."""


class Outages(Protocol):
    """Who wants to know of them."""

    def lost(self, error: InfrastructureError, pause: float) -> None:
        """The database, or what stands in it before a gap; it is tried again after so many seconds."""

    def found(self) -> None:
        """It goes on."""


class Enduring:
    def __init__(self, outages: Outages) -> None:
        self._outages = outages
        self._stop = threading.Event()
        self._pause = FIRST_PAUSE
        self._lost: type[InfrastructureError] | None = None

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """For another thread, or a signal handler. The work ends where it next looks or rests."""
        self._stop.set()

    def go(self) -> None:
        """It may be run again after a stop."""
        self._stop.clear()

    def rest(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def run(self, work: Callable[[], None]) -> None:
        """`work` was begun again after each loss, until it was stopped. It says `went_well` at each of its steps."""
        self._pause = FIRST_PAUSE
        while not self.is_stopped:
            try:
                work()
            except LogStalled as error:  # told once, and asked again soon: a transaction ends at any moment
                if self._lost is not LogStalled:
                    self._tell(error, FIRST_PAUSE)
                self.rest(FIRST_PAUSE)
            except (StoreUnavailable, SchemaMismatch) as error:
                self._tell(error, self._pause)
                self.rest(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def went_well(self) -> None:
        self._pause = FIRST_PAUSE
        if self._lost is not None:
            self._lost = None
            self._outages.found()

    def _tell(self, error: InfrastructureError, pause: float) -> None:
        self._lost = type(error)
        self._outages.lost(error, pause)
