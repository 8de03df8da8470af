"""A ledger that moves while a plan is decided: it is read on and decided again, and nothing is recorded astray."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from planfold.application import LedgerContended, PlanGenerationContext, PlanGenerationEngine, retry
from planfold.application.budget import Budgets
from planfold.application.ledgers import Ledgers
from planfold.application.ports import Appending, EventLog
from planfold.application.retry import REMEMBERED, Contention, Unqueued
from planfold.application.world import Ports
from planfold.domain.recorded import Recorded
from planfold.infrastructure.in_memory import FixedPlanner, InMemorySnapshots

ASKED = PlanGenerationContext("scout", "fetch it", "r1")


class Rivalled:
    """An event log on which somebody else grants a cent just before each of the next saves that touch a ledger."""

    def __init__(self, log: EventLog, rival: Budgets, times: int) -> None:
        self._log, self._rival, self.times = log, rival, times

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        return self._log.read(stream, after)

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        if self.times and any("/ledger/" in appending.stream for appending in appendings):
            self.times -= 1
            self._rival.grant("scout", 10_000, f"rival-{self.times}")
        return self._log.append(appendings)


class Noted(Unqueued):
    """Turns that are told: each as it begins, and as it ends."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def turn(self, stream: str) -> Iterator[None]:
        self.told.append(f"begin {stream}")
        yield
        self.told.append("end")


def rivalled(ports: Ports, planner: FixedPlanner, times: int, turns: Unqueued | None = None) -> PlanGenerationEngine:
    rival = Budgets(ports.ledgers, ports.clock)
    rival.grant("scout", 50_000_000, "g1")
    log = Rivalled(ports.log, rival, times)
    return PlanGenerationEngine(
        replace(ports, log=log, ledgers=Ledgers(log, InMemorySnapshots(), ports.clock, turns)), [planner]
    )


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_plan_is_decided_again_whenever_its_ledger_has_moved(ports: Ports, planner: FixedPlanner, times: int) -> None:
    result = rivalled(ports, planner, times).generate(ASKED)

    ledger = [event.name for event in ports.log.read("default/ledger/agent:scout")]
    assert (result.outcome, len(ports.log.read("default/run/r1"))) == ("ready", 5)
    assert ["CreditGranted"] * (times + 1) + ["CreditHeld"] == ledger
    assert result.budget is not None
    assert result.budget.available_before == 50_000_000 + 10_000 * times


@pytest.mark.parametrize("times", [1, 2, 5])
def test_who_loses_a_try_takes_one_turn_at_that_ledger(ports: Ports, planner: FixedPlanner, times: int) -> None:
    noted = Noted()

    rivalled(ports, planner, times, noted).generate(ASKED)

    assert ["begin default/ledger/agent:scout", "end"] == noted.told


def test_who_loses_none_takes_no_turn(ports: Ports, planner: FixedPlanner) -> None:
    noted = Noted()

    rivalled(ports, planner, 0, noted).generate(ASKED)

    assert [] == noted.told


def test_where_tries_were_lost_of_late_a_turn_is_taken_before_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    now, noted = [100.0], Noted()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    contention = Contention(noted)
    contention.lost("a")

    told = []
    for passed in (0, REMEMBERED, 0.1):
        now[0] += passed
        noted.told.clear()
        with contention.tries(["b", "a"]):
            told.append(tuple(noted.told))

    assert [("begin a",), ("begin a",), ()] == told


def test_a_paid_plan_is_settled_once_however_often_its_ledger_moves(ports: Ports) -> None:
    paid = FixedPlanner(
        {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]},
        deterministic=False,
        cost=300_000,
        worst=2_000_000,
    )

    result = rivalled(ports, paid, 4).generate(ASKED)

    ledger = [event.name for event in ports.log.read("default/ledger/agent:scout")]
    assert (result.outcome, len(paid.requests), ledger.count("HoldSettled")) == ("ready", 1, 1)


def test_a_ledger_that_never_stands_still_is_given_up_and_nothing_is_lost(
    ports: Ports, planner: FixedPlanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0)

    with pytest.raises(LedgerContended):
        rivalled(ports, planner, 10_000).generate(ASKED)

    assert ["ContextBuilt", "MemoryRetrieved"] == [event.name for event in ports.log.read("default/run/r1")]
    assert PlanGenerationEngine(ports, [planner]).generate(ASKED).outcome == "ready"
