"""The log as it grows: every event is taken once, in order, until somebody says stop; a lost database is tried again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from planfold.application.cloud_events import CloudEvent
from planfold.application.export import Exporter
from planfold.infrastructure.enduring import Enduring, Outages

INTERVAL = 0.1
"""Seconds between two looks at a log that is read to its end."""


class Taker(Outages, Protocol):
    """Who wants the events; what it raises ends the following."""

    def take(self, event: CloudEvent) -> None: ...

    def caught_up(self) -> None:
        """There is nothing more for now; called at every look."""


Reach = Callable[[], AbstractContextManager[Callable[[], None]]]
"""Within, what it gives raises StoreUnavailable as soon as the database is gone."""


@contextmanager
def _unreached() -> Iterator[Callable[[], None]]:
    yield lambda: None


class Following:
    """Reads by asking again and again, so that no event is passed over."""

    def __init__(self, exporter: Exporter, taker: Taker, reach: Reach = _unreached) -> None:
        self._exporter, self._taker, self._reach = exporter, taker, reach
        self._enduring = Enduring(taker)
        self._at = 0

    def stop(self) -> None:
        """It ends behind the event that is being taken; for a signal handler, or another thread."""
        self._enduring.stop()

    def run(self, since: int) -> int:
        """All events behind position `since`, as they come; the position reached when it was stopped.

        Raises BeyondTheLog, StoredEventUnreadable, and what the taker raises.
        """
        self._at = since
        self._enduring.run(self._follow)
        return self._at

    def _follow(self) -> None:
        with self._reach() as look:
            while not self._enduring.is_stopped:
                look()
                if self._took_all():
                    self._enduring.went_well()
                    self._taker.caught_up()
                    self._enduring.rest(INTERVAL)

    def _took_all(self) -> bool:
        """False if it was stopped before."""
        newest = self._exporter.newest()
        for event in self._exporter.events(self._at, newest):
            self._taker.take(event)
            self._at = int(str(event["sequence"]))
            if self._enduring.is_stopped:
                return False
        # Other tenants' events are behind it, too; a position that is not there yet is refused above.
        self._at = max(self._at, newest)
        return True
