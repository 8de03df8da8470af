"""The recorders that are checked: ours, the library's, and one that is known to be wrong."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eventsourcing.persistence import InterfaceError, Notification, OperationalError
from psycopg.sql import Identifier

from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.reading_order import ReadingOrder
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.postgres.stock_recorder import StockDatastore, StockRecorder


class WatchedOrder(ReadingOrder):
    """Counts the gaps at which a reader had to look, and times those at which it had to wait."""

    def __init__(self, datastore: Datastore, table: Identifier) -> None:
        super().__init__(datastore, table)
        self.gaps = self.waits = 0
        self.longest_wait = 0.0
        self._looks = 0
        self._since: float | None = None

    def _settle(self) -> bool:
        if self._since is None:
            self._since, self._looks = time.monotonic(), 0
            self.gaps += 1
        settled = super()._settle()
        if settled:
            if self._looks > 1:
                self.waits += 1
                self.longest_wait = max(self.longest_wait, time.monotonic() - self._since)
            self._since = None
        return settled

    def _look(self) -> tuple[int, set[str]]:
        self._looks += 1
        return super()._look()


class Watched(Recorder):
    order: WatchedOrder

    def __init__(self, datastore: Datastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.order = WatchedOrder(datastore, self.table)


class WatchedStock(Watched, StockRecorder):
    """The library's way to save."""


class Naive(Watched):
    """Answers what it sees and waits for nobody, so it passes over what is committed late."""

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        return self.select_seen((start or 0) - inclusive_of_start, limit, stop, topics)


KINDS: dict[str, Callable[..., Watched]] = {"planfold": Watched, "stock": WatchedStock, "naive": Naive}


TRIES = 20
"""A recorder asks the server for something when it is made; so often that session may be ended."""


@contextmanager
def recorder(kind: str, conninfo: str, size: int) -> Iterator[Watched]:
    with open_pool(conninfo, size=size) as pool:
        datastore = StockDatastore(pool) if kind == "stock" else Datastore(pool)
        yield _made(kind, datastore)


def _made(kind: str, datastore: Datastore, tries: int = TRIES) -> Watched:
    try:
        return KINDS[kind](datastore)
    except (OperationalError, InterfaceError):
        if tries == 1:
            raise
        return _made(kind, datastore, tries - 1)
