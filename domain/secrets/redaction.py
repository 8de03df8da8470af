"""Secrets found and replaced, in a text and in JSON."""

import re

from pydantic import JsonValue

from planfold.domain.secrets.contexts import Found, by_context
from planfold.domain.secrets.markers import REDACTED, REDACTED_NAME, is_redacted
from planfold.domain.secrets.names import heir, is_scheme, kind_under, meaning, pair_name
from planfold.domain.secrets.numbers import secret_numbers
from planfold.domain.secrets.placeholders import is_placeholder
from planfold.domain.secrets.shapes import SHAPES

_UNBROKEN = re.compile(r"[A-Za-z0-9_/+=-]{15}|PRIVATE KEY")
"""What every shape holds; looked for first, since most texts have none."""
_SHORTEST_SHAPE = 15
_SMALLEST_PIN, _BEYOND_PINS = 1_000, 100_000_000
_PAIR = 2
_SHORTEST = 6
"""Of the secrets that can be told without a name, as in `pwd=ab`."""


def redact_text(text: str) -> str:
    """`text` with each secret replaced by `[redacted:kind]`; a URL keeps its shape."""
    while found := _secrets(text):
        pieces, position = [], 0
        for start, end, kind in found:
            pieces += [text[position:start], f"[redacted:{kind}]"]
            position = end
        text = "".join(pieces) + text[position:]
    return text


def redact(value: JsonValue) -> JsonValue:
    """`value` with each string that holds a secret replaced by `{"$redacted": kind}`.

    A literal under a name like `password` or `api_key` counts as one. The nesting is that of a recordable value.
    """
    return _redact(value, "")


def secret_kind(value: JsonValue) -> str | None:
    """The kind of secret that stands, or stood before it was redacted, in this text or object; None if none does."""
    if isinstance(value, dict):
        return str(value[REDACTED_NAME]) if is_redacted(value) else None
    if not isinstance(value, str):
        return None
    if "[redacted:" in value and (marked := REDACTED.search(value)):
        return marked[1]
    found = _secrets(value)
    return found[0].kind if found else None


def _redact(value: JsonValue, name: str) -> JsonValue:
    match value:
        case dict():
            return value if is_redacted(value) else _redact_object(value, name)
        case list():
            return _redact_list(value, name)
        case str():
            found = _secrets(value)
            kind = found[0].kind if found else kind_under(name, value)
            return value if kind is None else {REDACTED_NAME: kind}
        case bool() | None:
            return value
        case _:
            return _redact_number(value, name)


def _redact_number(value: float, name: str) -> JsonValue:
    what = meaning(name)
    if what not in ("password", "pin") or value < _SMALLEST_PIN or not (isinstance(value, int) or value.is_integer()):
        return value
    return {REDACTED_NAME: what} if what == "password" or value < _BEYOND_PINS else value


def _redact_object(value: dict[str, JsonValue], holder: str) -> dict[str, JsonValue]:
    """Names hold secrets too; two that become the same stay two."""
    result: dict[str, JsonValue] = {}
    holder = pair_name(value) or holder
    for name, item in value.items():
        is_word = len(name) < _SHORTEST_SHAPE and name.isidentifier()
        shown = unique = name if is_word else redact_text(name)
        while unique in result:
            unique += "'"
        result[unique] = _redact(item, heir(shown, holder))
    return result


def _redact_list(value: list[JsonValue], name: str) -> list[JsonValue]:
    """An item may name the one after it: a header before its value, an option before its argument."""
    is_pair = len(value) == _PAIR and all(isinstance(item, str) for item in value)
    if is_pair and meaning(name) == "login":
        user, password = value
        known = isinstance(password, str) and not is_placeholder(password) and not is_scheme(password)
        return [_redact(user, name), {REDACTED_NAME: "password"} if known else password]
    result: list[JsonValue] = []
    before = name
    for item in value:
        result.append(_redact(item, before))
        names_next = isinstance(item, str) and (is_pair or item.startswith("-")) and meaning(item) is not None
        before = item if names_next and isinstance(item, str) else name
    return result


def _secrets(text: str) -> list[Found]:
    """Where the secrets of `text` stand, in order, none overlapping another."""
    if len(text) < _SHORTEST:
        return []
    found: list[Found] = []
    if _UNBROKEN.search(text):
        found = [
            Found(*match.span(match.re.groups), kind)
            for kind, anchor, pattern in SHAPES
            if anchor in text
            for match in pattern.finditer(text)
        ]
    found += [Found(*one) for one in secret_numbers(text)]
    found += by_context(text)
    found.sort(key=lambda one: (one.start, -one.end))
    apart: list[Found] = []
    for one in found:
        if apart and one.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, one.end))
        else:
            apart.append(one)
    return apart
