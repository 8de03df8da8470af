"""JSON as PostgreSQL gives it out, read as it was recorded."""

import json
from typing import Any

from planfold.domain.canonical import LARGEST_INTEGER

_SURELY_WITHIN = len(str(LARGEST_INTEGER)) - 1
"""Digits of numbers that need no comparison."""


def read(text: str) -> Any:
    """Raises RecursionError: it is nested deeper than anything that was ever recorded."""
    return json.loads(text, parse_int=_number)


def _number(digits: str) -> int | float:
    """PostgreSQL writes 1e23 out. No integer beyond what I-JSON carries is ever recorded, so it was no integer."""
    if len(digits) <= _SURELY_WITHIN:
        return int(digits)
    number = float(digits)
    return number if abs(number) > LARGEST_INTEGER else int(digits)
