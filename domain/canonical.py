"""Canonical JSON (RFC 8785) and what I-JSON (RFC 7493) or PostgreSQL cannot hold."""

import hashlib
import json
import math
from contextlib import suppress
from typing import Any

import rfc8785
from pydantic import JsonValue

LARGEST_INTEGER = 2**53 - 1
"""The largest that JSON between systems carries (RFC 7493, 2.2)."""
UNREPRESENTABLE_NAME = "$unrepresentable"
MAX_DEPTH = 64
"""Deeper nesting than this is no plan, and would exhaust the stack of whoever walks it."""


def canonical(value: Any) -> bytes:
    """The one way to write `value`: equal values, equal bytes."""
    if _is_plain(value):
        with suppress(UnicodeEncodeError):  # half of a surrogate pair, which is refused below
            return _PLAIN.encode(value).encode()
    return rfc8785.dumps(value)


_PLAIN = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":"))
"""Writes what is plain as RFC 8785 does, in a tenth of the time."""


def _is_plain(value: Any) -> bool:
    """Whether there is one way to write it: no fractions, no integers beyond I-JSON, names that any order sorts alike."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return abs(int(value)) <= LARGEST_INTEGER
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(item) for name, item in value.items())
    return kind in {list, tuple} and all(map(_is_plain, value))


def digest(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def is_text(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold it: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def recordable(value: object, depth: int = 0) -> JsonValue:
    """`value` with everything that cannot be stored replaced by `{"$unrepresentable": text}`.

    Those are NaN and infinities, integers from 2^53 (and what canonical JSON writes as one), lone surrogates, NUL,
    nesting beyond MAX_DEPTH, and whatever is not JSON. An object with an unrepresentable name is replaced as a whole.
    """
    if depth > MAX_DEPTH:
        return _unrepresentable(f"nesting deeper than {MAX_DEPTH}")
    match value:
        case None | bool():
            return value
        case str():
            return value if is_text(value) else _unrepresentable(value)
        case int():
            return int(value) if abs(value) <= LARGEST_INTEGER else _unrepresentable(f"{value:#x}"[:400])
        case float():
            return value if math.isfinite(value) and not _reads_back_as_large(value) else _unrepresentable(str(value))
        case list() | tuple():
            return [recordable(item, depth + 1) for item in value]
        case dict():
            if not all(isinstance(name, str) and is_text(name) for name in value):
                return _unrepresentable(str(list(value))[:400])
            return {name: recordable(item, depth + 1) for name, item in value.items()}
        case _:
            return _unrepresentable(str(value)[:400])


def _reads_back_as_large(value: float) -> bool:
    """Whether RFC 8785 writes it as an integer that I-JSON cannot hold: 1e20 becomes 100000000000000000000."""
    return LARGEST_INTEGER < abs(value) < 1e21  # noqa: PLR2004 - where ECMAScript changes to exponents


def _unrepresentable(text: str) -> JsonValue:
    shown = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return {UNREPRESENTABLE_NAME: shown}
