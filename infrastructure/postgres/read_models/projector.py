"""Keeping one build of a projection up to the log: rows and checkpoint in one transaction, many events at a time.

Exactly once, whoever is killed and however many work: the checkpoint is moved first, and only from where it was read, so
that of two the second waits for the first, finds it moved, and goes on behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic

import psycopg
from eventsourcing.persistence import Notification, PersistenceError

from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.postgres.connect import Pool, store_errors
from planfold.infrastructure.postgres.read_models.model import ReadModel, Rows, State
from planfold.infrastructure.postgres.recorder import Recorder

PAGE = 500
BEHIND = "an earlier event of the stream is parked"
LONGEST_REASON = 1_000

_CHECKPOINT = "SELECT notification_id FROM planfold.tracking WHERE application_name = %s"
_MOVE = "UPDATE planfold.tracking SET notification_id = %s WHERE application_name = %s AND notification_id = %s"
_KEPT = "SELECT FROM planfold.projections WHERE name = %s AND %s IN (build, making)"
_PARKED = """
SELECT DISTINCT p.stream FROM planfold.parked AS p
JOIN unnest(%s::text[]) AS wanted(stream) ON p.tenant = split_part(wanted.stream, '/', 1) AND p.stream = wanted.stream
WHERE p.projection = %s AND p.build = %s
"""
_PARK = """
INSERT INTO planfold.parked (tenant, stream, projection, build, version, position, reason)
VALUES (split_part(%s, '/', 1), %s, %s, %s, %s, %s, %s)
"""

Told = Callable[[int, int], None]
"""Hears the position reached and the one that is aimed at, between two steps; what it raises ends the work there."""


def silent(_position: int, _until: int) -> None: ...


Parks = Callable[[str, str, str], None]
"""Hears which projection could not fold which stream from then on, and why, once that is committed."""


def unheard(_projection: str, _stream: str, _reason: str) -> None: ...


class Overtaken(Exception):
    """Somebody else has folded these events meanwhile; nothing was written."""


class Dropped(Exception):
    """The build is neither shown nor made any more; nothing was written."""


class Projector(Generic[State]):
    """One build of one projection; several of the same, in any processes, take turns."""

    def __init__(
        self, recorder: Recorder, pool: Pool, model: ReadModel[State], build: int, parks: Parks = unheard
    ) -> None:
        self._recorder, self._pool, self.model, self.build, self._parks = recorder, pool, model, build, parks
        self.key = f"{model.name}:{build}"

    def checkpoint(self) -> int:
        """The position up to which events are folded. Raises Dropped, StoreUnavailable."""
        with store_errors(f"project {self.model.name}"), self._pool.connection() as connection:
            row = connection.execute(_CHECKPOINT, (self.key,)).fetchone()
        if row is None:
            raise Dropped
        position: int = row["notification_id"]
        return position

    def step(self, begun: int, until: int) -> int:
        """The next events behind the checkpoint `begun` are folded, none behind `until`; the new checkpoint.

        It is `begun` again if there is nothing yet. Raises Overtaken, Dropped, StoreUnavailable.
        """
        try:
            found = self._recorder.select_notifications(begun or None, PAGE, until, inclusive_of_start=False)
        except PersistenceError as error:
            reason = next(iter(str(error).strip().splitlines()), "no answer")
            raise StoreUnavailable(f"cannot project {self.model.name}: the store answers {reason!r}") from error
        if not found:
            return begun
        with (
            store_errors(f"project {self.model.name}"),
            self._pool.connection() as connection,
            connection.transaction(),
        ):
            reasons = self.fold(connection.cursor(), begun, found)
        for stream, reason in reasons.items():
            self._parks(self.model.name, stream, reason)
        return found[-1].id

    def catch_up(self, until: int, told: Told = silent) -> int:
        """Everything up to `until` is folded, by this process or others; the checkpoint then.

        It is lower where a writer that is under way keeps events back. Raises Dropped, StoreUnavailable.
        """
        at = self.checkpoint()
        while at < until:
            try:
                reached = self.step(at, until)
            except Overtaken:
                reached = self.checkpoint()
            if reached == at:
                break
            at = reached
            told(at, until)
        return at

    def fold(self, rows: Rows, begun: int, found: Sequence[Notification]) -> dict[str, str]:
        """These events, which follow `begun`, are folded within the caller's transaction; why streams were parked.

        Raises Overtaken, Dropped.
        """
        if not rows.execute(_MOVE, (found[-1].id, self.key, begun)).rowcount:
            raise Overtaken
        self._check(rows)
        streams: dict[str, list[Notification]] = {}
        for notification in found:
            if self.model.takes(str(notification.originator_id)):
                streams.setdefault(str(notification.originator_id), []).append(notification)
        if not streams:
            return {}
        parked = rows.execute(_PARKED, ([*streams], self.model.name, self.build)).fetchall()
        behind = {row["stream"]: streams.pop(row["stream"]) for row in parked}
        reasons: dict[str, str] = {}
        if self.stumbles(rows, streams):
            for stream, events in streams.items():
                if reason := self._one_by_one(rows, stream, events):
                    reasons[stream] = reason
        for notification in (each for events in behind.values() for each in events):
            self._park(rows, notification, BEHIND)
        return reasons

    def hold(self, rows: Rows) -> None:
        """Nobody else folds into the build until the caller's transaction ends. Raises Dropped."""
        rows.execute(f"{_CHECKPOINT} FOR UPDATE", (self.key,))
        self._check(rows)

    def _check(self, rows: Rows) -> None:
        """With the checkpoint's row held, which whoever drops the build has held before."""
        if rows.execute(_KEPT, (self.model.name, self.build)).fetchone() is None:
            raise Dropped

    def stumbles(self, rows: Rows, streams: Mapping[str, Sequence[Notification]]) -> Exception | None:
        """The events are folded into rows; or what they made the model or the database raise, and nothing is."""
        try:
            with rows.connection.transaction():
                before = {stream: events[0].originator_version for stream, events in streams.items()}
                states = dict(self.model.load(rows, self.build, before))
                for stream, events in streams.items():
                    for notification in events:
                        states[stream] = self.model.evolve(states.get(stream), decode(notification))
                self.model.store(rows, self.build, states)
        except Exception as error:
            if _is_outside(error):
                raise
            return error
        return None

    def _one_by_one(self, rows: Rows, stream: str, events: Sequence[Notification]) -> str | None:
        """Why the stream was parked, if it was."""
        reason = None
        for notification in events:
            if reason is not None:
                self._park(rows, notification, BEHIND)
            elif error := self.stumbles(rows, {stream: [notification]}):
                reason = f"{type(error).__name__}: {error}"
                self._park(rows, notification, reason)
        return reason

    def _park(self, rows: Rows, notification: Notification, reason: str) -> None:
        stream = notification.originator_id
        # PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair; a reason may quote both.
        told = reason.encode(errors="backslashreplace").decode().replace("\0", "\\0")[:LONGEST_REASON]
        place = (notification.originator_version, notification.id)
        rows.execute(_PARK, (stream, stream, self.model.name, self.build, *place, told))


def _is_outside(error: Exception) -> bool:
    """Whether no event is to blame: the database is away, full or refuses us, or there is no memory."""
    blamed = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
    return isinstance(error, MemoryError) or (isinstance(error, psycopg.Error) and not isinstance(error, blamed))
