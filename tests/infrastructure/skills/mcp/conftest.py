"""Servers that offer what a test wants, in whatever way, and tools in few words."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.sources import Server

SERVERS = Path(__file__).parents[3] / "servers"
PLAIN, REAL = SERVERS / "plain.py", SERVERS / "real.py"

MakeServer = Callable[..., Server]
MakeTool = Callable[..., dict[str, Any]]


@pytest.fixture
def tool() -> MakeTool:
    """A tool as a server says it."""

    def make(name: str = "look", **changes: Any) -> dict[str, Any]:
        properties = {"place": {"type": "string", "description": "Where to look"}}
        schema = {"type": "object", "properties": properties, "required": ["place"]}
        return {"name": name, "description": f"{name.capitalize()} at a place", "inputSchema": schema} | changes

    return make


@pytest.fixture
def defined(tool: MakeTool) -> Callable[..., Definition]:
    """A tool's definition."""
    return lambda name="look", **changes: Definition.of(tool(name, **changes))


@pytest.fixture
def offers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeServer:
    """A server that offers these pages of tools, in its own process; asked again it offers what is set last."""
    monkeypatch.setattr("planfold.infrastructure.skills.mcp.child.GRACE", 0.3)

    def offer(*pages: Sequence[dict[str, Any]], how: Sequence[str] = (), **fields: Any) -> Server:
        file = tmp_path / "pages.json"
        file.write_text(json.dumps(pages or [[]]), encoding="utf-8")
        return Server(name="plain", command=(sys.executable, "-S", str(PLAIN), str(file), *how), **fields)

    return offer
