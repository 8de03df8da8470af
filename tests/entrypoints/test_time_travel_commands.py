"""`show --at`, `show --as-of` and `budget show --as-of`: as it stood then."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def _reported(planfold: Command, ready: None) -> None:
    assert ready is None
    planfold("budget", "grant", "me", "5.00")
    planfold("plan", "Fetch the prices and summarise them", "--run", "r1")
    planfold("report", "r1", "good", "--cost", "0.001")


@pytest.mark.usefixtures("_reported")
@pytest.mark.parametrize(("version", "outcome", "told"), [(2, None, "! unfinished"), (5, "ready", "+ ready")])
def test_a_run_is_shown_as_it_stood_at_a_version(
    planfold: Command, version: int, outcome: str | None, told: str
) -> None:
    page = planfold("show", "r1", "--at", str(version)).stdout
    document = json.loads(planfold("show", "r1", "--at", str(version), "--json").stdout)

    assert (outcome, version, None) == (document["outcome"], document["version"], document["report"])
    assert f"\n{told}" in page
    assert f"as it stood after event {version} of its record\n" in page
    assert "goes on from here" not in page
    assert "planfold report" not in page


@pytest.mark.usefixtures("_reported")
def test_a_run_is_shown_as_of_a_time_and_a_date_counts_to_its_end(planfold: Command) -> None:
    begun, *_, before_the_report, _report = [json.loads(line) for line in planfold("events", "r1").stdout.splitlines()]

    shown = json.loads(planfold("show", "r1", "--as-of", before_the_report["recorded_at"], "--json").stdout)
    today = json.loads(planfold("show", "r1", "--as-of", f"{datetime.now(UTC):%Y-%m-%d}", "--json").stdout)
    early = planfold("show", "r1", "--as-of", "2020-01-01")

    assert (5, 6) == (shown["version"], today["version"])
    assert (2, "") == (early.returncode, early.stdout)
    assert f"its version 1 was recorded at {begun['recorded_at']}; ask for that or what came later" in early.stderr


@pytest.mark.usefixtures("_reported")
def test_a_version_that_there_is_not_is_refused(planfold: Command) -> None:
    ended = planfold("show", "r1", "--at", "99")

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "planfold: run 'r1' has no version 99: its events are 1 to 6; ask for one of those\n" == ended.stderr


@pytest.mark.usefixtures("_reported")
def test_a_version_and_a_time_at_once_are_refused(planfold: Command) -> None:
    ended = planfold("show", "r1", "--at", "1", "--as-of", "2026-01-01")

    assert (2, "planfold: --at and --as-of both say when; name one of them\n") == (ended.returncode, ended.stderr)


@pytest.mark.usefixtures("_reported")
def test_a_ledger_is_shown_as_of_a_time(planfold: Command) -> None:
    checked = json.loads(planfold("events", "r1").stdout.splitlines()[4])

    then = planfold("budget", "show", "me", "--as-of", checked["recorded_at"])
    document = json.loads(planfold("budget", "show", "me", "--as-of", checked["recorded_at"], "--json").stdout)
    early = planfold("budget", "show", "me", "--as-of", "2020-01-01")

    assert (2, 0, 4_500) == (document["version"], document["spent_micros"], document["held_micros"])
    assert f"as it stood at {checked['recorded_at'][:19].replace('T', ' ')} UTC, after event 2\n" in then.stdout
    assert (2, "") == (early.returncode, early.stdout)
    assert "nothing of default/ledger/agent:me was on record at 2020-01-01T23:59:59" in early.stderr
