"""An auditor finds a whole record whole, and names the first event of one that is not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.audit import Auditor
from planfold.application.budget import BudgetTracker
from planfold.application.replay import chain, order
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.ledger import HoldSettled
from planfold.domain.plan_generation import BudgetChecked, PlanEvent, PlanValidated
from planfold.domain.recorded import Recorded
from planfold.infrastructure.in_memory import FixedPlanner, InMemoryArtifacts

PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
ASKED = PlanGenerationContext("scout", "fetch it", "r1")


@pytest.fixture
def events(engine: PlanGenerationEngine, runs: Runs, tracker: BudgetTracker) -> Sequence[Recorded[PlanEvent]]:
    tracker.grant("scout", 5_000_000, "g1")
    engine.generate(ASKED)
    return runs.events("r1")


@pytest.mark.usefixtures("events")
def test_a_whole_record_holds_and_is_told_in_sentences(auditor: Auditor) -> None:
    audit = auditor.audit("r1")

    assert (True, (), 5, 1) == (audit.holds, audit.problems, len(audit.story), audit.inspections_repeated)
    assert "scout is to reach: 'fetch it'" in audit.story[0].sentence
    assert "4.00 USD of 5.00 USD available: held" in audit.story[4].sentence


def test_a_missing_event_is_named(events: Sequence[Recorded[PlanEvent]]) -> None:
    problems = list(chain([*events[:2], *events[3:]]))

    assert (4, "version 3 of default/run/r1 is missing") == (problems[0].version, problems[0].sentence)


def test_an_altered_event_breaks_the_chain_at_the_next_one(events: Sequence[Recorded[PlanEvent]]) -> None:
    altered = replace(events[1], digest="0" * 64)

    assert [3] == [problem.version for problem in chain([events[0], altered, *events[2:]])]


def test_time_that_goes_backwards_is_named(events: Sequence[Recorded[PlanEvent]]) -> None:
    early = replace(events[2], recorded_at=events[0].recorded_at.replace(year=1999))

    assert [3] == [problem.version for problem in chain([*events[:2], early, *events[3:]])]


def test_an_event_out_of_order_is_named(events: Sequence[Recorded[PlanEvent]]) -> None:
    swapped = [events[0], events[2], events[1], *events[3:]]

    assert next(iter(order(swapped))).sentence == "it came where RecallMemories was next"


def test_a_missing_artifact_is_named(auditor: Auditor, ports: Ports, events: Sequence[Recorded[PlanEvent]]) -> None:
    assert isinstance(ports.artifacts, InMemoryArtifacts)
    ports.artifacts.bodies.clear()

    audit = auditor.audit("r1")

    assert audit.holds is False
    assert (audit.inspections_repeated, audit.inspections_not_repeated) == (0, 1)
    assert len(events) == audit.events


class Tampered:
    """An event log that somebody has had a hand in."""

    def __init__(self, ports: Ports, stream: str, change: dict[str, object]) -> None:
        self._log, self._stream, self._change = ports.log, stream, change

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        found = self._log.read(stream, after)
        return [
            replace(item, fact=self._change[item.name])
            if stream == self._stream and item.name in self._change
            else item
            for item in found
        ]

    append = None


def audited(ports: Ports, log: Tampered) -> list[str]:
    runs = Runs(log, ports.reader, ports.ledgers, ports.clock)  # type: ignore[arg-type]
    audit = Auditor(runs, log, ports.artifacts).audit("r1")  # type: ignore[arg-type]
    return [problem.name for problem in audit.problems]


def test_a_verdict_that_the_inspector_would_not_give_is_named(
    ports: Ports, events: Sequence[Recorded[PlanEvent]]
) -> None:
    fact = events[3].fact
    assert isinstance(fact, PlanValidated)
    finding = {"code": "EMPTY_PLAN", "severity": "warning", "message": "x"}
    altered = PlanValidated.model_validate({**fact.model_dump(), "findings": [finding]})

    assert ["PlanValidated"] == audited(ports, Tampered(ports, "default/run/r1", {"PlanValidated": altered}))


def test_a_budget_that_the_ledger_did_not_have_is_named(ports: Ports, events: Sequence[Recorded[PlanEvent]]) -> None:
    fact = events[4].fact
    assert isinstance(fact, BudgetChecked)
    altered = fact.model_copy(update={"ledgers": (fact.ledgers[0].model_copy(update={"available": 9}),)})

    assert ["BudgetChecked"] == audited(ports, Tampered(ports, "default/run/r1", {"BudgetChecked": altered}))


def test_a_hold_of_another_amount_is_named(ports: Ports, events: Sequence[Recorded[PlanEvent]]) -> None:
    held = ports.log.read("default/ledger/agent:scout")[1].fact
    altered = held.model_copy(update={"amount": 1})  # type: ignore[attr-defined]
    assert len(events) == 5

    assert ["BudgetChecked"] == audited(ports, Tampered(ports, "default/ledger/agent:scout", {"CreditHeld": altered}))


class Cut(Tampered):
    """An event log that lost the events of one stream from a version on."""

    def __init__(self, ports: Ports, stream: str, version: int) -> None:
        super().__init__(ports, stream, {})
        self._version = version

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        found = self._log.read(stream, after)
        return [item for item in found if item.stream != self._stream or item.version < self._version]


@pytest.mark.usefixtures("events")
def test_a_run_that_lost_its_end_is_betrayed_by_its_hold(ports: Ports) -> None:
    assert ["CreditHeld"] == audited(ports, Cut(ports, "default/run/r1", 5))


@pytest.mark.usefixtures("events")
def test_a_ledger_that_lost_a_hold_is_named(ports: Ports) -> None:
    assert ["BudgetChecked"] == audited(ports, Cut(ports, "default/ledger/agent:scout", 2))


def test_an_altered_ledger_breaks_its_own_chain(ports: Ports, runs: Runs, tracker: BudgetTracker) -> None:
    tracker.grant("scout", 1_000_000, "g1")
    PlanGenerationEngine(ports, [FixedPlanner(None)]).generate(ASKED)
    tracker.grant("scout", 1_000_000, "g2")

    class Altered(Tampered):
        def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
            found = self._log.read(stream, after)
            return [replace(item, digest="0" * 64) if item.name == "CreditGranted" else item for item in found]

    assert runs.result("r1").outcome == "invalid"
    assert ["CreditGranted"] == audited(ports, Altered(ports, "", {}))


def test_a_paid_run_is_whole_attempt_by_attempt(ports: Ports, tracker: BudgetTracker, auditor: Auditor) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    planner = FixedPlanner(None, PLAN, deterministic=False, cost=300_000, worst=2_000_000)
    PlanGenerationEngine(ports, [planner]).generate(ASKED)

    audit = auditor.audit("r1")

    assert ((), "ready", 2) == (audit.problems, audit.outcome, audit.inspections_repeated)


def test_a_settlement_of_another_amount_is_named(ports: Ports, tracker: BudgetTracker) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    planner = FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)
    PlanGenerationEngine(ports, [planner]).generate(ASKED)
    cheaper = HoldSettled(hold_id="r1/1", amount=1, cost_known=True)

    found = audited(ports, Tampered(ports, "default/ledger/agent:scout", {"HoldSettled": cheaper}))

    assert "HoldSettled" in found
