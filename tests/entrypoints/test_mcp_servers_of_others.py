"""Servers that others publish, installed by the group `mcp-servers`: imported, checked and planned with."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.slow

TIME = "mcp-server-time --local-timezone=UTC"
GIT = "mcp-server-git"


@pytest.fixture(autouse=True)
def _installed(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert planfold is not None  # its environment is set first
    folder = Path(sys.executable).parent
    if not all((folder / command.split()[0]).exists() for command in (TIME, GIT)):
        pytest.skip("needs the group mcp-servers")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.fixture
def imports(planfold: Command, tmp_path: Path) -> Command:
    """An import of all tools of one of them into one file, in JSON."""

    def begin(name: str, command: str, *options: str) -> CompletedProcess[str]:
        file = str(tmp_path / "skills.json")
        return planfold("skills", "import-mcp", file, "--name", name, "--command", command, "--json", *options)

    return begin


def test_their_tools_become_skills_beside_each_other(imports: Command, planfold: Command, tmp_path: Path) -> None:
    time, git = imports("time", TIME, "--allow", "*"), imports("git", GIT, "--allow", "git_*", "--env", "PATH")

    assert (0, 0) == (time.returncode, git.returncode)
    skills = {skill["name"] for skill in json.loads((tmp_path / "skills.json").read_text(encoding="utf-8"))["skills"]}
    assert {"time/get_current_time", "time/convert_time", "git/git_status", "git/git_commit", "git/git_reset"} <= skills
    assert 0 == planfold("skills", "check", str(tmp_path / "skills.json")).returncode
    checked = planfold("skills", "check-mcp", str(tmp_path / "skills.json"))
    assert (0, 2) == (checked.returncode, checked.stdout.count("as approved"))


def test_their_hints_are_believed_only_when_they_are_trusted(imports: Command) -> None:
    def effects(*options: str) -> dict[str, dict[str, bool]]:
        told = json.loads(imports("git", GIT, "--allow", "git_status", "--allow", "git_reset", *options).stdout)
        return {skill["tool"]: skill["effects"] for skill in told["skills"]}

    doubted, trusted = effects(), effects("--trust")

    assert [True, True] == [doubted[tool]["destructive"] for tool in ("git_status", "git_reset")]
    assert [False, True] == [trusted[tool]["destructive"] for tool in ("git_status", "git_reset")]
    assert [True, False] == [trusted[tool]["read_only"] for tool in ("git_status", "git_reset")]


def test_a_goal_is_planned_with_them_while_they_are_asked(
    imports: Command, planfold: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports("time", TIME, "--allow", "*", "--trust", "--cost", "*=0.001")
    monkeypatch.setenv("PLANFOLD_MCP_CHECK", "live")
    monkeypatch.setenv("PLANFOLD_SKILLS_FILE", str(tmp_path / "skills.json"))

    ended = planfold("plan", "Get the current time in the timezone UTC", "--run", "r1", "--json")

    (step,) = json.loads(ended.stdout)["steps"]
    assert (0, "time/get_current_time", {"timezone": "UTC"}) == (ended.returncode, step["skill"], step["params"])


def test_the_guide_shows_what_they_lead_to(planfold: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command = guide.partition("$ planfold skills import-mcp")[2].partition("\n")[0]
    asked = guide.partition("$ planfold plan")[2].partition("\n")[0]
    file = tmp_path / "skills.json"

    imported = planfold("skills", "import-mcp", *shlex.split(command))
    ready = planfold("plan", *shlex.split(asked))
    file.write_text(file.read_text(encoding="utf-8").replace("timezone=UTC", "timezone=Europe/Oslo"), encoding="utf-8")
    checked = planfold("skills", "check-mcp", "skills.json")
    monkeypatch.setenv("PLANFOLD_MCP_CHECK", "live")
    planned = planfold("plan", "Get the current time in the timezone UTC", "--skills", "skills.json")

    assert f"{command}\n{imported.stdout}```" in guide
    assert 0 == ready.returncode
    page = ready.stdout.partition("\nPlan\n")[2].partition("\n\n+ ready")[0]
    assert f"{asked}\n...\nPlan\n{page}\n```" in guide
    assert f"check-mcp skills.json\n{checked.stdout}```" in guide
    assert next(line for line in planned.stdout.splitlines() if "x MANIFEST_CHANGED" in line) in guide
