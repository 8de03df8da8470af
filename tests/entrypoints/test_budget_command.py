"""`planfold budget`: whose ledger is meant, and what is printed of it."""

import json
from collections.abc import Callable
from datetime import datetime
from subprocess import CompletedProcess
from typing import Any

import pytest

from planfold.application import BudgetStatus
from planfold.domain.ledger import LimitsChanged
from planfold.infrastructure.cli import main
from planfold.infrastructure.cli.account import changed_limits

Command = Callable[..., CompletedProcess[str]]

GOAL = "Send a parcel to Ana by courier"


def status(ended: CompletedProcess[str]) -> dict[str, Any]:
    assert (0, "") == (ended.returncode, ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_grant_is_shown_as_money(planfold: Command) -> None:
    ended = planfold("budget", "grant", "scout", "5.00")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith("agent scout\n  granted  5.00 USD\n  left     5.00 USD (0 % used)\n")
    assert ended.stdout == planfold("budget", "show", "scout").stdout


def test_json_is_the_status_of_the_ledger(planfold: Command) -> None:
    found = status(planfold("budget", "grant", "scout", "5.00", "--json"))

    assert 500 == found["budget_cents"]
    assert set(BudgetStatus.model_fields) <= set(found)


def test_the_amount_may_come_first(planfold: Command) -> None:
    found = status(planfold("budget", "grant", "5.00", "scout", "--json"))

    assert ("agent:scout", 5_000_000) == (found["scope"], found["budget_micros"])


@pytest.mark.parametrize("order", [["--tenant", "acme", "50.00"], ["50.00", "--tenant", "acme"]])
def test_a_tenant_without_an_agent_is_the_tenants_own_ledger(planfold: Command, order: list[str]) -> None:
    found = status(planfold("budget", "grant", *order, "--json"))

    assert ("acme", "tenant", 50_000_000) == (found["tenant"], found["scope"], found["budget_micros"])
    assert planfold("budget", "show", "--tenant", "acme").stdout.startswith("tenant acme\n")


def test_an_agent_and_a_tenant_are_that_agents_ledger_in_the_tenant(planfold: Command) -> None:
    found = status(planfold("budget", "grant", "scout", "5", "--tenant", "acme", "--json"))

    assert ("acme", "agent:scout") == (found["tenant"], found["scope"])
    assert not status(planfold("budget", "show", "scout", "--json"))["limited"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grant", "5.00"], "whose ledger is not said"),
        (["show"], "whose ledger is not said"),
        (["grant", "scout", "much"], "'much' is not an amount in USD"),
        (["grant", "scout", "0"], "cannot grant or revoke 0 micro-USD"),
        (["grant", "a", "b", "5.00"], "3 words are too many"),
        (
            ["revoke", "scout", "1.00"],
            "agent scout has no ledger, so there is nothing to take back; is the name right?",
        ),
        (["limits", "scout", "--per-model", "2.50"], "'2.50' limits no model"),
        (["limits", "scout", "--alert", "0"], "--alert '0' is not a whole percentage from 1 to 100"),
        (["limits", "scout", "--alert", "none"], "an alert cannot be turned off, with 100 it comes when nothing is"),
        (["settle", "nowhere"], "has no run 'nowhere'"),
        (["extend", "nowhere"], "missing option '--hours'"),
        (["extend", "nowhere", "--hours", "soon"], "invalid value for '--hours'"),
        (["grant", "a/b", "5.00"], "is not an identifier"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(
    planfold: Command, arguments: list[str], sentence: str
) -> None:
    ended = planfold("budget", *arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert sentence in ended.stderr


def test_a_repeated_command_says_that_nothing_was_recorded(planfold: Command) -> None:
    first, second = (planfold("budget", "grant", "scout", "5", "--id", "g1") for _ in range(2))

    assert second.stdout == first.stdout + "  nothing new was recorded\n"


def test_an_id_that_stands_for_another_amount_is_refused(planfold: Command) -> None:
    planfold("budget", "grant", "scout", "5", "--id", "g1")

    ended = planfold("budget", "grant", "scout", "6", "--id", "g1")

    assert (2, 1) == (ended.returncode, ended.stderr.count("\n"))


def test_what_was_granted_can_be_revoked(planfold: Command) -> None:
    planfold("budget", "grant", "scout", "5")

    assert 3_000_000 == status(planfold("budget", "revoke", "scout", "2.00", "--json"))["remaining_micros"]


def test_limits_that_are_not_named_stay_as_they_are(planfold: Command) -> None:
    planfold("budget", "limits", "scout", "--per-run", "1", "--per-day", "2", "--per-model", "m=1=0.50")

    changed = status(
        planfold("budget", "limits", "scout", "--per-run", "none", "--per-model", "n=3", "--alert", "50", "--json")
    )

    assert changed["limits"] == {
        "per_run": None,
        "per_day": 2_000_000,
        "per_model": {"m=1": 500_000, "n": 3_000_000},
        "alert_percent": 50,
    }
    assert {"n": 3_000_000} == status(planfold("budget", "limits", "scout", "--per-model", "m=1=none", "--json"))[
        "limits"
    ]["per_model"]
    assert "2.00 USD a day, 3.00 USD a day by n, alert at 50 %" in planfold("budget", "show", "scout").stdout


def test_of_two_operators_at_once_neither_loses_a_limit(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[LimitsChanged] = []

    def hindered(now: LimitsChanged, *named: Any) -> LimitsChanged:
        calls.append(now)
        if len(calls) == 1:
            assert 0 == main(["budget", "limits", "scout", "--per-run", "1"])
        return changed_limits(now, *named)

    monkeypatch.setattr("planfold.infrastructure.cli.budget.changed_limits", hindered)

    ended = planfold("budget", "limits", "scout", "--per-day", "2")

    assert (0, 3) == (ended.returncode, len(calls))  # asked again after the other one
    assert "limits   1.00 USD a run, 2.00 USD a day" in planfold("budget", "show", "scout").stdout


@pytest.mark.parametrize(
    ("arguments", "whose"),
    [
        (["pause", "scot"], "agent scot"),
        (["limits", "scot", "--per-day", "5", "--tenant", "acme"], "agent scot of tenant acme"),
        (["pause", "--tenant", "acme"], "tenant acme"),
    ],
)
def test_a_command_that_opens_a_ledger_asks_whether_the_name_is_right(
    planfold: Command, arguments: list[str], whose: str
) -> None:
    planfold("budget", "grant", "scout", "5")

    first, second = (planfold("budget", *arguments) for _ in range(2))

    assert (0, 0, "") == (first.returncode, second.returncode, second.stderr)
    assert f"planfold: {whose} had no ledger until now; is the name right?\n" == first.stderr


def test_json_says_whether_a_command_opened_the_ledger(planfold: Command) -> None:
    opened = [
        json.loads(planfold("budget", *arguments, "--json").stdout).get("ledger_opened")
        for arguments in (["pause", "scot"], ["resume", "scot"], ["grant", "scout", "5"], ["show", "scout"])
    ]

    assert [True, False, True, None] == opened


def test_an_alert_that_is_reached_is_told(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "scout", "4.50")
    before = planfold("budget", "show", "scout").stdout

    planfold("plan", GOAL, "--agent", "scout", "--skills", parcels)

    assert "alert" not in before
    assert "alert    reached: 80 % of what was granted are held or spent" in planfold("budget", "show", "scout").stdout


def test_each_open_hold_is_shown_with_its_end(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "scout", "50")
    for run, hours in (("r1", "72"), ("r2", "48")):
        planfold("plan", GOAL, "--agent", "scout", "--skills", parcels, "--run", run)
        planfold("budget", "extend", run, "--hours", hours)

    lines = planfold("budget", "show", "scout").stdout.splitlines()
    ends = [hold["expires_at"] for hold in status(planfold("budget", "show", "scout", "--json"))["holds"]]

    held = lines.index("  held     8.00 USD")
    assert [
        f"           4.00 USD for {run}/execution, until {datetime.fromisoformat(end):%Y-%m-%d %H:%M} UTC"
        for run, end in zip(("r2", "r1"), ends, strict=True)
    ] == lines[held + 1 : held + 3]


def test_a_paused_ledger_says_how_to_resume_it(planfold: Command) -> None:
    shown = planfold("budget", "pause", "scout", "--tenant", "acme", "--reason", "look").stdout

    assert "  paused   look\n           to hold again: planfold budget resume scout --tenant acme\n" in shown


def test_a_paused_ledger_refuses_plans_until_it_is_resumed(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "scout", "50")
    paused = planfold("budget", "pause", "scout", "--reason", "look [bold]first\x1b[0m").stdout

    assert r"paused   look [bold]first\x1b[0m" in paused
    assert 4 == planfold("plan", GOAL, "--agent", "scout", "--skills", parcels).returncode
    assert "paused" not in planfold("budget", "resume", "scout").stdout
    assert 0 == planfold("plan", GOAL, "--agent", "scout", "--skills", parcels).returncode


@pytest.fixture
def held(planfold: Command, parcels: str) -> str:
    """A run of scout in tenant acme, 4.00 of whose 5.00 USD are held."""
    planfold("budget", "grant", "scout", "5", "--tenant", "acme")
    planfold("plan", GOAL, "--agent", "scout", "--skills", parcels, "--run", "r1", "--tenant", "acme")
    return "r1"


def test_what_is_held_for_a_run_is_settled_at_its_cost(planfold: Command, held: str) -> None:
    found = status(planfold("budget", "settle", held, "--cost", "1.50", "--tenant", "acme", "--json"))

    assert (0, 1_500_000, 3_500_000) == (found["held_micros"], found["spent_micros"], found["remaining_micros"])
    assert "nothing new was recorded" in planfold("budget", "settle", held, "--tenant", "acme").stdout


def test_without_a_cost_all_that_is_held_counts_as_spent(planfold: Command, held: str) -> None:
    found = status(planfold("budget", "settle", held, "--tenant", "acme", "--json"))

    assert (0, 4_000_000) == (found["held_micros"], found["spent_micros"])


def test_what_is_held_for_a_run_can_be_given_back(planfold: Command, held: str) -> None:
    found = status(planfold("budget", "release", held, "--tenant", "acme", "--json"))

    assert (0, 0, 5_000_000) == (found["held_micros"], found["spent_micros"], found["remaining_micros"])


def test_what_is_held_for_a_run_can_be_kept_longer(planfold: Command, held: str) -> None:
    shown = planfold("budget", "extend", held, "--hours", "48", "--tenant", "acme")

    assert 0 == shown.returncode
    assert "held     4.00 USD for r1/execution, until 20" in shown.stdout
    assert "nothing new" not in shown.stdout
    assert "nothing new" in planfold("budget", "extend", held, "--hours", "1", "--tenant", "acme").stdout


def test_a_cost_that_nobody_knew_is_corrected(planfold: Command, held: str) -> None:
    planfold("report", held, "bad", "--tenant", "acme")

    found = status(planfold("budget", "correct", held, "--cost", "1.50", "--tenant", "acme", "--json"))
    again = planfold("budget", "correct", held, "--cost", "1.50", "--tenant", "acme")

    assert (1_500_000, 3_500_000) == (found["spent_micros"], found["remaining_micros"])
    assert "nothing new was recorded" in again.stdout


def test_a_cost_that_was_known_is_not_corrected(planfold: Command, held: str) -> None:
    planfold("report", held, "good", "--cost", "1", "--tenant", "acme")

    refused = planfold("budget", "correct", held, "--cost", "1.50", "--tenant", "acme")

    assert (2, "") == (refused.returncode, refused.stdout)
    assert "cannot correct what run 'r1' cost: nothing was settled at an unknown cost there" in refused.stderr
