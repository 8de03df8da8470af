"""One generation for a run over all processes: session advisory locks on one connection a process.

The lock saves money and waiting; safety is the stream's version. It belongs to the connection, so that a dead process
holds nothing, and a lost connection only costs a second draft that then loses the race to be recorded.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from planfold.application.errors import GenerationInProgress
from planfold.infrastructure.in_memory import ProcessGuard
from planfold.infrastructure.postgres.connect import Connection, store_errors

POLL = 0.05
"""Seconds between two looks at a lock that another process holds: one connection cannot block on many locks at once."""


class PostgresGuard:
    """`open_connection` gives a direct connection, not one of a pooler that shares sessions."""

    def __init__(self, open_connection: Callable[[], Connection]) -> None:
        self._open = open_connection
        self._local = ProcessGuard()
        self._mutex = threading.Lock()
        self._connection: Connection | None = None

    @contextmanager
    def hold(self, stream: str, wait: float) -> Iterator[bool]:
        deadline = time.monotonic() + wait
        with self._local.hold(stream, wait) as waited_here:
            waited = waited_here
            while not self._try("pg_try_advisory_lock", stream):
                waited = True
                if time.monotonic() >= deadline:
                    raise GenerationInProgress(stream, wait)
                time.sleep(min(POLL, max(0.0, deadline - time.monotonic())))
            try:
                yield waited
            finally:
                with suppress(Exception):  # a lock of a lost connection is gone with it
                    self._try("pg_advisory_unlock", stream)

    def close(self) -> None:
        with self._mutex:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _try(self, function: str, stream: str) -> bool:
        with self._mutex, store_errors(f"guard {stream}"):
            for attempt in (1, 2):
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = self._open()
                    row = self._connection.execute(
                        f"SELECT {function}(hashtextextended(%s, 0)) AS held",
                        (stream,),
                    ).fetchone()
                except psycopg.OperationalError:
                    self._connection = None
                    if attempt == 2:  # noqa: PLR2004 - a connection that was idle too long is made anew once
                        raise
                else:
                    return row is not None and bool(row["held"])
        return False
