"""An event that cannot be folded parks its own stream, and nothing else."""

from typing import Any

import pytest

from planfold.application.ports import RunQuery
from planfold.infrastructure.errors import SchemaMismatch
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.postgres.read_models import projector
from planfold.infrastructure.postgres.results import PostgresResults

World = Any

BROKEN = "default/run/broken"


@pytest.fixture
def poisoned(world: World) -> World:
    """The second event of a run cannot be read; a third one follows, and other runs before and after."""
    world.begin("r1")
    world.begin("broken")
    world.sql(
        "UPDATE planfold.stored_events SET state = %s WHERE originator_id = %s AND originator_version = 2",
        [b"{}", BROKEN],
    )
    world.insert(BROKEN, 3, "DraftFailed", b"{}")
    world.end("r1")
    return world


def mend(world: World) -> None:
    (whole,) = world.sql(
        "SELECT state FROM planfold.stored_events WHERE originator_id = 'default/run/r1' AND originator_version = 2"
    )
    world.sql(
        "UPDATE planfold.stored_events SET state = %s WHERE originator_id = %s AND originator_version = 2",
        [bytes(whole["state"]), BROKEN],
    )
    (last,) = world.sql(
        "SELECT state FROM planfold.stored_events WHERE originator_id = 'default/run/r1' AND originator_version = 3"
    )
    world.sql(
        "UPDATE planfold.stored_events SET state = %s WHERE originator_id = %s AND originator_version = 3",
        [bytes(last["state"]), BROKEN],
    )


def test_the_stream_is_parked_from_the_event_on_and_the_others_go_on(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")

    (found,) = poisoned.read_models.parked("results")
    assert (BROKEN, 2, 2) == (found.stream, found.version, found.events)
    assert "StoredEventUnreadable: cannot read event 2" in found.reason
    assert poisoned.folded("r1") == {"r1": poisoned.results()["r1"]}
    assert 1 == poisoned.results()["broken"]["version"]
    assert [] == poisoned.read_models.parked("ledgers")


def test_runs_are_found_as_they_were_before_the_event_and_no_page_fails(poisoned: World) -> None:
    reader = PostgresResults(lambda: poisoned.pool, poisoned.read_models)

    assert [("broken", 1), ("r1", 3)] == [(run.run_id, run.version) for run in reader.find(RunQuery("default"))]


def test_a_row_that_this_program_cannot_read_is_told_with_what_to_do(world: World) -> None:
    world.begin("r1")
    reader = PostgresResults(lambda: world.pool, world.read_models)
    reader.find(RunQuery("default"))
    world.sql('UPDATE planfold.results SET result = result || \'{"attempts": "many", "added_later": 1}\'')

    with pytest.raises(
        SchemaMismatch, match=r"cannot read what is kept of run r1: .* at attempts; run: planfold projections rebuild"
    ):
        reader.find(RunQuery("default"))
    world.sql("UPDATE planfold.results SET result = result || '{\"attempts\": 0}'")
    assert ["r1"] == [run.run_id for run in reader.find(RunQuery("default"))]


def test_later_events_of_the_stream_stand_behind_it_in_order(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")
    poisoned.insert(BROKEN, 4, "RunReported", b"{}")

    poisoned.read_models.bring_up("results")

    parked = poisoned.sql("SELECT version, reason FROM planfold.parked ORDER BY version")
    assert [2, 3, 4] == [row["version"] for row in parked]
    assert {projector.BEHIND} == {row["reason"] for row in parked[1:]}


def test_a_retry_of_what_is_not_mended_changes_nothing(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")
    before = (poisoned.results(), poisoned.read_models.parked("results"))

    (found,) = poisoned.read_models.retry("results", BROKEN)

    assert found.stream == BROKEN
    assert found.reason is not None
    assert "cannot read event 2" in found.reason
    assert before == (poisoned.results(), poisoned.read_models.parked("results"))


def test_a_retry_after_mending_folds_the_stream_to_its_end(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")
    mend(poisoned)

    assert [(BROKEN, None)] == poisoned.read_models.retry("results")

    assert [] == poisoned.read_models.parked("results")
    assert poisoned.folded("r1", "broken") == poisoned.results()


def test_a_stream_that_was_mended_goes_on_by_itself(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")
    mend(poisoned)
    poisoned.read_models.retry("results")
    poisoned.insert(BROKEN, 4, "RunReported", b"{}")

    poisoned.read_models.bring_up("results")

    assert [4] == [each.version for each in poisoned.read_models.parked("results")]


def test_a_retry_of_a_stream_that_is_not_parked_does_nothing(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")

    assert [] == poisoned.read_models.retry("results", "default/run/r1")


def test_a_rebuild_folds_what_was_mended(poisoned: World) -> None:
    poisoned.read_models.bring_up("results")
    mend(poisoned)

    poisoned.read_models.rebuild("results")

    assert [] == poisoned.read_models.parked("results")
    assert poisoned.folded("r1", "broken") == poisoned.results()


def test_an_event_that_no_row_can_hold_is_parked(world: World) -> None:
    """It is read and folded, but PostgreSQL has no text with NUL in it."""
    world.begin("r1", goal="the goal")
    world.begin("r2")
    world.sql(
        "UPDATE planfold.stored_events SET state = replace(convert_from(state, 'UTF8'), 'the goal', %s)::bytea"
        " WHERE originator_id = 'default/run/r1' AND originator_version = 1",
        ["the \\\\u0000"],
    )

    world.read_models.bring_up("results")

    (found,) = world.read_models.parked("results")
    assert ("default/run/r1", 1, 2) == (found.stream, found.version, found.events)
    assert {"r2"} == set(world.results())


def test_a_run_without_its_beginning_is_parked(world: World) -> None:
    world.begin("r1")
    world.sql("DELETE FROM planfold.stored_events WHERE originator_version = 1")
    world.begin("r2")

    world.read_models.bring_up("results")

    assert ["default/run/r1"] == [each.stream for each in world.read_models.parked("results")]
    assert {"r2"} == set(world.results())


def test_a_ledger_that_lacks_an_event_is_parked(world: World) -> None:
    for number in range(3):
        world.grant(f"g{number}", 1)
    world.sql("DELETE FROM planfold.stored_events WHERE originator_version = 2")

    world.read_models.bring_up("ledgers")

    (found,) = world.read_models.parked("ledgers")
    assert (3, "ValueError: event 3 cannot follow event 1") == (found.version, found.reason)


def test_a_database_that_refuses_us_parks_nothing(world: World) -> None:
    world.begin("r1")
    world.sql("REVOKE INSERT ON planfold.results FROM planfold_app")

    with pytest.raises(Exception, match="permission denied for table results"):
        world.read_models.bring_up("results")

    assert [] == world.read_models.parked("results")
    world.sql("GRANT INSERT ON planfold.results TO planfold_app")
    world.read_models.bring_up("results")
    assert world.folded("r1") == world.results()


def test_a_program_a_release_behind_parks_what_it_does_not_know_until_it_is_upgraded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.begin("r1")
    world.end("r1")
    world.begin("r2")
    with monkeypatch.context() as older:
        older.delitem(FACTS, "DraftFailed")
        world.read_models.bring_up("results")
        (parked,) = world.read_models.parked("results")

    assert ("default/run/r1", 3) == (parked.stream, parked.version)
    assert "EventKindUnknown: cannot read event 3 (DraftFailed)" in parked.reason
    assert world.folded("r2")["r2"] == world.results()["r2"]

    assert [None] == [found.reason for found in world.read_models.retry("results")]
    assert world.folded("r1", "r2") == world.results()
