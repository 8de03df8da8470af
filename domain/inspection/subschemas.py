"""The part of a JSON Schema that speaks of one place, as far as that can be told without a value."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from planfold.domain.schema import Schema, unescaped

_NOTHING: Schema = {}
_HOPS = 16
"""A chain of references longer than this is taken to say nothing."""
_OPENS = frozenset({"allOf", "anyOf", "dependentSchemas", "else", "if", "oneOf", "patternProperties", "then"})


def followed(schema: Mapping[str, JsonValue], root: Schema) -> Mapping[str, JsonValue]:
    """`schema`, or the definition that its local `$ref` leads to; empty if that is an anchor or leads in circles."""
    for _ in range(_HOPS):
        target = schema.get("$ref")
        if not isinstance(target, str):
            return schema
        schema = _at(root, target)
    return _NOTHING


def is_closed(schema: Mapping[str, JsonValue]) -> bool:
    """Whether an object may have no other members than those that `properties` lists."""
    return schema.get("additionalProperties") is False and _OPENS.isdisjoint(schema)


def subschema(root: Schema, names: Sequence[str]) -> Mapping[str, JsonValue]:
    """What `root` says of the value at these names (an index for a list); empty where it says nothing plain."""
    here: Mapping[str, JsonValue] = followed(root, root)
    for name in names:
        properties, items = here.get("properties"), here.get("items")
        below = properties.get(name) if isinstance(properties, dict) else None
        if below is None and name.isdigit():
            below = items
        if not isinstance(below, dict):
            return _NOTHING
        here = followed(below, root)
    return here


def _at(root: Schema, reference: str) -> Schema:
    here: JsonValue = root
    if reference != "#":
        if not reference.startswith("#/"):
            return _NOTHING
        for name in reference[2:].split("/"):
            here = here.get(unescaped(name)) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else _NOTHING
