"""Who has written events and does not end, so that readers of the log wait before the gap (ADR 22)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from psycopg.rows import class_row

from planfold.infrastructure.postgres.connect import Connection, Pool, store_errors

_NAMED = 5
"""How many transactions are listed."""

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


def told(found: Sequence[Stalling]) -> str:
    """Who they are, in words; the longest first, as they are given."""
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(_words(each) for each in found[:_NAMED]) + more


def who_stalls(pool: Pool) -> str:
    """Who keeps readers waiting now, in words. Raises StoreUnavailable."""
    with store_errors("see who keeps readers waiting"), pool.connection() as connection:
        return told(stalling(connection)) or "a transaction"


def _words(found: Stalling) -> str:
    if found.age is None:
        return f"pid {found.pid} (a session of another role: its age and state are not shown to this one)"
    return f"pid {found.pid} ({found.age.total_seconds():,.0f} s old, {found.state})"
