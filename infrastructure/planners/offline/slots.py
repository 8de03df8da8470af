"""What the parameters of a skill ask for, read from their names, types, formats and descriptions."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from pydantic import JsonValue

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.values import Kind
from planfold.infrastructure.planners.offline.words import listed, words

Sort = Literal[
    "url", "email", "path", "source", "channel", "phone", "moment", "day", "language", "currency", "place", "person",
    "formula", "number", "flag", "choice", "content", "topic", "title", "other",
]  # fmt: skip

LITERALS: Mapping[Sort, tuple[Kind, ...]] = {
    "url": ("url",), "email": ("email",), "path": ("path",), "source": ("url", "path"), "channel": ("channel",),
    "phone": ("phone",), "language": ("language",), "currency": ("currency",), "place": ("name",), "person": ("name",),
    "formula": ("formula",), "number": ("number",),
}  # fmt: skip
"""The kinds of values that fill a slot as they stand."""

TARGETS: frozenset[Sort] = frozenset({"url", "email", "source", "channel", "phone"})
"""Slots that say whom or what a step reaches."""

# Names of parameters, most telling first: the first line that shares a word decides.
_BY_NAME: tuple[tuple[Sort, str], ...] = (
    ("email", "email emails mail cc bcc attendee attendees invitee invitees"),
    ("url", "url urls uri link href website webpage endpoint homepage"),
    ("path", "path filepath filename file directory folder"),
    ("phone", "phone mobile telephone msisdn cellphone"),
    ("channel", "channel channels"),
    ("currency", "currency currencies"),
    ("language", "language languages lang locale"),
    ("day", "date day"),
    ("moment", "time when datetime start starts deadline due until timestamp"),
    ("place", "city location place town country region destination origin venue departure arrival"),
    ("title", "title subject headline heading name"),
    ("formula", "expression formula equation"),
    (
        "topic",
        "query question prompt topic keyword keywords search term terms q what instruction instructions task todo",
    ),
    (
        "content",
        "text body content contents message data input document html markdown payload note notes comment summary",
    ),
    ("person", "person assignee owner customer passenger guest recipient contact user"),
)
# What decides about a parameter whose name does not, such as `to` or `source`.
_BY_DESCRIPTION: tuple[tuple[Sort, str], ...] = (
    ("email", "email"), ("phone", "phone"), ("source", "url"), ("path", "file path"), ("channel", "channel"),
    ("language", "language"), ("currency", "currency"), ("day", "date"), ("moment", "time"), ("place", "city place country"),
    ("topic", "question query"),
)  # fmt: skip
_UNDECIDED = listed("to from source target recipient destination address contact sender receiver input value")
_TAILS = listed("name address number string text value list")
_OPAQUE = listed("id ids code key token")
_FORMATS: Mapping[str, Sort] = {
    "uri": "url", "uri-reference": "url", "iri": "url", "url": "url", "email": "email", "idn-email": "email",
    "date": "day", "date-time": "moment", "time": "moment",
}  # fmt: skip

_FROM = listed("from source origin departure sender base start since")
_TO = listed("to target destination recipient arrival receiver into end until")
_BEFORE_FROM = frozenset({"from"})
_BEFORE_TO = frozenset({"to", "into", "in"})
_BEFORE_COPY = frozenset({"cc", "copy", "copying"})


class Slot(NamedTuple):
    """A parameter; `many` if it takes a list."""

    name: str
    schema: Mapping[str, JsonValue]
    required: bool
    sort: Sort
    many: bool

    @property
    def literals(self) -> tuple[Kind, ...]:
        return LITERALS.get(self.sort, ())

    def fits(self, before: str, *, counted: bool = False) -> int:
        """1 if the word before a value says that it belongs here, -1 if it says that it does not.

        A currency that is `counted` has an amount beside it: what is converted from.
        """
        name = frozenset(words(self.name))
        if self.sort == "email" and (before in _BEFORE_COPY or name & {"cc", "bcc"}):
            return 1 if before in _BEFORE_COPY and name & {"cc", "bcc"} else -1
        if name & _FROM:
            return 1 if counted or before in _BEFORE_FROM else -1 if before in _BEFORE_TO else 0
        if name & _TO:
            return -1 if counted or before in _BEFORE_FROM else 1 if before in _BEFORE_TO else 0
        return 0


def slots_of(skill: Skill) -> tuple[Slot, ...]:
    """The parameters of the skill, the required ones first, else in the order of its schema."""
    required = frozenset(skill.required)
    found = [_slot(name, _plain(schema), name in required) for name, schema in skill.properties.items()]
    return tuple(sorted(found, key=lambda slot: not slot.required))


def takes_anything(skill: Skill) -> bool:
    """Whether any words can be what the skill is about, as with a search, a title or a text that is sent nowhere."""
    slots = slots_of(skill)
    closed = any(slot.sort in TARGETS or slot.sort == "path" for slot in slots if slot.required)
    return any(slot.required and slot.sort in ("topic", "title", "content") for slot in slots) and not closed


def _slot(name: str, schema: Mapping[str, JsonValue], required: bool) -> Slot:  # noqa: FBT001 - a fact of the schema
    items = schema.get("items")
    many = schema.get("type") == "array"
    return Slot(name, schema, required, sort_of(name, items if many and isinstance(items, dict) else schema), many)


def _plain(schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The first alternative that is not null, of what MCP servers write for an optional parameter."""
    for keyword in ("anyOf", "oneOf"):
        options = schema.get(keyword)
        if isinstance(options, list):
            for option in options:
                if isinstance(option, dict) and option.get("type") != "null":
                    return {**schema, **option}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
    return schema


def sort_of(name: str, schema: Mapping[str, JsonValue]) -> Sort:
    if "enum" in schema or "const" in schema:
        return "choice"
    kind = schema.get("type", "string")
    if kind == "boolean":
        return "flag"
    if kind in ("integer", "number"):
        return "number"
    if kind != "string":
        return "other"
    format_ = schema.get("format")
    if isinstance(format_, str) and format_ in _FORMATS:
        return _FORMATS[format_]
    return _sort_of_words(name, str(schema.get("description", "")))


@lru_cache(maxsize=16_384)
def _sort_of_words(name: str, description: str) -> Sort:
    of_name = _bare(words(name))
    if of_name[-1:] and of_name[-1] in _OPAQUE:
        return "other"
    if not _UNDECIDED.issuperset(of_name):
        for telling in (of_name[-1:], of_name):
            for sort, decisive in _BY_NAME:
                if not set(decisive.split()).isdisjoint(telling):
                    return sort
    described = set(words(description))
    for sort, decisive in _BY_DESCRIPTION:
        if not described.isdisjoint(decisive.split()):
            return sort
    return next((sort for sort, decisive in _BY_NAME if not set(decisive.split()).isdisjoint(of_name)), "other")


def _bare(of_name: list[str]) -> list[str]:
    """`file_name` is a file, `email_address` an e-mail."""
    while len(of_name) > 1 and of_name[-1] in _TAILS:
        of_name = of_name[:-1]
    return of_name
