"""eventsourcing's own Postgres recorder on our tables, to compare with and to go back to: one writer commits at a time.

Two changes: a save is not within a pipeline, because a psycopg pipeline hangs for ever on a parameter of a megabyte
(psycopg 3.3), and the lock is an advisory one, which asks for no right on the table beyond INSERT.
"""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresDatastore
from psycopg.sql import SQL

from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.recorder import MANY_AT_ONCE, Recorder


class StockDatastore(Datastore):
    """Connections know the composite type that the library writes its events with."""

    get_connection = PostgresDatastore.get_connection  # type: ignore[assignment] # of the same pool, so ours


class StockRecorder(Recorder):
    def __init__(self, datastore: StockDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.lock_table_statements = [SQL("SELECT pg_advisory_xact_lock({})").format(MANY_AT_ONCE)]

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        if not stored_events:
            return None
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_stored_events(cursor, stored_events, **kwargs)
            return self._fetch_ids_after_insert_events(cursor, stored_events, **kwargs)
