"""`planfold show`, `events`, `runs` and `report`: what was recorded, and what becomes of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from subprocess import CompletedProcess
from typing import NoReturn

import pytest
from pydantic import JsonValue

from planfold.infrastructure.in_memory import FixedPlanner

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch the prices and summarise them"
EVENTS = ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"]


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


pytestmark = pytest.mark.usefixtures("ready")


def test_show_prints_what_plan_printed_but_for_the_events(planfold: Command) -> None:
    planned = planfold("plan", GOAL, "--run", "r1").stdout.splitlines()

    shown = planfold("show", "r1").stdout.splitlines()

    events = planned.index("Events, at UTC") - 1
    assert shown == planned[:events] + planned[events + 2 + len(EVENTS) :]


def test_show_prints_the_same_json_as_plan(planfold: Command) -> None:
    planned = planfold("plan", GOAL, "--run", "r1", "--json", "--tenant", "acme").stdout

    assert planned == planfold("show", "r1", "--json", "--tenant", "acme").stdout


def test_events_are_json_lines_of_five_fields(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    lines = [json.loads(line) for line in planfold("events", "r1").stdout.splitlines()]

    assert [["position", "version", "recorded_at", "name", "body"]] * 5 == [list(line) for line in lines]
    assert EVENTS == [line["name"] for line in lines]
    assert [1, 2, 3, 4, 5] == [line["version"] for line in lines]
    assert sorted(line["position"] for line in lines) == [line["position"] for line in lines]
    assert all(datetime.fromisoformat(line["recorded_at"]).tzinfo == UTC for line in lines)
    assert (GOAL, "me") == (lines[0]["body"]["goal"], lines[0]["body"]["agent_id"])


@pytest.mark.parametrize("command", [["show"], ["events"], ["audit"], ["budget", "settle"], ["budget", "release"]])
def test_a_run_that_nobody_knows_ends_with_2(planfold: Command, command: list[str]) -> None:
    ended = planfold(*command, "r1", "--tenant", "acme")

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "tenant 'acme' has no run 'r1'" in ended.stderr


def test_runs_are_listed_newest_first(planfold: Command) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)

    lines = planfold("runs").stdout.splitlines()

    assert ["r2", "r1"] == [line.split()[2] for line in lines[1:]]
    assert ["ready", "0.0045", "USD", "me"] == lines[1].split()[3:7]


def test_pages_of_runs_follow_one_another_without_a_gap(planfold: Command) -> None:
    for run in ("r1", "r2", "r3", "r4", "r5"):
        planfold("plan", GOAL, "--run", run)

    found, arguments = [], ["runs", "--limit", "2", "--json"]
    while True:
        page = json.loads(planfold(*arguments).stdout)
        found.append([run["run_id"] for run in page["runs"]])
        if page["next"] is None:
            break
        arguments = ["runs", "--limit", "2", "--json", "--before", str(page["next"])]

    assert [["r5", "r4"], ["r3", "r2"], ["r1"]] == found


def test_a_page_says_how_to_get_the_next_one(planfold: Command) -> None:
    for run in ("r1", "r2", "r3"):
        planfold("plan", GOAL, "--run", run, "--tenant", "acme")

    first = planfold("runs", "--limit", "2", "--tenant", "acme", "--search", "the prices", "--agent", "me").stdout

    following = first.splitlines()[-1]
    assert following.startswith(
        "more: planfold runs --tenant acme --agent me --search 'the prices' --limit 2 --before "
    )
    assert "r1" in planfold(*following.replace("'the prices'", "prices").split()[2:]).stdout


def test_runs_are_found_by_agent_outcome_and_words(planfold: Command, drafts: Callable[[JsonValue], None]) -> None:
    planfold("plan", GOAL, "--run", "r1", "--agent", "scout")
    drafts({})
    planfold("plan", "Something else", "--run", "r2")

    for filters, run in (
        (["--agent", "scout"], "r1"),
        (["--outcome", "invalid"], "r2"),
        (["--search", "something"], "r2"),
    ):
        found = json.loads(planfold("runs", *filters, "--json").stdout)["runs"]
        assert [run] == [result["run_id"] for result in found]


@pytest.mark.parametrize("search", ["", " "])
def test_a_search_for_nothing_finds_every_run(planfold: Command, search: str) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)

    shown = planfold("runs", "--search", search, "--limit", "1").stdout

    assert ["r2"] == [line.split()[2] for line in shown.splitlines()[1:2]]
    assert planfold("runs").stdout == planfold("runs", "--search", search).stdout


def test_runs_that_have_not_ended_are_found(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with monkeypatch.context() as patched:
        patched.setattr(FixedPlanner, "draft", interrupted)
        assert 130 == planfold("plan", GOAL, "--run", "r2").returncode

    shown = planfold("runs", "--outcome", "unfinished").stdout.splitlines()

    assert [["r2", "unfinished"]] == [line.split()[2:4] for line in shown[1:]]


def test_without_runs_the_list_says_so(planfold: Command) -> None:
    assert "no runs\n" == planfold("runs", "--tenant", "acme").stdout


@pytest.mark.parametrize("arguments", [["--outcome", "lost"], ["--limit", "0"], ["--tenant", "a/b"]])
def test_a_list_of_what_cannot_be_ends_with_2(planfold: Command, arguments: list[str]) -> None:
    ended = planfold("runs", *arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))


def test_a_report_is_shown_with_the_run_and_is_final(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    ended = planfold("report", "r1", "good", "--cost", "0.002", "--note", "went [b]well\x1b[2J")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert "Report\n  good, at 0.002 USD: went [b]well\\x1b[2J\n" in ended.stdout
    assert 2 == planfold("report", "r1", "bad").returncode
    assert "RunReported" in planfold("events", "r1").stdout


def test_a_report_as_json_is_the_result(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    found = json.loads(planfold("report", "r1", "bad", "--json").stdout)

    assert {"verdict": "bad", "cost_micros": None, "note": ""} == found["report"]


@pytest.mark.parametrize(
    "arguments", [["r1", "fine"], ["r1", "good", "--cost", "much"], ["r1", "good", "--note", "x" * 2_001]]
)
def test_a_report_that_cannot_be_ends_with_2(planfold: Command, arguments: list[str]) -> None:
    planfold("plan", GOAL, "--run", "r1")

    ended = planfold("report", *arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
