"""What a save does: all of it or nothing, in one statement, whatever its size."""

from collections.abc import Iterator

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError, StoredEvent

from planfold.infrastructure.postgres.connect import connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.recorder import FEW, MOST, Recorder

RUN, LEDGER = "acme/run/r1", "acme/ledger/agent:scout"


def event(stream: str, version: int, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream, version, "topic", state)


def events(count: int, stream: str = RUN) -> list[StoredEvent]:
    return [event(stream, version) for version in range(1, count + 1)]


@pytest.fixture
def recorder(database: Endpoint) -> Iterator[Recorder]:
    with open_pool(database.app, size=4) as pool:
        yield Recorder(Datastore(pool))


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, MOST])
def test_a_save_of_any_size_stands_in_its_order(recorder: Recorder, count: int) -> None:
    saved = [event(RUN, version, f'{{"n":{version}}}'.encode()) for version in range(1, count + 1)]

    positions = recorder.insert_events(saved)

    assert list(range(1, count + 1)) == positions
    assert saved == recorder.select_events(RUN)
    assert positions == [each.id for each in recorder.select_stream(RUN, 0)]


def test_a_save_of_more_than_the_most_is_refused_and_nothing_is_written(recorder: Recorder) -> None:
    with pytest.raises(ProgrammingError, match="10001 events at once: a save takes 10000"):
        recorder.insert_events(events(MOST + 1))

    assert recorder.max_notification_id() is None


def test_an_event_of_300_kilobytes_is_saved_whole(recorder: Recorder) -> None:
    large = event(RUN, 1, b'"' + b"x" * 300_000 + b'"')

    recorder.insert_events([large, *events(2, LEDGER)])

    assert [large] == recorder.select_events(RUN)


@pytest.mark.parametrize("count", [2, FEW + 2])
def test_events_of_several_streams_are_saved_all_or_none(recorder: Recorder, count: int) -> None:
    recorder.insert_events([event(LEDGER, 1)])

    with pytest.raises(IntegrityError, match="agent:scout, 1"):
        recorder.insert_events([*events(count - 1), event(LEDGER, 1)])

    assert [] == recorder.select_events(RUN)


def test_a_save_that_takes_too_long_is_given_up_and_nothing_is_written(database: Endpoint) -> None:
    with open_pool(database.app, size=1, statement_timeout_ms=50) as pool, connect(database.app) as other:
        recorder = Recorder(Datastore(pool))
        with other.transaction():
            other.execute(
                "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
                " VALUES (%s, 1, 't', '')",
                [RUN],
            )
            with pytest.raises(OperationalError, match="statement timeout"):
                recorder.insert_events([event(LEDGER, 1), event(RUN, 1)])

        assert [] == recorder.select_events(LEDGER)


def test_a_connection_that_forgot_what_was_prepared_prepares_it_again(database: Endpoint) -> None:
    with open_pool(database.app, size=1) as pool:
        recorder = Recorder(Datastore(pool))
        recorder.insert_events([event(RUN, 1)])
        with pool.connection() as connection:
            connection.execute("DEALLOCATE ALL")

        assert [2] == recorder.insert_events([event(RUN, 2)])


def test_a_connection_that_the_server_ended_is_replaced_before_the_next_save(database: Endpoint) -> None:
    with open_pool(database.app, size=1) as pool, connect(database.admin) as admin:
        recorder = Recorder(Datastore(pool))
        recorder.insert_events([event(RUN, 1)])
        admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'planfold_app'")

        recorder.insert_events([event(RUN, 2)])

        assert [1, 2] == [each.originator_version for each in recorder.select_events(RUN)]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
def test_the_tenant_goes_with_the_save_for_row_level_security(database: Endpoint, count: int) -> None:
    with connect(database.owner) as owner:
        owner.execute("ALTER TABLE planfold.stored_events ENABLE ROW LEVEL SECURITY")
        owner.execute(
            "CREATE POLICY of_the_tenant ON planfold.stored_events"
            " USING (true) WITH CHECK (tenant = current_setting('planfold.tenant', true))"
        )
    with open_pool(database.app, size=1) as pool:
        recorder = Recorder(Datastore(pool))

        recorder.insert_events(events(count))

        assert count == len(recorder.select_events(RUN))
        with pytest.raises(ProgrammingError, match="row-level security"):
            recorder.insert_events([event(RUN, count + 1), event("other/run/r1", 1)])


def test_a_save_locks_no_other_save_out(database: Endpoint) -> None:
    under_way = (
        "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, 1, 't', '')"
    )
    with (
        open_pool(database.app, size=2, statement_timeout_ms=5_000) as pool,
        connect(database.app) as other,
        other.transaction(),
    ):
        other.execute(under_way, [RUN])
        recorder = Recorder(Datastore(pool))

        recorder.insert_events([event(LEDGER, 1)])

        assert [event(LEDGER, 1)] == recorder.select_events(LEDGER)
