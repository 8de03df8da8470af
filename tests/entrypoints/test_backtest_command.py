"""`planfold backtest`: what another policy would have changed, for people and for programs."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from psycopg import Connection
from pydantic import JsonValue

from planfold.infrastructure.cli.backtest import MOST
from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]
Write = Callable[[str], str]

GOAL = "Fetch the prices and summarise them"

pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The path of a policy file with that text."""

    def written(text: str) -> str:
        file = tmp_path / "policy.toml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return written


def found(ended: CompletedProcess[str]) -> dict[str, Any]:
    assert (0, "") == (ended.returncode, ended.stderr)
    document: dict[str, Any] = json.loads(ended.stdout)
    return document


def test_json_has_every_figure(planfold: Command, write: Write) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)

    told = found(planfold("backtest", "--rules", write("[rules]\nmax_steps = 1\n"), "--json"))

    assert {
        "checked": 2,
        "unchanged": 0,
        "newly_refused": [{"run_id": run, "codes": ["TOO_MANY_STEPS"]} for run in ("r1", "r2")],
        "newly_allowed": [],
        "by_code": {"TOO_MANY_STEPS": 2},
        "by_skill": {"fetch_url": 2, "summarize_text": 2},
        "drafts": 2,
        "not_repeated": 0,
        "unreadable": [],
    } == told


def test_a_page_names_the_runs_and_counts_the_rest(planfold: Command, write: Write) -> None:
    for run in range(MOST + 2):
        planfold("plan", GOAL, "--run", f"r{run:02d}")

    told = planfold("backtest", "--rules", write('[rules]\nforbidden_domains = ["example.com"]\n')).stdout

    assert told.startswith(
        "0 unchanged, 22 newly refused, 0 newly allowed  22 runs checked, 22 drafts inspected again\n"
    )
    assert "\nNewly refused\n  r00  FORBIDDEN_TARGET\n" in told
    assert "  and 2 more: --json names them all\n" in told
    assert told.endswith("\nBy code\n  FORBIDDEN_TARGET  22\n\nBy skill\n  fetch_url  22\n")


def test_without_a_policy_nothing_changes(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")

    told = planfold("backtest").stdout

    assert "1 unchanged, 0 newly refused, 0 newly allowed  1 run checked, 1 draft inspected again\n" == told


@pytest.mark.parametrize(("steps", "status"), [(1, 1), (2, 0)])
def test_a_change_fails_where_that_is_asked_for(planfold: Command, write: Write, steps: int, status: int) -> None:
    planfold("plan", GOAL, "--run", "r1")
    rules = write(f"[rules]\nmax_steps = {steps}\n")

    assert status == planfold("backtest", "--rules", rules, "--fail-on-change").returncode
    assert 0 == planfold("backtest", "--rules", rules).returncode


def test_a_run_that_cannot_be_read_is_told_and_fails_where_no_change_may_be(
    planfold: Command, database: Endpoint
) -> None:
    for run in ("r1", "r2"):
        planfold("plan", GOAL, "--run", run)
    with Connection.connect(database.admin, autocommit=True) as admin:
        admin.execute("ALTER TABLE planfold.stored_events DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE planfold.stored_events SET state = 'no event'"
            " WHERE originator_id = 'default/run/r1' AND originator_version = 3"
        )

    ended, strict = planfold("backtest"), planfold("backtest", "--fail-on-change")
    told = found(planfold("backtest", "--json"))

    assert (0, 1, ended.stdout) == (ended.returncode, strict.returncode, strict.stdout)
    first, second, third = ended.stdout.splitlines()
    assert "1 unchanged, 0 newly refused, 0 newly allowed  1 run checked, 1 draft inspected again" == first
    assert "1 run not judged: an event of it, or of its ledgers, cannot be read" == second
    assert third.startswith("  r1  cannot read event 3 (PlanDrafted) of default/run/r1: ")
    assert ["r1"] == [run["run_id"] for run in told["unreadable"]]
    assert third == f"  r1  {told['unreadable'][0]['reason']}"


def test_limits_are_in_usd_and_of_every_agent(planfold: Command, write: Write) -> None:
    planfold("budget", "grant", "me", "5")
    planfold("plan", GOAL, "--run", "r1")

    def changed(limits: str) -> dict[str, int]:
        by_code: dict[str, int] = found(planfold("backtest", "--limits", write(f"[limits]\n{limits}\n"), "--json"))[
            "by_code"
        ]
        return by_code

    assert {"per_run": 1} == changed('per_run = "0.001"')
    assert {"per_day": 1} == changed('per_day = "0.001"')
    assert {} == changed('per_run = "none"\nper_day = "5.00"\nper_model = { "gpt-5" = "1.00" }')
    assert {} == changed('per_model = ["gpt-5=1.00", "gpt-4=none"]')


def test_a_table_that_nobody_asked_for_is_told(planfold: Command, write: Write) -> None:
    file = write('[rules]\nmax_steps = 10\n[limits]\nper_run = "5.00"\n')

    half, whole = planfold("backtest", "--rules", file), planfold("backtest", "--rules", file, "--limits", file)

    assert (0, f"planfold: {file}: its [limits] are not judged; name the file with --limits, too\n") == (
        half.returncode,
        half.stderr,
    )
    assert (0, "") == (whole.returncode, whole.stderr)


def test_other_skills_may_come_from_a_file(planfold: Command, tmp_path: Path) -> None:
    planfold("plan", GOAL, "--run", "r1")
    other = tmp_path / "skills.toml"
    other.write_text('[[skills]]\nname = "fetch_url"\n', encoding="utf-8")

    told = found(planfold("backtest", "--skills", str(other), "--json"))

    assert [{"run_id": "r1", "codes": ["UNKNOWN_SKILL"]}] == told["newly_refused"]
    assert {"summarize_text": 1} == told["by_skill"]


def test_runs_may_be_of_an_agent_a_tenant_and_since_a_day(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1", "--agent", "scout")
    planfold("plan", GOAL, "--run", "r2", "--tenant", "acme")

    def checked(*asked: str) -> int:
        figure: int = found(planfold("backtest", "--json", *asked))["checked"]
        return figure

    assert [1, 0, 1, 1, 0, 0] == [
        checked("--agent", "scout"),
        checked("--agent", "other"),
        checked("--tenant", "acme"),
        checked("--since", "2020-01-01"),
        checked("--since", "2999-01-01T00:00:00+02:00"),
        checked("--since", "2999-01-01"),
    ]


@pytest.mark.parametrize(
    ("option", "text", "sentence"),
    [
        ("--rules", "[rules]\nmax_stepz = 1", "rules.max_stepz is not known here; did you mean max_steps?"),
        ("--rules", "[rules]\nmax_steps = 0", "rules.max_steps cannot be used: it must be at least 1"),
        ("--rules", '[rules]\nmax_steps = "9"', "rules.max_steps cannot be used: it is not a whole number"),
        ("--rules", "[rules]\nmax_retries = true", "rules.max_retries cannot be used: it is not a whole number"),
        ("--rules", '[rules]\nforbidden_domains = "a.com"', "rules.forbidden_domains is no list"),
        ("--rules", '[rules]\nallowed_domains = ["http://a/"]', "rules.allowed_domains.0 cannot be used"),
        ("--rules", "[rules]\n", "[rules] is missing, or names nothing"),
        ("--rules", "[rule]\nmax_steps = 1", "rule is not known here; did you mean rules?"),
        ("--rules", "max_steps = 1", "max_steps is not known here; known are rules, limits"),
        ("--rules", "[rules", "is not TOML"),
        ("--limits", "[rules]\nmax_steps = 1", "[limits] is missing"),
        ("--limits", "[limits]\nper_run = 5.0", "limits.per_run is no text; write USD in quotes"),
        ("--limits", '[limits]\nper_day = "much"', "limits.per_day: 'much' is not an amount in USD"),
        ("--limits", '[limits]\nper_model = "1"', "limits.per_model is no table"),
        ("--limits", '[limits]\nper_model = ["1"]', "limits.per_model has an entry"),
        ("--limits", '[limits.per_model]\ngpt = "x"', "limits.per_model.gpt: 'x' is not an amount in USD"),
        ("--limits", '[limits]\nalert = "80"', "limits.alert is not known here"),
    ],
)
def test_a_file_that_is_no_policy_is_refused_by_the_name_of_its_key(
    planfold: Command, write: Write, option: str, text: str, sentence: str
) -> None:
    ended = planfold("backtest", option, write(text))

    assert (2, "") == (ended.returncode, ended.stdout)
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_policy_file_that_is_not_there_is_named(planfold: Command) -> None:
    ended = planfold("backtest", "--rules", "/nowhere/rules.toml")

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "/nowhere/rules.toml cannot be read: No such file or directory" in ended.stderr


@pytest.mark.parametrize(
    ("time", "fault"),
    [
        ("yesterday", "is no time"),
        ("2026-13-01", "is no time"),
        ("2026-05-01T12:00:00", "names no zone"),
        ("0001-01-01T00:00:00+14:00", "is no time"),
    ],
)
@pytest.mark.parametrize(
    "command", [["backtest", "--since"], ["show", "r1", "--as-of"], ["budget", "show", "me", "--as-of"]], ids=" ".join
)
def test_a_time_that_names_no_moment_is_refused(planfold: Command, command: list[str], time: str, fault: str) -> None:
    ended = planfold(*command, time)

    assert (2, "") == (ended.returncode, ended.stdout)
    assert f"planfold: {command[-1]} '{time}' {fault}; write it as 2026-05-01T12:00:00Z" in ended.stderr


def test_an_internal_host_that_is_allowed_lets_a_run_through(
    planfold: Command, write: Write, drafts: Callable[[JsonValue], None]
) -> None:
    step: JsonValue = {"step_id": "s1", "skill": "fetch_url", "params": {"url": "http://wiki.internal/"}}
    drafts({"plan_id": "p", "steps": [step]})
    planfold("plan", GOAL, "--run", "r1")

    told = planfold("backtest", "--rules", write('[rules]\nallowed_domains = ["wiki.internal"]\n')).stdout

    assert "\nNewly allowed\n  r1  FORBIDDEN_TARGET\n" in told
