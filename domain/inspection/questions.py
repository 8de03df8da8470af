"""The question that asks a person for a parameter which a plan leaves open."""

from collections.abc import Mapping

from pydantic import JsonValue

_NOT_A_NOUN = frozenset({
    "add", "allow", "choose", "control", "determine", "enable", "enter", "filter", "for", "give", "how", "if", "in",
    "include", "indicate", "must", "only", "optional", "provide", "required", "select", "set", "should", "specify",
    "true", "use", "used", "what", "when", "where", "whether", "which", "who", "whom", "whose", "why", "write",
})  # fmt: skip
_HAS_ARTICLE = frozenset({
    "a", "all", "an", "any", "each", "every", "her", "his", "its", "my", "one", "our", "that", "the", "their", "this",
    "those", "your",
})  # fmt: skip
_LONGEST = 160
_OPTIONS_AT_MOST = 6


def question(name: str, schema: Mapping[str, JsonValue], skill: str) -> str:
    """As in "What is the recipient's e-mail address (to) for send_email?", from the description or title of `schema`."""
    said = _phrase(schema.get("description")) or _phrase(schema.get("title"))
    first = said.split(" ", 1)[0].lower() if said else ""
    if not said or said.lower() == name.lower():
        asked = f"What is {name} for {skill}"
    elif first in _NOT_A_NOUN:
        asked = f"What is {name} for {skill} ({said})"
    else:
        article = "" if first in _HAS_ARTICLE or "'s" in first or "\u2019s" in first else "the "
        asked = f"What is {article}{_lowered(said)} ({name}) for {skill}"
    return f"{asked}{_options(schema)}?"


def _phrase(text: JsonValue) -> str:
    """The first sentence in one line, without its full stop."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text.split())
    for end in (". ", "; ", " (", "? ", "! "):
        line = line.split(end, 1)[0]
    line = line.rstrip(" .:;?!")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _lowered(phrase: str) -> str:
    """`phrase` as it stands inside a sentence: an abbreviation at its beginning keeps its capitals."""
    first = phrase.split(" ", 1)[0]
    return phrase if first[1:] != first[1:].lower() else f"{phrase[:1].lower()}{phrase[1:]}"


def _options(schema: Mapping[str, JsonValue]) -> str:
    options = schema.get("enum")
    if not isinstance(options, list) or not 0 < len(options) <= _OPTIONS_AT_MOST:
        return ""
    return f": {', '.join(str(option)[:40] for option in options)}"
