"""eventsourcing's Postgres recorder on our tables, our pool and nothing of the environment.

One change to what it does: a save is one statement outside a pipeline, because a psycopg pipeline hangs for ever on a
parameter of a megabyte (psycopg 3.3), and it is not repeated in here, because only the event log can tell a lost
answer from a lost race.
"""

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory, Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresFactory
from eventsourcing.utils import Environment
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.sql import SQL, Literal
from psycopg_pool import ConnectionPool

SCHEMA = "planfold"
APPEND_LOCK = 0x706C616E666F6C64
"""The advisory lock under which events are appended: "planfold" in ASCII."""

_OF_ONE_STREAM = (
    "SELECT originator_id, originator_version, topic, state, notification_id"
    " FROM planfold.stored_events, (SELECT %s::text AS stream) AS wanted"
    " WHERE tenant = split_part(stream, '/', 1) AND originator_id = stream"
)


class Datastore(PostgresDatastore):
    """The library's datastore over a pool that was made elsewhere, from one whole connection string."""

    def __init__(self, pool: ConnectionPool[Connection[DictRow]]) -> None:
        super().__init__("", "", 0, "", "", schema=SCHEMA, originator_id_type="text")
        self.pool = pool  # type: ignore[assignment]


class Recorder(PostgresApplicationRecorder):
    """Events of all tenants in one table, whose key begins with the tenant."""

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore, events_table_name="stored_events")
        # The stream's name begins with its tenant: named apart, the key's index is used from its first column on.
        self.select_events_statement = SQL(_OF_ONE_STREAM)  # type: ignore[assignment]
        # One writer commits at a time, so that positions appear in their order. An advisory lock does what the library's
        # table lock does, and asks for no right beyond INSERT.
        self.lock_table_statements = [SQL("SELECT pg_advisory_xact_lock({})").format(Literal(APPEND_LOCK))]

    def select_stream(self, stream: str, after: int) -> Sequence[Notification]:
        """A stream's events with their positions, which the library's own reading leaves out."""
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(_OF_ONE_STREAM + " AND originator_version > %s ORDER BY originator_version", (stream, after))
            return [
                Notification(
                    id=row["notification_id"],
                    originator_id=row["originator_id"],
                    originator_version=row["originator_version"],
                    topic=row["topic"],
                    state=bytes(row["state"]),
                )
                for row in cursor.fetchall()
            ]

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        if not stored_events:
            return []
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_stored_events(cursor, stored_events, **kwargs)
            return self._fetch_ids_after_insert_events(cursor, stored_events, **kwargs)


class Factory(PostgresFactory):
    def __init__(self, env: Environment, pool: ConnectionPool[Connection[DictRow]]) -> None:
        InfrastructureFactory.__init__(self, env)
        self.datastore = Datastore(pool)

    def application_recorder(self) -> ApplicationRecorder:
        return Recorder(self.datastore)  # type: ignore[arg-type]
