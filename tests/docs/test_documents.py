"""What the documents name exists: tests, files, settings; and every decision is told in its form."""

import ast
import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.settings import PREFIX, SECRETS, Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))

_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:domain|application|infrastructure|tests|docs|benchmarks)/[\w./*-]+")
_TEST = re.compile(r"test_\w+")
_ROW = re.compile(rf"^\| `{PREFIX}(\w+)` \| ([^|]+) \| ", re.MULTILINE)


def named(document: Path, pattern: re.Pattern[str]) -> set[str]:
    """What stands as code in the text of the document and is wholly of this form."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {word for code in _CODE.findall(text) for word in code.split() if pattern.fullmatch(word)}


@pytest.fixture(scope="module")
def tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found.add(path.stem)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(document: Path, tests: set[str]) -> None:
    assert named(document, _TEST) - tests == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    assert [path for path in sorted(named(document, _PATH)) if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name[:4])
def test_a_decision_is_told_in_four_parts_and_at_most_forty_lines(decision: Path) -> None:
    lines = decision.read_text(encoding="utf-8").splitlines()

    assert ["## Status", "## Context", "## Decision", "## Consequences"] == [
        line for line in lines if line.startswith("## ")
    ]
    assert lines[0].startswith(f"# {int(decision.name[:4])}. ")
    assert len(lines) <= 40


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(decision.name[:4]) for decision in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def written(field: FieldInfo) -> str:
    return (
        "none"
        if field.default in (None, ()) or field.default is PydanticUndefined
        else f"{field.default:g}"
        if isinstance(field.default, int | float)
        else f"`{field.default}`"
    )


def test_the_table_of_settings_has_every_variable_and_its_default() -> None:
    table = dict(_ROW.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))

    expected = {name.upper(): written(field) for name, field in Settings.model_fields.items()}
    files = {f"{name.upper()}_FILE": "none" for name in SECRETS}
    assert expected | files == {name: default.strip() for name, default in table.items()}


def test_the_table_of_exit_statuses_has_every_status() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert {int(status) for status in Status} == {int(row) for row in re.findall(r"^\| (\d+) \| ", text, re.MULTILINE)}
