"""Keeping all projections up until somebody says stop: for `planfold project`, or a thread of a host's process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from planfold.infrastructure.enduring import Enduring, Outages
from planfold.infrastructure.errors import InfrastructureError
from planfold.infrastructure.postgres.connect import Connection, store_errors
from planfold.infrastructure.postgres.read_models.keeping import ReadModels

INTERVAL = 0.1
"""Seconds between two looks at a log that is read to its end."""
WAIT = 0.5
"""Seconds between two tries of a process that waits for its turn."""
TURN = int.from_bytes(b"projects")
"""The advisory lock of who keeps the projections up. It saves work; nothing would be folded twice without it."""


class Watching(Outages, Protocol):
    """Who wants to know how it goes."""

    def at(self, position: int, until: int) -> None:
        """So far it has come with catching up."""

    def caught_up(self) -> None: ...

    def waits(self) -> None:
        """Another process keeps the projections up."""

    def takes_over(self) -> None:
        """It does so no more."""

    def parks(self, projection: str, stream: str, reason: str) -> None:
        """It could not be folded, and is left as it was until it is tried again."""


class Unwatched:
    """Nobody wants to know."""

    def at(self, position: int, until: int) -> None: ...

    def caught_up(self) -> None: ...

    def waits(self) -> None: ...

    def takes_over(self) -> None: ...

    def parks(self, projection: str, stream: str, reason: str) -> None: ...

    def lost(self, error: InfrastructureError, pause: float) -> None: ...

    def found(self) -> None: ...


class _Stopped(Exception):
    """Between two steps, so that nothing is left half done."""


class Projecting:
    """One of any number of processes keeps the projections up, the others wait for it to end.

    `open_session` gives a direct connection, not one of a pooler that shares sessions.
    """

    def __init__(
        self, read_models: ReadModels, open_session: Callable[[], Connection], watching: Watching | None = None
    ) -> None:
        self._read_models, self._open, self._watching = read_models, open_session, watching or Unwatched()
        read_models.parks = self._watching.parks
        self._enduring = Enduring(self._watching)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """It runs in a thread of its own, which does not keep the process alive. Starting twice changes nothing."""
        if self._thread is None:
            self._enduring.go()
            self._thread = threading.Thread(target=self.run, name="planfold-project", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """It ends after the step that is under way; a thread that was started has ended."""
        self._enduring.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def stop_soon(self) -> None:
        """As `stop`, without waiting: for a signal handler."""
        self._enduring.stop()

    def run(self) -> None:
        """In the caller's thread, until it is stopped. A database that is lost, or lacks something, is tried again."""
        self._enduring.run(self._keep_up)

    def _keep_up(self) -> None:
        with self._turn() as session, suppress(_Stopped):
            self._read_models.clear()
            while not self._enduring.is_stopped:
                self._bring_up(session)
                self._enduring.rest(INTERVAL)

    @contextmanager
    def _turn(self) -> Iterator[Connection]:
        with self._open() as session, store_errors("keep the projections up"):
            waited = False
            while not self._enduring.is_stopped and not _try(session):
                if not waited:
                    self._watching.waits()
                waited = True
                self._enduring.rest(WAIT)
            if waited and not self._enduring.is_stopped:
                self._watching.takes_over()
            yield session

    def _bring_up(self, session: Connection) -> None:
        session.execute("SELECT")  # with the session the turn is lost: somebody else has it now
        for name in self._read_models.names:
            self._read_models.bring_up(name, self._told)
        self._watching.caught_up()
        self._enduring.went_well()

    def _told(self, position: int, until: int) -> None:
        if self._enduring.is_stopped:
            raise _Stopped
        self._watching.at(position, until)


def _try(session: Connection) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s) AS mine", (TURN,)).fetchone()
    return row is not None and bool(row["mine"])
