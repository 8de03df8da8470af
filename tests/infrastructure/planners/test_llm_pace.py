"""A provider is asked no faster than it allows, not before the pause it asked for, and not at all while it is down."""

import threading

import pytest

from planfold.application.ports import DraftUnavailable
from planfold.infrastructure.planners.llm.options import Limits
from planfold.infrastructure.planners.llm.pace import LONGEST_PAUSE, OPEN_SECONDS, OPENS_AFTER, PATIENCE, Pace


class Seconds:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def pace(seconds: Seconds, requests: int | None = None, tokens: int | None = None) -> Pace:
    return Pace("openai", Limits(requests=requests, tokens=tokens), clock=seconds, spread=lambda: 1.0)


def test_without_limits_nobody_waits(seconds: Seconds) -> None:
    paced = pace(seconds)

    assert [0.0] * 200 == [paced.take(1_000, within=0).seconds for _ in range(200)]


def test_requests_beyond_those_of_a_minute_wait_for_the_next(seconds: Seconds) -> None:
    paced = pace(seconds, requests=2)

    assert [0, 0, 60, 60, 120] == [paced.take(1, within=300).seconds for _ in range(5)]


def test_tokens_beyond_those_of_a_minute_wait_too(seconds: Seconds) -> None:
    paced = pace(seconds, tokens=1_000)

    assert [0, 0, 60] == [paced.take(tokens, within=300).seconds for tokens in (600, 400, 1)]


def test_a_request_with_more_tokens_than_a_minute_has_is_never_sent(seconds: Seconds) -> None:
    with pytest.raises(DraftUnavailable, match="allows 1000 tokens a minute, and one request has 1001") as refused:
        pace(seconds, tokens=1_000).take(1_001, within=300)

    assert ("too_long", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)


def test_a_place_comes_free_when_its_minute_is_over(seconds: Seconds) -> None:
    paced = pace(seconds, requests=1)
    paced.take(1, within=0)

    seconds.now += 60

    assert 0 == paced.take(1, within=0).seconds


def test_a_pause_that_does_not_fit_into_the_time_left_is_refused_and_takes_no_place(seconds: Seconds) -> None:
    paced = pace(seconds, requests=1)
    paced.take(1, within=0)

    with pytest.raises(DraftUnavailable, match="59 s are left of the time for this run") as refused:
        paced.take(1, within=59)

    assert ("deadline", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)
    assert 60 == paced.take(1, within=60).seconds


def test_a_provider_is_left_alone_for_as_long_as_it_asked(seconds: Seconds) -> None:
    paced = pace(seconds)
    paced.failed(retry_after=42)

    assert (42, "asked for a pause") == paced.take(1, within=60)


def test_each_failure_in_a_row_makes_the_pause_longer_up_to_the_longest(seconds: Seconds) -> None:
    paced = pace(seconds)
    pauses = []
    for _ in range(OPENS_AFTER - 1):
        paced.failed(None)
        pauses.append(paced.take(1, within=60).seconds)

    assert [1, 2, 4, 8] == pauses
    assert max(pauses) <= LONGEST_PAUSE


def test_failures_in_a_row_open_the_circuit_and_one_more_opens_it_again(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)
    with pytest.raises(DraftUnavailable, match="openai is not asked: it failed 5 times in a row") as refused:
        paced.take(1, within=OPEN_SECONDS - 1)
    assert ("circuit_open", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)
    assert "as often as it allows, circuit open for 30 s more" == paced.told()

    seconds.now += OPEN_SECONDS
    assert 0 == paced.take(1, within=0).seconds
    paced.failed(None)

    with pytest.raises(DraftUnavailable):
        paced.take(1, within=OPEN_SECONDS - 1)


def test_who_has_the_time_waits_until_the_circuit_lets_him_through(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)

    assert OPEN_SECONDS == paced.take(1, within=300).seconds


def test_a_provider_is_not_waited_for_long_where_somebody_else_can_be_asked(seconds: Seconds) -> None:
    paced = pace(seconds)
    paced.failed(retry_after=PATIENCE)
    assert PATIENCE == paced.take(1, within=300, has_others=True).seconds

    paced.failed(retry_after=PATIENCE + 1)
    with pytest.raises(DraftUnavailable, match="it asked for a pause, and another planner can be asked") as refused:
        paced.take(1, within=300, has_others=True)

    assert ("busy", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)


def test_an_open_circuit_is_not_waited_for_where_somebody_else_can_be_asked(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)

    with pytest.raises(DraftUnavailable) as refused:
        paced.take(1, within=300, has_others=True)

    assert "circuit_open" == refused.value.code


def test_one_at_a_time_tries_whether_the_provider_is_back(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)

    waits = [paced.take(1, within=300).seconds for _ in range(3)]

    assert [OPEN_SECONDS, 2 * OPEN_SECONDS, 3 * OPEN_SECONDS] == waits


def test_who_comes_after_a_success_does_not_queue_behind_those_that_wait(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)
    for _ in range(3):
        paced.take(1, within=300)
    seconds.now += OPEN_SECONDS

    paced.succeeded()

    assert [0, 0] == [paced.take(1, within=300).seconds for _ in range(2)]


def test_a_provider_that_says_when_it_can_be_asked_opens_no_circuit(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(10 * OPENS_AFTER):
        paced.failed(retry_after=1)

    assert "as often as it allows" == paced.told()
    assert 1 == paced.take(1, within=300).seconds


def test_a_long_outage_is_survived(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(2_000):
        paced.failed(None)

    assert "as often as it allows, circuit open for 30 s more" == paced.told()


def test_a_success_closes_the_circuit(seconds: Seconds) -> None:
    paced = pace(seconds)
    for _ in range(OPENS_AFTER):
        paced.failed(None)
    seconds.now += OPEN_SECONDS

    paced.succeeded()

    assert "as often as it allows" == paced.told()
    assert 0 == paced.take(1, within=0).seconds


def test_many_threads_get_a_place_each(seconds: Seconds) -> None:
    paced, places = pace(seconds, requests=10), list[float]()

    def take() -> None:
        places.append(paced.take(1, within=600).seconds)

    threads = [threading.Thread(target=take) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [0.0] * 10 + [60.0] * 10 + [120.0] * 10 + [180.0] * 10 + [240.0] * 10 == sorted(places)


def test_the_limits_are_told(seconds: Seconds) -> None:
    assert "at most 60 requests and 90,000 tokens a minute" == pace(seconds, requests=60, tokens=90_000).told()
    assert "at most 60 requests a minute" == pace(seconds, requests=60).told()
