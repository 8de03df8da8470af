"""The recorders pass eventsourcing's own suites, on a table like ours that takes the suites' names and versions."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from planfold.infrastructure.postgres.connect import connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.recorder import AggregateRecorder, ReadersRecorder, Recorder
from planfold.infrastructure.postgres.stock_recorder import StockDatastore, StockRecorder

TABLE = "suite_events"
TRACKING = "suite_tracking"
# Without our constraints: the suites name streams as they like, and count versions from 0.
TABLES = f"""
CREATE TABLE planfold.{TABLE} (LIKE planfold.stored_events INCLUDING GENERATED INCLUDING IDENTITY INCLUDING INDEXES);
CREATE TABLE planfold.{TRACKING} (application_name text PRIMARY KEY, notification_id bigint);
GRANT SELECT, INSERT ON planfold.{TABLE} TO planfold_app;
GRANT SELECT, INSERT, UPDATE ON planfold.{TRACKING} TO planfold_app;
"""


@pytest.fixture
def make(database: Endpoint) -> Iterator[Callable[..., Any]]:
    """Makes a recorder of a kind, as planfold_app."""
    with connect(database.owner) as owner:
        owner.execute(TABLES.encode())
    with open_pool(database.app, size=12) as pool:
        datastores = {True: StockDatastore(pool), False: Datastore(pool)}

        def made(kind: Callable[..., Any], **tables: str) -> Any:
            return kind(datastores[kind is StockRecorder], **tables)

        yield made


class Suite:
    __test__ = True
    kind: type[Any]
    tables: dict[str, str]

    @pytest.fixture(autouse=True)
    def _make(self, make: Callable[..., Any]) -> None:
        self.recorder = make(self.kind, **self.tables)

    def create_recorder(self) -> Any:
        return self.recorder

    def new_originator_id(self) -> str:
        return str(uuid4())


EVENTS = {"events_table_name": TABLE}


class TestAggregateRecorder(Suite, AggregateRecorderTestCase):
    kind: type[Any] = AggregateRecorder
    tables = EVENTS


class TestApplicationRecorder(Suite, ApplicationRecorderTestCase[Any]):
    kind: type[Any] = Recorder
    tables = EVENTS

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestStockRecorder(TestApplicationRecorder):
    kind: type[Any] = StockRecorder


class TestPositionsOfLargeSaves(Suite, NonInterleavingNotificationIDsBaseCase):
    kind: type[Any] = Recorder
    tables = EVENTS


class TestTracking(Suite, TrackingRecorderTestCase):
    kind: type[Any] = ReadersRecorder
    tables = EVENTS | {"tracking_table_name": TRACKING}


class TestProcessRecorder(Suite, ProcessRecorderTestCase):
    kind: type[Any] = ReadersRecorder
    tables = EVENTS | {"tracking_table_name": TRACKING}


del (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)
