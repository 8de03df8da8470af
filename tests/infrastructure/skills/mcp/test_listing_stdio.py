"""Servers that are child processes: whatever they do, there is an answer or one sentence, and nothing of them is left."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from planfold.infrastructure.errors import InvalidSetting, McpUnavailable
from planfold.infrastructure.skills.mcp import asking
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.listing import list_tools
from planfold.infrastructure.skills.mcp.sources import Server

MakeServer = Callable[..., Server]
MakeTool = Callable[..., dict[str, Any]]

REAL = Path(__file__).parents[3] / "servers" / "real.py"
TOKEN = "kX9vQ2mL7pR4tZ8w"


def lost(server: Server, seconds: float = 20.0) -> str:
    with pytest.raises(McpUnavailable) as raised:
        list_tools(server, seconds)
    return str(raised.value)


def test_the_tools_of_all_pages_are_listed_in_their_order(offers: MakeServer, tool: MakeTool) -> None:
    server = offers([tool("a"), tool("b")], [], [tool("c")])

    assert ["a", "b", "c"] == [found.name for found in list_tools(server)]


def test_a_thousand_tools_on_one_page_are_listed(offers: MakeServer, tool: MakeTool) -> None:
    server = offers([tool(f"tool_{number}") for number in range(1_000)])

    assert [f"tool_{number}" for number in range(1_000)] == [found.name for found in list_tools(server)]


def test_a_server_made_with_the_package_is_listed_whole() -> None:
    found = {tool.name: tool for tool in list_tools(Server(name="weather", command=(sys.executable, str(REAL))))}

    assert ["forecast", "subscribe", "wipe"] == list(found)
    forecast = found["forecast"]
    assert "Tell the weather of a city some days ahead." == forecast.description
    assert ["city"] == forecast.inputSchema["required"]
    assert forecast.outputSchema is not None
    assert {"readOnlyHint": True, "openWorldHint": True} == forecast.annotations


def test_what_a_schema_says_is_kept_to_the_letter(offers: MakeServer, tool: MakeTool) -> None:
    schema = {"type": "object", "properties": {"a": {"default": None, "enum": [1, 1.5, "ü", None]}}, "x-own": [True]}
    (found,) = list_tools(offers([tool(inputSchema=schema)]))

    assert schema == found.inputSchema


BAD = {
    "schema": {"name": "schema", "inputSchema": "none"},
    "none": {"name": "none"},
    "title": {"name": "title", "title": 5, "inputSchema": {}},
    "hints": {"name": "hints", "annotations": [], "inputSchema": {}},
}


def test_a_tool_that_cannot_be_read_hides_no_other(offers: MakeServer, tool: MakeTool) -> None:
    found = list_tools(offers([*BAD.values(), tool("good")], [{"name": 3}, "what", tool("too")]))

    assert [*BAD, "good", "", "", "too"] == [one.name for one in found]
    assert ["good", "too"] == [one.name for one in found if one.unreadable is None]
    told = {one.name: one.unreadable for one in found if one.unreadable is not None}
    assert "its definition cannot be read: it has no name" == told[""]
    assert "its definition cannot be read: inputSchema: it is not an object" == told["schema"]
    assert "its definition cannot be read: inputSchema: it is missing" == told["none"]
    assert "its definition cannot be read: title: it is not text" == told["title"]
    assert "its definition cannot be read: annotations: it is not an object" == told["hints"]


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "object", "properties": 5}, {"type": "string"}])
def test_a_schema_that_the_package_refuses_is_kept_for_whoever_imports(
    offers: MakeServer, tool: MakeTool, schema: dict[str, Any]
) -> None:
    found = list_tools(offers([tool("bad", inputSchema=schema), tool("good")]))

    assert [schema, tool()["inputSchema"]] == [one.inputSchema for one in found]


def test_what_a_server_says_of_its_own_under_our_words_is_overlooked(offers: MakeServer, tool: MakeTool) -> None:
    (found,) = list_tools(offers([tool(unreadable="never mind", icons=5)]))

    assert found.unreadable is None
    assert Definition.of(tool()).digest == found.digest


def test_a_banner_on_standard_output_is_overlooked(offers: MakeServer, tool: MakeTool) -> None:
    assert 1 == len(list_tools(offers([tool()], how=["noise"])))


def test_a_host_may_ask_from_within_its_own_event_loop(offers: MakeServer, tool: MakeTool) -> None:
    async def ask() -> int:
        return len(list_tools(offers([tool()])))

    assert 1 == asyncio.run(ask())


def test_a_child_has_the_variables_that_are_named_and_no_other(
    offers: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    monkeypatch.setenv("REGION", "north")
    monkeypatch.setenv("TOKEN_FILE", str(file))

    list_tools(offers(how=["environment"], env=("REGION", "TOKEN")))

    seen = json.loads((tmp_path / "pages.json.environment").read_text(encoding="utf-8"))
    seen.pop("LC_CTYPE", None)  # Python's own, where there is no locale (PEP 538)
    assert {"REGION": "north", "TOKEN": TOKEN} == seen


def test_a_variable_that_is_not_set_is_asked_for_before_anything_is_started(offers: MakeServer, tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="NOWHERE cannot be used: the MCP server is to be given it"):
        list_tools(offers(how=["environment"], env=("NOWHERE",)))

    assert not (tmp_path / "pages.json.environment").exists()


@pytest.mark.slow
def test_a_server_that_hangs_is_given_up_and_killed_with_its_own_children(offers: MakeServer, tmp_path: Path) -> None:
    sentence = lost(offers(how=["hang", "child"]), 3.0)

    assert sentence == (
        "the MCP server 'plain' did not list its tools within 3 s (PLANFOLD_MCP_TIMEOUT_SECONDS gives it longer)"
    )
    child = int((tmp_path / "pages.json.child").read_text(encoding="utf-8"))
    with suppress(ProcessLookupError):
        os.kill(child, 0)  # it may be dead and not reaped yet, since its parent is gone
        state = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        assert "Z" == state


def test_a_server_that_dies_is_told_with_its_last_words_and_without_its_secrets(
    offers: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", TOKEN)

    sentence = lost(offers(how=["die"], env=("TOKEN",)))

    assert TOKEN not in sentence
    assert "the program ended with status 3" in sentence
    assert "its last words: 'out of memory, and [redacted:given]'" in sentence


@pytest.mark.parametrize("how", ["die", "babble"])
def test_a_secret_that_is_longer_than_what_is_kept_is_not_shown_in_part(
    offers: MakeServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("TOKEN", TOKEN * 2_000)

    sentence = lost(offers(how=[how], env=("TOKEN",)))

    assert "[redacted:given]" in sentence
    assert TOKEN[:8] not in sentence


def test_an_error_of_a_server_is_told_without_its_secrets(offers: MakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", TOKEN)

    sentence = lost(offers(how=["fail"], env=("TOKEN",)))

    assert "the MCP server 'plain' did not list its tools: no tools today, [redacted:given]" == sentence


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("circle", "shows the same page of tools again and again"),
        ("garble", "it writes what is no message to standard output: 'what?'"),
        ("flood", f"says more than {200_000} bytes"),
        ("endless", "has more than 5 pages of tools"),
        ("nonsense", "does not list its tools as the protocol has it"),
    ],
)
def test_whatever_a_server_sends_is_bounded(
    offers: MakeServer, monkeypatch: pytest.MonkeyPatch, how: str, told: str
) -> None:
    monkeypatch.setattr(asking, "MAX_BYTES", 200_000)
    monkeypatch.setattr(asking, "MAX_PAGES", 5)

    assert told in lost(offers(how=[how]))


def test_more_tools_than_a_manifest_holds_are_too_many(
    offers: MakeServer, tool: MakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_SKILLS", 3)

    assert "offers more than 3 tools" in lost(offers([tool("a"), tool("b")], [tool("c"), tool("d")]))


def test_a_program_that_is_not_there_is_named() -> None:
    sentence = lost(Server(name="none", command=("no-such-program-here",)))

    assert sentence == (
        "the MCP server 'none' cannot be started: there is no program 'no-such-program-here'; install it, or name its path"
    )


def test_a_program_that_is_no_server_is_told_what_it_was_given() -> None:
    sentence = lost(Server(name="none", command=(sys.executable, "-c", "pass")))

    assert "the program ended with status 0" in sentence
    assert sentence.endswith("of the environment it is given nothing: --env NAME gives it more")


def test_a_tool_that_changes_between_two_lists_has_another_digest(offers: MakeServer, tool: MakeTool) -> None:
    (before,) = list_tools(offers([tool()]))
    (same,) = list_tools(offers([tool()]))
    (after,) = list_tools(offers([tool(description="Look at a place, and tell everybody")]))

    assert before.digest == same.digest
    assert before.digest != after.digest
