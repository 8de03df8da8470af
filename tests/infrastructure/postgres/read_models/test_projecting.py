"""One process keeps the projections up, the others wait; a lost database is tried again."""

import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from planfold.infrastructure import enduring
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.errors import InfrastructureError, StoreUnavailable
from planfold.infrastructure.postgres.connect import Connection, connect
from planfold.infrastructure.postgres.read_models.projecting import Projecting, Unwatched
from planfold.infrastructure.settings import Settings

World = Any


def url_of(conninfo: str) -> str:
    named = conninfo_to_dict(conninfo)
    return f"postgresql://{named['user']}@/{named['dbname']}?host={quote(str(named['host']))}&port={named['port']}"


class Heard(Unwatched):
    """What was told, but for the progress, as it comes."""

    def __init__(self) -> None:
        self.said: Queue[str] = Queue()

    def caught_up(self) -> None:
        self.said.put("caught up")

    def waits(self) -> None:
        self.said.put("waits")

    def takes_over(self) -> None:
        self.said.put("takes over")

    def lost(self, error: InfrastructureError, pause: float) -> None:  # noqa: ARG002 - the base's
        self.said.put(f"lost, {pause:g} s")

    def found(self) -> None:
        self.said.put("found")

    def until(self, wanted: str) -> list[str]:
        heard = [self.said.get(timeout=30)]
        while heard[-1] != wanted:
            heard.append(self.said.get(timeout=30))
        return heard


@pytest.fixture
def begun() -> Iterator[list[Projecting]]:
    """Whoever stands in it is stopped in the end."""
    listed: list[Projecting] = []
    yield listed
    for each in listed:
        each.stop()


def projecting_of(world: World, heard: Heard, begun: list[Projecting]) -> Projecting:
    begun.append(Projecting(world.another(), lambda: connect(world.database.app), heard))
    return begun[-1]


def test_what_is_recorded_is_shown_soon_after_without_anybody_asking(world: World, begun: list[Projecting]) -> None:
    heard = Heard()
    projecting_of(world, heard, begun).start()
    heard.until("caught up")
    world.begin("r1")
    heard.until("caught up")
    heard.until("caught up")

    assert world.folded("r1") == world.results()


def test_the_second_waits_says_so_and_takes_over(world: World, begun: list[Projecting]) -> None:
    first, second = Heard(), Heard()
    one = projecting_of(world, first, begun)
    one.start()
    first.until("caught up")
    projecting_of(world, second, begun).start()

    assert ["waits"] == second.until("waits")
    one.stop()
    assert ["takes over", "caught up"] == second.until("caught up")
    world.begin("r1")
    second.until("caught up")
    second.until("caught up")
    assert world.folded("r1") == world.results()


def test_a_lost_database_is_tried_again_and_again(
    world: World, begun: list[Projecting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enduring, "FIRST_PAUSE", 0.01)
    heard, away = Heard(), threading.Event()

    def open_session() -> Connection:
        if away.is_set():
            raise StoreUnavailable("away")
        return connect(world.database.app)

    begun.append(Projecting(world.another(), open_session, heard))
    begun[0].start()
    heard.until("caught up")
    away.set()
    with connect(world.database.admin) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert "lost, 0.01 s" == heard.until("lost, 0.04 s")[-3]
    away.clear()
    heard.until("found")
    world.begin("r1")
    heard.until("caught up")
    heard.until("caught up")
    assert world.folded("r1") == world.results()


def test_it_can_be_stopped_and_started_again(world: World, begun: list[Projecting]) -> None:
    heard = Heard()
    one = projecting_of(world, heard, begun)
    one.start()
    one.start()
    heard.until("caught up")
    one.stop()
    one.stop()
    world.begin("r1")
    one.start()
    heard.until("caught up")
    heard.until("caught up")

    assert world.folded("r1") == world.results()


def test_it_stops_between_two_steps_of_a_long_catching_up(
    world: World, begun: list[Projecting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planfold.infrastructure.postgres.read_models.projector.PAGE", 1)
    for number in range(5):
        world.begin(f"r{number}")

    class Stopping(Heard):
        def at(self, position: int, until: int) -> None:  # noqa: ARG002 - the base's
            begun[0].stop_soon()

    one = projecting_of(world, Stopping(), begun)
    one.run()

    assert 2 == world.read_models.status()[0].checkpoint


def test_a_schema_that_lacks_something_is_tried_again(
    world: World, begun: list[Projecting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enduring, "FIRST_PAUSE", 0.01)
    world.begin("r1")
    world.sql("REVOKE INSERT ON planfold.results FROM planfold_app")
    heard = Heard()
    projecting_of(world, heard, begun).start()

    assert ["lost, 0.01 s"] == heard.until("lost, 0.01 s")
    world.sql("GRANT INSERT ON planfold.results TO planfold_app")
    heard.until("found")
    assert world.folded("r1") == world.results()


def test_it_ends_with_the_installation_that_made_it(world: World) -> None:
    settings = Settings.model_validate({"database_url": url_of(world.database.app)})
    with Installation(settings) as installation:
        one = installation.projecting(heard := Heard())
        one.start()
        heard.until("caught up")

    assert "planfold-project" not in {thread.name for thread in threading.enumerate()}


def test_a_stream_that_is_parked_is_told_once_with_the_reason(world: World, begun: list[Projecting]) -> None:
    class Hearing(Heard):
        def parks(self, projection: str, stream: str, reason: str) -> None:
            self.said.put(f"{projection} {stream} {reason.partition(':')[0]}")

    heard = Hearing()
    projecting_of(world, heard, begun).start()
    heard.until("caught up")

    world.insert("default/run/broken", 1, "ContextBuilt", b"{}")
    parked = "results default/run/broken StoredEventUnreadable"
    heard.until(parked)
    world.insert("default/run/broken", 2, "MemoryRetrieved", b"{}")
    world.begin("r1")

    while "r1" not in world.results():
        assert parked not in heard.until("caught up")
