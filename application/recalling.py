"""What an agent remembers of a goal. A retriever is foreign code: whatever it does, the plan goes on and says why."""

from collections.abc import Iterable
from contextlib import suppress

from planfold.application.foreign import storable
from planfold.application.ports import MemoryRetriever, MemoryUnavailable, Recall
from planfold.domain.memory import MAX_MEMORY_CHARACTERS, Snippet, fitting, summary
from planfold.domain.plan_generation import MemoryRetrieved

MAX_IDENTITY_CHARACTERS = 200
UNNAMED = "unnamed"
"""What stands for a retriever that cannot say who it is."""


def recalled(retriever: MemoryRetriever, asked: Recall) -> MemoryRetrieved:
    """The memories that bear on the goal, within what was asked and without secrets; degraded if they cannot be had."""
    try:
        snippets = fitting(_sound(retriever.recall(asked)), asked.limit, asked.characters)
        name = _name(retriever)
    except MemoryUnavailable as error:
        return _degraded(retriever, str(error))
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises goes on record
        return _degraded(retriever, f"the memory retriever broke with {type(error).__name__}: {error}")
    return MemoryRetrieved(snippets=snippets, context_summary=summary(snippets, asked.agent_id), retriever=name)


def _sound(recalled: Iterable[Snippet]) -> Iterable[Snippet]:
    for item in recalled:
        text = storable(item.text, MAX_MEMORY_CHARACTERS)
        yield Snippet.model_validate(item.model_dump() | {"text": text})


def _name(retriever: MemoryRetriever) -> str:
    return storable(retriever.identity, MAX_IDENTITY_CHARACTERS) or UNNAMED


def _degraded(retriever: MemoryRetriever, why: str) -> MemoryRetrieved:
    name = UNNAMED
    with suppress(Exception):
        name = _name(retriever)
    return MemoryRetrieved(snippets=(), context_summary=None, retriever=name, degraded=storable(why))
