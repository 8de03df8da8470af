"""Writers to one stream take turns over all processes; without a turn they go on all the same."""

import threading
from collections.abc import Iterator

import pytest

from planfold.infrastructure.postgres import turns
from planfold.infrastructure.postgres.connect import Connection, Pool, connect, open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.turns import PostgresTurns

SECONDS = 30
STREAM = "default/ledger/agent:scout"


@pytest.fixture
def pool(database: Endpoint) -> Iterator[Pool]:
    with open_pool(database.app, size=4) as pool:
        yield pool


@pytest.fixture
def admin(database: Endpoint) -> Iterator[Connection]:
    with connect(database.admin) as connection:
        yield connection


def _wait_for_waiting(admin: Connection) -> None:
    query = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deadline = threading.Event()
    timer = threading.Timer(SECONDS, deadline.set)
    timer.start()
    try:
        while admin.execute(query).fetchone() is None:
            assert not deadline.is_set()
    finally:
        timer.cancel()


@pytest.mark.parametrize("processes", [1, 2])
def test_the_second_begins_when_the_first_has_ended(pool: Pool, admin: Connection, processes: int) -> None:
    told: list[str] = []
    first = PostgresTurns(pool)
    second = first if processes == 1 else PostgresTurns(pool)

    def follow() -> None:
        with second.turn(STREAM):
            told.append("second")

    follower = threading.Thread(target=follow)
    with first.turn(STREAM):
        follower.start()
        if processes > 1:
            _wait_for_waiting(admin)
        told.append("first")
    follower.join(SECONDS)

    assert ["first", "second"] == told


def test_other_streams_are_not_waited_for(pool: Pool) -> None:
    with PostgresTurns(pool).turn(STREAM), PostgresTurns(pool).turn("default/ledger/agent:other"):
        pass


def test_whoever_has_waited_for_long_goes_on_without(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", "1ms")

    with PostgresTurns(pool).turn(STREAM), PostgresTurns(pool).turn(STREAM):
        pass

    with pool.connection() as connection:
        assert {"works": 1} == connection.execute("SELECT 1 AS works").fetchone()


def test_a_turn_ends_with_an_error_and_raises_it(pool: Pool) -> None:
    with pytest.raises(LookupError), PostgresTurns(pool).turn(STREAM):
        raise LookupError

    with PostgresTurns(pool).turn(STREAM):
        pass


def test_a_turn_that_was_lost_with_its_connection_raises_nothing(pool: Pool, admin: Connection) -> None:
    with PostgresTurns(pool).turn(STREAM):
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        )

    with pool.connection() as connection:
        assert {"works": 1} == connection.execute("SELECT 1 AS works").fetchone()


def test_one_connection_alone_is_left_to_the_one_who_writes(database: Endpoint) -> None:
    with open_pool(database.app, size=1, wait=1) as pool, PostgresTurns(pool).turn(STREAM), pool.connection() as own:
        assert {"works": 1} == own.execute("SELECT 1 AS works").fetchone()


def test_the_connections_of_a_pooler_are_left_to_those_who_write(database: Endpoint, admin: Connection) -> None:
    with open_pool(database.app, size=2, pooled=True) as pool, PostgresTurns(pool).turn(STREAM):
        assert {"held": 0} == admin.execute(
            "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()


def test_a_server_that_is_gone_leaves_the_saying_to_the_save(database: Endpoint) -> None:
    with (
        open_pool(database.app.replace("planfold_app", "nobody_there"), size=2, wait=1) as pool,
        PostgresTurns(pool).turn(STREAM),
    ):
        pass
