"""Another build is made beside the one that is shown; readers never see it before it is whole."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from planfold.application.ports import RunQuery
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.read_models import keeping, projector
from planfold.infrastructure.postgres.read_models.builds import Builds
from planfold.infrastructure.postgres.read_models.keeping import MODELS, ReadModels
from planfold.infrastructure.postgres.read_models.results_table import ResultsTable
from planfold.infrastructure.postgres.results import PostgresResults

World = Any
Recorded = Callable[..., World]


class NewerTable(ResultsTable):
    version = 2


class NewestTable(ResultsTable):
    version = 3


def newer(world: World) -> ReadModels:
    """As a newer program has them."""
    return ReadModels(world.pool, (NewerTable(), MODELS[1]))


def builds(world: World) -> set[int]:
    return {row["build"] for row in world.sql("SELECT DISTINCT build FROM planfold.results")}


def test_a_rebuilt_row_is_the_live_row(recorded: Recorded) -> None:
    world = recorded("r1", "r2")
    world.grant("g1", 5)
    for name in world.read_models.names:
        world.read_models.bring_up(name)
    before = (world.results(), world.ledgers())

    for name in world.read_models.names:
        world.read_models.rebuild(name)

    assert before == (world.results(), world.ledgers())
    assert [(2, 1, None), (2, 1, None)] == [
        (each.build, each.version, each.making) for each in world.read_models.status()
    ]


def test_nothing_is_left_of_the_build_before(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planfold.infrastructure.postgres.read_models.builds.CLEARED_AT_ONCE", 2)
    world = recorded("r1", "r2", "r3")
    world.insert("default/run/broken", 1, "ContextBuilt", b"{}")
    world.read_models.bring_up("results")

    world.read_models.rebuild("results")

    assert {2} == builds(world)
    assert [{"build": 2}] == world.sql("SELECT build FROM planfold.parked")
    tracked = world.sql("SELECT application_name FROM planfold.tracking WHERE application_name LIKE 'results:%%'")
    assert [{"application_name": "results:2"}] == tracked


def test_a_rebuild_of_what_was_never_asked_for_shows_the_whole(recorded: Recorded) -> None:
    world = recorded("r1")

    world.read_models.rebuild("results")
    world.read_models.bring_up("results")

    assert world.folded("r1") == world.results()


def test_one_that_was_interrupted_is_gone_on_with(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAGE", 2)
    world = recorded("r1", "r2", "r3")
    world.read_models.bring_up("results")

    def give_up(_position: int, _until: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.read_models.rebuild("results", give_up)
    assert (1, 2) == (world.read_models.status()[0].build, world.read_models.status()[0].making)
    assert world.folded("r1", "r2", "r3") == world.results()

    told: list[int] = []
    world.another().rebuild("results", lambda position, _until: told.append(position))

    assert [4, 6, 8, 9] == told
    assert {2} == builds(world)
    assert world.folded("r1", "r2", "r3") == world.results()


def test_two_make_the_same_build_together(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAGE", 2)
    world = recorded(*(f"r{number}" for number in range(10)))
    world.read_models.bring_up("results")
    together = threading.Barrier(2)

    def rebuild() -> None:
        read_models = newer(world)
        together.wait(timeout=10)
        read_models.bring_up("results")

    threads = [threading.Thread(target=rebuild) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {2} == builds(world)
    assert world.folded(*(f"r{number}" for number in range(10))) == world.results()


def test_a_newer_program_builds_anew_before_it_serves(recorded: Recorded) -> None:
    world = recorded("r1")
    world.read_models.bring_up("results")

    found = newer(world).bring_up("results")

    assert (2, 2) == (found.build, found.version)
    assert world.folded("r1") == world.results()


def test_an_older_program_leaves_alone_what_a_newer_one_keeps(recorded: Recorded) -> None:
    world = recorded("r1")
    newer(world).bring_up("results")
    world.begin("r2")

    found = world.read_models.bring_up("results")

    assert (2, 3) == (found.version, found.checkpoint)
    assert {"r1"} == set(world.results())


def test_an_older_program_leaves_alone_what_a_newer_one_is_making(recorded: Recorded) -> None:
    world = recorded("r1")
    world.read_models.bring_up("results")
    Builds(world.pool).begin(NewestTable())

    found = newer(world).bring_up("results")

    assert (1, 1, 3) == (found.build, found.version, found.making_version)
    world.begin("r2")
    world.read_models.bring_up("results")
    assert world.folded("r1", "r2") == world.results()


def test_an_older_program_that_is_told_to_rebuild_keeps_it_from_then_on(recorded: Recorded) -> None:
    world = recorded("r1")
    newer(world).bring_up("results")
    world.begin("r2")

    world.read_models.rebuild("results")
    found = world.read_models.bring_up("results")

    assert (2, 1) == (found.build, found.version)
    assert world.folded("r1", "r2") == world.results()


def test_who_kept_the_old_build_up_goes_on_with_the_new_one(recorded: Recorded) -> None:
    world = recorded("r1")
    world.read_models.bring_up("results")
    old = projector.Projector(world.read_models._recorder, world.pool, MODELS[0], 1)
    world.another().rebuild("results")
    world.begin("r2")

    with pytest.raises(projector.Dropped):
        old.catch_up(5)
    world.read_models.bring_up("results")

    assert world.folded("r1", "r2") == world.results()


def test_the_switch_brings_the_new_build_to_where_the_shown_one_is(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planfold.infrastructure.postgres.read_models.builds.PAGE", 2)
    world = recorded("r1", "r2")
    world.read_models.bring_up("results")
    builds = Builds(world.pool)
    new = projector.Projector(world.read_models._recorder, world.pool, MODELS[0], builds.begin(MODELS[0]))
    builds.switch(new)

    assert (2, 6) == (world.read_models.status()[0].build, new.checkpoint())
    assert world.folded("r1", "r2") == world.results()


def test_a_build_that_was_given_up_for_a_newer_one_is_not_shown(recorded: Recorded) -> None:
    world = recorded("r1")
    world.read_models.bring_up("results")
    builds, newest = Builds(world.pool), NewerTable()
    old = projector.Projector(world.read_models._recorder, world.pool, MODELS[0], builds.begin(MODELS[0]))
    assert (2, 3) == (old.build, builds.begin(newest))
    builds.switch(old)

    with pytest.raises(projector.Dropped):
        old.catch_up(3)
    assert (1, 3, 2) == builds.standing(newest)[1:2] + builds.standing(newest)[4:6]


def test_what_a_dead_process_did_not_clear_is_cleared_later(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = recorded("r1")
    world.read_models.bring_up("results")
    with monkeypatch.context() as patched:
        patched.setattr("planfold.infrastructure.postgres.read_models.builds.Builds.clear", lambda *_: None)
        world.read_models.rebuild("results")
    assert {1, 2} == builds(world)

    world.read_models.clear()

    assert {2} == builds(world)


def test_readers_see_every_run_while_another_build_is_made_and_events_are_appended(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "PAGE", 3)
    monkeypatch.setattr(keeping, "NEAR", 6)
    world = recorded(*(f"r{number}" for number in range(8)))
    world.read_models.bring_up("results")
    done = threading.Event()
    least: list[str] = []

    def append() -> None:
        for number in range(20):
            world.begin(f"new{number}")

    def read() -> None:
        """Whatever was once found is found again."""
        reader = PostgresResults(lambda: world.pool, world.another())
        before: set[str] = {f"r{number}" for number in range(8)}
        while not done.is_set():
            now = {run.run_id for run in reader.find(RunQuery("default", limit=100))}
            least.extend(before - now)
            before = now

    reading, appending = threading.Thread(target=read), threading.Thread(target=append)
    reading.start()
    appending.start()
    for _ in range(3):
        world.another().rebuild("results")
    appending.join()
    done.set()
    reading.join()
    world.read_models.bring_up("results")

    assert [] == least
    assert {4} == builds(world)
    runs = [*(f"r{number}" for number in range(8)), *(f"new{number}" for number in range(20))]
    assert world.folded(*runs) == world.results()


def test_a_rebuild_does_not_wait_for_a_writer_behind_what_is_shown(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "NEAR", 0)
    world = recorded("r1")
    world.sql("SELECT nextval(pg_get_serial_sequence('planfold.stored_events', 'notification_id'))")
    world.begin("r2")
    world.read_models.bring_up("results")
    before = world.results()
    with connect(world.database.app) as other, other.transaction(force_rollback=True):
        other.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES ('a/run/1', 1, 'topic', '')"
        )
        world.begin("r3")

        world.another().rebuild("results")

        assert before == world.results()
    world.read_models.bring_up("results")
    assert {"r3"} == world.results().keys() - before.keys()
