"""Streams that a projection stumbled over: seen with the reason, and folded again."""

from datetime import datetime
from typing import NamedTuple

from psycopg import Rollback
from psycopg.rows import class_row

from planfold.domain.names import tenant_of
from planfold.infrastructure.postgres.connect import Connection, Pool, store_errors
from planfold.infrastructure.postgres.read_models.model import State, notification
from planfold.infrastructure.postgres.read_models.projector import Projector

AT_MOST = 1_000

_LIST = """
SELECT DISTINCT ON (p.stream) p.projection, p.stream, p.version, p.position, p.reason, p.parked_at,
    count(*) OVER (PARTITION BY p.stream) AS events
FROM planfold.parked AS p JOIN planfold.projections AS shown ON shown.name = p.projection AND shown.build = p.build
WHERE p.projection = %s
ORDER BY p.stream, p.version
LIMIT %s
"""
_TAKE = """
DELETE FROM planfold.parked WHERE tenant = %s AND stream = %s AND projection = %s AND build = %s RETURNING version
"""
_EVENTS = """
SELECT originator_id, originator_version, topic, state, notification_id
FROM planfold.stored_events
WHERE tenant = %s AND originator_id = %s AND originator_version BETWEEN %s AND %s
ORDER BY originator_version
"""


class Parked(NamedTuple):
    """A stream with the event that could not be folded; `events` counts it and those behind it."""

    projection: str
    stream: str
    version: int
    position: int
    reason: str
    parked_at: datetime
    events: int


def parked(connection: Connection, projection: str) -> list[Parked]:
    """Those of the build that is shown, by name; the first thousand."""
    return connection.cursor(row_factory=class_row(Parked)).execute(_LIST, (projection, AT_MOST)).fetchall()


def retry(pool: Pool, projector: Projector[State], stream: str) -> Exception | None:
    """What was parked of the stream is folded, in order; or what stands against it still, and all of it stays parked.

    Raises Dropped, StoreUnavailable.
    """
    mine = (tenant_of(stream), stream, projector.model.name, projector.build)
    with store_errors(f"retry {stream}"), pool.connection() as connection, connection.transaction() as transaction:
        rows = connection.cursor()
        projector.hold(rows)  # so that nothing is parked behind what is taken
        versions = [row["version"] for row in rows.execute(_TAKE, mine).fetchall()]
        if not versions:
            return None
        rows.execute(_EVENTS, (tenant_of(stream), stream, min(versions), max(versions)))
        error = projector.stumbles(rows, {stream: [notification(row) for row in rows.fetchall()]})
        if error is None:
            return None
        raise Rollback(transaction)
    return error
