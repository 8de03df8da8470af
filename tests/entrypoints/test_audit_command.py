"""`planfold audit`: a run replayed and told, and whatever does not hold or cannot be read."""

import json
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess

import pytest
from psycopg import Connection

from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]
Replace = Callable[[str, int, str, str], None]

GOAL = "Fetch the prices and summarise them"
RUN, LEDGER = "default/run/r1", "default/ledger/agent:me"

pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture
def owner_of_all(database: Endpoint) -> Iterator[Connection]:
    """Somebody who may do anything with the stored events."""
    with Connection.connect(database.admin, autocommit=True) as admin:
        admin.execute("ALTER TABLE planfold.stored_events DISABLE TRIGGER ALL")
        yield admin


@pytest.fixture
def replace(owner_of_all: Connection) -> Replace:
    """One word of one stored event becomes another."""

    def do(stream: str, version: int, old: str, new: str) -> None:
        owner_of_all.execute(
            "UPDATE planfold.stored_events SET state ="
            " convert_to(replace(convert_from(state, 'UTF8'), %s, %s), 'UTF8')"
            " WHERE originator_id = %s AND originator_version = %s",
            (old, new, stream, version),
        )

    return do


def test_an_audit_tells_the_story_and_that_the_record_holds(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    ended = planfold("audit", "r1")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert "Attempt 1: the inspector accepted the draft." in ended.stdout
    assert ended.stdout.endswith("+ the record holds  ready, 5 events, 1 inspection repeated\n")


def test_an_audit_as_json_is_one_object(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    found = json.loads(planfold("audit", "r1", "--json").stdout)

    assert (True, 5, []) == (found["holds"], found["events"], found["problems"])


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_an_audit_of_a_record_that_was_changed_ends_with_1(
    planfold: Command, replace: Replace, as_json: list[str]
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    replace(RUN, 1, "summarise", "subscribe")

    ended = planfold("audit", "r1", *as_json)

    assert (1, "") == (ended.returncode, ended.stderr)
    assert "it follows" in ended.stdout


def test_a_problem_is_told_with_its_stream_if_that_is_not_the_runs_own(planfold: Command, replace: Replace) -> None:
    planfold("budget", "grant", "me", "5", "--reason", "March")
    planfold("plan", GOAL, "--run", "r1")
    replace(LEDGER, 1, "March", "April")
    replace(RUN, 1, "summarise", "subscribe")

    told = planfold("audit", "r1").stdout

    assert "  x event 2, MemoryRetrieved: it follows" in told
    assert f"  x event 2 of {LEDGER}, CreditHeld: it follows" in told


def test_a_run_without_its_end_is_told_as_that(planfold: Command, owner_of_all: Connection) -> None:
    planfold("plan", GOAL, "--run", "r1")
    owner_of_all.execute("DELETE FROM planfold.stored_events WHERE originator_version > 2")

    ended = planfold("audit", "r1")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.endswith(
        "+ the record holds  not finished, or its end was cut off, 2 events, 0 inspections repeated\n"
    )
    assert None is json.loads(planfold("audit", "r1", "--json").stdout)["outcome"]


@pytest.mark.parametrize(("stream", "version", "name"), [(RUN, 3, "PlanDrafted"), (LEDGER, 1, "CreditGranted")])
def test_an_event_that_cannot_be_read_is_a_problem_of_the_record(
    planfold: Command, replace: Replace, stream: str, version: int, name: str
) -> None:
    planfold("budget", "grant", "me", "5")
    planfold("plan", GOAL, "--run", "r1")
    replace(stream, version, '"body"', '"bust"')

    ended, as_json = planfold("audit", "r1"), planfold("audit", "r1", "--json")

    sentence = f"cannot read event {version} ({name}) of {stream}: "
    assert (1, "", 1, "") == (ended.returncode, ended.stderr, as_json.returncode, as_json.stderr)
    assert f"  x {sentence}" in ended.stdout
    assert ended.stdout.endswith("\nx the record does not hold\n")
    found = json.loads(as_json.stdout)
    (problem,) = found.pop("problems")
    assert {"tenant": "default", "run_id": "r1", "holds": False} == found
    assert problem.pop("sentence").startswith(sentence)
    assert ("itself", True) == (problem.pop("against"), problem.pop("position") > 0)
    assert {"stream": stream, "version": version, "name": name, "run_id": "r1" if stream == RUN else None} == problem


def test_an_audit_of_all_counts_the_runs_and_says_that_they_hold(planfold: Command) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)
    planfold("plan", GOAL, "--run", "r1", "--tenant", "other")

    ended = planfold("audit", "--all")
    as_json = json.loads(planfold("audit", "--all", "--json").stdout)
    later = json.loads(planfold("audit", "--all", "--since", "2100-01-01", "--json").stdout)

    figures = "2 runs, 10 events, 2 inspections repeated, 2 rows not folded yet"
    assert (0, f"+ the record holds  {figures}\n") == (ended.returncode, ended.stdout)
    assert (True, 2, []) == (as_json["holds"], as_json["runs"], as_json["not_holding"])
    assert (True, 0) == (later["holds"], later["runs"])


def test_an_audit_of_all_names_the_run_that_does_not_hold(planfold: Command, replace: Replace) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)
    replace(RUN, 1, "prices", "wages!")

    ended = planfold("audit", "--all", "--json")

    told = json.loads(ended.stdout)
    [found] = told["not_holding"]
    assert (1, "r1", 2) == (ended.returncode, found["run_id"], found["problems"][0]["version"])
    assert (2, 1, 1, found["problems"][0]) == (told["runs"], told["ok"], told["broken"], told["first_broken"])


def test_an_audit_of_all_goes_on_behind_an_event_that_cannot_be_read(planfold: Command, replace: Replace) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)
    replace(RUN, 3, '"body"', '"bust"')

    ended = planfold("audit", "--all")

    assert (1, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith(f"{RUN}\n  x event 3, PlanDrafted: cannot read event 3 (PlanDrafted) of {RUN}: ")
    assert "x the record does not hold  1 of 2 runs ok, " in ended.stdout


def test_what_queries_are_shown_is_compared_with_the_events(planfold: Command, owner_of_all: Connection) -> None:
    planfold("plan", GOAL, "--run", "r1")
    planfold("runs")
    assert planfold("audit", "--all").stdout.endswith("1 run, 5 events, 1 inspection repeated\n")
    owner_of_all.execute("UPDATE planfold.results SET goal = 'another'")

    one, every = planfold("audit", "r1"), planfold("audit", "--all")

    sentence = "BudgetChecked: queries are shown something else than the events say, in goal\n"
    assert (1, 1) == (one.returncode, every.returncode)
    assert f"  x event 5, {sentence}" in one.stdout
    assert f"{RUN}\n  x event 5, {sentence}" in every.stdout
    planfold("projections", "rebuild", "results")
    assert 0 == planfold("audit", "r1").returncode


def test_the_last_line_tells_what_does_not_hold_where_that_is_no_run(
    planfold: Command, owner_of_all: Connection
) -> None:
    planfold("budget", "grant", "me", "5")
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run, "--agent", "free")
    planfold("runs")
    planfold("projections", "rebuild", "ledgers")
    owner_of_all.execute("DELETE FROM planfold.stored_events WHERE originator_id = %s", [RUN])
    owner_of_all.execute("UPDATE planfold.ledger_status SET version = 9")

    every, one = planfold("audit", "--all"), planfold("audit", "r1")

    assert (1, 1) == (every.returncode, one.returncode)
    assert (
        "\nx the record does not hold  1 of 1 run ok, 1 run missing, 1 other stream broken, 6 events, " in every.stdout
    )
    assert "  x event 1, missing: queries are shown what its events made, and there is no event\n" in one.stdout
    assert "x the record does not hold  none of its events is left, 0 events, " in one.stdout


def test_an_audit_of_all_lists_the_first_that_do_not_hold_and_counts_the_others(
    planfold: Command, owner_of_all: Connection
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    for number in range(101):
        owner_of_all.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES (%s, 1, 'PlanDrafted', 'no event')",
            [f"default/run/x{number}"],
        )

    ended, as_json = planfold("audit", "--all"), json.loads(planfold("audit", "--all", "--json").stdout)

    assert 20 == ended.stdout.count("cannot read event 1")
    assert "  and 81 more that do not hold: --json lists the first hundred\n" in ended.stdout
    assert (101, 100) == (as_json["broken"], len(as_json["not_holding"]))


@pytest.mark.parametrize("arguments", [[], ["r1", "--all"], ["r1", "--since", "2026-01-01"]])
def test_an_audit_is_of_one_run_or_of_all(planfold: Command, arguments: list[str]) -> None:
    ended = planfold("audit", *arguments)

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "an audit is of one RUN, or of --all" in ended.stderr
