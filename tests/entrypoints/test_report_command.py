"""`planfold report`: what it does to money beside the record of a run's end, told on standard error."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

GOAL = "Send a parcel to Ana by courier"


@pytest.fixture
def held(planfold: Command, parcels: str) -> str:
    """A run of scout, 4.00 of whose 5.00 USD are held."""
    planfold("budget", "grant", "scout", "5")
    planfold("plan", GOAL, "--agent", "scout", "--skills", parcels, "--run", "r1")
    return "r1"


def spent(planfold: Command) -> int:
    found: int = json.loads(planfold("budget", "show", "scout", "--json").stdout)["spent_micros"]
    return found


@pytest.mark.parametrize("cost", [[], ["--cost", "3.50"]])
def test_a_report_that_settles_the_hold_itself_says_nothing_more(planfold: Command, held: str, cost: list[str]) -> None:
    first, second = (planfold("report", held, "good", *cost) for _ in range(2))

    assert [(0, "")] * 2 == [(ended.returncode, ended.stderr) for ended in (first, second)]


@pytest.mark.parametrize(
    ("settled", "reported", "at", "records"),
    [
        (["--cost", "1.50"], ["--cost", "2"], "1.50 USD", "2.00 USD"),
        (["--cost", "1.50"], [], "1.50 USD", "an unknown cost"),
        ([], ["--cost", "2"], "4.00 USD, in full, as an unknown cost", "2.00 USD"),
    ],
)
def test_a_report_says_that_the_hold_was_already_settled_at_another_cost(
    planfold: Command, held: str, settled: list[str], reported: list[str], *, at: str, records: str
) -> None:
    planfold("budget", "settle", held, *settled)
    before = spent(planfold)

    told, as_json = (planfold("report", held, "good", *reported, *more) for more in ([], ["--json"]))

    sentence = (
        f"planfold: the hold was already settled at {at}, and that is what the ledger counts; "
        f"the report records {records} beside it\n"
    )
    assert [(0, sentence)] * 2 == [(ended.returncode, ended.stderr) for ended in (told, as_json)]
    assert json.loads(as_json.stdout)["report"]["verdict"] == "good"
    assert before == spent(planfold)


@pytest.mark.parametrize("cost", [[], ["--cost", "1.50"]])
def test_a_report_at_the_cost_that_was_settled_says_nothing_more(planfold: Command, held: str, cost: list[str]) -> None:
    planfold("budget", "settle", held, *cost)

    assert "" == planfold("report", held, "good", *cost).stderr


@pytest.mark.parametrize("command", [["report", "r1", "good"], ["budget", "settle", "r1"]])
@pytest.mark.usefixtures("held")
def test_a_cost_that_overdraws_says_what_is_paused_and_how_to_resume_it(planfold: Command, command: list[str]) -> None:
    planfold("budget", "grant", "--tenant", "default", "5")

    ended = planfold(*command, "--cost", "7")

    assert 0 == ended.returncode
    assert (
        "planfold: agent scout has overdrawn its budget and is paused: plans that need money are refused; "
        "grant more, then run: planfold budget resume scout\n"
    ) == ended.stderr


def test_a_tenant_that_is_overdrawn_is_told_too(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "--tenant", "acme", "5")
    planfold("plan", GOAL, "--agent", "scout", "--skills", parcels, "--run", "r1", "--tenant", "acme")

    ended = planfold("report", "r1", "bad", "--cost", "7", "--tenant", "acme")

    assert ended.stderr.startswith("planfold: tenant acme has overdrawn its budget and is paused")
    assert ended.stderr.endswith("run: planfold budget resume --tenant acme\n")
