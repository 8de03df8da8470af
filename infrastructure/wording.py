"""What a value lacks, in our own words: what pydantic says of it is written for programmers."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

_NO_WHOLE_NUMBER = "it is not a whole number"
_NO_NUMBER = "it is not a number"
_SENTENCES = {
    "int_type": _NO_WHOLE_NUMBER,
    "int_parsing": _NO_WHOLE_NUMBER,
    "int_parsing_size": _NO_WHOLE_NUMBER,
    "int_from_float": _NO_WHOLE_NUMBER,
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "string_unicode": "it holds bytes that are no characters; write it anew",
}
_BOUNDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "greater_than_equal": ("ge", lambda bound: f"it must be at least {bound}"),
    "less_than_equal": ("le", lambda bound: f"it must be at most {bound}"),
    "string_too_short": ("min_length", lambda bound: f"it must have at least {bound} characters"),
    "string_too_long": ("max_length", lambda bound: f"it must have at most {bound} characters; shorten it"),
}
"""By pydantic's names: https://docs.pydantic.dev/latest/errors/validation_errors/."""


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Where the first one is, and what: without the value, which may be a secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ".".join(map(str, first["loc"])), _sentence(first["type"], first.get("ctx", {}))


def _sentence(kind: str, context: Mapping[str, Any]) -> str:
    if kind in _BOUNDS:
        name, told = _BOUNDS[kind]
        bound = context[name]
        return told(str(int(bound)) if bound == int(bound) else str(bound))
    if kind == "value_error":  # a rule of ours or of typer's, in its own words
        return str(context["error"])
    return _SENTENCES.get(kind, "it has not the form that it must have")
