"""Parameters that only the agent's memories can tell: "e-mail Ana", where a memory holds Ana's address."""

from collections.abc import Sequence

from planfold.domain.memory import Snippet
from planfold.infrastructure.planners.offline.slots import Slot
from planfold.infrastructure.planners.offline.values import Value, values_in
from planfold.infrastructure.planners.offline.words import stems, words

_TRUSTED = ("high", "medium")
"""Nothing is taken from a memory of low trust: what a web page said once must not choose whom an agent writes to."""


def recalled(slot: Slot, clause: str, snippets: Sequence[Snippet]) -> Value | None:
    """The one value of the slot's kind in the most trusted memory that speaks of a name or thing of the clause."""
    if not slot.literals or slot.sort == "number":
        return None
    about = {word for word in stems(clause)} - set(stems(" ".join(words(slot.name))))
    ranked = sorted(
        (snippet for snippet in snippets if snippet.trust in _TRUSTED),
        key=lambda snippet: (_TRUSTED.index(snippet.trust), -round(snippet.score, 4), snippet.id),
    )
    for snippet in ranked:
        found = [value for value in values_in(snippet.text) if value.kind in slot.literals]
        hidden = snippet.text
        for value in found:
            hidden = hidden.replace(str(value.value), " ")
        if len(found) == 1 and about & set(stems(hidden)):
            return found[0]
    return None
