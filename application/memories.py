"""What an agent is told to remember: checked, without secrets, never above the trust of what it was made from."""

from collections.abc import Sequence

from planfold.application.ports import Clock, MemoryStore
from planfold.domain.canonical import is_text
from planfold.domain.errors import InvalidMemory
from planfold.domain.memory import MAX_MEMORY_CHARACTERS, Memory, Trust, lowest
from planfold.domain.names import identifier
from planfold.domain.secrets import redact_text


class Memories:
    """The memories of every tenant's agents."""

    def __init__(self, store: MemoryStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def remember(
        self,
        agent_id: str,
        text: str,
        memory_id: str,
        *,
        tenant: str = "default",
        type: str = "fact",  # noqa: A002 - the word that people use for it
        trust: Trust = "medium",
        run_id: str | None = None,
        made_from: Sequence[Memory] = (),
    ) -> Memory:
        """It can be recalled for this agent; secrets in it are replaced, the same id again changes nothing.

        Its trust is at most the lowest of those it was made from. Raises InvalidMemory, InvalidIdentifier,
        MemoryUnavailable.
        """
        if not text.strip() or len(text) > MAX_MEMORY_CHARACTERS or not is_text(text):
            raise InvalidMemory(
                f"cannot remember a text of {len(text)} characters: 1 to {MAX_MEMORY_CHARACTERS} can be kept, "
                "with more than blanks and without NUL or lone surrogates; shorten or clean it"
            )
        memory = Memory(
            memory_id=identifier(memory_id, "memory"),
            tenant=identifier(tenant, "tenant"),
            agent_id=identifier(agent_id, "agent"),
            text=redact_text(text)[:MAX_MEMORY_CHARACTERS],
            type=identifier(type, "memory type"),
            trust=lowest([trust, *(source.trust for source in made_from)]),
            created_at=self._clock.now(),
            run_id=None if run_id is None else identifier(run_id, "run"),
            made_from=tuple(source.memory_id for source in made_from),
        )
        self._store.remember([memory])
        return memory

    def list(
        self,
        agent_id: str,
        *,
        tenant: str = "default",
        search: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> Sequence[Memory]:
        """The agent's memories, newest first; with `search`, those whose text matches it."""
        return self._store.list(tenant, identifier(agent_id, "agent"), search, limit, before)

    def forget(self, agent_id: str, memory_id: str | None = None, *, tenant: str = "default") -> int:
        """One memory, or all of the agent's, are gone; how many they were."""
        return self._store.forget(tenant, identifier(agent_id, "agent"), memory_id)
