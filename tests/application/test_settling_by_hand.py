"""What an operator settles, releases or keeps for a run: also what a dead process left, and nothing that is not there."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine, RunUnknown
from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.ports import Appending, DraftAnswer, DraftRequest, DraftUnavailable
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.errors import HoldIsPlanning, InvalidMoney, InvalidText, NothingToCorrect, UnknownHold
from planfold.domain.plan_generation import RunReported
from planfold.domain.recorded import Recorded
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner

PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
DEAD = PlanGenerationContext("scout", "fetch it", "dead")


class Gone(BaseException):
    """The process has ended."""


@pytest.fixture
def abandoned(ports: Ports, tracker: Budgets) -> FixedPlanner:
    """A planner whose call for run `dead` may cost 2 USD, and whose process ended before its answer was recorded."""
    append = ports.log.append

    class Killed(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:
            self.requests.append(request)
            ports.log.append = gone  # type: ignore[assignment,method-assign]
            raise Gone

    def gone(_: Sequence[Appending]) -> Sequence[Recorded[object]]:
        raise Gone

    planner = Killed(PLAN, deterministic=False, cost=300_000, worst=2_000_000)
    tracker.grant("scout", 9_000_000, "g1")
    with pytest.raises(Gone):
        PlanGenerationEngine(ports, [planner]).generate(DEAD)
    ports.log.append = append  # type: ignore[method-assign]
    return planner


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize(("cost", "spent"), [(700_000, 700_000), (0, 0), (None, 2_000_000)])
def test_the_planning_hold_of_a_dead_run_is_settled_by_hand(
    tracker: Budgets, auditor: Auditor, cost: int | None, spent: int
) -> None:
    assert tracker.get_status("scout").open_holds == ("dead/1",)

    status = tracker.settle("scout", "dead", cost)

    assert ((), spent) == (status.open_holds, status.spent_micros)
    assert auditor.audit("dead").problems == ()


@pytest.mark.usefixtures("abandoned")
def test_the_planning_hold_of_a_dead_run_is_neither_released_nor_extended(tracker: Budgets, clock: FixedClock) -> None:
    with pytest.raises(HoldIsPlanning, match="settle it"):
        tracker.release("scout", "dead", "never mind")
    with pytest.raises(HoldIsPlanning):
        tracker.extend("scout", "dead", clock.now() + timedelta(days=1))
    assert tracker.get_status("scout").open_holds == ("dead/1",)


@pytest.mark.usefixtures("abandoned")
def test_a_run_whose_planning_hold_was_settled_by_hand_can_still_be_called_again(
    ports: Ports, tracker: Budgets, auditor: Auditor
) -> None:
    tracker.settle("scout", "dead", 700_000)
    planner = FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)

    result = PlanGenerationEngine(ports, [planner]).generate(DEAD)

    audit = auditor.audit("dead")
    assert ("ready", 1_000_000) == (result.outcome, tracker.get_status("scout").spent_micros)
    assert () == audit.problems
    assert ["dead/1 was settled by hand at 700000 micro-USD; the run says 300000"] == [
        remark.sentence for remark in audit.remarks
    ]


def test_a_run_that_nobody_knows_has_no_hold(tracker: Budgets, clock: FixedClock) -> None:
    deeds: list[Callable[[], object]] = [
        lambda: tracker.settle("scout", "nobody", 1),
        lambda: tracker.release("scout", "nobody", ""),
        lambda: tracker.extend("scout", "nobody", clock.now() + timedelta(days=1)),
    ]
    for deed in deeds:
        with pytest.raises(RunUnknown, match="'nobody'"):
            deed()


def test_a_run_that_took_no_hold_has_none_to_settle(engine: PlanGenerationEngine, tracker: Budgets) -> None:
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    tracker.grant("scout", 9_000_000, "g1")

    with pytest.raises(UnknownHold, match="cannot settle hold 'r1/execution'"):
        tracker.settle("scout", "r1", 1)
    with pytest.raises(UnknownHold, match="cannot release hold 'r1/execution'"):
        tracker.release("scout", "r1", "")


@pytest.mark.parametrize("reason", ["x" * 2_001, "half \ud800", "NUL \0"])
def test_a_reason_that_cannot_be_recorded_is_refused_in_a_sentence(
    engine: PlanGenerationEngine, tracker: Budgets, reason: str
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    before = tracker.get_status("scout")

    deeds: list[Callable[[], object]] = [
        lambda: tracker.grant("scout", 1, "g2", reason),
        lambda: tracker.revoke("scout", 1, "g2", reason),
        lambda: tracker.pause("scout", reason),
        lambda: tracker.resume("scout", reason),
        lambda: tracker.release("scout", "r1", reason),
    ]
    for deed in deeds:
        with pytest.raises(InvalidText, match="the reason h"):
            deed()
    assert before == tracker.get_status("scout")


@pytest.mark.parametrize("cost", [-1, 0.5, True])
def test_a_cost_that_is_no_amount_is_refused_in_a_sentence(
    engine: PlanGenerationEngine, tracker: Budgets, cost: int
) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))

    with pytest.raises(InvalidMoney, match="a cost of "):
        tracker.settle("scout", "r1", cost)


@pytest.fixture
def resumed(ports: Ports, tracker: Budgets, abandoned: FixedPlanner) -> FixedPlanner:
    """The run `dead`, called again: its lost call was settled in full, and the next one brought a plan for 0.30 USD."""
    tracker.grant(None, 20_000_000, "t1")
    PlanGenerationEngine(ports, [FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)]).generate(DEAD)
    return abandoned


@pytest.mark.usefixtures("resumed")
def test_the_true_cost_of_a_lost_call_can_be_told_later(tracker: Budgets, auditor: Auditor) -> None:
    before = tracker.get_status("scout")

    after = tracker.correct("scout", "dead", 700_000, reason="bill of March")

    assert (2_300_000, 1_000_000) == (before.spent_micros, after.spent_micros)
    assert after == tracker.correct("scout", "dead", 700_000, reason="bill of March")
    audit = auditor.audit("dead")
    assert () == audit.problems
    assert ["dead/1 was corrected by hand from the unknown 2000000 to 700000 micro-USD (bill of March)"] == [
        remark.sentence for remark in audit.remarks
    ]


@pytest.mark.usefixtures("resumed")
def test_a_second_correction_starts_from_what_was_told_by_hand(tracker: Budgets, auditor: Auditor) -> None:
    tracker.correct("scout", "dead", 700_000)
    tracker.correct("scout", "dead", 0, reason="refunded")
    tracker.correct("scout", "dead", 100_000)

    assert [
        "dead/1 was corrected by hand from the unknown 2000000 to 700000 micro-USD",
        "dead/1 was corrected by hand from 700000 to 0 micro-USD (refunded)",
        "dead/1 was corrected by hand from 0 to 100000 micro-USD",
    ] == [remark.sentence for remark in auditor.audit("dead").remarks]


def test_the_true_cost_is_told_to_the_ledger_of_the_tenant_too(ports: Ports, tracker: Budgets) -> None:
    lost = DraftUnavailable("timeout", "late", retryable=False, sent=True)
    tracker.grant("scout", 9_000_000, "g1")
    tracker.grant(None, 9_000_000, "t1")
    PlanGenerationEngine(ports, [FixedPlanner(lost, worst=2_000_000)]).generate(DEAD)

    tracker.correct("scout", "dead", 0)

    assert [0, 0] == [tracker.get_status(whose).spent_micros for whose in ("scout", None)]


@pytest.mark.usefixtures("resumed")
def test_a_correction_of_what_is_known_or_of_nothing_is_refused(tracker: Budgets) -> None:
    with pytest.raises(NothingToCorrect, match="attempt 2 of run 'dead'"):
        tracker.correct("scout", "dead", 1, attempt=2)
    with pytest.raises(RunUnknown):
        tracker.correct("scout", "nobody", 1)
    with pytest.raises(UnknownHold, match="cannot correct hold"):
        tracker.correct("other", "dead", 1)
    with pytest.raises(InvalidMoney):
        tracker.correct("scout", "dead", -1)


def test_a_report_without_a_cost_can_be_corrected(engine: PlanGenerationEngine, tracker: Budgets, runs: Runs) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    engine.generate(DEAD)
    runs.report("dead", RunReported(verdict="bad", cost_micros=None))

    assert (4_000_000, 1) == (
        tracker.get_status("scout").spent_micros,
        tracker.correct("scout", "dead", 1).spent_micros,
    )
