"""What an agent is told to remember: checked, without secrets, never above the trust of what it was made from."""

import builtins
from collections.abc import Sequence

from planfold.application.ports import Clock, MemoryStore
from planfold.domain.canonical import is_text
from planfold.domain.errors import InvalidMemory, MemoryIdTaken
from planfold.domain.memory import MAX_MEMORY_CHARACTERS, TRUSTS, Memory, Trust, lowest
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
        """It can be recalled for this agent, as it is returned; secrets in it are replaced.

        The same again under the same id changes nothing and returns what is recorded. Its trust is at most the lowest
        of those it was made from, as they are stored. Raises InvalidMemory, InvalidIdentifier, MemoryUnavailable, and
        MemoryIdTaken if the id stands for another text, type or trust.
        """
        if trust not in TRUSTS:
            raise InvalidMemory(f"a memory cannot be trusted {trust!r:.40}; its trust is one of {', '.join(TRUSTS)}")
        if not isinstance(text, str):
            raise InvalidMemory(f"cannot remember {builtins.type(text).__name__}, which is no text; write a sentence")
        if not text.strip() or len(text) > MAX_MEMORY_CHARACTERS or not is_text(text):
            raise InvalidMemory(
                f"cannot remember a text of {len(text)} characters: 1 to {MAX_MEMORY_CHARACTERS} can be kept, "
                "with more than blanks and without NUL or lone surrogates; shorten or clean it"
            )
        sources = [self._stored(identifier(tenant, "tenant"), identifier(agent_id, "agent"), it) for it in made_from]
        memory = Memory(
            memory_id=identifier(memory_id, "memory"),
            tenant=identifier(tenant, "tenant"),
            agent_id=identifier(agent_id, "agent"),
            text=redact_text(text)[:MAX_MEMORY_CHARACTERS],
            type=identifier(type, "memory type"),
            trust=lowest([trust, *(source.trust for source in sources)]),
            created_at=self._clock.now(),
            run_id=None if run_id is None else identifier(run_id, "run"),
            made_from=tuple(source.memory_id for source in sources),
        )
        self._store.remember([memory])
        recorded = self._store.find(memory.tenant, memory.agent_id, memory.memory_id)
        if recorded is None:  # forgotten meanwhile
            return memory
        for what in ("text", "type", "trust"):
            if getattr(recorded, what) != getattr(memory, what):
                raise MemoryIdTaken(memory_id, agent_id, what)
        return recorded

    def _stored(self, tenant: str, agent_id: str, source: Memory) -> Memory:
        """The memory as it is recorded: whoever hands it in may have changed its trust. Raises InvalidMemory."""
        stored = None
        if (source.tenant, source.agent_id) == (tenant, agent_id):
            stored = self._store.find(tenant, agent_id, identifier(source.memory_id, "memory"))
        if stored is None:
            raise InvalidMemory(
                f"cannot remember what was made from memory {source.memory_id!r}: agent {agent_id!r} of tenant "
                f"{tenant!r} has no such memory; name memories that this agent has"
            )
        return stored

    def find(self, agent_id: str, memory_id: str, *, tenant: str = "default") -> Memory | None:
        """That memory of the agent as it is recorded, or None. Raises InvalidIdentifier, MemoryUnavailable."""
        return self._store.find(
            identifier(tenant, "tenant"), identifier(agent_id, "agent"), identifier(memory_id, "memory")
        )

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
