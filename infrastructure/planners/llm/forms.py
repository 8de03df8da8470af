"""JSON Schemas as models are held to them, and the way back from what they wrote to what a plan says.

Strict structured output takes a subset (OpenAI's guide to structured outputs, which others follow): objects are closed,
and all of their members required. So what may be left out may be null, and what the subset cannot say is asked for as
JSON text. Wherever a plan may have a reference to an earlier result, the form has room for one. What a form no longer
says of a schema, the inspector judges.
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from planfold.domain.inspection.subschemas import followed
from planfold.domain.schema import Schema

REFERENCE: Schema = {
    "type": "string",
    "pattern": r"^\$\{[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\}$",
    "description": "The result of an earlier step, as ${step_id} or ${step_id.path.to.field}.",
}
TEXT_WITH_REFERENCE: Schema = {
    "type": "string",
    "pattern": r"^.*\$\{[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\}.*$",
    "description": "A text in which results of earlier steps are put in, as ${step_id.path.to.field}.",
}
DEFINITIONS: dict[str, JsonValue] = {"reference": REFERENCE, "text_with_reference": TEXT_WITH_REFERENCE}
"""What every schema made here refers to, under `$defs`."""

DEEPEST = 3
"""Levels of objects and lists below the parameters; OpenAI allows ten in all, of which a step takes four."""
LONGEST_NOTE = 300
"""Characters of a description; a skill's own says the most, and stands in the prompt."""
_LONGEST_SHOWN = 1_000

_A_REFERENCE: Schema = {"$ref": "#/$defs/reference"}
_A_TEXT: Schema = {"$ref": "#/$defs/text_with_reference"}
_OF_STRINGS = ("minLength", "maxLength", "pattern", "format")
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_OF_LISTS = ("minItems", "maxItems")

Reader = Callable[[JsonValue], JsonValue]


class Form(NamedTuple):
    """What the model is held to, and how its value is read."""

    schema: Schema
    read: Reader = lambda value: value


def form_of(schema: JsonValue, root: Schema, depth: int = 0) -> Form:
    """The form of what `schema` asks for, which stands somewhere in `root`."""
    if not isinstance(schema, dict):
        return _as_json_text(schema)
    found = followed(schema, root)
    note = _noted(found)
    choices = found.get("enum", [found["const"]] if "const" in found else None)
    if isinstance(choices, list):
        return _one_of(choices, note) or _as_json_text(found)
    match found.get("type"):
        case "string":
            return _text(found, note)
        case "integer" | "number" as kind:
            return Form(_or_reference({"type": kind, **_kept(found, _OF_NUMBERS)}, note))
        case "boolean" | "null" as kind:
            return Form(_or_reference({"type": kind}, note))
        case "array" if depth < DEEPEST and isinstance(found.get("items"), dict) and "prefixItems" not in found:
            items = form_of(found["items"], root, depth + 1)
            listed: Schema = {"type": "array", "items": items.schema, **_kept(found, _OF_LISTS)}
            return Form(_or_reference(listed, note), _list_reader(items.read))
        case "object" if depth < DEEPEST and _is_closed(found):
            inner = object_form(found, root, depth + 1)
            return Form(_or_reference(inner.schema, note), inner.read)
        case _:
            return _nullable(found, root, depth) or _as_json_text(found)


def object_form(schema: Mapping[str, JsonValue], root: Schema, depth: int = 0) -> Form:
    """The form of an object's listed members, all required; those that may be left out may be null."""
    properties, listed = schema.get("properties"), schema.get("required")
    required = listed if isinstance(listed, list) else []
    forms: dict[str, Form] = {}
    absent = set()
    for name, below in properties.items() if isinstance(properties, dict) else ():
        inner = form_of(below, root, depth)
        if name not in required:
            if not _allows_null(below):
                absent.add(name)
            inner = Form(_or_null(inner.schema), inner.read)
        forms[name] = inner
    shape = closed({name: inner.schema for name, inner in forms.items()})
    return Form(shape, _object_reader({name: inner.read for name, inner in forms.items()}, frozenset(absent)))


def closed(members: Mapping[str, Schema]) -> Schema:
    """An object with all of these members and no others."""
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": False,
    }


def parameters_form(parameters: Schema) -> Form:
    """The form of a skill's parameters; JSON text if they are open or composed."""
    found = followed(parameters, parameters)
    properties = found.get("properties")
    if _is_closed(found) or (not properties and found.keys() <= {"type", "properties", "required", "$schema"}):
        return object_form(found, parameters)
    return _as_json_text(found)


def parsed_beside_texts(value: JsonValue) -> JsonValue:
    """The same where a text may be meant as one: then "123456" and "true" stay what they are."""
    found = parsed(value)
    return value if isinstance(found, int | float) else found


def parsed(value: JsonValue) -> JsonValue:
    """The value that a JSON text stands for; any other text, as a reference, is itself."""
    if not isinstance(value, str):
        return value
    try:
        found: JsonValue = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found


def _as_json_text(schema: JsonValue | Mapping[str, JsonValue]) -> Form:
    shown = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    asked = "JSON text of any value" if schema in ({}, True) else f"JSON text of a value that fits {shown}"
    read = parsed_beside_texts if _allows_texts(schema) else parsed
    return Form({"type": "string", "description": asked[:_LONGEST_SHOWN]}, read)


def _one_of(choices: list[JsonValue], note: Schema) -> Form | None:
    """None if one of them is a list or an object, which strict output does not take."""
    if not choices or any(isinstance(choice, list | dict) for choice in choices):
        return None
    kinds = {type(choice) for choice in choices}
    typed: Schema = {"type": "string"} if kinds == {str} else {}
    return Form(_or_reference({**typed, "enum": choices}, note))


def _text(schema: Mapping[str, JsonValue], note: Schema) -> Form:
    """A text without limits holds references as it is."""
    limits = _kept(schema, _OF_STRINGS)
    if not limits:
        return Form({"type": "string", **note})
    return Form({"anyOf": [{"type": "string", **limits}, _A_TEXT], **note})


def _nullable(schema: Mapping[str, JsonValue], root: Schema, depth: int) -> Form | None:
    """The form of "this or null", however it is written; None if there is more to choose from."""
    kinds, members = schema.get("type"), schema.get("anyOf", schema.get("oneOf"))
    if isinstance(kinds, list):
        others: list[JsonValue] = [{**schema, "type": kind} for kind in kinds if kind != "null"]
        has_null = "null" in kinds
    elif isinstance(members, list) and "type" not in schema:
        others = [member for member in members if not _is_null(member)]
        has_null = len(others) < len(members)
    else:
        return None
    if len(others) != 1:
        return None
    inner = form_of(others[0], root, depth)
    return Form(_or_null(inner.schema), inner.read) if has_null else inner


def _is_null(schema: JsonValue) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _allows_texts(schema: JsonValue | Mapping[str, JsonValue]) -> bool:
    """Whether it names them among what it allows."""
    if not isinstance(schema, Mapping):
        return False
    kinds, choices, members = schema.get("type"), schema.get("enum"), schema.get("anyOf", schema.get("oneOf"))
    return (
        kinds == "string"
        or (isinstance(kinds, list) and "string" in kinds)
        or (isinstance(choices, list) and any(isinstance(choice, str) for choice in choices))
        or (isinstance(members, list) and any(_allows_texts(member) for member in members))
    )


def _allows_null(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return True
    kinds, choices, members = schema.get("type"), schema.get("enum"), schema.get("anyOf", schema.get("oneOf"))
    return (
        kinds == "null"
        or (isinstance(kinds, list) and "null" in kinds)
        or (isinstance(choices, list) and None in choices)
        or (isinstance(members, list) and any(_is_null(member) for member in members))
    )


def _is_closed(schema: Mapping[str, JsonValue]) -> bool:
    """Whether its listed members are all it is asked for; an object that says nothing of others counts."""
    listed = isinstance(schema.get("properties"), dict) and bool(schema["properties"])
    return listed and not schema.get("additionalProperties") and "patternProperties" not in schema


def _or_reference(schema: Schema, note: Schema) -> Schema:
    return {"anyOf": [schema, _A_REFERENCE], **note}


def _or_null(schema: Schema) -> Schema:
    members = schema.get("anyOf")
    if isinstance(members, list):
        return {**schema, "anyOf": [*members, {"type": "null"}]}
    note = {name: value for name, value in schema.items() if name == "description"}
    bare = {name: value for name, value in schema.items() if name != "description"}
    return {"anyOf": [bare, {"type": "null"}], **note}


def _noted(schema: Mapping[str, JsonValue]) -> Schema:
    """What it is for: people who write schemas say it in one of two places."""
    said = schema.get("description") or schema.get("title")
    return {"description": said[:LONGEST_NOTE]} if isinstance(said, str) else {}


def _kept(schema: Mapping[str, JsonValue], keywords: tuple[str, ...]) -> Schema:
    return {name: schema[name] for name in keywords if name in schema}


def _list_reader(read: Reader) -> Reader:
    def reader(value: JsonValue) -> JsonValue:
        return [read(item) for item in value] if isinstance(value, list) else value

    return reader


def _object_reader(readers: Mapping[str, Reader], absent: frozenset[str]) -> Reader:
    """`absent` are the names whose null means that nothing was given."""

    def reader(value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            return value
        return {
            name: readers[name](item) if name in readers else item
            for name, item in value.items()
            if item is not None or name not in absent
        }

    return reader
