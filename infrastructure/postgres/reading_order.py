"""Events are read in the order of their positions, and none is passed over, although writers do not wait for each other.

A position is given before its save is committed, so that a later one may be seen first. What follows without a gap is
served, from where a reader asks. A gap is waited for: whoever was given a position in it held a lock on the table before,
and gives it back after its save can be seen. When all who held one at a time are gone, all that was given before that
time is settled.
"""

import time
from collections.abc import Callable, Sequence
from threading import Event

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from planfold.infrastructure.postgres.datastore import Datastore

PATIENCE = 0.25
"""Seconds that one reading waits for writers before it answers that there is nothing yet."""
PAGE = 500
INTERVAL = 0.05
"""Seconds between two looks of a subscription that has read everything."""

# One statement: the locks are looked at while it runs, so after the snapshot in which the newest position was seen.
_LOOK = SQL(
    "SELECT coalesce((SELECT max(notification_id) FROM {table}), 0), ARRAY("
    " SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted AND mode = 'RowExclusiveLock'"
    " AND relation = {name}::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


class ReadingOrder:
    """How far all positions are settled: seen by whoever reads next, or never to be seen. Safe for many threads."""

    def __init__(self, datastore: Datastore, table: Identifier) -> None:
        self._datastore = datastore
        self._look_statement = _LOOK.format(table=table, name=table.as_string())
        self._settled = 0
        self._awaited: tuple[int, set[str]] | None = None
        """Whom the last reading waited for in vain: with others in their place, a reader would never go on."""
        self.served: Callable[[], int] = int
        """Up to where a reader of the whole log, of whatever process, was served; asked when a wait is in vain."""

    def whole(self, after: int, read: Callable[[], Sequence[Notification]]) -> Sequence[Notification]:
        """What `read` finds behind `after`, cut off before the first gap that is not settled; it reads again after a wait."""
        while True:
            settled = self._settled
            found = read()
            whole = _without_gap(found, max(after, settled))
            if whole and after <= settled:  # what is before a later `after` may not be settled
                self._learn(whole[-1].id)
            if whole or not found or not self._settle():
                return whole

    def _settle(self) -> bool:
        """More is settled: what can be seen now, or if a writer under way does not end within PATIENCE, what others know."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.001
        newest, before = self._awaited or self._look()
        while before:
            if time.monotonic() > deadline:
                self._awaited = newest, before
                return self._learn(self.served())
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
            before &= self._look()[1]
        self._awaited = None
        self._learn(newest)
        return True

    def _learn(self, settled: int) -> bool:
        """Whether that is news."""
        before, self._settled = self._settled, max(self._settled, settled)
        return before < settled

    def _look(self) -> tuple[int, set[str]]:
        with self._datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(self._look_statement, prepare=True).fetchone()
            assert row is not None  # noqa: S101 - a SELECT without FROM has one row
            return row[0], set(row[1])


def _without_gap(found: Sequence[Notification], at: int) -> Sequence[Notification]:
    for count, notification in enumerate(found):
        if notification.id > at + 1:
            return found[:count]
        at = max(at, notification.id)
    return found


class Polling(Subscription[ApplicationRecorder]):
    """All events from a position on, as they come; who stops it from another thread ends a wait."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._page: list[Notification] = []
        self._stopped = Event()

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._page:
                notification = self._page.pop()
                self._last_notification_id = notification.id
                return notification
            found = self._recorder.select_notifications(
                self._last_notification_id, PAGE, topics=self._topics, inclusive_of_start=False
            )
            self._page = list(reversed(found))
            if not found:
                self._stopped.wait(INTERVAL)
        raise StopIteration
