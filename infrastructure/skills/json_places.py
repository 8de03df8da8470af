"""On which line of a JSON text stands what JSON allows no place for: a name twice in one object, NaN, Infinity."""

import re

_TOKENS = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*+)"(?P<named>\s*+:)?|(?P<constant>-?Infinity|NaN)|[{}]', re.DOTALL)


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
