"""Rows are the fold of the events, once each, whoever projects and however often."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planfold.infrastructure.postgres.read_models import keeping, projector

World = Any


def test_rows_are_the_fold_of_the_events(world: World) -> None:
    world.begin("r1")
    world.end("r1")
    world.begin("r2", goal="Look for whales")
    world.grant("g1", 5)
    world.grant("g2", 7)

    for name in world.read_models.names:
        world.read_models.bring_up(name)

    assert world.folded("r1", "r2") == world.results()
    scout = "default/ledger/agent:scout"
    assert {scout: world.folded_ledger(scout)} == world.ledgers()


def test_a_row_goes_on_from_where_it_was_left(world: World) -> None:
    world.begin("r1")
    world.grant("g1", 5)
    for name in world.read_models.names:
        world.read_models.bring_up(name)
    world.end("r1")
    world.grant("g2", 7)

    for name in world.read_models.names:
        world.another().bring_up(name)

    assert world.folded("r1") == world.results()
    assert [world.folded_ledger("default/ledger/agent:scout")] == list(world.ledgers().values())


def test_what_has_come_so_far_is_folded_and_not_folded_again(world: World) -> None:
    world.begin("r1")

    first = world.read_models.bring_up("results")
    told: list[tuple[int, int]] = []
    second = world.read_models.bring_up("results", lambda position, until: told.append((position, until)))

    assert (2, 2, []) == (first.checkpoint, second.checkpoint, told)


def test_a_run_is_kept_under_its_streams_name_whatever_its_events_say(world: World) -> None:
    world.begin("r1", tenant="acme")
    (event, *_) = world.sql("SELECT state FROM planfold.stored_events ORDER BY notification_id")
    world.insert("other/run/r9", 1, "ContextBuilt", bytes(event["state"]))

    world.read_models.bring_up("results")

    rows = world.sql("SELECT tenant, run_id FROM planfold.results ORDER BY tenant")
    assert [("acme", "r1"), ("other", "r9")] == [(row["tenant"], row["run_id"]) for row in rows]


def test_two_at_once_fold_each_event_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projector, "PAGE", 3)
    for number in range(30):
        world.grant(f"g{number}", 1)
    together = threading.Barrier(2)

    def bring_up() -> None:
        read_models = world.another()
        together.wait(timeout=10)
        read_models.bring_up("ledgers")

    threads = [threading.Thread(target=bring_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [world.folded_ledger("default/ledger/agent:scout")] == list(world.ledgers().values())
    assert [] == world.read_models.parked("ledgers")


def test_who_was_overtaken_writes_nothing(world: World) -> None:
    """Another has read more of the log at once: nothing of it is folded a second time."""
    world.grant("g1", 5)
    slow = projector.Projector(world.read_models._recorder, world.pool, keeping.MODELS[1], 1)
    world.read_models.status()
    found = slow._recorder.select_notifications(None, 10)
    world.grant("g2", 7)
    world.another().bring_up("ledgers")

    with world.pool.connection() as connection, pytest.raises(projector.Overtaken), connection.transaction():
        slow.fold(connection.cursor(), 0, found)

    assert [world.folded_ledger("default/ledger/agent:scout")] == list(world.ledgers().values())


def test_who_has_written_waits_for_it_to_be_shown(world: World) -> None:
    world.begin("r1")

    assert world.read_models.wait("results", 2, seconds=10)
    assert {"r1"} == set(world.results())
    assert not world.read_models.wait("results", 3, seconds=0)


def test_an_unknown_projection_is_named_with_those_there_are(world: World) -> None:
    with pytest.raises(keeping.UnknownProjection, match="no projection 'runs'; name one of these: results, ledgers"):
        world.read_models.bring_up("runs")


STEPS = st.lists(st.tuples(st.sampled_from(["begin", "end", "grant", "bring up"]), st.integers(0, 2)), max_size=14)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, page=st.integers(1, 5))
def test_however_the_log_is_cut_up_rows_are_the_fold_of_the_events(
    world: World, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]], page: int
) -> None:
    monkeypatch.setattr(projector, "PAGE", page)
    done = len(world.sql("SELECT FROM planfold.results"))
    state: dict[int, str] = {}
    for number, (step, which) in enumerate(steps):
        run = f"r{done}-{which}"
        match step, state.get(which):
            case "begin", None:
                world.begin(run)
                state[which] = "begun"
            case "end", "begun":
                world.end(run)
                state[which] = "ended"
            case "grant", _:
                grants = len(world.log.read("default/ledger/tenant"))
                world.grant(f"g{grants}-{number}", which + 1, "default/ledger/tenant")
            case "bring up", _:
                world.read_models.bring_up("ledgers")
                world.read_models.bring_up("results")
    for name in world.read_models.names:
        world.read_models.bring_up(name)

    results = world.results()
    assert world.folded(*results) == results
    assert {f"r{done}-{which}" for which in state} <= set(results)
    assert all(world.folded_ledger(stream) == row for stream, row in world.ledgers().items())
