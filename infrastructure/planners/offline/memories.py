"""Parameters that only the agent's memories can tell: "e-mail Ana", where a memory holds Ana's address."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from planfold.domain.memory import Snippet
from planfold.infrastructure.planners.offline.slots import Slot
from planfold.infrastructure.planners.offline.values import Value, values_in
from planfold.infrastructure.planners.offline.words import stems

_TRUSTED = ("high", "medium")
"""Nothing is taken from a memory of low trust: what a web page said once must not choose whom an agent writes to."""


class _Known(NamedTuple):
    values: Sequence[Value]
    about: frozenset[str]


class Memories:
    """What the trusted snippets of one request say."""

    def __init__(self, snippets: Sequence[Snippet]) -> None:
        self._snippets = snippets

    def recall(self, slot: Slot, clause: str) -> Value | None:
        """The one value of the slot's kind in the most trusted memory that speaks of a name or thing of the clause."""
        if not slot.literals or slot.sort == "number":
            return None
        about = set(stems(clause)) - set(stems(slot.name.replace("_", " ")))
        for known in self._known:
            found = [value for value in known.values if value.kind in slot.literals]
            if len(found) == 1 and about & known.about:
                return found[0]
        return None

    @cached_property
    def _known(self) -> list[_Known]:
        """The most trusted first, then the most relevant."""
        trusted = [snippet for snippet in self._snippets if snippet.trust in _TRUSTED]
        trusted.sort(key=lambda snippet: (_TRUSTED.index(snippet.trust), -round(snippet.score, 4), snippet.id))
        return [_read(snippet.text) for snippet in trusted]


def _read(text: str) -> _Known:
    values = values_in(text)
    rest, at = [], 0
    for value in values:
        if value.kind != "name":
            rest.append(text[at : value.start])
            at = value.end
    return _Known(values, frozenset(stems(" ".join([*rest, text[at:]]))))
