"""The log as it grows: every event is taken once, in order, until somebody says stop; a lost database is tried again."""

import threading
from typing import Protocol

from planfold.application.cloud_events import CloudEvent
from planfold.application.export import Exporter
from planfold.infrastructure.errors import InfrastructureError, SchemaMismatch, StoreUnavailable

INTERVAL = 0.1
"""Seconds between two looks at a log that is read to its end."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a lost database is tried again; twice as long each time."""


class Taker(Protocol):
    """Who wants the events; what it raises ends the following."""

    def take(self, event: CloudEvent) -> None: ...

    def caught_up(self) -> None:
        """There is nothing more for now; called at every look."""

    def lost(self, error: InfrastructureError, pause: float) -> None:
        """The database; it is tried again after so many seconds."""

    def found(self) -> None:
        """The database answers again."""


class Following:
    """Reads by asking again and again, so that no event is passed over and no connection is kept between two looks."""

    def __init__(self, exporter: Exporter, taker: Taker) -> None:
        self._exporter, self._taker = exporter, taker
        self._stop = threading.Event()

    def stop(self) -> None:
        """It ends behind the event that is being taken; for a signal handler, or another thread."""
        self._stop.set()

    def run(self, since: int) -> int:
        """All events behind position `since`, as they come; the position reached when it was stopped.

        Raises BeyondTheLog, StoredEventUnreadable, and what the taker raises.
        """
        at, pause, lost = since, FIRST_PAUSE, False
        while not self._stop.is_set():
            try:
                newest = self._exporter.newest()
                for event in self._exporter.events(at, newest):
                    self._taker.take(event)
                    at = int(str(event["sequence"]))
                    if self._stop.is_set():
                        return at
            except (StoreUnavailable, SchemaMismatch) as error:
                lost = True
                self._taker.lost(error, pause)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            # Other tenants' events are behind it, too; a position that is not there yet is refused above.
            at, pause = max(at, newest), FIRST_PAUSE
            if lost:
                lost = False
                self._taker.found()
            self._taker.caught_up()
            self._stop.wait(INTERVAL)
        return at
