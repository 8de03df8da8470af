"""What every event log keeps: all or nothing, exactly once, in order, each event chained to the one before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from planfold.application.ports import Appending, EventLog, StreamMoved
from planfold.domain.frozen import Fact
from planfold.domain.ledger import CreditGranted
from planfold.domain.plan_generation import PlanDrafted
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import EMPTY_STREAM, GENESIS, Head, Recorded
from planfold.infrastructure.in_memory import FixedClock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
STREAM = "default/ledger/agent:scout"
OTHER = "default/ledger/tenant"
RUN = "default/run/r1"


def granted(amount: int = 1) -> CreditGranted:
    return CreditGranted(grant_id=f"g{amount}", amount=amount, reason="")


def drafted(plan: JsonValue) -> PlanDrafted:
    planner = PlannerIdentity(name="p", version="1", deterministic=True)
    return PlanDrafted(attempt=1, plan=plan, planner=planner, cost_micros=0, duration_ms=0)


def append(log: EventLog, *facts: Fact, head: Head = EMPTY_STREAM, stream: str = STREAM) -> Sequence[Recorded[object]]:
    return log.append([Appending(stream, head, facts, "cause")])


def test_a_stream_that_was_never_written_is_empty(log: EventLog) -> None:
    assert log.read(STREAM) == []


def test_what_was_appended_is_read_back_as_it_was_recorded(log: EventLog) -> None:
    recorded = append(log, granted(1), granted(2))

    assert recorded == log.read(STREAM)
    assert [granted(1), granted(2)] == [item.fact for item in recorded]


def test_an_event_carries_its_envelope(log: EventLog) -> None:
    (recorded,) = append(log, granted())

    expected = (STREAM, 1, "CreditGranted", NOON, "tester", "cause", GENESIS)
    assert expected == (
        recorded.stream,
        recorded.version,
        recorded.name,
        recorded.recorded_at,
        recorded.actor,
        recorded.correlation_id,
        recorded.previous,
    )
    assert recorded.position > 0


def test_each_event_names_the_digest_of_the_one_before_it(log: EventLog) -> None:
    first = append(log, granted(1), granted(2))
    second = append(log, granted(3), head=Head.of(first[-1]))

    chain = [*first, *second]
    assert [GENESIS, chain[0].digest, chain[1].digest] == [item.previous for item in chain]


def test_reading_after_a_version_leaves_out_what_is_known(log: EventLog) -> None:
    recorded = append(log, granted(1), granted(2), granted(3))

    assert recorded[1:] == log.read(STREAM, after=1)


def test_positions_follow_the_order_of_recording(log: EventLog) -> None:
    first = append(log, granted(1))
    second = append(log, granted(2), stream=OTHER)

    assert first[0].position < second[0].position


def test_a_stream_that_moved_is_refused_and_named(log: EventLog) -> None:
    append(log, granted(1))

    with pytest.raises(StreamMoved) as refused:
        append(log, granted(2))
    assert refused.value.stream == STREAM
    assert len(log.read(STREAM)) == 1


def test_two_streams_are_written_both_or_neither(log: EventLog) -> None:
    append(log, granted(1))

    with pytest.raises(StreamMoved) as refused:
        log.append(
            [Appending(OTHER, EMPTY_STREAM, [granted(2)], "c"), Appending(STREAM, EMPTY_STREAM, [granted(3)], "c")]
        )
    assert refused.value.stream == STREAM
    assert log.read(OTHER) == []


def test_time_never_goes_backwards_within_a_stream(log: EventLog, clock: FixedClock) -> None:
    (first,) = append(log, granted(1))
    clock.advance(timedelta(hours=-1))

    (second,) = append(log, granted(2), head=Head.of(first))

    assert second.recorded_at == NOON


def test_nothing_to_append_is_no_work(log: EventLog) -> None:
    assert append(log) == []
    assert log.append([]) == []


@pytest.mark.parametrize(
    "plan",
    [
        None,
        True,
        "täglich \U0001f600 ' \" \\ {x} ${y} %s",
        [1, -1, 0.1, 1e300, 2**53 - 1, -(2**53) + 1],
        {"": {}, "nested": [{"a": [[]]}]},
    ],
)
def test_any_plan_comes_back_as_it_was(log: EventLog, plan: JsonValue) -> None:
    append(log, drafted(plan), stream=RUN)

    (recorded,) = log.read(RUN)
    assert drafted(plan) == recorded.fact


def test_a_body_of_256_kib_is_stored_beside_others_in_one_save(log: EventLog) -> None:
    large = drafted("x" * 250_000)

    recorded = append(log, large, large, large, large, stream=RUN)

    assert recorded == log.read(RUN)


def test_a_body_beyond_is_refused_before_anything_is_written(log: EventLog) -> None:
    with pytest.raises(ValueError, match="are stored at most"):
        append(log, drafted("x"), drafted("x" * 270_000), stream=RUN)
    assert [] == log.read(RUN)


@pytest.mark.parametrize(("fact", "stream"), [(granted(), RUN), (drafted({}), STREAM), (granted(), "default/other/x")])
def test_an_event_in_a_stream_of_another_kind_is_refused(log: EventLog, fact: Fact, stream: str) -> None:
    with pytest.raises(ValueError, match="does not belong into"):
        append(log, fact, stream=stream)
    assert [] == log.read(stream)
