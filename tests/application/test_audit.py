"""An auditor finds a whole record whole, and names the first event of one that is not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.audit import Auditor
from planfold.application.audit_all import audit_all
from planfold.application.budget import Budgets
from planfold.application.ports import Appending, Shown
from planfold.application.replay import chain, order
from planfold.application.runs import Runs
from planfold.application.world import EnginePolicy, Ports
from planfold.domain.errors import InvalidManifest
from planfold.domain.inspection import Finding, RuleSet
from planfold.domain.ledger import HoldSettled
from planfold.domain.plan_generation import BudgetChecked, ContextBuilt, PlanEvent, PlanValidated, RunReported
from planfold.domain.recorded import Recorded
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, InMemoryArtifacts

PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
ASKED = PlanGenerationContext("scout", "fetch it", "r1")


@pytest.fixture
def events(engine: PlanGenerationEngine, runs: Runs, tracker: Budgets) -> Sequence[Recorded[PlanEvent]]:
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

    assert next(iter(order(swapped))).sentence == "it came where what was recalled was next"


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


class NoRows:
    """Read models into which nothing was folded yet."""

    def runs(self, tenant: str, run_ids: Sequence[str]) -> Shown:
        assert tenant == "default"
        assert run_ids
        return Shown(0, {}, {})

    ledgers = runs

    def unrecorded(self, tenant: str, at_most: int) -> Sequence[str]:
        assert (tenant, at_most > 0) == ("default", True)
        return []


def audited(ports: Ports, log: Tampered) -> list[str]:
    audit = Auditor(replace(ports, log=log, rows=NoRows())).audit("r1")  # type: ignore[arg-type]
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


class Opened:
    """An event log on which somebody opens the agent's ledger just before the run's second save."""

    def __init__(self, ports: Ports, opening: Callable[[], object]) -> None:
        self._log, self._opening, self._saves = ports.log, opening, 0

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        return self._log.read(stream, after)

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        self._saves += 1
        if self._saves == 2:
            self._opening()
        return self._log.append(appendings)


@pytest.mark.parametrize("deed", ["grant", "pause"])
def test_a_ledger_that_was_opened_while_a_run_was_decided_is_told_and_no_accusation(
    ports: Ports, auditor: Auditor, tracker: Budgets, planner: FixedPlanner, deed: str
) -> None:
    log = Opened(ports, lambda: tracker.pause("scout") if deed == "pause" else tracker.grant("scout", 1, "g1"))

    result = PlanGenerationEngine(replace(ports, log=log), [planner]).generate(ASKED)

    audit = auditor.audit("r1")
    assert ("ready", True, ()) == (result.outcome, audit.holds, audit.problems)
    assert ["default/ledger/agent:scout was opened while this was decided, and counts from the next run on"] == [
        remark.sentence for remark in audit.remarks
    ]


def test_a_run_that_overlooked_a_ledger_is_accused(ports: Ports, tracker: Budgets, planner: FixedPlanner) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    engine = PlanGenerationEngine(ports, [planner])
    checked = engine.generate(ASKED).budget
    assert checked is not None
    overlooked = checked.model_copy(update={"ledgers": (), "hold_id": None, "available_before": None})

    found = audited(ports, Tampered(ports, "default/run/r1", {"BudgetChecked": overlooked}))

    assert "BudgetChecked" in found


def test_a_settlement_by_hand_before_the_report_is_told_and_no_accusation(
    engine: PlanGenerationEngine, tracker: Budgets, runs: Runs, auditor: Auditor
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(ASKED)
    tracker.settle("scout", "r1", 500_000)
    runs.report("r1", RunReported(verdict="good", cost_micros=900_000))

    audit = auditor.audit("r1")

    assert (True, 500_000) == (audit.holds, tracker.get_status("scout").spent_micros)
    assert ["r1/execution was settled by hand at 500000 micro-USD; the run says 900000"] == [
        remark.sentence for remark in audit.remarks
    ]


def test_a_report_that_its_ledger_was_told_otherwise_is_named(
    ports: Ports, engine: PlanGenerationEngine, tracker: Budgets, runs: Runs
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(ASKED)
    runs.report("r1", RunReported(verdict="good", cost_micros=900_000))
    cheaper = HoldSettled(hold_id="r1/execution", amount=1, cost_known=True)

    assert ["HoldSettled"] == audited(ports, Tampered(ports, "default/ledger/agent:scout", {"HoldSettled": cheaper}))


def test_a_report_that_its_ledger_was_never_told_is_named(
    ports: Ports, engine: PlanGenerationEngine, tracker: Budgets, runs: Runs
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(ASKED)
    runs.report("r1", RunReported(verdict="good", cost_micros=900_000))

    assert ["RunReported"] == audited(ports, Cut(ports, "default/ledger/agent:scout", 3))


def test_a_manifest_that_this_release_refuses_is_not_repeated_and_no_accusation(
    monkeypatch: pytest.MonkeyPatch, engine: PlanGenerationEngine, auditor: Auditor
) -> None:
    def refuses(schema: object, where: str) -> None:
        raise InvalidManifest(f"{where} is refused by now: {schema}")

    engine.generate(ASKED)
    monkeypatch.setattr("planfold.domain.skill.check_schema", refuses)

    audit = auditor.audit("r1")

    assert (True, 0, 1) == (audit.holds, audit.inspections_repeated, audit.inspections_not_repeated)


@pytest.mark.parametrize(("libraries", "expected"), [(("jsonschema-rs 0.1",), (True, 0, 1)), (None, (False, 1, 0))])
def test_other_findings_by_other_libraries_are_not_repeated_and_by_the_same_are_false(
    *,
    monkeypatch: pytest.MonkeyPatch,
    ports: Ports,
    planner: FixedPlanner,
    auditor: Auditor,
    libraries: tuple[str, ...] | None,
    expected: tuple[bool, int, int],
) -> None:
    rules = RuleSet() if libraries is None else RuleSet(libraries=libraries)
    PlanGenerationEngine(ports, [planner], EnginePolicy(rules=rules)).generate(ASKED)
    found = Finding(code="INVALID_PARAMS", severity="error", message="by another release of the validator")
    monkeypatch.setattr("planfold.application.audit_record.inspect", lambda _: (found,))

    audit = auditor.audit("r1")

    assert expected == (audit.holds, audit.inspections_repeated, audit.inspections_not_repeated)


def test_an_altered_ledger_breaks_its_own_chain(ports: Ports, runs: Runs, tracker: Budgets) -> None:
    tracker.grant("scout", 1_000_000, "g1")
    PlanGenerationEngine(ports, [FixedPlanner(None)]).generate(ASKED)
    tracker.grant("scout", 1_000_000, "g2")

    class Altered(Tampered):
        def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
            found = self._log.read(stream, after)
            return [replace(item, digest="0" * 64) if item.name == "CreditGranted" else item for item in found]

    assert runs.result("r1").outcome == "invalid"
    assert ["CreditGranted"] == audited(ports, Altered(ports, "", {}))


def test_a_paid_run_is_whole_attempt_by_attempt(ports: Ports, tracker: Budgets, auditor: Auditor) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    planner = FixedPlanner(None, PLAN, deterministic=False, cost=300_000, worst=2_000_000)
    PlanGenerationEngine(ports, [planner]).generate(ASKED)

    audit = auditor.audit("r1")

    assert ((), "ready", 2) == (audit.problems, audit.outcome, audit.inspections_repeated)


def test_a_settlement_of_another_amount_is_named(ports: Ports, tracker: Budgets) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    planner = FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)
    PlanGenerationEngine(ports, [planner]).generate(ASKED)
    cheaper = HoldSettled(hold_id="r1/1", amount=1, cost_known=True)

    found = audited(ports, Tampered(ports, "default/ledger/agent:scout", {"HoldSettled": cheaper}))

    assert "HoldSettled" in found


@pytest.mark.parametrize("grants", [1, 2])
def test_only_a_ledger_that_is_proved_to_have_been_there_was_overlooked(
    ports: Ports, tracker: Budgets, planner: FixedPlanner, grants: int
) -> None:
    """Its first event may have its position, and not be committed; whoever writes the second has seen the first."""
    for number in range(grants):
        tracker.grant("scout", 50_000_000, f"g{number}")
    engine = PlanGenerationEngine(ports, [planner])
    engine.generate(ASKED)
    context, checked = (ports.log.read("default/run/r1")[index].fact for index in (0, 4))
    assert isinstance(context, ContextBuilt)
    assert isinstance(checked, BudgetChecked)
    altered: dict[str, object] = {
        "ContextBuilt": context.model_copy(update={"agent_budget_cents": None, "budget_source": "none"}),
        "BudgetChecked": checked.model_copy(update={"ledgers": (), "hold_id": None, "available_before": None}),
    }

    found = audited(ports, Tampered(ports, "default/run/r1", altered))

    assert (["BudgetChecked", "CreditHeld"] if grants == 2 else ["CreditHeld"]) == found


def test_an_audit_since_a_time_looks_at_runs_begun_then_and_folds_their_ledgers_from_the_beginning(
    ports: Ports, engine: PlanGenerationEngine, tracker: Budgets, clock: FixedClock
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    engine.generate(ASKED)
    tracker.settle("scout", "r1", 1)
    clock.advance(timedelta(days=1))
    engine.generate(replace(ASKED, run_id="r2"))
    tracker.settle("scout", "r2", 2)

    found = audit_all(ports, since=clock.now() - timedelta(hours=1))

    assert (True, 1, 1, 1) == (found.holds, found.runs, found.ok, found.ledgers)
    assert (2, 15) == (audit_all(ports).runs, audit_all(ports).events)
    assert 2 == audit_all(ports, since=datetime.min.replace(tzinfo=UTC)).runs
    without_a_zone = audit_all(ports, since=(clock.now() - timedelta(hours=1)).replace(tzinfo=None))
    assert found == without_a_zone


def test_a_save_that_was_read_in_part_when_the_reading_began_is_read_to_its_end(
    ports: Ports, engine: PlanGenerationEngine, tracker: Budgets
) -> None:
    tracker.grant("scout", 50_000_000, "g1")
    engine.generate(ASKED)
    newest = ports.history.newest()

    class InBetween:
        """Of its last save, the hold was not there yet when it was asked for its newest event."""

        asked = 0
        before, events, stored = ports.history.before, ports.history.events, ports.history.stored

        def newest(self) -> int:
            self.asked += 1
            return newest - 1 if self.asked == 1 else newest

    found = audit_all(replace(ports, history=InBetween()))

    assert (True, ()) == (found.holds, found.not_holding)
