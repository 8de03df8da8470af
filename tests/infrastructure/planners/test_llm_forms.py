"""A form admits what the inspector admits, references and what is left out included, and reads it back as it was meant."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.schema import Schema
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.llm.answers import Bounds, answers_for, json_in
from planfold.infrastructure.planners.llm.forms import DEFINITIONS, closed, parameters_form

OPEN_MAP: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
MAIL: Schema = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "format": "email", "title": "Recipient"},
        "subject": {"type": "string", "maxLength": 20},
        "copies": {"type": "integer", "minimum": 1, "maximum": 5},
        "urgent": {"type": "boolean"},
        "style": {"enum": ["plain", "rich"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "headers": OPEN_MAP,
        "reply_by": {"type": ["string", "null"]},
        "window": {"$ref": "#/$defs/window"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["to", "copies"],
    "$defs": {
        "window": {
            "type": "object",
            "properties": {"from": {"type": "number"}, "to": {"type": "number"}},
            "required": ["from"],
        }
    },
}


def admits(form: Schema, value: JsonValue) -> bool:
    schema = {**closed({"value": form}), "$defs": DEFINITIONS}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid({"value": value})


def written(**given: Any) -> dict[str, JsonValue]:
    """As a model writes parameters: every name, null where nothing is given."""
    return {**dict.fromkeys(MAIL["properties"]), "to": "ana@example.com", "copies": 1, **given}  # type: ignore[arg-type] # a dict


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, {}),
        ({"copies": "${s1.count}"}, {"copies": "${s1.count}"}),
        ({"to": "${s1.address}"}, {"to": "${s1.address}"}),
        ({"to": "ana+${s1.tag}@example.com"}, {"to": "ana+${s1.tag}@example.com"}),
        ({"subject": "About ${s1.title}, and what came of it"}, {"subject": "About ${s1.title}, and what came of it"}),
        ({"urgent": True, "style": "rich"}, {"urgent": True, "style": "rich"}),
        ({"urgent": "${s1}", "style": "${s1.style}"}, {"urgent": "${s1}", "style": "${s1.style}"}),
        ({"tags": ["a", "${s1.tag}"]}, {"tags": ["a", "${s1.tag}"]}),
        ({"tags": "${s1.tags}"}, {"tags": "${s1.tags}"}),
        ({"headers": '{"X-To": "${s1.to}"}'}, {"headers": {"X-To": "${s1.to}"}}),
        ({"headers": "${s1.headers}"}, {"headers": "${s1.headers}"}),
        ({"window": {"from": 1, "to": None}}, {"window": {"from": 1}}),
        ({"window": {"from": "${s1.n}", "to": 2}}, {"window": {"from": "${s1.n}", "to": 2}}),
        ({"note": "hello"}, {"note": "hello"}),
    ],
)
def test_what_the_inspector_admits_can_be_written_and_is_read_as_meant(
    given: dict[str, JsonValue], meant: dict[str, JsonValue]
) -> None:
    form = parameters_form(MAIL)

    assert admits(form.schema, written(**given))
    whole = {"to": "ana@example.com", "copies": 1, "reply_by": None, "note": None, **meant}
    assert whole == form.read(written(**given))


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": None},
        {"copies": 0},
        {"copies": "many"},
        {"style": "loud"},
        {"extra": 1},
        {"urgent": "yes"},
        {"tags": [1]},
    ],
)
def test_what_the_schema_refuses_cannot_be_written(wrong: dict[str, JsonValue]) -> None:
    assert not admits(parameters_form(MAIL).schema, written(**wrong))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "additionalProperties": True},
        {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}},
        {"type": "object", "allOf": [{"properties": {"a": {"type": "string"}}}]},
        {"type": "object", "patternProperties": {"^x": {}}},
    ],
)
def test_what_strict_output_cannot_say_is_asked_for_as_json_text(schema: Schema) -> None:
    form = parameters_form(schema)

    assert "string" == form.schema["type"]
    assert {"a": 1} == form.read('{"a": 1}')
    assert {"a": 1} == form.read({"a": 1})
    assert "${s1.all}" == form.read("${s1.all}")


@pytest.mark.parametrize(
    ("schema", "text", "meant"),
    [
        ({"type": ["string", "integer"]}, "123456", "123456"),
        ({"anyOf": [{"type": "string"}, {"type": "boolean"}]}, "true", "true"),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "[1]", [1]),
        ({"type": ["integer", "boolean"]}, "123456", 123456),
        ({}, "123456", 123456),
    ],
)
def test_where_a_text_may_be_meant_a_number_in_letters_is_one(schema: Schema, text: str, meant: JsonValue) -> None:
    form = parameters_form({"type": "object", "properties": {"a": schema}, "required": ["a"]})

    assert {"a": meant} == form.read({"a": text})


def test_a_schema_that_turns_in_circles_ends() -> None:
    tree: Schema = {
        "type": "object",
        "properties": {"child": {"$ref": "#/$defs/node"}},
        "required": ["child"],
        "$defs": {"node": {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}},
    }

    form = parameters_form(tree)

    deep: JsonValue = {"child": {"child": {"child": {"child": '{"child": {}}'}}}}
    assert admits(form.schema, deep)
    assert {"child": {"child": {"child": {"child": {"child": {}}}}}} == form.read(deep)


def test_a_skill_without_parameters_takes_none() -> None:
    form = parameters_form({"type": "object"})

    assert admits(form.schema, {})
    assert not admits(form.schema, {"a": 1})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["steps", "skill", "params", "loop", "a"]), inner, max_size=4), max_leaves=15))  # fmt: skip
def test_whatever_a_model_answers_is_read_without_an_error(answer: JsonValue) -> None:
    skill = Skill(name="mail", parameters=MAIL)

    read = answers_for([skill], Bounds()).read(answer)

    assert isinstance(read, dict) == isinstance(answer, dict)


def test_a_plan_of_other_skills_cannot_be_written() -> None:
    answers = answers_for([Skill(name="mail", parameters=MAIL), Skill(name="ping")], Bounds(steps=1))
    validator = jsonschema_rs.Draft202012Validator(answers.schema)
    step: dict[str, Any] = {
        "step_id": "a",
        "description": "",
        "depends_on": [],
        "on_error": None,
        "retry_count": None,
        "loop": None,
    }

    assert validator.is_valid({"steps": [{**step, "skill": "ping", "params": {}}]})
    assert not validator.is_valid({"steps": [{**step, "skill": "ping", "params": {}}] * 2})
    assert not validator.is_valid({"steps": [{**step, "skill": "pong", "params": {}}]})
    assert not validator.is_valid({"steps": [{**step, "skill": "ping", "params": {"to": "x"}}]})


@pytest.mark.parametrize("text", ['{"steps": []}', 'Here it is:\n```json\n{"steps": []}\n```\n', ' {"steps": []} '])
def test_json_is_found_between_words(text: str) -> None:
    assert {"steps": []} == json_in(text)


@pytest.mark.parametrize("text", ["", "no", "{", "}{", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_in(text)
