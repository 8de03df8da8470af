"""Whose turn it is to write to a stream that many want to write to (ADR 30).

A lock of a transaction that does nothing else, so that it ends with whoever held it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from planfold.infrastructure.postgres.connect import Connection, Pool

LONGEST_WAIT = "2s"
"""Whoever has waited so long goes on without a turn."""
LEAST = 2
"""Connections of a pool: with one alone, nobody could use the turn that holds it."""

_TAKE = "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(hashtextextended(%s, 1))"


class PostgresTurns:
    """Takes one connection of the pool at a time, as long as a turn is waited for and lasts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._here = threading.Lock()

    @contextmanager
    def turn(self, stream: str) -> Iterator[None]:
        if self._pool.max_size < LEAST:
            yield
            return
        with self._here:  # threads that wait here leave the connections to the one whose turn it is
            connection = self._begun(stream)
            try:
                yield
            finally:
                if connection is not None:
                    with suppress(psycopg.Error):
                        connection.execute("ROLLBACK")
                    self._pool.putconn(connection)

    def _begun(self, stream: str) -> Connection | None:
        """The connection that holds the turn, or whose wait for it was in vain; a lost server is the save's business."""
        connection = None
        with suppress(psycopg.Error):
            connection = self._pool.getconn()
            if connection.is_pooled:  # its pooler may have none left for the save
                self._pool.putconn(connection)
                return None
            connection.execute("BEGIN")
            connection.execute(_TAKE, (LONGEST_WAIT, stream))
        return connection
