"""What people see of a log in which a later release has recorded a kind of event that this one does not know."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.event_names import FACTS

Command = Callable[..., CompletedProcess[str]]

SENTENCE = "cannot read event 6 (RunReported) of default/run/r1: this release knows no such event, a later one does; upgrade planfold here"


@pytest.fixture
def behind(planfold: Command, ready: None, monkeypatch: pytest.MonkeyPatch) -> Command:  # noqa: ARG001 - a planner
    """A later release has reported `r1`; this one knows nothing of reports."""
    for run in ("r1", "r2"):
        planfold("plan", "Fetch the prices and summarise them", "--run", run)
    planfold("report", "r1", "good")
    monkeypatch.delitem(FACTS, "RunReported")
    return planfold


def test_that_run_is_named_with_what_to_do(behind: Command) -> None:
    shown = behind("show", "r1")

    assert (7, "", f"planfold: {SENTENCE}\n") == (shown.returncode, shown.stdout, shown.stderr)
    assert 0 == behind("show", "r2").returncode


@pytest.mark.parametrize("which", ["r1", "--all"])
def test_an_audit_does_not_call_what_it_cannot_read_right(behind: Command, which: str) -> None:
    audited = behind("audit", which, "--json")

    assert 1 == audited.returncode
    told = json.loads(audited.stdout)
    problems = told["problems"] if which == "r1" else told["not_holding"][0]["problems"]
    assert [SENTENCE] == [problem["sentence"] for problem in problems]


def test_runs_are_listed_and_the_stream_is_parked_until_the_upgrade(
    behind: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = json.loads(behind("runs", "--json").stdout)["runs"]

    assert [("r2", 5), ("r1", 5)] == [(run["run_id"], run["version"]) for run in listed]
    assert "default/run/r1 is parked from event 6 on (1)" in behind("projections", "status").stdout
    assert SENTENCE in " ".join(behind("doctor").stdout.split())

    monkeypatch.setitem(FACTS, "RunReported", RunReported)
    assert 0 == behind("projections", "retry", "results").returncode
    assert "good" == json.loads(behind("runs", "--run", "r1", "--json").stdout)["runs"][0]["report"]["verdict"]


def test_an_export_passes_it_on(behind: Command) -> None:
    last = json.loads(behind("export").stdout.splitlines()[-1])

    assert ("planfold.RunReported", "good") == (last["type"], last["data"]["verdict"])
