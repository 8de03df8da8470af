"""JSON Schemas of skills: which are accepted, and where a value departs from one. Nothing is ever fetched.

The dialect is JSON Schema 2020-12, or draft-07 where `$schema` says so (the two that MCP names). Formats are asserted.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import jsonschema_rs
from pydantic import JsonValue

from planfold.domain.canonical import LARGEST_INTEGER, canonical, digest
from planfold.domain.errors import InvalidManifest

Schema = dict[str, JsonValue]

MAX_SCHEMA_DEPTH = 32
MAX_SCHEMA_BYTES = 256 * 1024
"""In RFC 8785 form."""
MAX_MESSAGE_CHARACTERS = 300
KEPT_VALIDATORS = 1_024

_DIALECTS: dict[str, type[jsonschema_rs.Validator]] = {
    "json-schema.org/draft/2020-12/schema": jsonschema_rs.Draft202012Validator,
    "json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
}
_DEFAULT_DIALECT = "json-schema.org/draft/2020-12/schema"

# Where schemas stand inside a schema (2020-12 core and applicators, and their draft-07 names). What stands elsewhere,
# in `const`, `enum`, `default` or `examples`, is data: a "$ref" there is a word.
_ONE = frozenset({
    "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_LISTED = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"})
_Kind = jsonschema_rs.ValidationErrorKind
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class Violation(NamedTuple):
    """`pointer` (RFC 6901) leads to the value at fault; `missing` is the absent name if `keyword` is required."""

    pointer: str
    message: str
    keyword: str
    missing: str | None = None


class Unknown(NamedTuple):
    """Where a value stands in for one that is not known yet, by pointer: of any kind, or surely a text."""

    values: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


KNOWN = Unknown()


def check_schema(schema: Schema, where: str) -> None:
    """`schema` can be used to judge values. Raises InvalidManifest, naming `where` and the JSON Pointer, if not.

    Refused: what is not valid in its dialect, another dialect, a reference that leaves the document, nesting deeper
    than MAX_SCHEMA_DEPTH, more than MAX_SCHEMA_BYTES.
    """
    _check_form(schema, where)
    dialect = _dialect(schema)
    for pointer, part in _subschemas(schema):
        if "$schema" in part and (dialect is None or _dialect(part) != dialect):
            _refuse(
                where, f"{pointer}/$schema", f"names the dialect {_shown(part['$schema'])}",
                "use JSON Schema 2020-12, or draft-07 throughout"
            )  # fmt: skip
        for keyword in _REFERENCES:
            target = part.get(keyword)
            if isinstance(target, str) and not target.startswith("#"):
                _refuse(
                    where, f"{pointer}/{keyword}", f"refers to {_shown(target)} outside of the schema",
                    "nothing is fetched: copy the definition into $defs and refer to it as #/$defs/name",
                )  # fmt: skip
    try:
        _validator(_BySame(schema))
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        place = error.instance_path if isinstance(error, jsonschema_rs.ValidationError) else []
        message = getattr(error, "message", str(error))
        _refuse(where, _pointer(place), f"is not valid: {_bounded(message)}", "correct it there")


def violations(schema: Schema, value: JsonValue, unknown: Unknown = KNOWN) -> list[Violation]:
    """Where `value` departs from `schema`, ordered by pointer, keyword and message; empty if nowhere.

    Nothing is said that could turn out otherwise once what is `unknown` is known. `schema` has passed check_schema and
    is never changed afterwards: its validator is kept by identity.
    """
    validator = _validator(_BySame(schema))
    if validator.is_valid(value):
        return []
    found = {_violation(error) for error in validator.iter_errors(value) if not _is_open(error, unknown)}
    return sorted(found, key=lambda one: (one.pointer, one.keyword, one.message))


def escaped(name: str | int) -> str:
    """`name` as one reference token of a JSON Pointer (RFC 6901, section 3)."""
    text = str(name)
    return text.replace("~", "~0").replace("/", "~1") if "~" in text or "/" in text else text


def unescaped(token: str) -> str:
    """The name that one reference token of a JSON Pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    kind, message, missing = error.kind, error.message, None
    if isinstance(kind, _Kind.Required):
        missing = kind.property
    elif isinstance(kind, _Kind.AnyOf | _Kind.OneOfNotValid):
        nearest = min(kind.context, key=len, default=[])
        named = "; ".join(f"{_pointer(inner.instance_path)} {inner.message}".lstrip() for inner in nearest)
        message = f"fits none of the {len(kind.context)} forms of {kind.name}; the nearest: {named}"
    return Violation(_pointer(error.instance_path), _bounded(message), kind.name, missing)


# Keywords that judge a value by what stands below it.
_BY_PARTS = frozenset({
    "const", "contains", "enum", "not", "oneOf", "unevaluatedItems", "unevaluatedProperties", "uniqueItems",
})  # fmt: skip


def _is_open(error: jsonschema_rs.ValidationError, unknown: Unknown) -> bool:
    """Whether this may be no error once what is unknown is known."""
    if unknown is KNOWN:
        return False
    kind, pointer = error.kind, _pointer(error.instance_path)
    if isinstance(kind, _Kind.FalseSchema):
        return False
    if isinstance(kind, _Kind.AnyOf | _Kind.OneOfNotValid):
        return any(all(_is_open(inner, unknown) for inner in branch) for branch in kind.context)
    if pointer in unknown.values:
        return True
    if pointer in unknown.texts:
        return kind.name != "type"
    if kind.name in _BY_PARTS:
        return any(place.startswith(f"{pointer}/") for places in unknown for place in places)
    return not {"then", "else"}.isdisjoint(error.evaluation_path)


def _check_form(schema: Schema, where: str) -> None:
    """JSON that can be named by a digest, of bounded depth and size; walked without recursion."""
    waiting: list[tuple[str, object, int]] = [("", schema, 1)]
    while waiting:
        pointer, value, depth = waiting.pop()
        if depth > MAX_SCHEMA_DEPTH:
            _refuse(where, pointer, f"is nested deeper than {MAX_SCHEMA_DEPTH} levels", "flatten it with $defs")
        if isinstance(value, dict):
            waiting += [(f"{pointer}/{escaped(name)}", item, depth + 1) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{index}", item, depth + 1) for index, item in enumerate(value)]
        elif (isinstance(value, float) and not math.isfinite(value)) or (
            isinstance(value, int) and abs(value) > LARGEST_INTEGER
        ):
            _refuse(where, pointer, f"is {_shown(value)}", "use a finite number below 2^53 (RFC 7493)")
    try:
        size = len(canonical(schema))
    except ValueError as error:
        _refuse(where, "", f"has no RFC 8785 form: {_bounded(str(error))}", "use plain JSON")
    if size > MAX_SCHEMA_BYTES:
        _refuse(where, "", f"is {size} bytes long, of at most {MAX_SCHEMA_BYTES}", "shorten it")


def _subschemas(schema: Schema) -> Iterator[tuple[str, Schema]]:
    waiting: list[tuple[str, object]] = [("", schema)]
    while waiting:
        pointer, part = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield pointer, part
        for keyword, value in part.items():
            place = f"{pointer}/{escaped(keyword)}"
            if keyword in _ONE and isinstance(value, dict):
                waiting.append((place, value))
            elif keyword in _LISTED and isinstance(value, list):
                waiting += [(f"{place}/{index}", item) for index, item in enumerate(value)]
            elif keyword in _NAMED and isinstance(value, dict):
                waiting += [(f"{place}/{escaped(name)}", item) for name, item in value.items()]


def _dialect(schema: Schema) -> str | None:
    """The dialect that `schema` names, the default if it names none; None if it is not one of ours."""
    named = schema.get("$schema", f"https://{_DEFAULT_DIALECT}")
    if not isinstance(named, str):
        return None
    bare = named.removeprefix("https://").removeprefix("http://").removesuffix("#")
    return bare if bare in _DIALECTS else None


@dataclass(frozen=True, slots=True, eq=False)
class _BySame:
    """A schema looked up by identity: hashing its content would cost more than the validation itself."""

    schema: Schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BySame) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@dataclass(frozen=True, slots=True)
class _ByDigest:
    digest: str
    schema: Schema = field(compare=False)


@lru_cache(maxsize=KEPT_VALIDATORS)
def _validator(same: _BySame) -> jsonschema_rs.Validator:
    """The cache holds the schema, so its identity is not given to another one."""
    return _compiled(_ByDigest(digest(canonical(same.schema)), same.schema))


@lru_cache(maxsize=KEPT_VALIDATORS)
def _compiled(document: _ByDigest) -> jsonschema_rs.Validator:
    dialect = _DIALECTS[_dialect(document.schema) or _DEFAULT_DIALECT]
    return dialect(document.schema, validate_formats=True, retriever=_fetch_nothing)


def _fetch_nothing(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not fetched")


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{escaped(name)}" for name in path)


def _shown(value: Any) -> str:
    return _bounded(repr(value), 100)


def _bounded(text: str, limit: int = MAX_MESSAGE_CHARACTERS) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _refuse(where: str, pointer: str, fault: str, remedy: str) -> NoReturn:
    raise InvalidManifest(f"the schema {where} {f'at {pointer} ' if pointer else ''}{fault}; {remedy}")
