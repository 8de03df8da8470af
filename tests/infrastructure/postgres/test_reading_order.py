"""Readers see all events in the order of their positions, although writers do not wait for each other."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from planfold.infrastructure.postgres.connect import Connection, connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.postgres.stalling import stalling


@pytest.fixture
def recorder(database: Endpoint) -> Iterator[Recorder]:
    with open_pool(database.app, size=4) as pool:
        yield Recorder(Datastore(pool))


@contextmanager
def a_save_under_way(database: Endpoint, stream: str) -> Iterator[Connection]:
    """It has its position, and is committed when the connection commits."""
    with connect(database.app) as other:
        other.execute("BEGIN")
        other.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES (%s, 1, 'topic', '')",
            [stream],
        )
        yield other


def save(recorder: Recorder, *streams: str) -> None:
    for stream in streams:
        recorder.insert_events([StoredEvent(stream, 1, "topic", b"")])


def read(recorder: Recorder, after: int | None = None, topics: tuple[str, ...] = ()) -> list[str]:
    found = recorder.select_notifications(after, 100, topics=topics, inclusive_of_start=False)
    return [str(each.originator_id) for each in found]


@pytest.mark.parametrize("topics", [(), ("topic",)])
def test_no_event_is_shown_before_one_that_may_still_appear_ahead_of_it(
    database: Endpoint, recorder: Recorder, topics: tuple[str, ...]
) -> None:
    save(recorder, "a/run/1")
    with a_save_under_way(database, "a/run/2") as other:
        save(recorder, "a/run/3")

        before = read(recorder, topics=topics)
        other.execute("COMMIT")
        after = read(recorder, topics=topics)

    assert ["a/run/1"] == before
    assert ["a/run/1", "a/run/2", "a/run/3"] == after


def test_what_was_never_committed_is_passed_over(database: Endpoint, recorder: Recorder) -> None:
    with a_save_under_way(database, "a/run/1") as other:
        other.execute("ROLLBACK")
    save(recorder, "a/run/2")

    assert ["a/run/2"] == read(recorder)


def test_a_reader_waits_for_a_save_that_is_about_to_end(database: Endpoint, recorder: Recorder) -> None:
    with a_save_under_way(database, "a/run/1") as other, ThreadPoolExecutor() as threads:
        save(recorder, "a/run/2")
        reading = threads.submit(read, recorder)
        other.execute("COMMIT")

        assert ["a/run/1", "a/run/2"] == (reading.result() or read(recorder))


def test_a_reader_that_begins_in_the_middle_passes_over_nothing(database: Endpoint, recorder: Recorder) -> None:
    save(recorder, "a/run/1", "a/run/2")
    with a_save_under_way(database, "a/run/3") as other:
        save(recorder, "a/run/4")

        assert [] == read(recorder, after=2)
        other.execute("COMMIT")

    assert ["a/run/3", "a/run/4"] == read(recorder, after=2)


def test_a_reader_that_begins_in_the_middle_is_served_what_follows_while_others_wait(
    database: Endpoint, recorder: Recorder
) -> None:
    with a_save_under_way(database, "a/run/1") as other:
        save(recorder, "a/run/2", "a/run/3")

        assert (["a/run/2", "a/run/3"], ["a/run/3"]) == (read(recorder, after=1), read(recorder, after=2))
        assert [] == read(recorder)
        other.execute("COMMIT")

    assert ["a/run/1", "a/run/2", "a/run/3"] == read(recorder)


def test_where_one_is_asked_for_itself_it_is_waited_for_too(database: Endpoint, recorder: Recorder) -> None:
    with a_save_under_way(database, "a/run/1"):
        save(recorder, "a/run/2")

        def asked(start: int) -> list[int]:
            return [each.id for each in recorder.select_notifications(start, 100)]

        assert ([], [], [2]) == (asked(0), asked(1), asked(2))


def test_what_another_reader_of_the_whole_log_was_served_is_not_waited_for(
    database: Endpoint, recorder: Recorder
) -> None:
    with a_save_under_way(database, "a/run/1") as other:
        other.execute("ROLLBACK")
    save(recorder, "a/run/2")
    with a_save_under_way(database, "a/run/3"):
        save(recorder, "a/run/4")
        assert [] == read(recorder)

        recorder.order.served = lambda: 2

        assert ["a/run/2"] == read(recorder)


def test_a_reader_goes_on_behind_writers_that_follow_each_other_without_a_pause(
    database: Endpoint, recorder: Recorder
) -> None:
    with a_save_under_way(database, "a/run/1") as first:
        save(recorder, "a/run/2")
        assert [] == read(recorder)

        with a_save_under_way(database, "a/run/3"):
            first.execute("ROLLBACK")

            assert ["a/run/2"] == read(recorder)


def test_a_session_that_writes_no_events_stalls_nobody(database: Endpoint, recorder: Recorder) -> None:
    with connect(database.app) as other:
        other.execute("BEGIN")
        other.execute("SELECT pg_current_xact_id(), count(*) FROM planfold.stored_events")
        with a_save_under_way(database, "a/run/1") as lost:
            lost.execute("ROLLBACK")
        save(recorder, "a/run/2")

        assert ["a/run/2"] == read(recorder)


def test_who_stalls_readers_is_named_with_its_age(database: Endpoint) -> None:
    with a_save_under_way(database, "a/run/1") as other, connect(database.app) as looking:
        [found] = stalling(looking, longer=timedelta(0))

        assert (other.info.backend_pid, "idle in transaction") == (found.pid, found.state)
        assert found.age is not None
        assert timedelta(0) < found.age
        assert [] == stalling(looking, longer=timedelta(hours=1))


def test_a_subscription_goes_on_by_itself_and_ends_when_it_is_stopped(recorder: Recorder) -> None:
    save(recorder, "a/run/1")
    with recorder.subscribe(gt=0) as subscription, ThreadPoolExecutor() as threads:
        first = next(subscription)
        waiting = threads.submit(next, subscription)
        save(recorder, "a/run/2")

        assert (1, 2) == (first.id, waiting.result(timeout=10).id)
        last = threads.submit(list, subscription)
        subscription.stop()
        assert [] == last.result(timeout=10)


def test_a_lost_database_is_told_at_once(database: Endpoint) -> None:
    with open_pool(database.app, size=1, wait=0.1) as pool:
        recorder = Recorder(Datastore(pool))
        with pool.connection():
            for asked in (recorder.max_notification_id, lambda: recorder.select_notifications(1, 1)):
                begun = time.monotonic()
                with pytest.raises(OperationalError):
                    asked()

                assert time.monotonic() - begun < 1
