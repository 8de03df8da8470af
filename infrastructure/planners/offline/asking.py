"""What a clause says to a comparison with skills: its words without its literals, and what kinds of literals there are."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from planfold.infrastructure.planners.offline.clauses import QUESTION, Clause
from planfold.infrastructure.planners.offline.values import OPAQUE, Kind, Value
from planfold.infrastructure.planners.offline.words import ALIKE, GENERIC_STEMS, stem, stemmed, stems, words

MAX_STEMS = 500
"""How many words of a goal tell what it is about."""
VAGUE = stemmed("message text content item record object")
"""Things that many skills have to do with."""

# What a literal in the clause says about the skill that could use it.
_HINTS: dict[Kind, str] = {
    "url": "url web page http", "email": "email mail", "path": "file", "channel": "channel chat", "phone": "phone sms",
    "currency": "currency money", "language": "language", "day": "date", "time": "time",
    "formula": "arithmetic calculate", "statement": "database sql query",
}  # fmt: skip
_ANY_DEED = stemmed(
    "get give make do use take put show have perform run handle manage provide find look lookup check search see view"
)
_AS_VERBS = {"text": "sms", "file": "create", "let": "tell"}
"""Words that mean another thing as verbs than as nouns."""
_WITHIN = re.compile(r"\b(?:in|from|out of|inside|within)\s+(?:the (?:file|page|document)\s+)?(?:it\b|them\b|\0)")
_LITERAL = OPAQUE | {"number"}


class Asked(NamedTuple):
    """A clause, or a part of one, without its literals; `verb` is the deed it asks for, "" if it names none.

    `telling` are the stems that say something, None if unknown, and `names` those of them that may be somebody's name;
    `within` says that it is about what stands in a file or page, `question` that it asks and orders nothing.
    """

    text: str
    verb: str
    kinds: frozenset[Kind]
    telling: frozenset[str] | None = None
    names: frozenset[str] = frozenset()
    within: bool = False
    question: bool = False

    @property
    def deed(self) -> str:
        """The stem that says what is to be done, "" if the verb says little."""
        found = stem(self.verb.replace("-", ""))
        return "" if found in _ANY_DEED else found

    @property
    def deeds(self) -> frozenset[str]:
        """That stem and those alike."""
        return frozenset({self.deed, *ALIKE.get(self.deed, ())}) if self.deed else frozenset()

    @property
    def hints(self) -> list[str]:
        """The stems that its literals bring to mind."""
        return sorted({word for kind in self.kinds for word in stems(_HINTS.get(kind, ""))})


def asked(goal: str, clause: Clause, inside: Sequence[Value]) -> Asked:
    """What `clause` says to a comparison: the addresses and numbers `inside` it would only blur it."""
    said = goal[clause.start : clause.end]
    for value in inside:
        if value.kind in _LITERAL:
            cover = ("\0" if value.kind in ("url", "path") else " ") * (value.end - value.start)
            said = f"{said[: value.start - clause.start]}{cover}{said[value.end - clause.start :]}"
    within = _WITHIN.search(said) is not None
    text = " ".join(f"{clause.verb} {said}".replace("\0", " ").split())
    verb = next(iter(words(text)), "") if clause.verb else ""
    if verb in _AS_VERBS:
        verb, text = _AS_VERBS[verb], f"{_AS_VERBS[verb]} {text.partition(' ')[2]}"
    first = clause.end - len(clause.text)  # written large because it is the first: "Deploy https://example.com"
    names = {_spelt(goal, value) for value in inside if value.kind == "name" and value.start > first}
    others = {_spelt(goal, value) for value in inside if value.kind != "name"}
    telling = frozenset(stems(text)[:MAX_STEMS]) - GENERIC_STEMS - _ANY_DEED - VAGUE - frozenset().union(*others)
    question = not verb and (QUESTION.match(text) is not None or goal[clause.end : clause.end + 1] == "?")
    kinds = frozenset(value.kind for value in inside)
    return Asked(text, verb, kinds, telling, frozenset().union(*names), within, question)


def _spelt(goal: str, value: Value) -> frozenset[str]:
    return frozenset(map(stem, words(goal[value.start : value.end])))
