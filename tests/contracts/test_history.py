"""The whole log from one end to the other: every event of a tenant, in order, from a position on."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from planfold.application.ports import Appending, History
from planfold.domain.ledger import CreditGranted
from planfold.domain.recorded import EMPTY_STREAM, Head, Recorded
from planfold.infrastructure import history as adapter
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.history import LoggedHistory
from planfold.infrastructure.in_memory import FixedClock

FIRST, SECOND, FOREIGN = "default/ledger/agent:a", "default/ledger/agent:b", "default2/ledger/agent:a"


@pytest.fixture
def history(application: Planfold) -> History:
    return LoggedHistory(application)


@pytest.fixture
def recorded(log: EventSourcingLog, clock: FixedClock) -> Sequence[Recorded[object]]:
    """Five events a minute apart: of two streams in turn, and the third one of another tenant."""
    heads, found = dict.fromkeys((FIRST, SECOND, FOREIGN), EMPTY_STREAM), []
    for number, stream in enumerate((FIRST, SECOND, FOREIGN, SECOND, FIRST)):
        fact = CreditGranted(grant_id=f"g{number}", amount=1, reason="")
        (item,) = log.append([Appending(stream, heads[stream], [fact], "cause")])
        heads[stream] = Head.of(item)
        found.append(item)
        clock.advance(timedelta(minutes=1))
    return found


def test_a_log_without_events_has_no_newest_one(history: History) -> None:
    assert 0 == history.newest()
    assert [] == list(history.events("default", 0, 0))


def test_the_newest_position_is_that_of_any_tenant(history: History, recorded: Sequence[Recorded[object]]) -> None:
    assert recorded[-1].position == history.newest()


@pytest.mark.parametrize("page", [1, 2, 500])
def test_a_tenants_events_are_read_in_their_order_whatever_a_page_holds(
    monkeypatch: pytest.MonkeyPatch, history: History, recorded: Sequence[Recorded[object]], page: int
) -> None:
    monkeypatch.setattr(adapter, "PAGE", page)

    assert [recorded[0], recorded[1], recorded[3], recorded[4]] == list(history.events("default", 0, history.newest()))
    assert [recorded[2]] == list(history.events("default2", 0, history.newest()))


def test_events_are_had_as_they_stand_too(history: History, recorded: Sequence[Recorded[object]]) -> None:
    found = list(history.stored("default", recorded[0].position, history.newest()))

    mine = [item for item in recorded[1:] if item.stream != FOREIGN]
    assert [(item.stream, item.version, item.position, item.digest) for item in mine] == [
        (item.stream, item.version, item.position, item.digest) for item in found
    ]
    assert {"grant_id": "g1", "amount": 1, "reason": ""} == found[0].body


def test_reading_begins_behind_a_position_and_ends_at_one(
    history: History, recorded: Sequence[Recorded[object]]
) -> None:
    after, until = recorded[0].position, recorded[3].position

    assert [recorded[1], recorded[3]] == list(history.events("default", after, until))


def test_reading_ends_at_any_position_and_at_the_newest(history: History, recorded: Sequence[Recorded[object]]) -> None:
    assert [recorded[0]] == list(history.events("default", 0, recorded[0].position))
    assert [recorded[0], recorded[1]] == list(history.events("default", 0, recorded[2].position))
    assert recorded[-1:] == list(history.events("default", recorded[3].position, recorded[-1].position + 1_000))
    assert [] == list(history.events("default", recorded[-1].position, recorded[-1].position + 1_000))


def test_a_time_names_the_position_behind_which_its_events_begin(
    history: History, recorded: Sequence[Recorded[object]]
) -> None:
    times = [item.recorded_at for item in recorded]

    expected = [0, *(item.position for item in recorded[:-1])]
    assert expected == [history.before(at) for at in times]
    assert recorded[-1].position == history.before(times[-1] + timedelta(seconds=1))
    assert 0 == history.before(times[0] - timedelta(days=1))
