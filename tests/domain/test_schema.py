"""Which schemas are accepted, and what is said of a value that departs from one."""

import pytest
from pydantic import JsonValue

from planfold.domain.errors import InvalidManifest
from planfold.domain.schema import (
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_DEPTH,
    Schema,
    Unknown,
    Violation,
    check_schema,
    violations,
)

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"


def _nested(depth: int) -> Schema:
    schema: Schema = {}
    for _ in range(depth - 1):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"$schema": DRAFT_2020, "prefixItems": [{"type": "integer"}]},
        {"$schema": DRAFT_2020 + "#"},
        {"$schema": DRAFT_7, "definitions": {"a": {}}, "items": [{"$ref": "#/definitions/a"}]},
        {"$schema": DRAFT_7.removesuffix("#")},
        {"$defs": {"a": {"$schema": DRAFT_2020, "type": "string"}}, "$ref": "#/$defs/a"},
        {"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"},
        {"$dynamicAnchor": "node", "properties": {"next": {"$dynamicRef": "#node"}}},
        {"properties": {"$ref": {"type": "string"}, "$schema": {"type": "string"}}},
        {"const": {"$ref": "https://example.com/x"}},
        {"enum": [{"$ref": "https://example.com/x"}], "default": {"$schema": "x"}, "examples": [{"$ref": "y"}]},
        {"dependencies": {"a": ["b"]}, "$schema": DRAFT_7},
        {"pattern": "^(?=a)\\p{L}"},
        {"format": "an-unknown-format"},
        _nested(MAX_SCHEMA_DEPTH),
    ],
)
def test_a_sound_schema_is_accepted(schema: Schema) -> None:
    check_schema(schema, "x.parameters")


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "nope"}, "/type"),
        ({"properties": {"a": 5}}, "/properties/a"),
        ({"properties": {"a/b": {"minLength": -1}}}, "/properties/a~1b/minLength"),
        ({"pattern": "("}, "/pattern"),
        ({"$ref": "https://example.com/schema.json"}, "/$ref"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "/properties/a/$ref"),
        ({"anyOf": [{}, {"$dynamicRef": "https://example.com/x#node"}]}, "/anyOf/1/$dynamicRef"),
        ({"$defs": {"a": {"items": {"$ref": "urn:x"}}}}, "/$defs/a/items/$ref"),
        ({"$schema": DRAFT_7, "items": [{"$ref": "x.json"}]}, "/items/0/$ref"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "/$schema"),
        ({"$schema": "https://json-schema.org/draft/2019-09/schema"}, "/$schema"),
        ({"$schema": "https://example.com/my-dialect"}, "/$schema"),
        ({"$schema": 7}, "/$schema"),
        ({"$defs": {"a": {"$schema": DRAFT_7}}}, "/$defs/a/$schema"),
        (_nested(MAX_SCHEMA_DEPTH + 1), "/not" * MAX_SCHEMA_DEPTH),
        ({"minimum": 2**53}, "/minimum"),
        ({"maximum": float("inf")}, "/maximum"),
        ({"enum": [1, float("nan")]}, "/enum/1"),
    ],
)
def test_an_unsound_schema_is_refused_where_it_is_unsound(schema: Schema, pointer: str) -> None:
    with pytest.raises(InvalidManifest) as refused:
        check_schema(schema, "fetch.parameters")

    assert str(refused.value).startswith(f"the schema fetch.parameters at {pointer} ")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/missing"},
        {"$dynamicRef": "#missing"},
        {"description": "x" * MAX_SCHEMA_BYTES},
        {"description": "\ud800"},
        {
            "properties": {
                "a": {"anything": {"$ref": "https://example.com/x"}},
                "b": {"$ref": "#/properties/a/anything"},
            }
        },
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_as_a_whole(schema: Schema) -> None:
    with pytest.raises(InvalidManifest, match=r"the schema fetch\.result "):
        check_schema(schema, "fetch.result")


def test_a_schema_of_the_largest_size_is_accepted() -> None:
    frame = len('{"description":""}')

    check_schema({"description": "x" * (MAX_SCHEMA_BYTES - frame)}, "x.parameters")


def test_a_long_fault_is_told_in_a_short_sentence() -> None:
    with pytest.raises(InvalidManifest) as refused:
        check_schema({"$ref": "x" * 10_000}, "x.parameters")

    assert len(str(refused.value)) < 400


PERSON: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "mail": {"type": "string", "format": "email"},
        "age": {"type": "integer"},
        "home": {"type": "object", "required": ["city", "zip"]},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def test_a_fitting_value_has_no_violations() -> None:
    assert [] == violations(
        PERSON, {"name": "Ana", "mail": "ana@example.com", "age": 7, "home": {"city": "x", "zip": 1}}
    )


def test_each_departure_is_told_with_its_pointer_and_keyword() -> None:
    found = violations(PERSON, {"mail": "no", "age": "7", "home": {}, "x": 1})

    assert [
        ("", "additionalProperties", None),
        ("", "required", "name"),
        ("/age", "type", None),
        ("/home", "required", "city"),
        ("/home", "required", "zip"),
        ("/mail", "format", None),
    ] == [(one.pointer, one.keyword, one.missing) for one in found]


def test_the_order_of_names_in_a_schema_does_not_matter() -> None:
    turned: Schema = dict(reversed(PERSON.items()))
    value: JsonValue = {"mail": "no", "age": "7", "home": {}, "x": 1}

    assert violations(PERSON, value) == violations(turned, value)


def test_equal_schemas_judge_alike_whichever_was_seen_first() -> None:
    first: Schema = {"type": "integer"}
    second: Schema = {"type": "integer"}

    assert violations(first, "x") == violations(second, "x") == violations(first, "x")


def test_draft_7_judges_by_its_own_rules() -> None:
    schema: Schema = {"$schema": DRAFT_7, "items": [{"type": "integer"}]}

    assert ["/0"] == [one.pointer for one in violations(schema, ["x"])]


def test_a_long_message_is_cut() -> None:
    (found,) = violations({"type": "integer"}, "x" * 10_000)

    assert len(found.message) == 300


def test_a_choice_names_the_nearest_form() -> None:
    schema: Schema = {"anyOf": [{"required": ["a", "b"]}, {"required": ["c"]}]}

    assert [
        Violation("", 'fits none of the 2 forms of anyOf; the nearest: "c" is a required property', "anyOf")
    ] == violations(schema, {})


UNKNOWN_AT_A = Unknown(values=frozenset({"/a"}))
TEXT_AT_A = Unknown(texts=frozenset({"/a"}))


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": "integer"}}},
        {"properties": {"a": {"type": "object", "required": ["x"]}}},
        {"properties": {"a": {"enum": [1, 2]}}},
        {"properties": {"a": {"const": 1}}},
        {"properties": {"a": {"format": "email"}}},
        {"properties": {"a": {"minLength": 100}}},
        {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}},
        {"oneOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["b"]}]},
        {"properties": {"a": {"not": {"type": "string"}}}},
        {"const": {"a": 5}},
        {"enum": [{"a": 5}, {"a": 6}]},
        {"not": {"properties": {"a": {"type": "string"}}}},
        {"properties": {"a": {"type": "integer"}}, "unevaluatedProperties": False},
        {"if": {"properties": {"a": {"const": 1}}}, "else": {"required": ["b"]}},
        {"if": {"properties": {"a": {"type": "string"}}}, "then": {"required": ["b"]}},
    ],
)
def test_nothing_is_said_of_what_is_not_known_yet(schema: Schema) -> None:
    assert [] == violations(schema, {"a": "${s}"}, UNKNOWN_AT_A)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"required": ["b"]}, ""),
        ({"properties": {"b": {}}, "additionalProperties": False}, ""),
        ({"properties": {"a": False}}, "/a"),
        ({"maxProperties": 0}, ""),
        ({"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}, ""),
    ],
)
def test_what_is_wrong_in_any_case_is_said(schema: Schema, pointer: str) -> None:
    assert [pointer] == [one.pointer for one in violations(schema, {"a": "${s}"}, UNKNOWN_AT_A)]


def test_a_text_that_holds_a_reference_is_still_a_text() -> None:
    schema: Schema = {"properties": {"a": {"type": "integer", "minimum": 3}}}

    assert ["type"] == [one.keyword for one in violations(schema, {"a": "x ${s}"}, TEXT_AT_A)]


def test_the_form_of_a_text_that_holds_a_reference_is_not_known() -> None:
    schema: Schema = {"properties": {"a": {"type": "string", "format": "email", "maxLength": 3}}}

    assert [] == violations(schema, {"a": "x ${s}"}, TEXT_AT_A)


def test_an_item_of_a_list_may_be_unknown() -> None:
    schema: Schema = {"contains": {"type": "integer"}, "uniqueItems": True}
    unknown = Unknown(values=frozenset({"/0", "/1"}))

    assert [] == violations(schema, ["${s}", "${s}"], unknown)
