"""What every clock keeps, whatever the machine's zone: a moment with its zone, and the zone is UTC."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from planfold.application.ports import Clock
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.in_memory import FixedClock

OSLO = timezone(timedelta(hours=2))
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["UTC0", "NZST-12NZDT", "<-11>11"])
def _in_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine stands in this zone, as POSIX writes it."""
    with monkeypatch.context() as zone:
        zone.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "make",
    [SystemClock, FixedClock, lambda: FixedClock(NOON), lambda: FixedClock(NOON.astimezone(OSLO))],
    ids=["system", "fixed", "set", "set elsewhere"],
)
@pytest.mark.usefixtures("_in_zone")
def test_the_time_is_aware_and_in_utc(make: Callable[[], Clock]) -> None:
    assert make().now().tzinfo is UTC


@pytest.mark.usefixtures("_in_zone")
def test_the_machines_clock_tells_this_moment() -> None:
    before = time.time()

    told = SystemClock().now().timestamp()

    # A float of seconds and a datetime of microseconds are rounded apart.
    assert before - 1e-6 <= told <= time.time() + 1e-6


def test_a_clock_that_was_set_tells_that_moment_until_it_is_moved() -> None:
    clock = FixedClock(NOON.astimezone(OSLO))

    assert [NOON, NOON] == [clock.now(), clock.now()]
    clock.advance(timedelta(hours=-13))
    assert clock.now() == datetime(2026, 4, 30, 23, tzinfo=UTC)


def test_a_clock_is_not_set_to_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="give it a time zone"):
        FixedClock(datetime(2026, 5, 1, 12))  # noqa: DTZ001 - the mistake
