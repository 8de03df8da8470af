"""What agents remember, in PostgreSQL: recalled by meaning (pgvector) and by words (full text), within one agent.

Embeddings are compared only if one model made them. Each row names its model, and embedding_models the one that a
tenant uses: the first that remembered something for it, until `reembed` changes it. Whoever is configured with another
one is refused. Whoever writes holds the tenant's row in embedding_models in share mode, so that no embedding of the old
model appears after a change.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from psycopg.rows import class_row, kwargs_row

from planfold.application.ports import MemoryUnavailable, Recall
from planfold.domain.memory import MAX_SNIPPETS, Memory, Snippet, fitting
from planfold.infrastructure.errors import InfrastructureError
from planfold.infrastructure.postgres.connect import Connection, Pool, store_errors, without_secrets
from planfold.infrastructure.postgres.recall import COMPARED, FLOOR, GOAL_CHARACTERS, RECALL, WANTED

if TYPE_CHECKING:
    from planfold.infrastructure.embedding import Embedder

ROWS = 1_000
"""How many memories one statement writes: of 256 dimensions, 4 MB."""

_MODEL_OF = "SELECT tenant, model FROM planfold.embedding_models WHERE tenant = ANY(%s) ORDER BY tenant FOR SHARE"
_USE_MODEL = """
    INSERT INTO planfold.embedding_models (tenant, model, dimension)
    SELECT tenant, %(model)s, %(dimension)s FROM unnest(%(tenants)s::text[]) AS tenant
    ON CONFLICT (tenant) DO NOTHING
"""
_CHANGE_MODEL = """
    INSERT INTO planfold.embedding_models AS used (tenant, model, dimension)
    VALUES (%(tenant)s, %(model)s, %(dimension)s)
    ON CONFLICT (tenant) DO UPDATE
    SET model = excluded.model, dimension = excluded.dimension, since = clock_timestamp()
    WHERE used.model <> excluded.model
"""
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
_FORGET = """
    DELETE FROM planfold.memories
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s AND (%(memory_id)s::text IS NULL OR memory_id = %(memory_id)s)
"""
_STALE = "FROM planfold.memories WHERE tenant = %(tenant)s AND model IS DISTINCT FROM %(model)s"
_NEXT_STALE = f"""
    SELECT agent_id, memory_id, text {_STALE} AND (agent_id, memory_id) > (%(agent_id)s, %(memory_id)s)
    ORDER BY agent_id, memory_id LIMIT %(batch)s FOR UPDATE
"""  # noqa: S608 - a constant of ours
_REEMBED = """
    UPDATE planfold.memories AS kept
    SET model = %(model)s, embedding = row.embedding
    FROM json_to_recordset(%(rows)s::json) AS row (agent_id text, memory_id text, embedding planfold.embedding)
    WHERE kept.tenant = %(tenant)s AND kept.agent_id = row.agent_id AND kept.memory_id = row.memory_id
"""


class _Used(NamedTuple):
    tenant: str
    model: str


class _Wanted(NamedTuple):
    model: str | None
    anything: bool


class _Stale(NamedTuple):
    agent_id: str
    memory_id: str
    text: str


def _no_progress(done: int, total: int) -> None:
    """Nobody wants to know."""


class PgvectorMemory:
    """Every tenant's memories; `open_embedder` is called when a text must be embedded, not before.

    `floor` is the least cosine at which a memory without a word in common is recalled; it goes with the model.
    """

    def __init__(self, pool: Pool, open_embedder: "Callable[[], Embedder]", *, floor: float = FLOOR) -> None:
        self._pool, self._open_embedder, self._floor = pool, open_embedder, floor

    @property
    def identity(self) -> str:
        try:
            return f"pgvector+fulltext/{self._open_embedder().model}"
        except Exception:  # noqa: BLE001 - asked for after a failed recall too, which has told why
            return "pgvector+fulltext/no-model"

    def remember(self, memories: Sequence[Memory]) -> None:
        """The first of several with one id counts. Writers lock in one order, so that they never deadlock."""
        first = {(memory.tenant, memory.agent_id, memory.memory_id): memory for memory in reversed(memories)}
        ordered = [first[key] for key in sorted(first)]
        if not ordered:
            return
        with _memory_errors("remember"):
            with _embedding_errors("remember"):
                embedder = self._open_embedder()
                model, embedded = embedder.model, _literals(embedder, [memory.text for memory in ordered])
            tenants = sorted({memory.tenant for memory in ordered})
            used = {"model": str(model), "dimension": model.dimension}
            with self._pool.connection() as connection, connection.transaction():
                connection.execute(_USE_MODEL, used | {"tenants": tenants})
                _check_models(connection, tenants, str(model))
                rows = [
                    memory.model_dump(mode="json") | {"embedding": vector}
                    for memory, vector in zip(ordered, embedded, strict=True)
                ]
                for start in range(0, len(rows), ROWS):
                    connection.execute(_REMEMBER, used | {"rows": json.dumps(rows[start : start + ROWS])})

    def recall(self, asked: Recall) -> Sequence[Snippet]:
        """Of the best MAX_SNIPPETS (or `limit`, if that is more) those that fit; see `recall.py` for what is best."""
        if asked.limit <= 0 or asked.characters <= 0:
            return ()
        deed = f"recall the memories of agent {asked.agent_id!r}"
        whose = {"tenant": asked.tenant, "agent_id": asked.agent_id, "run_id": asked.run_id}
        with _memory_errors(deed), self._pool.connection() as connection:
            wanted = connection.cursor(row_factory=class_row(_Wanted)).execute(WANTED, whose).fetchone()
            if wanted is None or not wanted.anything:
                return ()
            goal = _storable(asked.goal)
            with _embedding_errors(deed):
                embedder = self._open_embedder()
                model = str(embedder.model)
                _refuse_other_model(asked.tenant, wanted.model, model)
                (vector,) = _literals(embedder, [goal])
            bounds = {"compared": COMPARED, "floor": self._floor, "considered": max(asked.limit, MAX_SNIPPETS)}
            said = {"vector": vector, "words": goal[:GOAL_CHARACTERS], "model": model}
            cursor = connection.cursor(row_factory=kwargs_row(_snippet))
            return fitting(cursor.execute(RECALL, whose | bounds | said), asked.limit, asked.characters)

    def list(
        self, tenant: str, agent_id: str, search: str | None = None, limit: int = 50, before: str | None = None
    ) -> Sequence[Memory]:
        """With `search`, those that match it as a web search would, or that contain it as it stands.

        Raises MemoryUnavailable.
        """
        asked = {
            "tenant": tenant,
            "agent_id": agent_id,
            "search": _storable(search or "").strip() or None,
            "limit": max(0, limit),
            "before": before,
        }
        with _memory_errors(f"list the memories of agent {agent_id!r}"), self._pool.connection() as connection:
            return connection.cursor(row_factory=kwargs_row(_memory)).execute(_LIST, asked).fetchall()

    def forget(self, tenant: str, agent_id: str, memory_id: str | None = None) -> int:
        """Raises MemoryUnavailable."""
        asked = {"tenant": tenant, "agent_id": agent_id, "memory_id": memory_id}
        with _memory_errors(f"forget memories of agent {agent_id!r}"), self._pool.connection() as connection:
            return connection.execute(_FORGET, asked).rowcount

    def reembed(self, tenant: str, *, batch: int = 500, progress: Callable[[int, int], None] = _no_progress) -> int:
        """The tenant uses the configured model, and all its memories are embedded with it; how many had to be.

        The model is changed first: from then on whoever has the old one is refused, and memories still to be embedded
        are recalled by their words. Each batch is a transaction, so what was done stays done; called again, it goes on
        with the rest, and with the former model it goes back. `progress` is told how many are done, of how many.
        Raises MemoryUnavailable, also if another model was chosen meanwhile.
        """
        deed = f"embed the memories of tenant {tenant!r} anew"
        with _memory_errors(deed), self._pool.connection() as connection:
            with _embedding_errors(deed):
                embedder = self._open_embedder()
                model = embedder.model
            asked = {"tenant": tenant, "model": str(model), "dimension": model.dimension, "batch": batch}
            connection.execute(_CHANGE_MODEL, asked)
            total = _count(connection, asked)
            done, last = 0, _Stale("", "", "")
            progress(done, total)
            while True:
                with connection.transaction():
                    _check_models(connection, [tenant], str(model))
                    cursor = connection.cursor(row_factory=class_row(_Stale))
                    stale = cursor.execute(_NEXT_STALE, asked | last._asdict()).fetchall()
                    if not stale:
                        return done
                    with _embedding_errors(deed):
                        embedded = _literals(embedder, [memory.text for memory in stale])
                    rows = [
                        {"agent_id": memory.agent_id, "memory_id": memory.memory_id, "embedding": vector}
                        for memory, vector in zip(stale, embedded, strict=True)
                    ]
                    connection.execute(_REEMBED, asked | {"rows": json.dumps(rows)})
                done, last = done + len(stale), stale[-1]
                progress(done, max(done, total))
