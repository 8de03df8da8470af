"""Drafts are counted by day, planner and model, findings by code and skill: each attempt of a run, not only the last."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from planfold.domain.inspection.finding import finding
from planfold.domain.plan_generation import DraftFailed, PlanDrafted, PlanValidated
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.infrastructure.postgres.statistics import FindingCount, Over, PlannerDay, PostgresStatistics

World = Any

MODEL = PlannerIdentity(name="llm", version="1", model="m1", deterministic=False)
DAY = date(2026, 5, 1)


@pytest.fixture
def statistics(world: World) -> PostgresStatistics:
    return PostgresStatistics(lambda: world.pool, world.read_models)


@pytest.fixture
def attempt(world: World) -> Callable[..., None]:
    """One attempt of a run; `codes` are found in a step of the skill, and none makes it valid."""

    def made(run: str, number: int, cost: int | None, tokens: int, milliseconds: int, *codes: Any) -> None:
        world.add(
            f"default/run/{run}",
            PlanDrafted(
                attempt=number,
                plan={"steps": [{"step_id": "s1", "skill": "fetch_url"}]},
                planner=MODEL,
                usage=Usage(input_tokens=tokens, output_tokens=1),
                cost_micros=cost,
                duration_ms=milliseconds,
            ),
            PlanValidated(
                attempt=number,
                valid=not codes,
                findings=tuple(finding(code, "no", step_id=step) for code, step in codes),
                rules_digest="b" * 64,
            ),
        )

    return made


def test_every_attempt_counts_for_its_planner(
    world: World, statistics: PostgresStatistics, attempt: Callable[..., None]
) -> None:
    world.begin("r1")
    attempt("r1", 1, 100, 10, 30, ("EMPTY_PLAN", None))
    attempt("r1", 2, None, 20, 50)
    world.begin("r2")
    attempt("r2", 1, 1, 5, 10)
    world.begin("r3")
    world.end("r3")

    assert [
        PlannerDay(DAY, "llm", "m1", 3, 3, 2, 1, 38, 101, 1, 30, 50),
        PlannerDay(DAY, "offline", None, 1, 0, 0, 0, None, 0, 0, 7, 7),
    ] == statistics.planners(Over("default"))


def test_findings_count_by_the_skill_of_their_step(
    world: World, statistics: PostgresStatistics, attempt: Callable[..., None]
) -> None:
    for run in ("r1", "r2"):
        world.begin(run)
        attempt(run, 1, 0, 0, 0, ("INVALID_PARAMS", "s1"), ("INVALID_PARAMS", "s1"), ("UNKNOWN_SKILL", "s9"))

    assert [
        FindingCount("INVALID_PARAMS", "fetch_url", 4, 2),
        FindingCount("UNKNOWN_SKILL", None, 2, 2),
    ] == statistics.findings(Over("default"))


@pytest.mark.parametrize(
    ("over", "attempts"),
    [
        (Over("default", "scout"), 1),
        (Over("default", "other"), 0),
        (Over("acme"), 0),
        (Over("default", since=datetime(2026, 5, 1, 12, tzinfo=UTC)), 1),
        (Over("default", since=datetime(2026, 5, 2, tzinfo=UTC)), 0),
        (Over("default", until=datetime(2026, 5, 1, 12, tzinfo=UTC)), 0),
    ],
)
def test_only_the_runs_asked_for_count(world: World, statistics: PostgresStatistics, over: Over, attempts: int) -> None:
    world.begin("r1")
    world.end("r1")

    assert attempts == sum(each.attempts for each in statistics.planners(over))


def test_a_failed_attempt_is_no_draft(world: World, statistics: PostgresStatistics) -> None:
    world.begin("r1")
    failed = {"code": "timeout", "sentence": "no", "retryable": True, "cost_micros": None, "duration_ms": 9}
    world.add("default/run/r1", DraftFailed.model_validate({"attempt": 1, "planner": MODEL, **failed}))

    assert [PlannerDay(DAY, "llm", "m1", 1, 0, 0, 0, None, None, 1, 9, 9)] == statistics.planners(Over("default"))
