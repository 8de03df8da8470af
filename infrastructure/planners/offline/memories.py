"""Parameters that only the agent's memories can tell: "e-mail Ana", where a memory holds Ana's address.

A wrong recipient is worse than a question. So a memory counts only if it is trusted and speaks to no model, holds one value of the kind, and
speaks of the very person or thing: the name nearest to the value is the one the clause names.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from planfold.domain.inspection.prompts import is_doubtful
from planfold.domain.memory import Snippet
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.slots import Slot
from planfold.infrastructure.planners.offline.values import Value, values_in
from planfold.infrastructure.planners.offline.words import plain, stem, stems, words

_TRUSTED = ("high", "medium")
"""Nothing is taken from a doubtful memory: what a web page said once must not choose whom an agent writes to."""

_WHOM = re.compile(r"(?:^\s*|\bto\s+)(?:(?:the|my|our)\s+)?([\w'-]+)", re.IGNORECASE)


class _Known(NamedTuple):
    text: str
    values: Sequence[Value]


class Memories:
    """What the trusted snippets of one request say."""

    def __init__(self, snippets: Sequence[Snippet]) -> None:
        self._snippets = snippets

    def recall(self, slot: Slot, scene: Scene, clause: Clause) -> Value | None:
        """The one value of the slot's kind in the most trusted memory about whom or what the clause is for."""
        if not slot.literals or slot.sort in ("number", "place", "person", "formula"):
            return None
        names = [frozenset(words(str(value.value))) for value in scene.inside(clause) if value.kind == "name"]
        things = {stem(found[1].lower()) for found in _WHOM.finditer(scene.said[clause.start : clause.end])}
        for known in self._known:
            found = [value for value in known.values if value.kind in slot.literals]
            if len(found) != 1:
                continue
            nearest = frozenset(words(_nearest_name(known.values, found[0])))
            if any(name & nearest for name in names) or (not names and things & set(_about(known))):
                return found[0]
        return None

    @cached_property
    def _known(self) -> list[_Known]:
        """The most trusted first, then the most relevant."""
        trusted = [snippet for snippet in self._snippets if not is_doubtful(snippet)]
        trusted.sort(key=lambda snippet: (_TRUSTED.index(snippet.trust), -round(snippet.score, 4), snippet.id))
        return [_Known(plain(snippet.text), values_in(snippet.text)) for snippet in trusted]


def _nearest_name(values: Sequence[Value], value: Value) -> str:
    """The last name before `value`, else the first after it."""
    names = [other for other in values if other.kind == "name"]
    before = [other for other in names if other.start < value.start]
    return str((before[-1:] or names[:1] or [value])[0].value)


def _about(known: _Known) -> Iterator[str]:
    at = 0
    for value in known.values:
        if value.kind != "name":
            yield from stems(known.text[at : value.start])
            at = value.end
    yield from stems(known.text[at:])
