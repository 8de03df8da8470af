"""What an agent remembers, and how far it can be trusted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from planfold.domain.frozen import Frozen
from planfold.domain.names import AgentId, Identifier, RunId, TenantId

Trust = Literal["low", "medium", "high"]
TRUSTS: tuple[Trust, ...] = ("low", "medium", "high")

MAX_MEMORY_CHARACTERS = 8_000
MAX_SNIPPETS = 50

MemoryText = Annotated[str, Field(min_length=1, max_length=MAX_MEMORY_CHARACTERS)]


def lowest(trusts: Iterable[Trust]) -> Trust:
    """The trust of what was made from others: the lowest of theirs; "low" if from nothing known."""
    return min(trusts, key=TRUSTS.index, default="low")


class Memory(Frozen):
    """Something an agent was told or found out, and where it came from."""

    memory_id: Identifier
    tenant: TenantId
    agent_id: AgentId
    text: MemoryText
    type: Identifier = "fact"
    trust: Trust = "medium"
    created_at: datetime
    run_id: RunId | None = None
    made_from: tuple[Identifier, ...] = ()


class Snippet(Frozen):
    """A memory as it was recalled for one goal; `score` grows with relevance, and only compares within one recall."""

    id: Identifier
    text: MemoryText
    type: Identifier
    score: float
    created_at: datetime
    trust: Trust


def fitting(snippets: Iterable[Snippet], limit: int, characters: int) -> tuple[Snippet, ...]:
    """At most `limit` whole snippets of at most `characters` in all, in the order given.

    One that is too long for what is left is passed over, so that a shorter one behind it may still fit.
    """
    kept: list[Snippet] = []
    left = characters
    for snippet in snippets:
        if len(kept) >= limit:
            break
        if len(snippet.text) <= left:
            kept.append(snippet)
            left -= len(snippet.text)
    return tuple(kept)


def summary(snippets: Iterable[Snippet], agent_id: str) -> str | None:
    """What the agent remembers of the goal, in one line a snippet; None if nothing."""
    lines = [f"- ({snippet.type}, trust {snippet.trust}) {snippet.text}" for snippet in snippets]
    return "\n".join([f"{agent_id} remembers:", *lines]) if lines else None
