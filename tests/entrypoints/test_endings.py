"""However the command ends: a status, at most one sentence on standard error, never a traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from planfold.application import GenerationInProgress, LedgerContended, PlanGenerationEngine
from planfold.application.ports import MemoryUnavailable
from planfold.domain.plan_generation import Outcome
from planfold.infrastructure.cli.status import MEANINGS, OF_OUTCOME
from planfold.infrastructure.errors import (
    DataDirectoryUnusable,
    EmbeddingUnavailable,
    SchemaMismatch,
    StoredEventUnreadable,
    StoreUnavailable,
)

Command = Callable[..., CompletedProcess[str]]

GOAL = "Get the weather in Oslo tomorrow and post it to the team channel"
UNREACHABLE = "postgresql://somebody:hunter2@127.0.0.1:1/planfold?connect_timeout=2"


def broken(error: Exception) -> Callable[..., object]:
    def generate(*_: object, **__: object) -> object:
        raise error

    return generate


@pytest.mark.parametrize(
    "error",
    [
        GenerationInProgress("default/run/r1", 30),
        LedgerContended("default/ledger/agent:me", 200),
        MemoryUnavailable("cannot remember: no model"),
        StoreUnavailable("cannot record events: no answer"),
        DataDirectoryUnusable("cannot use the folder: it is full"),
        SchemaMismatch("the database has no planfold schema; run: planfold database upgrade"),
        StoredEventUnreadable("default/run/r1", 1, "ContextBuilt", "damaged"),
        EmbeddingUnavailable("the package wordllama is not installed; install it"),
    ],
)
@pytest.mark.usefixtures("ready")
def test_a_service_that_is_missing_ends_with_7_and_its_own_sentence(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(PlanGenerationEngine, "generate", broken(error))

    ended = planfold("plan", GOAL, "--json")

    assert (7, "", f"planfold: {error}\n") == (ended.returncode, ended.stdout, ended.stderr)


def test_a_table_that_is_not_installed_ends_with_7_where_it_is_needed_and_nowhere_else(
    planfold: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wordllama", None)

    ended = planfold("plan", GOAL)

    assert (7, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "the package wordllama is not installed" in ended.stderr
    assert 7 == planfold("doctor").returncode
    assert 0 == planfold("runs").returncode


@pytest.mark.usefixtures("ready")
def test_an_error_that_nobody_expects_is_named_without_its_words(
    planfold: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlanGenerationEngine, "generate", broken(KeyError("hunter2")))

    ended = planfold("plan", GOAL, "--json")

    assert (70, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "KeyError at test_endings.py:" in ended.stderr
    assert "PLANFOLD_DEBUG=1" in ended.stderr
    assert "hunter2" not in ended.stderr


@pytest.mark.usefixtures("ready")
def test_somebody_who_debugs_sees_the_error_whole(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlanGenerationEngine, "generate", broken(KeyError("detail")))
    monkeypatch.setenv("PLANFOLD_DEBUG", "1")

    with pytest.raises(KeyError, match="detail"):
        planfold("plan", GOAL)


def test_an_installation_that_is_broken_is_told_in_one_sentence_too(environment: Mapping[str, str]) -> None:
    script = "import sys; sys.modules['pydantic'] = None; from planfold.infrastructure.cli import main; main(['plan', 'goal'])"

    ended = subprocess.run(
        [sys.executable, "-c", script], env=dict(environment), capture_output=True, text=True, check=False
    )

    assert ("", 1) == (ended.stdout, ended.stderr.count("\n"))
    assert ended.stderr.startswith("planfold: an error that planfold does not expect, ModuleNotFoundError at ")


@pytest.mark.slow
def test_a_database_that_does_not_answer_ends_with_7_without_its_password(run: Command) -> None:
    for arguments in (["plan", GOAL, "--json"], ["plan", GOAL], ["runs"], ["database", "status"]):
        ended = run(*arguments, PLANFOLD_DATABASE_URL=UNREACHABLE, PLANFOLD_OWNER_DATABASE_URL="")

        assert (7, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
        assert ended.stderr.startswith("planfold: cannot ")
        assert "hunter2" not in ended.stderr


@pytest.mark.parametrize(
    ("variable", "value"), [("PLANFOLD_DATABASE_URL", "mysql://me:hunter2@there/db"), ("PLANFOLD_POOL_SIZE", "hunter2")]
)
def test_a_setting_that_cannot_be_used_ends_with_2_and_its_name(run: Command, variable: str, value: str) -> None:
    ended = run("runs", **{variable: value})

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert ended.stderr.startswith(f"planfold: {variable} cannot be used: ")
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["runs", "--limit", "0"], "invalid value for '--limit': it must be at least 1; see planfold runs --help"),
        (["runs", "--limit", "9999"], "invalid value for '--limit': it must be at most 1000; see planfold runs --help"),
        (["runs", "--before", "x"], "invalid value for '--before': it is not a whole number; see planfold runs --help"),
        (
            ["report", "r1", "fine"],
            "invalid value for 'good|bad': 'fine' is not one of 'good', 'bad'; see planfold report --help",
        ),
        (["runs", "--agent", "a/b"], "agent 'a/b' is not an identifier"),
        (["budget", "limits", "a", "--per-model", "\udcff=5"], r"'\udcff' is no name of a model"),
        (["budget", "limits", "a", "--per-model", "x" * 257 + "=5"], "is no name of a model: at most 256 characters"),
        (
            ["budget", "pause", "a", "--reason", "\udcff"],
            "the reason holds a NUL character or a lone surrogate, which no store keeps; remove it",
        ),
        (
            ["budget", "pause", "a", "--reason", "x" * 2_001],
            "the reason has 2001 characters, 2000 can be recorded; shorten it",
        ),
    ],
)
def test_an_option_that_cannot_be_used_ends_with_2_and_a_sentence_of_ours(
    planfold: Command, arguments: list[str], sentence: str
) -> None:
    ended = planfold(*arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert sentence in ended.stderr


def test_a_search_for_bytes_that_are_no_characters_finds_nothing(planfold: Command) -> None:
    planfold("plan", GOAL)

    assert (0, "no runs\n") == ((ended := planfold("runs", "--search", "\udcff")).returncode, ended.stdout)


def test_the_installed_command_plans_records_and_says_the_same_again(run: Command) -> None:
    first, second = (run("plan", GOAL, "--run", "a", "--json") for _ in range(2))

    assert (0, "", "ready") == (first.returncode, first.stderr, json.loads(first.stdout)["outcome"])
    assert first.stdout == second.stdout
    assert 6 == run("plan", "another goal entirely", "--run", "a", "--json").returncode
    assert 5 == run("events", "a").stdout.count("\n")
    assert 0 == run("audit", "a").returncode


def test_the_installed_command_tells_each_outcome_by_its_status(run: Command) -> None:
    forbidden = run("plan", "Fetch http://169.254.169.254/latest and summarise it", "--json")
    unserved = run("plan", "If it rains, send a mail to ana@example.com", "--json")

    assert (3, "invalid") == (forbidden.returncode, json.loads(forbidden.stdout)["outcome"])
    assert (5, "failed") == (unserved.returncode, json.loads(unserved.stdout)["outcome"])
    assert (1, 1) == (forbidden.stderr.count("\n"), unserved.stderr.count("\n"))


def test_the_package_can_be_run_as_a_module(environment: Mapping[str, str]) -> None:
    said = subprocess.check_output(
        [sys.executable, "-m", "planfold.infrastructure.cli", "--version"], env=dict(environment), text=True
    )

    assert said.startswith("planfold ")


READS = """
import json, sys
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main

def nobody(self, name):
    raise AssertionError("a planner was made")

Installation.planner_named = nobody
for command in json.loads(sys.argv[1]):
    assert 0 == main(command), command
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.slow
def test_who_only_reads_or_reports_makes_no_planner_and_loads_nothing_for_one(
    environment: Mapping[str, str], run: Command
) -> None:
    run("plan", GOAL, "--run", "r1")
    run("remember", "me", "Ana likes tables")
    reading = [
        ["show", "r1"],
        ["events", "r1"],
        ["runs"],
        ["report", "r1", "good"],
        ["audit", "r1"],
        ["budget", "show", "me"],
        ["budget", "limits", "me", "--per-day", "5"],
        ["memories", "me"],
        ["forget", "me", "m1"],
        ["skills", "list"],
        ["skills", "check"],
    ]

    ended = subprocess.run(
        [sys.executable, "-c", READS, json.dumps(reading)],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == ended.returncode, ended.stderr
    loaded = json.loads(ended.stderr.splitlines()[-1])
    assert not {"numpy", "tokenizers", "safetensors"} & set(loaded)
    assert [] == [name for name in loaded if name.startswith("planfold.infrastructure.planners")]


@pytest.mark.parametrize("command", [["plan", GOAL, "--run", "r1"], ["--help"], ["skills", "list"]])
def test_a_reader_who_leaves_is_not_complained_to(
    environment: Mapping[str, str], program: Path, run: Command, command: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    ended = subprocess.run(
        [program, *command], env=dict(environment), stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writing)

    assert (141, b"") == (ended.returncode, ended.stderr)
    assert command[0] != "plan" or 5 == run("events", "r1").stdout.count("\n")


def test_every_outcome_has_a_status_of_its_own() -> None:
    outcomes: tuple[Outcome, ...] = ("ready", "invalid", "refused", "failed")

    assert {0, 3, 4, 5} == {OF_OUTCOME[outcome] for outcome in outcomes}
    assert set(range(8)) == set(MEANINGS)


@pytest.mark.slow
def test_without_a_database_an_embedded_one_serves_and_is_gone_afterwards(
    bare_environment: dict[str, str], made_data_dir: Path, program: Path
) -> None:
    environment = bare_environment | {"PLANFOLD_DATA_DIR": str(made_data_dir)}

    def call(*arguments: str) -> str:
        return subprocess.check_output([program, *arguments], env=environment, text=True, timeout=120)

    planned = call("plan", GOAL, "--run", "r1", "--json")

    assert planned == call("show", "r1", "--json")
    assert not (made_data_dir / "postgres" / "data" / "postmaster.pid").exists()
