"""`planfold doctor`: what is there, what is missing, what is left to do, and how to mend it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.migrations import Migration

Command = Callable[..., CompletedProcess[str]]

UNREACHABLE = "postgresql://somebody:hunter2@127.0.0.1:1/planfold?connect_timeout=2"


def checks(ended: CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(ended.stdout)["checks"]}


def test_a_doctor_finds_everything_there(planfold: Command) -> None:
    ended = planfold("doctor")

    assert (0, "") == (ended.returncode, ended.stderr)
    looked_at = (
        "program settings server pgvector schema role capacity readers folding embedding memories planner skills"
    )
    assert looked_at.split() == [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("+ ")]
    assert "23 of the starter set" in ended.stdout
    assert ended.stdout.endswith("nothing needed is missing\n")


def test_a_doctor_as_json_is_one_object(planfold: Command) -> None:
    found = json.loads(planfold("doctor", "--json").stdout)

    assert found["well"]
    assert {("ok", None)} == {(check["state"], check["mend"]) for check in found["checks"]}


@pytest.mark.parametrize(("role", "what"), [("planfold_owner", "owns the schema"), ("postgres", "is a superuser")])
def test_a_doctor_warns_of_a_role_that_could_change_what_is_recorded(
    planfold: Command, act_as: Callable[[str], None], role: str, what: str
) -> None:
    act_as(role)

    ended = planfold("doctor", "--json")

    found = checks(ended)["role"]
    assert (0, "pending") == (ended.returncode, found["state"])
    assert f"{role} {what}, so it could change what is recorded" == found["found"]
    assert "let PLANFOLD_DATABASE_URL name planfold_app" in found["mend"]


def test_a_doctor_ends_with_7_without_the_schema(unprepared: Command) -> None:
    ended = unprepared("doctor")

    assert 7 == ended.returncode
    assert "x schema" in ended.stdout
    assert "run: planfold database upgrade" in ended.stdout


def test_a_doctor_names_the_command_that_makes_pgvector(without_pgvector: Command) -> None:
    ended = without_pgvector("doctor")

    assert 7 == ended.returncode
    assert "CREATE EXTENSION vector;" in ended.stdout


@pytest.mark.parametrize(
    ("pending", "mend"),
    [
        (Migration("9000_pre_more", 9000, "pre", "SELECT 1"), "run: planfold database upgrade"),
        (
            Migration("0001_post_less", 1, "post", "SELECT 1"),
            "run: planfold database upgrade, once no older release is in use",
        ),
    ],
)
def test_a_doctor_names_the_migrations_that_are_pending_and_is_content(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, pending: Migration, mend: str
) -> None:
    shipped = migrations.load(migrations.SCHEMA_FOLDER)
    known = (*shipped, pending)
    monkeypatch.setattr(migrations, "shipped", lambda: known)

    ended = planfold("doctor")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert (
        f"! schema     {len(shipped)} migrations applied, pending: {pending.name}\n             {mend}\n"
        in ended.stdout
    )
    assert ended.stdout.endswith("nothing needed is missing, but something is left to do\n")


def test_a_doctor_names_the_tenants_whose_memories_have_another_table(
    planfold: Command, database: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant in ("acme", "beta", "current"):
        planfold("remember", "scout", "Ana likes dogs", "--tenant", tenant)
    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.embedding_models SET model = 'old/2/0' WHERE tenant = 'acme'")
        owner.execute("UPDATE planfold.memories SET model = 'old/2/0' WHERE tenant IN ('acme', 'beta')")

    both = checks(planfold("doctor", "--json"))["memories"]
    planfold("reembed", "--tenant", "acme")
    one = checks(planfold("doctor", "--json"))["memories"]
    planfold("reembed", "--tenant", "beta")

    assert ("pending", "run for each: planfold reembed --tenant acme") == (both["state"], both["mend"])
    assert "of 3 tenants; those of acme, beta are not all embedded with this table" == both["found"]
    assert ("pending", "run: planfold reembed --tenant beta") == (one["state"], one["mend"])
    assert "ok" == checks(planfold("doctor", "--json"))["memories"]["state"]
    monkeypatch.setenv("PLANFOLD_EMBEDDING_MODEL", "/nowhere")
    assert "memories" not in checks(planfold("doctor", "--json"))


def test_a_doctor_counts_skills_without_a_price_unless_one_is_set(
    planfold: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "skills.toml"
    file.write_text('[[skills]]\nname = "look"\n[[skills]]\nname = "move"\ncost = "0"\n', encoding="utf-8")
    monkeypatch.setenv("PLANFOLD_SKILLS_FILE", str(file))

    unpriced = planfold("doctor", "--json")
    monkeypatch.setenv("PLANFOLD_UNKNOWN_SKILL_PRICE_USD", "0.05")
    priced = planfold("doctor", "--json")

    assert (0, "pending") == (unpriced.returncode, checks(unpriced)["skills"]["state"])
    assert f"2 of {file}, 1 without a price, which a budget refuses" == checks(unpriced)["skills"]["found"]
    assert "PLANFOLD_UNKNOWN_SKILL_PRICE_USD" in checks(unpriced)["skills"]["mend"]
    assert ("ok", f"2 of {file}") == (checks(priced)["skills"]["state"], checks(priced)["skills"]["found"])


def test_a_doctor_tells_of_a_server_that_is_not_there_without_its_password(
    planfold: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", UNREACHABLE)

    ended = planfold("doctor")

    assert 7 == ended.returncode
    assert "x server" in ended.stdout
    assert "host 127.0.0.1, port 1, dbname planfold, user somebody" in ended.stdout
    assert "hunter2" not in ended.stdout + ended.stderr
    assert "+ skills" in ended.stdout


@pytest.mark.parametrize(
    ("variable", "value", "missing", "mend"),
    [
        (
            "PLANFOLD_DATABASE_URL",
            "mysql://me:hunter2@there/db",
            "settings",
            "correct or unset PLANFOLD_DATABASE_URL",
        ),
        ("PLANFOLD_DATABASE_URL_FILE", "/nowhere", "settings", "correct or unset PLANFOLD_DATABASE_URL_FILE"),
        ("PLANFOLD_MAX_STEPS", "many", "settings", "correct or unset PLANFOLD_MAX_STEPS"),
        ("PLANFOLD_DATABASE_URL", UNREACHABLE, "server", "PLANFOLD_DATABASE_URL names it"),
        (
            "PLANFOLD_PLANNER",
            "oracle",
            "planner",
            "name one of these: offline, openai:MODEL, anthropic:MODEL, google:MODEL; PLANFOLD_PLANNER names it",
        ),
        ("PLANFOLD_SKILLS_FILE", "/nowhere.toml", "skills", "PLANFOLD_SKILLS_FILE names it"),
        ("PLANFOLD_EMBEDDING_MODEL", "/nowhere", "embedding", "correct or unset PLANFOLD_EMBEDDING_MODEL"),
    ],
)
def test_a_doctor_names_what_is_missing_and_how_to_mend_it(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, *, missing: str, mend: str
) -> None:
    if variable.endswith("_FILE"):
        monkeypatch.delenv(variable.removesuffix("_FILE"), raising=False)
    monkeypatch.setenv(variable, value)

    ended = planfold("doctor", "--json")

    assert (7, "", False) == (ended.returncode, ended.stderr, json.loads(ended.stdout)["well"])
    assert [missing] == [name for name, check in checks(ended).items() if check["state"] == "missing"]
    assert mend in checks(ended)[missing]["mend"]
    assert "hunter2" not in ended.stdout


@pytest.mark.slow
def test_a_doctor_tells_how_the_embedded_server_stands(
    bare_environment: dict[str, str], made_data_dir: Path, program: Path
) -> None:
    ended = subprocess.run(
        [program, "doctor"],
        env=bare_environment | {"PLANFOLD_DATA_DIR": str(made_data_dir)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert "embedded in " in ended.stdout
    assert "was stopped; PostgreSQL 18" in ended.stdout
