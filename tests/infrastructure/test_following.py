"""Following the log: each event once and in order, through lost databases, until somebody says stop."""

from collections.abc import Callable, Iterator

import pytest

from planfold.application.cloud_events import CloudEvent
from planfold.application.errors import BeyondTheLog
from planfold.application.export import Exporter
from planfold.application.ports import Appending
from planfold.domain.ledger import CreditGranted
from planfold.domain.recorded import EMPTY_STREAM, Stored
from planfold.infrastructure import enduring, following
from planfold.infrastructure.errors import InfrastructureError, LogStalled, StoreUnavailable
from planfold.infrastructure.event_log import EventSourcingLog
from planfold.infrastructure.following import Following
from planfold.infrastructure.history import LoggedHistory
from planfold.infrastructure.in_memory import FixedClock, in_memory_application


class Log(LoggedHistory):
    """A log that is lost when `broken` says so, at a number of its events."""

    def __init__(self) -> None:
        self.application = in_memory_application()
        super().__init__(self.application)
        self._writing = EventSourcingLog(self.application, FixedClock(), "tester")
        self._count = 0
        self.broken: list[int] = []
        self.read: list[int] = []

    def grow(self, tenant: str = "default") -> None:
        self._count += 1
        fact = CreditGranted(grant_id=f"g{self._count}", amount=1, reason="")
        self._writing.append([Appending(f"{tenant}/ledger/agent:a{self._count}", EMPTY_STREAM, [fact], "test")])

    def stored(self, tenant: str, after: int, until: int) -> Iterator[Stored]:
        self.read.append(after)
        for item in super().stored(tenant, after, until):
            if self.broken and item.position == self.broken[0]:
                self.broken.pop(0)
                raise StoreUnavailable("away")
            yield item


class Taking:
    """Keeps what it is given, and does what `then` says when there is nothing more for now."""

    def __init__(self, *then: Callable[[], None]) -> None:
        self.sequences: list[int] = []
        self.said: list[str] = []
        self._then = list(then)

    def take(self, event: CloudEvent) -> None:
        self.sequences.append(int(str(event["sequence"])))

    def caught_up(self) -> None:
        self._then.pop(0)()

    def lost(self, error: InfrastructureError, pause: float) -> None:
        self.said.append(f"{error}, {pause:g} s")

    def found(self) -> None:
        self.said.append("found")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "INTERVAL", 0.001)
    monkeypatch.setattr(enduring, "FIRST_PAUSE", 0.001)


@pytest.fixture
def log() -> Log:
    found = Log()
    for _ in range(3):
        found.grow()
    return found


def follow(log: Log, taking: Taking, since: int = 0) -> int:
    one = Following(Exporter(log), taking)
    taking._then.append(one.stop)
    return one.run(since)


def test_what_is_recorded_meanwhile_is_taken_too(log: Log) -> None:
    taking = Taking(log.grow, lambda: None, log.grow)

    assert 5 == follow(log, taking)
    assert [1, 2, 3, 4, 5] == taking.sequences


def test_it_begins_behind_a_position(log: Log) -> None:
    taking = Taking(log.grow)

    follow(log, taking, since=2)

    assert [3, 4] == taking.sequences


def test_a_lost_database_is_tried_again_and_no_event_comes_twice(log: Log) -> None:
    log.broken = [2, 3, 3]
    taking = Taking(log.grow)

    follow(log, taking)

    assert [1, 2, 3, 4] == taking.sequences
    assert ["away, 0.001 s", "away, 0.002 s", "away, 0.004 s", "found"] == taking.said


def test_events_of_other_tenants_are_read_once(log: Log) -> None:
    taking = Taking(lambda: log.grow("other"), lambda: None, lambda: None)

    assert 4 == follow(log, taking)
    assert [1, 2, 3] == taking.sequences
    assert [0, 3, 4, 4] == log.read


def test_it_stops_behind_the_event_under_way(log: Log) -> None:
    class Stopping(Taking):
        def take(self, event: CloudEvent) -> None:
            super().take(event)
            one.stop()

    taking = Stopping()
    one = Following(Exporter(log), taking)

    assert 1 == one.run(0)
    assert [1] == taking.sequences


def test_a_log_that_was_set_back_is_not_followed(log: Log) -> None:
    with pytest.raises(BeyondTheLog):
        follow(log, Taking(), since=4)


def test_what_a_transaction_keeps_back_is_told_once_and_waited_for(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enduring, "FIRST_PAUSE", 0.001)
    tries = [LogStalled(1, "pid 7"), LogStalled(1, "pid 7"), LogStalled(1, "pid 7")]

    def stalled(tenant: str, after: int, until: int) -> Iterator[Stored]:
        if tries:
            raise tries.pop()
        return LoggedHistory.stored(log, tenant, after, until)

    monkeypatch.setattr(log, "stored", stalled)
    taking = Taking()

    follow(log, taking)

    assert [1, 2, 3] == taking.sequences
    assert [f"{LogStalled(1, 'pid 7')}, 0.001 s", "found"] == taking.said
