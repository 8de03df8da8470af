"""Who has written events and does not end, so that readers of the log wait before the gap (ADR 22)."""

from datetime import timedelta
from typing import NamedTuple

from psycopg.rows import class_row

from planfold.infrastructure.postgres.connect import Connection

_STALLING = """
SELECT l.pid, clock_timestamp() - a.xact_start AS age, a.state
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'RowExclusiveLock'
  AND l.relation = 'planfold.stored_events'::regclass
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (a.xact_start IS NULL OR clock_timestamp() - a.xact_start > %s)
ORDER BY a.xact_start
"""


class Stalling(NamedTuple):
    """A transaction that has written events and does not end; age and state are known of sessions of one's own role.

    `pid` is None for a prepared transaction, which no process holds.
    """

    pid: int | None
    age: timedelta | None
    state: str | None


def stalling(connection: Connection, longer: timedelta = timedelta(seconds=1)) -> list[Stalling]:
    """Who has kept readers from going on for `longer`, the longest first."""
    with connection.cursor(row_factory=class_row(Stalling)) as cursor:
        return cursor.execute(_STALLING, [longer]).fetchall()
