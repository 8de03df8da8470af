"""The log of one tenant for others: as CloudEvents, in the order of positions, none passed over, from any position on."""

from collections.abc import Iterator
from datetime import datetime

from planfold.application.clocks import surely_before
from planfold.application.cloud_events import CloudEvent, cloud_event, source_uri
from planfold.application.errors import BeyondTheLog
from planfold.application.ports import History
from planfold.domain.names import identifier


class Exporter:
    """Raises InvalidIdentifier, and InvalidText for a `source` that is no URI."""

    def __init__(self, history: History, tenant: str = "default", source: str | None = None) -> None:
        self._history, self._tenant = history, identifier(tenant, "tenant")
        self._source = None if source is None else source_uri(source)

    def newest(self) -> int:
        """The position of the newest event of all tenants, 0 if there is none. Raises StoreUnavailable."""
        return self._history.newest()

    def before(self, at: datetime) -> int:
        """The position behind which the first event stands that was recorded at `at` or later, and so does every other one.

        Where clocks differ, earlier ones may stand among those. Raises StoreUnavailable, EventUnreadable.
        """
        newest = self._history.newest()
        for stored in self._history.stored(self._tenant, self._history.before(surely_before(at)), newest):
            if datetime.fromisoformat(stored.recorded_at) >= at:
                return stored.position - 1
        return newest

    def events(self, since: int = 0, until: int | None = None) -> Iterator[CloudEvent]:
        """The events behind position `since`, up to `until` or to the newest one now; read as they are asked for.

        The `sequence` of the last one, as a number, is the `since` of those that follow. Raises BeyondTheLog,
        StoreUnavailable, StoredEventUnreadable.
        """
        newest = self._history.newest()
        if since > newest:
            raise BeyondTheLog(since, newest)
        for stored in self._history.stored(self._tenant, max(0, since), newest if until is None else until):
            yield cloud_event(stored, self._source)
