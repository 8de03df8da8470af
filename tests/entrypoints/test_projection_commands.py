"""`planfold project` and `projections`: what is folded from the log, kept up, seen and mended."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.read_models.projecting import TURN
from planfold.infrastructure.postgres.read_models.results_table import ResultsTable

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch the prices and summarise them"
WAITS = "planfold: another process keeps the projections up; this one waits for it to end\n"

pytestmark = pytest.mark.usefixtures("ready")


def status(planfold: Command) -> dict[str, Any]:
    found = json.loads(planfold("projections", "status", "--json").stdout)
    return {each["name"]: each for each in found["projections"]}


def break_run(database: Endpoint) -> None:
    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.stored_events SET state = '{}' WHERE topic = 'PlanDrafted'")


def test_a_run_is_found_right_after_it_was_planned(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    assert ["r1"] == [run["run_id"] for run in json.loads(planfold("runs", "--json").stdout)["runs"]]


def test_runs_are_listed_by_planner_code_and_time(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    def listed(*options: str) -> int:
        return len(json.loads(planfold("runs", "--json", *options).stdout)["runs"])

    assert (1, 0) == (listed("--planner", "offline"), listed("--planner", "another"))
    assert 0 == listed("--code", "UNKNOWN_SKILL")
    assert (1, 0) == (listed("--since", "2026-01-01"), listed("--until", "2026-01-01"))


def test_project_once_folds_what_there_is_and_ends(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")
    assert {0} == {each["checkpoint"] for each in status(planfold).values()}

    ended = planfold("project", "--once")

    assert (0, "", "") == (ended.returncode, ended.stdout, ended.stderr)
    assert {(5, 0)} == {(each["checkpoint"], each["behind"]) for each in status(planfold).values()}


def test_status_tells_how_far_each_is(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")
    planfold("runs")

    lines = planfold("projections", "status").stdout.splitlines()

    assert ["projection", "build", "version", "read", "up", "to", "behind", "parked"] == lines[0].split()
    assert ["results", "1", "1", "5", "0", "none"] == lines[1].split()
    assert ["ledgers", "1", "1", "0", "5", "none"] == lines[2].split()


def test_a_rebuild_shows_another_build(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    ended = planfold("projections", "rebuild", "results")

    assert (0, "results is shown in build 2, folded up to position 5\n") == (ended.returncode, ended.stdout)
    assert 3 == json.loads(planfold("projections", "rebuild", "results", "--json").stdout)["build"]
    assert ["r1"] == [run["run_id"] for run in json.loads(planfold("runs", "--json").stdout)["runs"]]


def test_a_parked_stream_is_shown_with_its_reason_until_it_is_mended(planfold: Command, database: Endpoint) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with connect(database.owner) as owner:
        whole = owner.execute("SELECT state FROM planfold.stored_events WHERE topic = 'PlanDrafted'").fetchone()
    break_run(database)
    planfold("project", "--once")

    told = planfold("projections", "status").stdout
    assert "results: default/run/r1 is parked from event 3 on (3)" in told
    assert "StoredEventUnreadable: cannot read event 3 (PlanDrafted) of default/run/r1" in told
    assert "planfold projections retry results default/run/r1" in told
    assert [3] == [each["version"] for each in status(planfold)["results"]["parked"]]

    still = planfold("projections", "retry", "results")
    assert 1 == still.returncode
    assert "default/run/r1 stays parked: StoredEventUnreadable" in still.stdout

    with connect(database.owner) as owner:
        assert whole is not None
        owner.execute(
            "UPDATE planfold.stored_events SET state = %s WHERE topic = 'PlanDrafted'", [bytes(whole["state"])]
        )
    mended = planfold("projections", "retry", "results", "default/run/r1", "--json")
    assert {"retried": [{"stream": "default/run/r1", "reason": None}]} == json.loads(mended.stdout)
    assert (0, "nothing is parked\n") == (mended.returncode, planfold("projections", "retry", "results").stdout)


def test_a_rebuild_says_what_it_could_not_fold(planfold: Command, database: Endpoint) -> None:
    planfold("plan", GOAL, "--run", "r1")
    break_run(database)

    assert "1 stream parked; see: planfold projections status" in planfold("projections", "rebuild", "results").stdout


def test_a_doctor_warns_of_parked_streams_and_of_a_long_way_to_go(planfold: Command, database: Endpoint) -> None:
    def folding() -> dict[str, Any]:
        ended = planfold("doctor", "--json")
        assert 0 == ended.returncode
        checks: list[dict[str, Any]] = json.loads(ended.stdout)["checks"]
        return next(check for check in checks if check["name"] == "folding")

    planfold("plan", GOAL, "--run", "r1")
    planfold("runs")
    planfold("project", "--once")
    assert ("ok", "up to the log") == (folding()["state"], folding()["found"])

    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.tracking SET notification_id = -50000")
    assert ("pending", "keep this running: planfold project") == (folding()["state"], folding()["mend"])

    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.tracking SET notification_id = 0")
    break_run(database)
    planfold("project", "--once")
    assert ("pending", True) == (folding()["state"], "could not fold default/run/r1" in folding()["found"])


@pytest.mark.parametrize("command", [["rebuild", "runs"], ["retry", "runs"]])
def test_a_projection_that_nobody_knows_is_refused_with_those_there_are(planfold: Command, command: list[str]) -> None:
    ended = planfold("projections", *command)

    assert 2 == ended.returncode
    assert "planfold: there is no projection 'runs'; name one of these: results, ledgers\n" == ended.stderr


def test_a_doctor_tells_an_older_program_that_a_newer_one_keeps_what_it_shows(
    planfold: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(ResultsTable, "version", 2)
        planfold("project", "--once")

    told = planfold("doctor").stdout
    assert "results is kept by a newer planfold, in version 2; this one shows it as it is" in " ".join(told.split())

    planfold("projections", "rebuild", "results")
    assert "kept by a newer planfold" not in planfold("doctor").stdout


# As a process of its own


@pytest.fixture
def project(program: Path, environment: Mapping[str, str]) -> Callable[[], Any]:
    @contextmanager
    def begun() -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-W", "error", program, "project"],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    return begun


@pytest.mark.parametrize(
    ("sent", "ends", "said"),
    [
        (signal.SIGTERM, 0, ""),
        (signal.SIGINT, 130, "planfold: interrupted; what was recorded stays\n"),
    ],
)
def test_it_waits_for_its_turn_and_a_signal_ends_it(
    project: Callable[[], Any], database: Endpoint, sent: int, ends: int, said: str
) -> None:
    with connect(database.app) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [TURN])
        with project() as process:
            assert process.stderr.readline() == WAITS
            process.send_signal(sent)
            out, err = process.communicate(timeout=30)

    assert (ends, "", said) == (process.returncode, out, err)


def test_it_survives_a_lost_connection_and_folds_on(
    project: Callable[[], Any], planfold: Command, database: Endpoint
) -> None:
    with connect(database.app) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [TURN])
        with project() as process:
            assert process.stderr.readline() == WAITS
            other.close()
            assert "the other process has ended" in process.stderr.readline()
            with connect(database.admin) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            lost = process.stderr.readline()
            assert "planfold: cannot " in lost
            assert "; the next try is in 0.5 s" in lost
            assert "planfold: the database answers again\n" == process.stderr.readline()
            planfold("plan", GOAL, "--run", "r1")
            while status(planfold)["results"]["behind"]:
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(timeout=30)


def test_statistics_count_drafts_and_findings(planfold: Command) -> None:
    assert "nothing to count\n" == planfold("stats", "planners").stdout
    planfold("plan", GOAL, "--run", "r1")
    planfold("plan", "Delete the file /etc/passwd", "--run", "r2")

    (counted,) = json.loads(planfold("stats", "planners", "--json").stdout)["rows"]
    found = json.loads(planfold("stats", "findings", "--json").stdout)["rows"]

    assert ("offline", 2) == (counted["planner"], counted["attempts"])
    assert all({"code", "skill", "findings", "runs"} == set(row) for row in found)
    lines = planfold("stats", "planners").stdout.splitlines()
    assert ["day", "(UTC)", "planner", "model", "attempts"] == lines[0].split()[:5]


def test_it_says_once_which_stream_it_parks_why_and_how_to_try_it_again(planfold: Command, database: Endpoint) -> None:
    planfold("plan", GOAL, "--run", "r1")
    break_run(database)

    first, second = planfold("project", "--once"), planfold("project", "--once")

    assert (0, 1, "") == (first.returncode, first.stderr.count("\n"), second.stderr)
    assert first.stderr.startswith("planfold: results could not fold default/run/r1: StoredEventUnreadable: cannot")
    assert first.stderr.endswith("; once it is mended: planfold projections retry results default/run/r1\n")


def test_a_doctor_names_each_projection_that_could_not_fold_something(planfold: Command, database: Endpoint) -> None:
    planfold("budget", "grant", "me", "1.00")
    planfold("plan", GOAL, "--run", "r1")
    break_run(database)
    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.stored_events SET state = '{}' WHERE topic = 'CreditGranted'")
    planfold("project", "--once")

    checks = json.loads(planfold("doctor", "--json").stdout)["checks"]

    folding = next(check for check in checks if check["name"] == "folding")
    assert "results could not fold default/run/r1: StoredEventUnreadable" in folding["found"]
    assert ". ledgers could not fold default/ledger/agent:me: StoredEventUnreadable" in folding["found"]
    assert "planfold projections retry results && planfold projections retry ledgers" in folding["mend"]
