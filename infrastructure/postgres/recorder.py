"""The recorders: a save is one statement, and waits for no other save.

The library's own lock the table and notify within each save, so that one writer commits at a time. Here the order is
kept by who reads (`reading_order.py`); ADR 22 says why that is right, and what was tried and is not.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresApplicationRecorder, PostgresTrackingRecorder
from psycopg.pq import Format
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.sql import SQL, Identifier

from planfold.infrastructure.postgres.connect import Connection
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.reading_order import Polling, ReadingOrder

FEW = 8
"""Up to so many events are rows of a statement that is prepared for each number of them; more of them are arrays."""
MOST = 10_000
"""The most events of one save."""
LAST_POSITION = 2**63 - 1
MANY_AT_ONCE = 0x706C616E666F6C64
"""Saves of many events go one at a time, so that their positions stand together: the lock "planfold" in ASCII."""

_INSERT = SQL("INSERT INTO {} (originator_id, originator_version, topic, state) ")
# The tenant goes with the statement, for row-level security: a statement of its own would double the time of a save.
# The first row's stream is made of it, so that it is set before a row is judged.
_FIRST_ROW = "(set_config('planfold.tenant', $1, true) || $2::text, $3, $4, $5)"
_FORMATS = [Format.TEXT, *[Format.TEXT, Format.TEXT, Format.TEXT, Format.BINARY] * FEW]
_ARRAYS = SQL(
    "SELECT e.stream, e.version, e.topic, e.state"
    " FROM (SELECT set_config('planfold.tenant', %s, true) AS tenant, pg_advisory_xact_lock({})) AS begun,"
    " unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[]) WITH ORDINALITY AS e(stream, version, topic, state, n)"
    " WHERE begun.tenant IS NOT NULL ORDER BY e.n"
)
# A stream's name begins with its tenant: named apart, the key's index is used from its first column on.
_STREAM = SQL(
    "SELECT originator_id, originator_version, topic, state{} FROM {}, (SELECT %s::text AS stream) AS wanted"
    " WHERE tenant = split_part(stream, '/', 1) AND originator_id = stream"
)
_PAGE = SQL(
    "SELECT notification_id AS id, originator_id, originator_version, topic, state FROM {}"
    " WHERE notification_id > %s AND notification_id <= %s AND (%s OR topic = ANY(%s)) ORDER BY notification_id LIMIT %s"
)


class AggregateRecorder(PostgresAggregateRecorder):
    """Events of all tenants in one table, whose key begins with the tenant."""

    datastore: Datastore
    returning: LiteralString = ""

    def __init__(self, datastore: Datastore, *, events_table_name: str = "stored_events", **kwargs: Any) -> None:
        super().__init__(datastore, events_table_name=events_table_name, **kwargs)
        self.table = Identifier(datastore.schema, events_table_name)
        insert = _INSERT.format(self.table)
        # As bytes: to put a statement together anew takes as long as to send it.
        rows = [_FIRST_ROW, *(f"(${n}, ${n + 1}, ${n + 2}, ${n + 3})" for n in range(6, 4 * FEW, 4))]
        values = [f"VALUES {', '.join(rows[:count])}{self.returning}" for count in range(1, FEW + 1)]
        self._insert_rows = [insert.as_bytes() + each.encode() for each in values]
        self._insert_arrays = (insert + _ARRAYS.format(MANY_AT_ONCE) + SQL(self.returning)).as_bytes()
        self.select_events_statement = _STREAM.format(SQL(""), self.table)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ARG002
        """All events stand afterwards or none; their positions, where they have some.

        Not repeated in here: only the event log can tell a lost answer from a lost race. Raises IntegrityError where
        another event stands in one's place, OperationalError or InterfaceError where nobody knows.
        """
        if not stored_events:
            return None
        with self.datastore.get_connection() as connection:
            return self._insert(connection, stored_events)

    def _insert(self, connection: Connection, events: Sequence[StoredEvent]) -> Sequence[int] | None:
        if len(events) > MOST:
            raise ProgrammingError(f"cannot save {len(events)} events at once: a save takes {MOST}; save them in parts")
        tenant, slash, rest = str(events[0].originator_id).partition("/")
        if len(events) <= FEW:
            values = [tenant.encode()]
            for event in events:
                values += (str(event.originator_id).encode(), b"%d" % event.originator_version)
                values += (event.topic.encode(), event.state)
            values[1] = (slash + rest).encode()
            answer = connection.answer(self._insert_rows[len(events) - 1], values, _FORMATS[: len(values)])
            return [*map(int, answer)] if self.returning else None
        columns = zip(*((e.originator_id, e.originator_version, e.topic, e.state) for e in events), strict=True)
        with connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(self._insert_arrays, [tenant, *map(list, columns)], prepare=True)
            return [position for (position,) in cursor.fetchall()] if self.returning else None


class Recorder(AggregateRecorder, PostgresApplicationRecorder):
    """Events with positions, read in one order by all."""

    returning = " RETURNING notification_id"

    def __init__(self, datastore: Datastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        after = SQL(" AND originator_version > %s ORDER BY originator_version")
        self._select_stream = (_STREAM.format(SQL(", notification_id"), self.table) + after).as_bytes()
        self._select_page = _PAGE.format(self.table)
        self.order = ReadingOrder(datastore, self.table)

    def select_stream(self, stream: str, after: int) -> Sequence[Notification]:
        """A stream's events with their positions, which the library's own reading leaves out."""
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(self._select_stream, (stream, after), prepare=True)
            return [
                Notification(id=position, originator_id=name, originator_version=version, topic=topic, state=state)
                for name, version, topic, state, position in cursor
            ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The next events in their order, up to the first one before which another may still appear."""
        after = max(0, (start or 0) - inclusive_of_start)
        return self.order.whole(after, lambda: self.select_seen(after, limit, stop, topics))

    def select_seen(self, after: int, limit: int, stop: int | None, topics: Sequence[str]) -> Sequence[Notification]:
        """Whatever can be seen behind a position.

        Asked once, as the newest position is: the library asks ten times, and a lost database would be told after minutes.
        """
        wanted = (after, LAST_POSITION if stop is None else stop, not topics, list(topics), limit)
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=class_row(Notification)) as rows,
        ):
            return rows.execute(self._select_page, wanted, prepare=True).fetchall()

    def max_notification_id(self) -> int | None:
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=scalar_row) as newest:
            return newest.execute(self.max_notification_id_statement, prepare=True).fetchone()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        return Polling(self, gt, topics)


class ReadersRecorder(PostgresTrackingRecorder, Recorder, ProcessRecorder):
    """Events, and how far their writer has read another log, in one transaction."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        tracking = kwargs.get("tracking")
        if tracking is None:
            return super().insert_events(stored_events)
        with self.datastore.get_connection() as connection, connection.transaction():
            self._insert_tracking(connection.cursor(), tracking)
            return self._insert(connection, stored_events) if stored_events else None
