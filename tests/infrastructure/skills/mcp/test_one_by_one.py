"""A tool is judged by itself, and as its protocol has it."""

from collections.abc import Callable
from typing import Any

import pytest

from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.one_by_one import judged

MakeTool = Callable[..., dict[str, Any]]
OLD, MODERN = "2025-11-25", "2026-07-28"
MARKED = {"type": "object", "properties": {"a": {"type": "string", "x-mcp-header": "not a name"}}}


@pytest.mark.parametrize("protocol", [OLD, MODERN])
def test_a_tool_is_what_the_server_says_of_it(tool: MakeTool, protocol: str) -> None:
    said = tool(title="Look", annotations={"readOnlyHint": True})

    assert Definition.of(said) == judged(said, protocol)


@pytest.mark.parametrize(("protocol", "readable"), [(OLD, True), (MODERN, False)])
def test_a_tool_that_the_protocol_wants_left_out_is_told(tool: MakeTool, protocol: str, *, readable: bool) -> None:
    found = judged(tool(inputSchema=MARKED), protocol)

    assert readable == (found.unreadable is None)
    assert readable or "its definition cannot be read: inputSchema: its x-mcp-header" in str(found.unreadable)


@pytest.mark.parametrize("said", [None, "look", [], {}, {"name": 5}])
def test_what_has_no_name_can_be_no_tool(said: object) -> None:
    assert Definition.unread("", "it has no name") == judged(said, OLD)
