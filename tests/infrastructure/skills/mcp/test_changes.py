"""Whatever has changed in a tool is told in words."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.skills.mcp.changes import differences
from planfold.infrastructure.skills.mcp.comparing import Comparison, compared
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.mapping import described
from planfold.infrastructure.skills.mcp.secrets import Given
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


@generated(DEFINITIONS, DEFINITIONS)
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

    found = compared(server, manifest, now, Given())

    assert ("same",) == found.unchanged
    assert {"other": ["its title was None and is '!'"], "twice": ["it is offered 2 times"]} == found.changed
    assert (("gone",), ("new",), False) == (found.gone, found.further, found.holds)


SECRET = "kX9vQ2mL7pR4tZ8w"
KNOWN_BY_SHAPE = "ghp_" + "a1B2" * 9


def compared_with(was: Definition, now: Definition, given: Given, *others: Definition) -> Comparison:
    before, skill = approved(was)
    server = Server(name="s", command=("serve",), tools={"look": before})
    return compared(server, Manifest(skills=(skill,)), [now, *others], given)


def test_a_changed_definition_that_repeats_a_secret_is_not_told_in_words(defined: Define) -> None:
    now = defined(description=f"{'x' * 50}{SECRET}{'y' * 50}")

    found = compared_with(defined(), now, Given({"TOKEN": SECRET}), defined(f"get_{SECRET}"))

    told = "its definition repeats a secret that the server was given, the value of the variable TOKEN"
    assert ({"look": [told]}, ("get_[redacted:given]",)) == (found.changed, found.further)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: {"title": text},
        lambda text: {"description": text},
        lambda text: {"inputSchema": {"type": "object", "properties": {text: {}}}},
        lambda text: {"inputSchema": {"type": "object", "properties": {"place": {"default": [text]}}}},
        lambda text: {"inputSchema": {"type": "object", "properties": {"place": {"title": text}}}},
        lambda text: {"annotations": {"own": {"deep": text}}},
    ],
)
@pytest.mark.parametrize("before", ["", "x" * 40])
def test_nothing_that_is_to_be_hidden_is_shown_in_part(
    defined: Define, change: Callable[[str], dict[str, Any]], before: str
) -> None:
    hidden = Given({"REGION": SECRET, "TOKEN": "another-value"})

    for secret in (SECRET, KNOWN_BY_SHAPE):
        found = compared_with(defined(), defined(**change(f"{before} {secret} {before}")), hidden)
        assert found.changed
        assert not any(part in str(found) for part in (secret[:8], secret[-8:]))


def test_definitions_that_differ_in_a_secret_alone_are_told_apart(defined: Define) -> None:
    def annotated(value: str) -> Definition:
        return defined(annotations={"own": value})

    found = compared_with(annotated(KNOWN_BY_SHAPE), annotated(KNOWN_BY_SHAPE[::-1][:20] + KNOWN_BY_SHAPE), Given())
    same = compared_with(annotated(KNOWN_BY_SHAPE), annotated("ghp_" + "b2C3" * 9), Given())

    assert not found.holds
    assert {"look": ["it differs only in what looks like a secret"]} == same.changed
