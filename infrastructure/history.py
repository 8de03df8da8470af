"""The whole log as it is read from one end to the other: in pages, in the order of positions, none passed over."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from eventsourcing.persistence import Notification, PersistenceError

from planfold.domain.recorded import Recorded, Stored
from planfold.infrastructure.errors import LogStalled, StoredEventUnreadable, StoreUnavailable
from planfold.infrastructure.event_codec import decode, opened, recorded_at
from planfold.infrastructure.event_log import Planfold

PAGE = 500
TRIES = 20
"""How often a page is asked for while a writer that is under way keeps it back, a quarter of a second each time."""


class LoggedHistory:
    """The port History, on whatever recorder the application was given; `stalling` says who keeps the log back."""

    def __init__(self, application: Planfold, stalling: Callable[[], str] = lambda: "a transaction") -> None:
        self._application, self._stalling = application, stalling

    def newest(self) -> int:
        try:
            return self._application.recorder.max_notification_id() or 0
        except PersistenceError as error:
            raise _unavailable(error) from error

    def before(self, at: datetime) -> int:
        """By halving: about twenty single events of a million are read."""
        newest = self.newest()
        low, high = 0, newest
        while low < high:
            middle = (low + high) // 2
            found = self._readable(middle, high, newest)
            if found is not None and found[1] < at:
                low = found[0]
            else:
                high = middle
        return low

    def _readable(self, after: int, until: int, newest: int) -> tuple[int, datetime] | None:
        """Where and when the next event up to `until` stands that can be read: one that is damaged has no time."""
        while after < until:
            (item,) = self._page(after, newest, 1)
            after = item.id
            if after <= until:
                with suppress(StoredEventUnreadable):
                    return after, recorded_at(item)
        return None

    def events(self, tenant: str, after: int, until: int) -> Iterator[Recorded[object]]:
        return map(decode, self._notifications(tenant, after, until))

    def stored(self, tenant: str, after: int, until: int) -> Iterator[Stored]:
        return map(opened, self._notifications(tenant, after, until))

    def _notifications(self, tenant: str, after: int, until: int) -> Iterator[Notification]:
        own, newest = f"{tenant}/", self.newest()
        while after < min(until, newest):
            page = self._page(after, newest, PAGE)
            for item in page:
                if item.id > until:
                    return
                if str(item.originator_id).startswith(own):
                    yield item
            after = page[-1].id

    def _page(self, after: int, until: int, limit: int) -> Sequence[Notification]:
        """The next events, at least one: there is an event at `until`."""
        read = self._application.recorder.select_notifications
        try:
            for _ in range(TRIES):
                if found := read(after, limit, until, inclusive_of_start=False):
                    return found
        except PersistenceError as error:
            raise _unavailable(error) from error
        raise LogStalled(after, self._stalling())


def _unavailable(error: PersistenceError) -> StoreUnavailable:
    reason = next(iter(str(error).strip().splitlines()), "no answer")
    return StoreUnavailable(
        f"cannot read the log: the store answers {reason!r}; `planfold doctor` says what is missing"
    )
