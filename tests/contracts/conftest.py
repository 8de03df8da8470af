"""Each port's contract runs on every adapter: on the public fakes, and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from planfold.application.ports import Artifacts, RunGuard, Snapshots
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import (
    FixedClock,
    InMemoryArtifacts,
    InMemorySnapshots,
    ProcessGuard,
    in_memory_application,
)
from planfold.infrastructure.postgres.artifacts import PostgresArtifacts, PostgresSnapshots
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.guard import PostgresGuard
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.postgres.stock_recorder import StockDatastore, StockRecorder

ADAPTERS = ["in_memory", "postgres", "pooler"]
"""The last is the same PostgreSQL by way of PgBouncer in transaction mode."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
def conninfo(request: pytest.FixtureRequest) -> str:
    app: str = request.getfixturevalue("database").app
    return app


@pytest.fixture
def pool(conninfo: str) -> Iterator[Pool]:
    with open_pool(conninfo, size=4) as opened:
        yield opened


@pytest.fixture
def pooled(database: Endpoint, through_pooler: Callable[[str], str]) -> Iterator[Pool]:
    with open_pool(through_pooler(database.app), size=4, pooled=True) as opened:
        yield opened


def pool_of(request: pytest.FixtureRequest) -> Pool:
    """The pool that goes with the parameter of a fixture."""
    opened: Pool = request.getfixturevalue("pooled" if "pooler" in request.param else "pool")
    return opened


@pytest.fixture(params=[*ADAPTERS, "stock", pytest.param("stock, pooler", marks=pytest.mark.slow)])
def application(request: pytest.FixtureRequest) -> Planfold:
    match request.param:
        case "in_memory":
            return in_memory_application()
        case "postgres" | "pooler":
            datastore = Datastore(pool_of(request))
            return Planfold(lambda env: Factory(env, Recorder(datastore)))
        case _:
            stock = StockDatastore(pool_of(request))
            return Planfold(lambda env: Factory(env, StockRecorder(stock)))


@pytest.fixture
def log(application: Planfold, clock: FixedClock) -> EventSourcingLog:
    return EventSourcingLog(application, clock, "tester")


@pytest.fixture(params=ADAPTERS)
def artifacts(request: pytest.FixtureRequest) -> Artifacts:
    return InMemoryArtifacts() if request.param == "in_memory" else PostgresArtifacts(pool_of(request))


@pytest.fixture(params=ADAPTERS)
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    return InMemorySnapshots() if request.param == "in_memory" else PostgresSnapshots(pool_of(request))


@pytest.fixture(params=["in_memory", "postgres"])
def guards(request: pytest.FixtureRequest) -> Iterator[tuple[RunGuard, RunGuard]]:
    """Two guards over the same runs: of two processes, where the adapter knows processes."""
    if request.param == "in_memory":
        guard = ProcessGuard()
        yield guard, guard
        return
    conninfo: str = request.getfixturevalue("conninfo")
    first, second = (PostgresGuard(lambda: connect(conninfo)) for _ in range(2))
    yield first, second
    first.close()
    second.close()
