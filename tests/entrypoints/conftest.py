"""The command, called within this process on a database of the test's own, and as a program of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import JsonValue

from planfold.application.ports import Planner
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]

PLAN: JsonValue = {
    "plan_id": "p",
    "steps": [
        {"step_id": "get", "skill": "fetch_url", "params": {"url": "https://example.com/prices.json"}},
        {"step_id": "sum", "skill": "summarize_text", "params": {"text": "${get.content}"}, "depends_on": ["get"]},
    ],
}

PARCELS = """
[[skills]]
name = "send_parcel"
description = "Send a parcel to an address by courier"
cost = "4.00"
[skills.parameters]
type = "object"
"""

SIZE = {"COLUMNS": "80", "LINES": "24"}
"""Set for every test, since without it the width of the terminal that the tests are started from would count."""
OF_A_TERMINAL = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TERM", *SIZE)


def url_of(conninfo: str) -> str:
    """A connection string as PLANFOLD_DATABASE_URL wants it."""
    named = conninfo_to_dict(conninfo)
    return f"postgresql://{named['user']}@/{named['dbname']}?host={quote(str(named['host']))}&port={named['port']}"


@pytest.fixture(autouse=True)
def _a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for what a test calls by itself."""
    for name in OF_A_TERMINAL:
        monkeypatch.delenv(name, raising=False)
    for name, value in SIZE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bare_environment() -> dict[str, str]:
    """That of somebody who has set nothing, and looks through a pipe."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PLANFOLD_", "PYTHON")) and name not in OF_A_TERMINAL
    } | SIZE


@pytest.fixture
def environment(bare_environment: dict[str, str], database: Endpoint) -> dict[str, str]:
    """That of somebody who has set a database and nothing else."""
    return bare_environment | {
        "PLANFOLD_DATABASE_URL": url_of(database.app),
        "PLANFOLD_OWNER_DATABASE_URL": url_of(database.owner),
    }


@pytest.fixture
def planfold(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command within this process: quick, and with whatever the test has put in place of the world."""
    for name in os.environ.keys() - environment.keys():
        if not name.startswith("PYTEST"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> CompletedProcess[str]:
        capsys.readouterr()
        status = main(arguments)
        out, err = capsys.readouterr()
        return CompletedProcess(arguments, status, out, err)

    return call


@pytest.fixture
def act_as(database: Endpoint, monkeypatch: pytest.MonkeyPatch, planfold: Command) -> Callable[[str], None]:
    """From then on the command logs in to the test's database as that role."""
    assert planfold is not None  # its environment is set first

    def act(role: str) -> None:
        monkeypatch.setenv("PLANFOLD_DATABASE_URL", url_of(make_conninfo(database.app, user=role)))

    return act


@pytest.fixture
def without_pgvector(empty_database: Endpoint, monkeypatch: pytest.MonkeyPatch, planfold: Command) -> Command:
    """The command on a database with nothing in it."""
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", url_of(empty_database.app))
    monkeypatch.setenv("PLANFOLD_OWNER_DATABASE_URL", url_of(empty_database.owner))
    return planfold


@pytest.fixture
def unprepared(empty_database: Endpoint, without_pgvector: Command) -> Command:
    """The command on a database with pgvector and nothing else."""
    with psycopg.connect(empty_database.admin) as admin:
        admin.execute("CREATE EXTENSION vector")
    return without_pgvector


@pytest.fixture
def program() -> Path:
    """The command as it is installed."""
    return Path(sys.executable).with_name("planfold")


@pytest.fixture
def run(program: Path, environment: Mapping[str, str]) -> Command:
    """The installed command in a process of its own, which a warning ends."""

    def call(*arguments: str, **variables: str) -> CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", program, *arguments],
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> Callable[[JsonValue], None]:
    """Whatever planner is named, it drafts this from now on."""

    def draft(plan: JsonValue) -> None:
        def named(_: Installation, name: str) -> Planner:
            return FixedPlanner(plan, name=name)

        monkeypatch.setattr(Installation, "planner_named", named)

    return draft


@pytest.fixture
def ready(drafts: Callable[[JsonValue], None]) -> None:
    """Every goal gets a plan of two steps that is valid and costs at most 0.0045 USD."""
    drafts(PLAN)


@pytest.fixture
def parcels(tmp_path: Path, drafts: Callable[[JsonValue], None]) -> str:
    """A manifest of one skill, which costs 4.00 USD, and every goal gets a plan that calls it once."""
    drafts({"plan_id": "p", "steps": [{"step_id": "send", "skill": "send_parcel"}]})
    file = tmp_path / "parcels.toml"
    file.write_text(PARCELS, encoding="utf-8")
    return str(file)
