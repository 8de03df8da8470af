"""Help: quick, complete and plain."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from planfold.infrastructure.cli.commands import PLACES

Command = Callable[..., CompletedProcess[str]]

GROUPS = {
    "budget": ["show", "grant", "revoke", "limits", "pause", "resume", "settle", "release", "extend"],
    "skills": ["list", "check", "import-mcp", "check-mcp"],
    "database": ["status", "upgrade"],
    "stats": ["planners", "findings"],
    "projections": ["status", "rebuild", "retry"],
}
ALL = [[name] for name in PLACES] + [[group, name] for group, names in GROUPS.items() for name in names]

LOADED = """
import json, sys
from planfold.infrastructure.cli import main
main(["--help"])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_help_names_every_command_and_every_exit_status(planfold: Command) -> None:
    told = planfold("--help").stdout

    words = [line.split()[0] for line in told.splitlines() if line.startswith("  ")]
    assert set(PLACES) <= set(words)
    assert [str(status) for status in range(8)] == words[-8:]


def test_without_a_command_help_is_shown(planfold: Command) -> None:
    assert planfold("--help").stdout == planfold().stdout


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_explains_itself(planfold: Command, command: list[str]) -> None:
    ended = planfold(*command, "--help")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith(f"Usage: planfold {' '.join(command)} ")
    assert ended.stdout.isascii()


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_names_its_commands(planfold: Command, group: str) -> None:
    told = planfold(group, "--help").stdout

    assert set(GROUPS[group]) <= {line.split()[0] for line in told.splitlines() if line.startswith("  ")}


def test_what_a_summary_says_is_what_the_command_says(planfold: Command) -> None:
    for name, place in PLACES.items():
        told = " ".join(planfold(name, "--help").stdout.split())
        assert place.summary.rstrip(".").split(":")[0] in told


def test_a_misspelt_command_gets_a_suggestion(planfold: Command) -> None:
    ended = planfold("plam")

    assert (2, "") == (ended.returncode, ended.stdout)
    assert "planfold: no such command 'plam', did you mean 'plan'; see planfold --help\n" == ended.stderr


def test_the_version_is_printed(planfold: Command) -> None:
    assert planfold("--version").stdout.startswith("planfold 0.")


def test_help_loads_nothing_that_takes_its_time(environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED], env=dict(environment), capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in json.loads(ended.stderr)}
    assert not loaded & {"psycopg", "eventsourcing", "numpy", "rich", "pydantic", "tokenizers", "jsonschema_rs"}


def test_shells_are_offered_completion(program: Path, environment: Mapping[str, str]) -> None:
    variables = {"_PLANFOLD_COMPLETE": "complete_bash", "COMP_WORDS": "planfold bud", "COMP_CWORD": "1"}

    said = subprocess.check_output([program], env={**environment, **variables}, text=True)

    assert "budget" == said.strip()
