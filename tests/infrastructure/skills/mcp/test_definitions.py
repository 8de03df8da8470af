"""Names lead to skills and back, and a digest stands for one definition."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.skill import Skill
from planfold.infrastructure.skills.mcp.definitions import Definition, is_skill_name, skill_name, tool_name

Define = Callable[..., Definition]


@pytest.mark.parametrize(
    ("tool", "skill"),
    [
        ("get_forecast", "time/get_forecast"),
        ("a.b/c-d", "time/a.b/c-d"),
        ("a b", "time/a:20b"),
        ("a:20b", "time/a:3a20b"),
        ("möglich", "time/m:c3:b6glich"),
    ],
)
def test_a_tool_becomes_a_skill_under_its_servers_name(tool: str, skill: str) -> None:
    assert skill == skill_name("time", tool)
    assert skill == Skill(name=skill).name


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", fullmatch=True), st.text())
def test_the_name_of_a_skill_leads_back_to_its_tool(label: str, tool: str) -> None:
    assert (label, tool) == tool_name(skill_name(label, tool))


@given(st.text(max_size=10))
def test_every_name_that_is_short_enough_names_a_skill(tool: str) -> None:
    assert is_skill_name(skill_name("server", tool))


def test_a_name_that_is_too_long_names_none() -> None:
    assert is_skill_name(skill_name("server", "x" * 121))
    assert not is_skill_name(skill_name("server", "x" * 122))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "look2"},
        {"title": "Look"},
        {"description": "Look at a place "},
        {"description": None},
        {"inputSchema": {"type": "object"}},
        {"outputSchema": {"type": "object"}},
        {"annotations": {"readOnlyHint": True}},
    ],
)
def test_whatever_changes_in_a_definition_changes_its_digest(defined: Define, change: dict[str, object]) -> None:
    assert defined().digest != defined(**change).digest


def test_the_order_of_names_does_not_change_a_digest(defined: Define) -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}}
    turned = {"properties": {"b": {}, "a": {}}, "type": "object"}

    assert defined(inputSchema=schema).digest == defined(inputSchema=turned).digest


def test_what_concerns_no_planner_is_left_out(defined: Define) -> None:
    assert defined().digest == defined(icons=[{"src": "https://example.com/a.png"}], _meta={"a": 1}).digest


def test_a_definition_that_cannot_be_read_has_no_digest() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        assert Definition.unread("a", "it is missing").digest
