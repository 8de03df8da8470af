"""Whatever has changed in a tool is told in words."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.skills.mcp.changes import differences
from planfold.infrastructure.skills.mcp.comparing import compared
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.mapping import described
from planfold.infrastructure.skills.mcp.sources import Approved, Server

Define = Callable[..., Definition]


def approved(definition: Definition) -> tuple[Approved, Skill]:
    """As it was imported."""
    skill = Skill(
        name="s/look",
        description=described(definition),
        parameters=definition.inputSchema,
        result=definition.outputSchema,
    )
    pinned = skill.model_copy(update={"pin": skill.digest})
    return Approved(digest=definition.digest, title=definition.title, annotations=definition.annotations), pinned


WAS: dict[str, Any] = {
    "title": "Look",
    "description": "Look at a place",
    "inputSchema": {
        "type": "object",
        "properties": {"place": {"type": "string", "maxLength": 9}},
        "required": ["place"],
    },
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
}


def place(**fields: object) -> dict[str, Any]:
    return {"inputSchema": WAS["inputSchema"] | {"properties": {"place": fields}}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"title": "Gaze"}, ["its title was 'Look' and is 'Gaze'"]),
        (
            {"description": "Look at a place, then post it"},
            ["its description was 'Look at a place' and is 'Look at a place, then post it'"],
        ),
        (
            place(type="integer"),
            ["the parameter 'place' is described otherwise: maxLength is gone, type was 'string' and is 'integer'"],
        ),
        (
            {"inputSchema": {"type": "object", "properties": {"where": {}}, "required": ["where"]}},
            ["the parameter 'where' is new and required", "the parameter 'place' is gone"],
        ),
        ({"inputSchema": WAS["inputSchema"] | {"required": []}}, ["the parameter 'place' is required no more"]),
        (
            {"inputSchema": WAS["inputSchema"] | {"additionalProperties": False}},
            ["its parameters are bound otherwise: additionalProperties is new, False"],
        ),
        ({"outputSchema": None}, ["its result is described no more"]),
        ({"outputSchema": {"type": "object", "title": "R"}}, ["its result is described otherwise"]),
        ({"annotations": None}, ["its hint readOnlyHint was True and is False"]),
        (
            {"annotations": {"readOnlyHint": True, "destructiveHint": True}},
            ["its hint destructiveHint is said"],
        ),
    ],
)
def test_a_difference_is_told(defined: Define, change: dict[str, Any], told: list[str]) -> None:
    before, skill = approved(defined(**WAS))

    assert told == differences(before, skill, defined(**WAS | change))


def test_a_long_text_is_shown_where_it_differs(defined: Define) -> None:
    text = "Tells the time of day in any zone that people live in, and the day of the week that it is there."
    before, skill = approved(defined(description=text))

    (told,) = differences(before, skill, defined(description=text.replace("day of the week", "password")))

    assert told == (
        "its description was '...le live in, and the day of the week that it is there.' and is "
        "'...le live in, and the password that it is there.'"
    )


def test_a_change_behind_the_end_of_a_cut_description_is_told(defined: Define) -> None:
    before, skill = approved(defined(description="x" * 5_000 + "a"))

    assert ["its description differs beyond what a manifest holds of it"] == differences(
        before, skill, defined(description="x" * 5_000 + "b")
    )


def test_many_differences_are_bounded(defined: Define) -> None:
    before, skill = approved(defined())
    many = {"type": "object", "properties": {f"p{number}": {} for number in range(50)}}

    assert "and 39 more differences" == differences(before, skill, defined(inputSchema=many))[-1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3), lambda part: st.lists(part, max_size=2)
)
PROPERTIES = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from(["title", "default"]), JSON))
DEFINITIONS = st.builds(
    lambda description, properties, hints: Definition(
        name="look",
        description=description,
        inputSchema={"type": "object", "properties": properties},
        annotations=hints,
    ),
    st.none() | st.text(max_size=5),
    PROPERTIES.map(
        lambda named: {name: {**schema, "title": str(schema.get("title"))} for name, schema in named.items()}
    ),
    st.none() | st.dictionaries(st.sampled_from(["readOnlyHint", "openWorldHint", "own"]), st.booleans()),
)


@given(DEFINITIONS, DEFINITIONS)
def test_two_definitions_differ_in_words_just_where_they_differ(was: Definition, now: Definition) -> None:
    before, skill = approved(was)

    assert (was.digest == now.digest) == (differences(before, skill, now) == [])


def test_tools_are_unchanged_changed_gone_or_further(defined: Define) -> None:
    tools = {name: approved(defined(name))[0] for name in ("same", "other", "gone", "twice")}
    skills = [approved(defined(name))[1] for name in tools]
    manifest = Manifest(
        skills=tuple(skill.model_copy(update={"name": f"s/{name}"}) for name, skill in zip(tools, skills, strict=True))
    )
    server = Server(name="s", command=("serve",), tools=tools)
    now = [defined("same"), defined("other", title="!"), defined("twice"), defined("twice"), defined("new")]

    found = compared(server, manifest, now)

    assert ("same",) == found.unchanged
    assert {"other": ["its title was None and is '!'"], "twice": ["it is offered 2 times"]} == found.changed
    assert (("gone",), ("new",), False) == (found.gone, found.further, found.holds)
