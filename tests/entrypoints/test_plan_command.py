"""`planfold plan`: what it prints and how it ends."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationResult
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable, Planner
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner

Command = Callable[..., CompletedProcess[str]]
Drafts = Callable[[JsonValue], None]

GOAL = "Fetch the prices and summarise them"
EVENTS = ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"]
UNKNOWN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s", "skill": "fly_to_the_moon"}]}


class NoPlanner(FixedPlanner):
    def draft(self, request: DraftRequest) -> DraftAnswer:
        raise DraftUnavailable("no_skill", f"no skill fits {request.goal!r}", retryable=False, sent=False)


@pytest.fixture
def no_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(_: Installation, name: str) -> Planner:
        return NoPlanner(None, name=name)

    monkeypatch.setattr(Installation, "planner_named", named)


@pytest.mark.usefixtures("ready")
def test_a_ready_plan_is_shown_with_its_events_its_graph_and_the_way_on(planfold: Command) -> None:
    ended = planfold("plan", GOAL, "--run", "r1")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert EVENTS == [name for name in ended.stdout.split() if name in EVENTS]
    for told in (GOAL, "fetch_url", "https://example.com/prices.json", "after get", "${get.content}", "+ ready"):
        assert told in ended.stdout
    assert "planfold audit r1" in ended.stdout


@pytest.mark.usefixtures("ready")
def test_each_event_is_shown_with_its_time_and_its_sentence(planfold: Command) -> None:
    lines = planfold("plan", GOAL).stdout.splitlines()

    told = [line for line in lines if re.fullmatch(r"  \d\d:\d\d:\d\d\.\d{3}  [A-Za-z]+ +\S.*\.", line)]
    assert EVENTS == [line.split()[1] for line in told]


@pytest.mark.usefixtures("ready")
def test_json_is_the_result_and_nothing_else(planfold: Command) -> None:
    ended = planfold("plan", GOAL, "--run", "r1", "--json")

    result = PlanGenerationResult.model_validate_json(ended.stdout)
    assert ("ready", "r1", "me") == (result.outcome, result.run_id, result.agent_id)
    assert json.loads(ended.stdout) == result.model_dump(mode="json")
    assert (0, "", 1) == (ended.returncode, ended.stderr, ended.stdout.count("\n"))


@pytest.mark.usefixtures("ready")
def test_the_same_run_again_prints_the_same_bytes_and_records_nothing(planfold: Command) -> None:
    first, second = (planfold("plan", GOAL, "--run", "r1", "--json") for _ in range(2))

    assert first.stdout == second.stdout
    assert len(EVENTS) == len(planfold("events", "r1").stdout.splitlines())


@pytest.mark.usefixtures("ready")
def test_a_run_that_was_recorded_before_says_so_and_shows_the_same_events(planfold: Command) -> None:
    first, second = (planfold("plan", GOAL, "--run", "r1").stdout for _ in range(2))

    before = "  recorded before; nothing was drafted again\n"
    assert before in second
    assert first == second.replace(before, "")


@pytest.mark.usefixtures("ready")
def test_without_a_run_id_each_call_is_a_run_of_its_own(planfold: Command) -> None:
    ids = {json.loads(planfold("plan", GOAL, "--json").stdout)["run_id"] for _ in range(2)}

    assert 2 == len(ids)


def test_an_invalid_plan_ends_with_3_and_tells_each_finding_once_in_full(planfold: Command, drafts: Drafts) -> None:
    drafts(UNKNOWN)

    ended = planfold("plan", GOAL, "--run", "r1")

    (finding,) = json.loads(planfold("show", "r1", "--json").stdout)["findings"]
    assert (3, 1) == (ended.returncode, (ended.stdout + ended.stderr).count(finding["message"]))
    assert "Attempt 1: the inspector refused the draft for 1 error: UNKNOWN_SKILL.\n" in ended.stdout
    assert (
        "planfold: the plan for run 'r1' was refused by the inspector for 1 error: UNKNOWN_SKILL (told above); "
        "change the goal or the skills and plan under a new run id\n"
    ) == ended.stderr


def test_an_invalid_plan_as_json_ends_with_3_and_the_first_finding_on_standard_error(
    planfold: Command, drafts: Drafts
) -> None:
    drafts(UNKNOWN)

    ended = planfold("plan", GOAL, "--run", "r1", "--json")

    assert (3, 1) == (ended.returncode, ended.stderr.count("\n"))
    assert ended.stderr.startswith("planfold: the plan for run 'r1' was refused by the inspector: UNKNOWN_SKILL")
    assert json.loads(ended.stdout)["outcome"] == "invalid"


def test_a_second_plan_that_the_budget_does_not_cover_ends_with_4(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "scout", "5.00")

    first = planfold("plan", GOAL, "--agent", "scout", "--run", "one", "--skills", parcels, "--json")
    second = planfold("plan", GOAL, "--agent", "scout", "--run", "two", "--skills", parcels, "--json")

    assert [(0, "ready"), (4, "refused")] == [
        (ended.returncode, json.loads(ended.stdout)["outcome"]) for ended in (first, second)
    ]
    assert second.stderr.startswith("planfold: cannot hold 4000000 micro-USD (4.00 USD)")


def test_what_a_ledger_had_and_holds_is_shown(planfold: Command, parcels: str) -> None:
    planfold("budget", "grant", "scout", "5.00")

    told = planfold("plan", GOAL, "--agent", "scout", "--skills", parcels).stdout

    assert "running      at most 4.00 USD" in told
    assert "agent scout  had 5.00 USD, 4.00 USD of it are held now" in told


@pytest.mark.parametrize(
    ("budget", "cents", "status"), [("3.99", 399, 4), ("3.999999", 399, 4), ("4", 400, 0), ("0.01", 1, 4)]
)
def test_a_cap_in_usd_is_rounded_down_to_cents_and_refuses_what_costs_more(
    planfold: Command, parcels: str, budget: str, cents: int, status: int
) -> None:
    ended = planfold("plan", GOAL, "--skills", parcels, "--budget", budget, "--json")

    assert (status, cents) == (ended.returncode, json.loads(ended.stdout)["agent_budget_cents"])


@pytest.mark.usefixtures("no_draft")
@pytest.mark.parametrize("as_json", [True, False])
def test_without_a_draft_it_ends_with_5(planfold: Command, *, as_json: bool) -> None:
    ended = planfold("plan", GOAL, "--run", "r1", *(["--json"] if as_json else []))

    assert (5, 1) == (ended.returncode, ended.stderr.count("\n"))
    assert f"no skill fits {GOAL!r}" in ended.stderr
    assert not as_json or json.loads(ended.stdout)["steps"] == []


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_the_same_run_with_another_goal_or_agent_ends_with_6_and_prints_nothing(
    planfold: Command, as_json: list[str]
) -> None:
    planfold("plan", GOAL, "--run", "r1")

    for other in (["something else"], [GOAL, "--agent", "scout"]):
        ended = planfold("plan", *other, "--run", "r1", *as_json)

        assert (6, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
        assert ended.stderr.startswith("planfold: cannot plan run 'r1'")


@pytest.mark.usefixtures("ready")
def test_a_secret_in_the_goal_is_printed_nowhere(planfold: Command) -> None:
    ended = planfold("plan", "Log in with password=hunter2-and-more and look around")

    assert "hunter2" not in ended.stdout + ended.stderr
    assert "[redacted:password]" in ended.stdout


def test_what_a_draft_says_reaches_nobodys_terminal_raw_and_is_no_markup(planfold: Command, drafts: Drafts) -> None:
    drafts(
        {
            "plan_id": "p",
            "steps": [{"step_id": "s", "skill": "fetch_url", "params": {"url": "[red]\x1b[31m\u202e\x9b2J\nx\r"}}],
        }
    )

    told = planfold("plan", GOAL).stdout

    assert r"[red]\x1b[31m\u202e\x9b2J x" in told
    assert not set("\x1b\u202e\x9b\r") & set(told)


@pytest.mark.usefixtures("ready")
def test_what_an_agent_remembers_is_shown_with_its_trust(planfold: Command) -> None:
    planfold("remember", "me", "Prices are fetched and summarised on Mondays", "--trust", "low")

    told = planfold("plan", GOAL).stdout

    assert "fact, trust low  Prices are fetched and summarised on Mondays" in told


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plan", " "], "the goal is empty"),
        (["plan", GOAL, "--run", "a/b"], "run 'a/b' is not an identifier"),
        (["plan", GOAL, "--agent", ""], "agent '' is not an identifier"),
        (["plan", GOAL, "--budget", "-1"], "'-1' USD is not from 0 to"),
        (
            ["plan", GOAL, "--budget", "0.0099"],
            "--budget '0.0099' is below 0.01 USD, the least that a run can be capped",
        ),
        (["plan", GOAL, "--budget", "0"], "--budget '0' is below 0.01 USD"),
        (["plan", GOAL, "--budget", "50c"], "'50c' is not an amount in USD"),
        (["plan", GOAL, "--skills", "nowhere.toml"], "does not exist"),
        (["plan"], "missing argument 'GOAL'; see planfold plan --help"),
        (["plan", GOAL, "--colour"], "no such option: --colour"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(
    planfold: Command, arguments: list[str], sentence: str
) -> None:
    ended = planfold(*arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert ended.stderr.startswith("planfold: ")
    assert sentence in ended.stderr


@pytest.mark.parametrize(
    ("asked", "missed"), [("oracle", "oracle"), ("", ""), ("offline,,openai:x", ""), ("acme:large", "acme:large")]
)
def test_a_planner_that_nobody_offers_ends_with_2_and_all_that_are_offered(
    planfold: Command, asked: str, missed: str
) -> None:
    ended = planfold("plan", GOAL, "--planner", asked)

    assert (2, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.startswith(
        f"planfold: there is no planner {missed!r}; these are offered: offline, openai:MODEL, "
    )
    assert "anthropic:MODEL, google:MODEL" in ended.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_wrong_embedding_table_ends_with_2_names_the_variable_and_records_nothing(
    planfold: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: list[str]
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x" * 99)
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "nowhere"):
        monkeypatch.setenv("PLANFOLD_EMBEDDING_MODEL", str(folder))

        ended = planfold("plan", "Fetch https://example.com/", "--run", "r1", *as_json)

        assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
        assert ended.stderr.startswith("planfold: PLANFOLD_EMBEDDING_MODEL cannot be used: ")
        assert str(folder / "model.safetensors") in ended.stderr
    monkeypatch.delenv("PLANFOLD_EMBEDDING_MODEL")
    assert "has no run 'r1'" in planfold("show", "r1").stderr


@pytest.mark.usefixtures("ready")
def test_a_broken_manifest_ends_with_2_and_names_the_file(planfold: Command, tmp_path: Path) -> None:
    file = tmp_path / "skills.toml"
    file.write_text("[[skills]]\nname = 1\n", encoding="utf-8")

    ended = planfold("plan", GOAL, "--skills", str(file), "--json")

    assert (2, "") == (ended.returncode, ended.stdout)
    assert str(file) in ended.stderr
