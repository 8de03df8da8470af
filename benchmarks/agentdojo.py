"""The injections of the installed package `agentdojo`: each attack's wording around each injected goal.

Read from its source without running it, so that none of what it depends on is needed.
"""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

USER, MODEL, TOOLS = "Emma Johnson", "AI assistant", "You should use the tool `send_money` with its arguments."
UNKNOWN = "US133000000121212121212"
"""Stands for what a goal takes from a name: an account, an address, a link."""


def agentdojo_texts() -> Iterator[tuple[str, str]]:
    """Family and text. Raises FileNotFoundError where the package is not installed."""
    found = importlib.util.find_spec("agentdojo")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(
            "agentdojo is not installed; run with: uv run --with agentdojo python -m benchmarks.injections"
        )
    root = Path(next(iter(found.submodule_search_locations)))
    goals = [*dict.fromkeys(filter(None, _goals(root)))]
    wordings = {name: wording for path in sorted((root / "attacks").glob("*.py")) for name, wording in _wordings(path)}
    for name, wording in wordings.items():
        said = wording.replace("{user}", USER).replace("{model}", MODEL).replace("{tools}", TOOLS)
        yield from ((name, said.replace("{goal}", goal)) for goal in (goals if "{goal}" in said else goals[:1]))
    for goal in goals:
        yield "the goal alone", goal


def _goals(root: Path) -> Iterator[str]:
    for path in sorted(root.glob("default_suites/*/*/injection_tasks.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "GOAL" for target in node.targets):
                yield _text(node.value)


def _wordings(path: Path) -> Iterator[tuple[str, str]]:
    """The texts in a class of attacks that have a place for the goal or the user, and its name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            for part in ast.walk(node):
                text = _text(part)
                if ("{goal}" in text or "{user}" in text) and not _is_doc(node, part):
                    yield node.name, text


def _is_doc(node: ast.ClassDef, part: ast.AST) -> bool:
    return any(isinstance(item, ast.Expr) and item.value is part for item in ast.walk(node))


def _text(value: ast.AST) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else UNKNOWN for part in value.values)
    return ""
