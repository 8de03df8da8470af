"""`plan --json-lines`: each event when it is recorded, and the result at the end."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from fake_provider import FakeProvider, Hang

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch https://example.com/"
RECORDED = ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"]


def lines(shown: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shown.splitlines()]


@pytest.mark.usefixtures("ready")
def test_every_event_is_a_line_and_the_result_is_the_last_one(planfold: Command) -> None:
    planned = planfold("plan", GOAL, "--run", "r1", "--json-lines")

    *events, result = lines(planned.stdout)
    assert planned.stdout.startswith(planfold("events", "r1").stdout)
    assert RECORDED == [event["name"] for event in events]
    assert {tuple(event) for event in events} == {tuple(result)}
    assert (events[-1]["position"], "PlanGenerationResult") == (result["position"], result["name"])
    assert json.loads(planfold("show", "r1", "--json").stdout) == result["body"]


@pytest.mark.usefixtures("ready")
def test_the_same_run_again_prints_the_same_lines(planfold: Command) -> None:
    first, second = (planfold("plan", GOAL, "--run", "r1", "--json-lines") for _ in range(2))

    assert (0, first.stdout) == (second.returncode, second.stdout)


def test_an_outcome_that_is_not_ready_has_its_status_and_its_sentence(planfold: Command) -> None:
    planned = planfold("plan", "Sing", "--json-lines")

    assert (5, "failed") == (planned.returncode, lines(planned.stdout)[-1]["body"]["outcome"])
    assert planned.stderr.startswith("planfold: no plan for run")


def test_the_two_forms_of_json_are_not_mixed(planfold: Command) -> None:
    refused = planfold("plan", GOAL, "--json", "--json-lines")

    assert (2, "") == (refused.returncode, refused.stdout)
    assert "name one of them" in refused.stderr


@pytest.fixture
def asking(environment: Mapping[str, str], program: Path, provider: FakeProvider) -> subprocess.Popen[str]:
    """The installed command, which asks a model whose answer does not come, and is killed by nobody."""
    provider.replies(Hang())
    variables = {**environment, "PLANFOLD_LLM_BASE_URL": f"{provider.url}/v1", "PLANFOLD_MAX_ATTEMPTS": "1"}
    command: list[str | Path] = [
        sys.executable,
        program,
        "plan",
        GOAL,
        "--run",
        "r1",
        "--planner",
        "openai:small",
        "--json-lines",
    ]
    return subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_line_is_there_while_the_next_event_is_waited_for(
    asking: subprocess.Popen[str], provider: FakeProvider
) -> None:
    with asking:
        assert asking.stdout is not None
        first = [json.loads(asking.stdout.readline())["name"] for _ in range(2)]
        provider.wait_for(calls=1)
        assert asking.poll() is None
        provider.release()
        rest = [json.loads(line)["name"] for line in asking.stdout]

    assert ["ContextBuilt", "MemoryRetrieved"] == first
    assert ["DraftFailed", "PlanGenerationResult"] == rest
    assert 5 == asking.returncode


@pytest.mark.slow
def test_a_reader_who_leaves_changes_nothing_of_what_is_recorded(
    asking: subprocess.Popen[str], provider: FakeProvider, planfold: Command
) -> None:
    with asking:
        assert asking.stdout is not None
        assert asking.stderr is not None
        asking.stdout.readline()
        asking.stdout.close()
        provider.release()
        said = asking.stderr.read()

    assert (141, "") == (asking.wait(), said)
    assert ["ContextBuilt", "MemoryRetrieved", "DraftFailed"] == [
        event["name"] for event in lines(planfold("events", "r1").stdout)
    ]
