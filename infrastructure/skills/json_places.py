"""What a JSON text must not hold, though Python reads it: a name twice in one object, NaN, Infinity; and on which line."""

import re
from typing import Any, NoReturn

_TOKENS = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*+)"(?P<named>\s*+:)?|(?P<constant>-?Infinity|NaN)|[{}]', re.DOTALL)


class UnreadableError(Exception):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class RepeatedNameError(UnreadableError):
    pass


class ConstantError(UnreadableError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RepeatedNameError(twice)
    return table


def _no_constant(name: str) -> NoReturn:
    raise ConstantError(name)


STRICT: dict[str, Any] = {"object_pairs_hook": _unique, "parse_constant": _no_constant}
"""For `json.loads`, which then raises one of these errors."""


def line_of_repeated_name(text: str, name: str) -> int:
    """The line of the second `name` of one object, 1 for the first; 0 if it is not found, as in another spelling."""
    counts: list[int] = []
    for token in _TOKENS.finditer(text):
        if token[0] == "{":
            counts.append(0)
        elif token[0] == "}" and counts:
            counts.pop()
        elif token["named"] and token["text"] == name and counts:
            counts[-1] += 1
            if counts[-1] > 1:
                return _line(text, token.start())
    return 0


def line_of_constant(text: str) -> int:
    found = (token.start() for token in _TOKENS.finditer(text) if token["constant"])
    return _line(text, next(found, 0))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
