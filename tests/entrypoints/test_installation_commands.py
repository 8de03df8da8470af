"""`planfold skills` and `planfold database`: what is installed."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest

from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]

UNREACHABLE = "postgresql://somebody:hunter2@127.0.0.1:1/planfold?connect_timeout=2"


def test_the_starter_skills_are_listed_with_their_prices_and_parameters(planfold: Command) -> None:
    ended = planfold("skills", "list")

    assert (0, "") == (ended.returncode, ended.stderr)
    (line,) = [line for line in ended.stdout.splitlines() if line.split()[0] == "fetch_url"]
    assert ["0.0005", "USD"] == line.split()[1:3]
    assert line.endswith("  url")


def test_skills_need_no_database(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", UNREACHABLE)

    assert 0 == planfold("skills", "list").returncode


def test_a_manifest_as_json_has_its_digest(planfold: Command, parcels: str) -> None:
    found = json.loads(planfold("skills", "list", parcels, "--json").stdout)

    assert ["send_parcel"] == [skill["name"] for skill in found["skills"]]
    assert 64 == len(found["digest"])


def test_the_skills_in_use_are_those_of_the_settings(
    planfold: Command, parcels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_SKILLS_FILE", parcels)

    assert planfold("skills", "list").stdout == planfold("skills", "list", parcels).stdout


def test_a_sound_manifest_is_told_with_what_a_budget_would_refuse(planfold: Command, tmp_path: Path) -> None:
    file = tmp_path / "skills.toml"
    file.write_text('[[skills]]\nname = "look"\n[[skills]]\nname = "move"\ncost = "0"\n', encoding="utf-8")

    ended = planfold("skills", "check", str(file))

    assert (0, "") == (ended.returncode, ended.stderr)
    assert f"+ {file}: 2 skills, digest " in ended.stdout
    assert "without a price, which a budget refuses: look\n" in ended.stdout
    assert ["look"] == json.loads(planfold("skills", "check", str(file), "--json").stdout)["unpriced"]


@pytest.mark.parametrize(
    "text", ["[[skills]", '[[skills]]\nname = "a"\nprice = "1"\n', '[[skills]]\nname = "\\u001b"\n']
)
def test_a_manifest_that_cannot_be_used_ends_with_2_and_one_sentence(
    planfold: Command, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "skills.toml"
    file.write_text(text, encoding="utf-8")

    for command in ("list", "check"):
        ended = planfold("skills", command, str(file))

        assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
        assert str(file) in ended.stderr
        assert "\x1b" not in ended.stderr


def test_what_skills_say_of_themselves_is_shown_harmless(planfold: Command, tmp_path: Path) -> None:
    file = tmp_path / "skills.json"
    skill = {"name": "look", "description": "[red]\x1b[31mLook\naround", "effects": {"destructive": True}}
    file.write_text(json.dumps([skill]), encoding="utf-8")

    shown = planfold("skills", "list", str(file)).stdout

    assert r"look  no price  [red]\x1b[31mLook around destructive" in shown


def test_a_database_with_the_whole_schema_has_nothing_pending(planfold: Command) -> None:
    ended = planfold("database", "status")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert "0001_pre_events" in ended.stdout
    assert "pending" not in ended.stdout
    assert "nothing was pending\n" == planfold("database", "upgrade").stdout


def test_a_database_without_the_schema_is_told_and_upgraded(unprepared: Command) -> None:
    before = unprepared("database", "status")
    assert (7, 1) == (before.returncode, before.stderr.count("\n"))
    assert "planfold database upgrade" in before.stderr
    assert not json.loads(unprepared("database", "status", "--json").stdout)["serves"]

    upgraded = unprepared("database", "upgrade", "--phase", "pre")

    assert (0, "") == (upgraded.returncode, upgraded.stderr)
    assert "applied 0001_pre_events\n" in upgraded.stdout
    assert {"serves": True, "pending": []} == {
        name: value
        for name, value in json.loads(unprepared("database", "status", "--json").stdout).items()
        if name != "applied"
    }


def test_the_sql_of_an_upgrade_is_printed_and_not_run(unprepared: Command, empty_database: Endpoint) -> None:
    printed = unprepared("database", "upgrade", "--sql")

    assert "CREATE TABLE planfold.stored_events" in printed.stdout
    with psycopg.connect(empty_database.admin) as admin:
        assert None is admin.execute("SELECT FROM pg_namespace WHERE nspname = 'planfold'").fetchone()


def test_without_the_schema_commands_end_with_7_and_say_what_to_run(unprepared: Command) -> None:
    for command in (["plan", "goal", "--json"], ["runs"], ["remember", "me", "text"], ["budget", "show", "me"]):
        ended = unprepared(*command)

        assert (7, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
        assert "run: planfold database upgrade" in ended.stderr
