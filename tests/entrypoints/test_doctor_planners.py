"""What `planfold doctor` says of planners that ask models: each by itself, and what the record tells of their last attempts."""

import json
import re
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from planfold.application.ports import DraftUnavailable
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.planners.llm.pace import OPENS_AFTER
from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]
NAME = "openai:gpt-5-mini"
DOWN = DraftUnavailable("unavailable", "it is down", retryable=True, sent=True, cost_micros=0)


def checks(ended: CompletedProcess[str], name: str) -> list[dict[str, Any]]:
    return [check for check in json.loads(ended.stdout)["checks"] if check["name"] == name]


@pytest.fixture
def answering(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Command]:
    """The command with a model of these answers."""
    monkeypatch.setenv("PLANFOLD_PLANNER", NAME)
    monkeypatch.setenv("PLANFOLD_MAX_ATTEMPTS", str(OPENS_AFTER))

    def made(*answers: object) -> Command:
        planner = FixedPlanner(*answers, name=NAME, deterministic=False)
        monkeypatch.setattr(Installation, "planner_named", lambda *_: planner)
        return planfold

    return made


def test_each_planner_is_told_by_itself(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_PLANNER", f"offline,{NAME},anthropic:claude-sonnet-4-6")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef0123456789abcdef")

    found = checks(planfold("doctor", "--json"), "planner")

    assert ["ok", "ok", "missing"] == [check["state"] for check in found]


def test_who_was_not_asked_is_told_so(answering: Callable[..., Command]) -> None:
    (found,) = checks(answering(None)("doctor", "--json"), "circuits")

    assert ("ok", f"{NAME} was not asked of late") == (found["state"], found["found"])


def test_answers_are_counted(answering: Callable[..., Command]) -> None:
    planfold = answering(DOWN, {"plan_id": "p", "steps": [{"step_id": "s", "skill": "get_current_datetime"}]})
    planfold("plan", "What time is it", "--run", "r1")

    (found,) = checks(planfold("doctor", "--json"), "circuits")

    assert "ok" == found["state"]
    assert re.fullmatch(rf"{NAME} answered \d of its last \d attempts", found["found"])


def test_failures_in_a_row_are_told_as_the_open_circuit_that_they_make(answering: Callable[..., Command]) -> None:
    planfold = answering(DOWN)
    planfold("plan", "What time is it", "--run", "r1")

    (found,) = checks(planfold("doctor", "--json"), "circuits")

    assert "pending" == found["state"]
    assert re.fullmatch(
        rf"{NAME} failed {OPENS_AFTER} times in a row, the last time at \d\d:\d\d UTC \(unavailable\): a process that saw "
        rf"{OPENS_AFTER} leaves it alone for 30 s at a time",
        found["found"],
    )


def test_a_damaged_event_is_passed_over(answering: Callable[..., Command], database: Endpoint) -> None:
    planfold = answering(DOWN)
    planfold("plan", "What time is it", "--run", "r1")
    with psycopg.connect(database.admin) as admin:
        admin.execute("UPDATE planfold.stored_events SET state = '{}' WHERE topic = 'DraftFailed'")

    (found,) = checks(planfold("doctor", "--json"), "circuits")

    assert f"{NAME} was not asked of late" == found["found"]
