"""What a host calls: only a plan that may start is returned, everything else raises and carries the result."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from planfold import application
from planfold.application import (
    BudgetRefused,
    BudgetTracker,
    DomainError,
    OutcomeError,
    PlanGenerationEngine,
    PlanInvalid,
    PlanningFailed,
    RunQuery,
    agenerate_plan_for_run,
    areport,
    audit_run,
    audit_runs,
    export_events,
    find_runs,
    generate_plan_for_run,
    ports,
    read_events,
    read_result,
    remember,
    report,
    use_engine,
    wait_for,
)
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable
from planfold.infrastructure.in_memory import FixedPlanner

BAD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fly"}]}


class Unable(FixedPlanner):
    def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
        raise DraftUnavailable("no_skill", "nothing here flies", retryable=False, sent=False)


@pytest.fixture(autouse=True)
def in_use(engine: PlanGenerationEngine) -> Iterator[None]:
    use_engine(engine)
    yield
    use_engine(None)


def test_a_host_has_what_it_calls_or_implements_from_one_place() -> None:
    public = {name for name, found in vars(ports).items() if getattr(found, "__module__", "") == ports.__name__}
    needed = {"LimitsChanged", "Skill", "Manifest", "Memory", "Snippet", "DomainError", "PlannerIdentity", "RuleSet"}

    assert set() == (public | needed) - set(application.__all__)
    assert set() == set(application.__all__) - vars(application).keys()


def test_a_plan_that_may_start_is_returned() -> None:
    assert generate_plan_for_run("scout", "fetch it", "r1").outcome == "ready"


@pytest.mark.parametrize(
    ("planner", "error", "sentence"),
    [
        (FixedPlanner(BAD), PlanInvalid, "the plan for run 'r1' was refused by the inspector: UNKNOWN_SKILL"),
        (Unable(), PlanningFailed, "no plan for run 'r1': nothing here flies"),
    ],
)
def test_anything_else_raises_and_carries_the_result(
    planner: FixedPlanner, error: type[OutcomeError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        generate_plan_for_run("scout", "fetch it", "r1", planner=planner)

    assert read_result("r1") == raised.value.result


def test_a_refusal_by_the_budget_says_what_stood_against_it() -> None:
    BudgetTracker().grant("scout", 3_000_000, "g1")

    with pytest.raises(
        BudgetRefused, match=r"cannot hold 4000000 micro-USD \(4.00 USD\) for the execution of run 'r1'"
    ):
        generate_plan_for_run("scout", "fetch it", "r1")


def test_the_awaitable_forms_do_the_same() -> None:
    async def both() -> tuple[str | None, str | None]:
        planned = await agenerate_plan_for_run("scout", "fetch it", "r1")
        reported = await areport("r1", "good", cost_micros=1)
        return planned.outcome, reported.report.verdict if reported.report else None

    assert ("ready", "good") == asyncio.run(both())


def test_a_host_reads_reports_and_audits_its_runs() -> None:
    generate_plan_for_run("scout", "fetch it", "r1")
    report("r1", "bad", note="it rained")

    assert "RunReported" == read_events("r1")[-1].name
    with pytest.raises(DomainError, match="a run ends good or bad"):
        report("r1", "fine")
    assert ["r1"] == [item.run_id for item in find_runs(RunQuery("default"))]
    assert audit_run("r1").holds
    assert (True, 1, 6) == ((every := audit_runs()).holds, every.runs, every.events)
    assert 0 == audit_runs(since=datetime(2999, 1, 1, tzinfo=UTC)).runs


def test_a_host_waits_for_what_was_recorded_and_hands_the_log_on() -> None:
    position = generate_plan_for_run("scout", "fetch it", "r1").position

    assert wait_for(position, seconds=0)
    assert not wait_for(position + 1, seconds=0)
    assert [event.event_id for event in read_events("r1")] == [event["id"] for event in export_events()]
    assert ["planfold.BudgetChecked"] == [event["type"] for event in export_events(since=position - 1)]


def test_what_is_remembered_is_recalled_without_secrets() -> None:
    remember("scout", "to fetch it use the password: hunter2hunter2")

    result = generate_plan_for_run("scout", "fetch it", "r1")

    assert result.memory_snippet_count == 1
    assert "hunter2" not in (result.context_summary or "")
