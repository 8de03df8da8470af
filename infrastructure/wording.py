"""What a value lacks, in our own words: what pydantic says of it is written for programmers."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

_NO_WHOLE_NUMBER = "it is not a whole number"
_NO_NUMBER = "it is not a number"
_NO_TRUTH = "it is neither true nor false"
_NO_OBJECT = "it is not an object"
_NO_LIST = "it is not a list"
_SENTENCES = {
    "int_type": _NO_WHOLE_NUMBER,
    "int_parsing": _NO_WHOLE_NUMBER,
    "int_parsing_size": _NO_WHOLE_NUMBER,
    "int_from_float": _NO_WHOLE_NUMBER,
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "finite_number": _NO_NUMBER,
    "bool_type": _NO_TRUTH,
    "bool_parsing": _NO_TRUTH,
    "dict_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "model_attributes_type": _NO_OBJECT,
    "list_type": _NO_LIST,
    "tuple_type": _NO_LIST,
    "string_type": "it is not text",
    "path_type": "it is not the name of a file",
    "missing": "it is missing",
    "extra_forbidden": "it is not known here; leave it out, or correct its name",
    "string_unicode": "it holds bytes that are no characters; write it anew",
}
_NAMED = {
    "literal_error": ("expected", "it must be {}"),
    "enum": ("expected", "it must be {}"),
    "string_pattern_mismatch": ("pattern", "it must fit the pattern {}"),
}
"""What must be there, as pydantic lists it."""
_BOUNDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "greater_than": ("gt", lambda bound: f"it must be more than {bound}"),
    "less_than": ("lt", lambda bound: f"it must be less than {bound}"),
    "greater_than_equal": ("ge", lambda bound: f"it must be at least {bound}"),
    "less_than_equal": ("le", lambda bound: f"it must be at most {bound}"),
    "string_too_short": ("min_length", lambda bound: f"it must have at least {bound} characters"),
    "string_too_long": ("max_length", lambda bound: f"it must have at most {bound} characters; shorten it"),
    "too_short": ("min_length", lambda bound: f"it must have at least {bound} entries"),
    "too_long": ("max_length", lambda bound: f"it must have at most {bound} entries; leave some out"),
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
    if kind in _NAMED:
        name, sentence = _NAMED[kind]
        return sentence.format(context[name])
    if kind == "value_error":  # a rule of ours or of typer's, in its own words
        return str(context["error"])
    return _SENTENCES.get(kind, "it has not the form that it must have")
