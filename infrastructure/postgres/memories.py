"""What agents remember, in PostgreSQL: recalled by meaning (pgvector) and by words (full text), within one agent."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg.rows import class_row, kwargs_row
from pydantic import ValidationError

from planfold.application.ports import MemoryUnavailable, Recall
from planfold.domain.memory import MAX_SNIPPETS, Memory, Snippet, fitting
from planfold.infrastructure.errors import InfrastructureError
from planfold.infrastructure.postgres import embedding_models
from planfold.infrastructure.postgres.connect import Pool, store_errors, without_secrets
from planfold.infrastructure.postgres.recall import (
    CELLS,
    ENTRIES,
    FLOOR,
    GOAL_CHARACTERS,
    JUDGED,
    NEAREST,
    NEWEST,
    RECALL,
    RECALL_FROM_MANY,
    SHARED,
    WANTED,
)

if TYPE_CHECKING:
    from planfold.infrastructure.embedding import Embedder

ROWS = 1_000
"""How many memories one statement writes: 4 MB of 256 dimensions."""

_REMEMBER = """
    INSERT INTO planfold.memories
        (tenant, agent_id, memory_id, text, type, trust, created_at, run_id, made_from, model, embedding)
    SELECT tenant, agent_id, memory_id, text, type, trust, created_at, run_id, made_from, %(model)s, embedding
    FROM json_to_recordset(%(rows)s::json) AS row (
        tenant text, agent_id text, memory_id text, text text, type text, trust text, created_at timestamptz,
        run_id text, made_from text[], embedding planfold.embedding
    )
    ON CONFLICT (tenant, agent_id, memory_id) DO NOTHING
"""
_LIST = """
    SELECT memory_id, tenant, agent_id, text, type, trust, created_at, run_id, made_from
    FROM planfold.memories
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s
        AND (%(before)s::text IS NULL OR (created_at, memory_id) < (
            SELECT created_at, memory_id FROM planfold.memories
            WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND memory_id = %(before)s
        ))
        AND (%(search)s::text IS NULL
            OR search @@ websearch_to_tsquery('pg_catalog.english', %(search)s)
            OR strpos(lower(text), lower(%(search)s)) > 0)
    ORDER BY created_at DESC, memory_id DESC
    LIMIT %(limit)s
"""
_FIND = """
    SELECT memory_id, tenant, agent_id, text, type, trust, created_at, run_id, made_from
    FROM planfold.memories
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND memory_id = %(memory_id)s
"""
_FORGET = """
    DELETE FROM planfold.memories
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND (%(memory_id)s::text IS NULL OR memory_id = %(memory_id)s)
"""


class _Wanted(NamedTuple):
    model: str | None
    anything: bool
    many: bool


def _tell_nobody(done: int, total: int) -> None:
    """Nobody wants to know."""


class PgvectorMemory:
    """Every tenant's memories; `open_embedder` is called when a text must be embedded, not before.

    `floor` is the least cosine at which a memory without a word in common is recalled; it goes with the model.
    An agent with more than `judged` memories is recalled through its index, which looks at `entries` memories in the
    nearest `cells` cells.
    """

    def __init__(
        self,
        pool: Pool,
        open_embedder: "Callable[[], Embedder]",
        *,
        floor: float = FLOOR,
        judged: int = JUDGED,
        cells: int = CELLS,
        entries: int = ENTRIES,
        nearest: int = NEAREST,
    ) -> None:
        self._pool, self._embedding = pool, embedding_models.Embedding(open_embedder)
        self._bounds = {
            "floor": floor,
            "judged": judged,
            "cells": cells,
            "entries": entries,
            "nearest": nearest,
            "newest": NEWEST,
            "shared": SHARED,
        }

    @property
    def identity(self) -> str:
        try:
            return f"pgvector+fulltext/{self._embedding.model}"
        except MemoryUnavailable:
            return "pgvector+fulltext/no-model"

    def remember(self, memories: Sequence[Memory]) -> None:
        """The first of several with one id counts."""
        first = {(memory.tenant, memory.agent_id, memory.memory_id): memory for memory in reversed(memories)}
        # Everybody writes, and so locks, in one order: no two of them can wait for each other.
        ordered = [first[key] for key in sorted(first)]
        if not ordered:
            return
        model, embedded = self._embedding.model, self._embedding.literals([memory.text for memory in ordered])
        rows = [
            memory.model_dump(mode="json") | {"embedding": literal}
            for memory, literal in zip(ordered, embedded, strict=True)
        ]
        deed = f"remember {len(rows)} memories"
        with _memory_errors(deed), self._pool.connection() as connection, connection.transaction():
            embedding_models.use(connection, sorted({memory.tenant for memory in ordered}), model)
            for start in range(0, len(rows), ROWS):
                connection.execute(_REMEMBER, {"model": str(model), "rows": json.dumps(rows[start : start + ROWS])})

    def recall(self, asked: Recall) -> Sequence[Snippet]:
        """Of the best MAX_SNIPPETS (of `limit`, if that is more) those that fit; see recall.py for what is best."""
        if asked.limit <= 0 or asked.characters <= 0:
            return ()
        whose = {"tenant": asked.tenant, "agent_id": asked.agent_id, "run_id": asked.run_id}
        deed = f"recall the memories of agent {asked.agent_id!r}"
        with _memory_errors(deed), self._pool.connection() as connection:
            wanted = connection.cursor(row_factory=class_row(_Wanted)).execute(WANTED, whose | self._bounds).fetchone()
            if wanted is None or not wanted.anything:
                return ()
            goal, model = _storable(asked.goal), str(self._embedding.model)
            embedding_models.refuse_other(asked.tenant, wanted.model, model)
            said = {
                "words": goal[:GOAL_CHARACTERS],
                "vector": self._embedding.literals([goal])[0],
                "model": model,
                "considered": max(asked.limit, MAX_SNIPPETS),
            }
            cursor = connection.cursor(row_factory=kwargs_row(_snippet))
            rows = cursor.execute(RECALL_FROM_MANY if wanted.many else RECALL, whose | self._bounds | said)
            return fitting(rows, asked.limit, asked.characters)

    def list(
        self, tenant: str, agent_id: str, search: str | None = None, limit: int = 50, before: str | None = None
    ) -> Sequence[Memory]:
        """With `search`, those that match it as in a web search, or contain it as it stands. Raises MemoryUnavailable."""
        asked = {
            "tenant": tenant,
            "agent_id": agent_id,
            "search": _storable(search or "").strip() or None,
            "limit": max(0, limit),
            "before": before,
        }
        with _memory_errors(f"list the memories of agent {agent_id!r}"), self._pool.connection() as connection:
            return connection.cursor(row_factory=kwargs_row(_memory)).execute(_LIST, asked).fetchall()

    def find(self, tenant: str, agent_id: str, memory_id: str) -> Memory | None:
        """Raises MemoryUnavailable."""
        asked = {"tenant": tenant, "agent_id": agent_id, "memory_id": memory_id}
        with _memory_errors(f"look for memory {memory_id!r}"), self._pool.connection() as connection:
            return connection.cursor(row_factory=kwargs_row(_memory)).execute(_FIND, asked).fetchone()

    def forget(self, tenant: str, agent_id: str, memory_id: str | None = None) -> int:
        """Raises MemoryUnavailable."""
        asked = {"tenant": tenant, "agent_id": agent_id, "memory_id": memory_id}
        with _memory_errors(f"forget memories of agent {agent_id!r}"), self._pool.connection() as connection:
            return connection.execute(_FORGET, asked).rowcount

    def reembed(self, tenant: str, *, batch: int = 500, progress: embedding_models.Progress = _tell_nobody) -> int:
        """The tenant uses the configured model, and all its memories are embedded with it; how many had to be.

        The model is changed first: from then on who is configured with the former one is refused, and memories that
        are still to be embedded are recalled by their words. Each batch is a transaction: called again after a crash,
        it goes on with the rest; with the former model, it goes back. `progress` hears how many are done, of how many.
        Raises MemoryUnavailable, also if somebody chose another model meanwhile.
        """
        deed = f"embed the memories of tenant {tenant!r} anew"
        with _memory_errors(deed), self._pool.connection() as connection:
            return embedding_models.reembed(connection, self._embedding, tenant, batch=batch, progress=progress)


@contextmanager
def _memory_errors(deed: str) -> Iterator[None]:
    """Whatever goes wrong with the store within is MemoryUnavailable."""
    try:
        with store_errors(deed):
            yield
    except InfrastructureError as error:
        raise MemoryUnavailable(str(error)) from error
    except psycopg.Error as error:
        reason = without_secrets(error.diag.message_primary or type(error).__name__)
        raise MemoryUnavailable(f"cannot {deed}: {reason}") from None
    except (UnicodeEncodeError, ValidationError) as error:
        # Both quote the text at hand, which need not be told.
        raise MemoryUnavailable(f"cannot {deed}: {type(error).__name__}") from None


def _storable(text: str) -> str:
    """`text` with what PostgreSQL cannot hold, and so no memory contains, replaced."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def _snippet(created_at: datetime, **columns: Any) -> Snippet:
    return Snippet(created_at=created_at.astimezone(UTC), **columns)


def _memory(created_at: datetime, **columns: Any) -> Memory:
    return Memory(created_at=created_at.astimezone(UTC), **columns)
