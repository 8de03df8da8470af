"""Which build of a projection is shown, and making another one beside it.

Readers follow one pointer row, so they never see an empty or half-built model. The switch holds that row and the shown
build's checkpoint, brings the new build to just there, and moves the pointer.
"""

from datetime import datetime
from typing import Any, NamedTuple

from eventsourcing.persistence import Notification
from psycopg.rows import class_row

from planfold.infrastructure.postgres.connect import Connection, Pool, store_errors
from planfold.infrastructure.postgres.read_models.model import ReadModel, Rows, notification
from planfold.infrastructure.postgres.read_models.projector import PAGE, Projector

CLEARED_AT_ONCE = 5_000

_STANDING = """
SELECT p.name, p.build, p.version, p.since, p.making, p.making_version, t.notification_id AS checkpoint,
    coalesce((SELECT max(notification_id) FROM planfold.stored_events), 0) AS newest
FROM planfold.projections AS p JOIN planfold.tracking AS t ON t.application_name = p.name || ':' || p.build
WHERE p.name = %s
"""
_SERVED = """
SELECT coalesce(max(t.notification_id), 0) AS position
FROM planfold.projections AS p JOIN planfold.tracking AS t ON t.application_name = p.name || ':' || p.build
"""
_POINTER = "SELECT build, version, making, making_version FROM planfold.projections WHERE name = %s FOR UPDATE"
_CHECKPOINT = "SELECT notification_id FROM planfold.tracking WHERE application_name = %s FOR UPDATE"
_TRACK = "INSERT INTO planfold.tracking VALUES (%s, 0) ON CONFLICT DO NOTHING"
_TRACK_SHOWN = """
INSERT INTO planfold.tracking
SELECT name || ':' || build, 0 FROM planfold.projections WHERE name = %s
ON CONFLICT DO NOTHING
"""
_SETTLED = """
SELECT originator_id, originator_version, topic, state, notification_id
FROM planfold.stored_events
WHERE notification_id > %s AND notification_id <= %s
ORDER BY notification_id
LIMIT %s
"""
_STALE = """
SELECT split_part(application_name, ':', 2)::int AS build FROM planfold.tracking
WHERE application_name LIKE %s AND NOT EXISTS (
    SELECT FROM planfold.projections AS p
    WHERE p.name = split_part(application_name, ':', 1)
      AND split_part(application_name, ':', 2)::int IN (p.build, p.making)
)
"""


class Standing(NamedTuple):
    """Where a projection stands: the build that is shown and how far it has read; `making` is one that is not yet.

    `newest` is the position of the newest event.
    """

    name: str
    build: int
    version: int
    since: datetime
    making: int | None
    making_version: int | None
    checkpoint: int
    newest: int


def standing(connection: Connection, name: str) -> Standing | None:
    """In one cheap look; None if nobody has begun with it."""
    return connection.cursor(row_factory=class_row(Standing)).execute(_STANDING, (name,)).fetchone()


def served(pool: Pool) -> int:
    """Up to where a build that is shown has read the log, from the first position on; nothing will appear there.

    Raises StoreUnavailable.
    """
    with store_errors("read how far projections are"), pool.connection() as connection:
        row = connection.execute(_SERVED).fetchone()
    return 0 if row is None else row["position"]


class Builds:
    """The builds of every projection, in one database. All of it raises StoreUnavailable, SchemaMismatch."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def standing(self, model: ReadModel[Any]) -> Standing:
        """Where the projection stands; its first build, which is empty as yet, if there was none."""
        with store_errors(f"read projection {model.name}"), self._pool.connection() as connection:
            while (found := standing(connection, model.name)) is None:
                with connection.transaction():
                    connection.execute(
                        "INSERT INTO planfold.projections (name, build, version) VALUES (%s, 1, %s) ON CONFLICT DO NOTHING",
                        (model.name, model.version),
                    )
                    connection.execute(_TRACK_SHOWN, (model.name,))
        return found

    def begin(self, model: ReadModel[Any]) -> int:
        """The number of the build that is made now: one of this version that was interrupted, or else another one.

        One that is made in another version is given up for it.
        """
        self.standing(model)
        with (
            store_errors(f"rebuild {model.name}"),
            self._pool.connection() as connection,
            connection.transaction(),
        ):
            pointer = connection.execute(_POINTER, (model.name,)).fetchone() or {}
            if pointer["making_version"] == model.version:
                return int(pointer["making"])
            build = max(pointer["build"], pointer["making"] or 0) + 1
            connection.execute(
                "UPDATE planfold.projections SET making = %s, making_version = %s WHERE name = %s",
                (build, model.version, model.name),
            )
            connection.execute(_TRACK, (f"{model.name}:{build}",))
            return int(build)

    def switch(self, new: Projector[Any]) -> None:
        """The build is shown, unless somebody has decided otherwise meanwhile; readers lose no event by it."""
        name = new.model.name
        with store_errors(f"switch {name}"), self._pool.connection() as connection, connection.transaction():
            rows = connection.cursor()
            pointer = rows.execute(_POINTER, (name,)).fetchone() or {}
            if pointer["making"] != new.build:
                return
            shown = _held(rows, f"{name}:{pointer['build']}")
            at = _held(rows, new.key)
            # What another build has read is settled, so it is read here as it stands.
            while at < shown and (found := _events(rows, at, shown)):
                new.fold(rows, at, found)
                at = found[-1].id
            rows.execute(
                "UPDATE planfold.projections SET build = making, version = making_version, since = clock_timestamp(),"
                " making = NULL, making_version = NULL WHERE name = %s",
                (name,),
            )

    def clear(self, model: ReadModel[Any]) -> None:
        """What builds that are neither shown nor made left behind is gone, a few thousand rows at a time."""
        with store_errors(f"clear {model.name}"), self._pool.connection() as connection:
            for row in connection.execute(_STALE, (f"{model.name}:%",)).fetchall():
                build, key = row["build"], f"{model.name}:{row['build']}"
                connection.execute(_CHECKPOINT, (key,))  # whoever is at it ends, and nobody begins after that
                while model.clear(connection.cursor(), build, CLEARED_AT_ONCE):
                    pass
                connection.execute(
                    "DELETE FROM planfold.parked WHERE projection = %s AND build = %s", (model.name, build)
                )
                # Last, since it says that there is something to clear.
                connection.execute("DELETE FROM planfold.tracking WHERE application_name = %s", (key,))


def _held(rows: Rows, key: str) -> int:
    row = rows.execute(_CHECKPOINT, (key,)).fetchone()
    return 0 if row is None else row["notification_id"]


def _events(rows: Rows, after: int, until: int) -> list[Notification]:
    return [notification(row) for row in rows.execute(_SETTLED, (after, until, PAGE)).fetchall()]
