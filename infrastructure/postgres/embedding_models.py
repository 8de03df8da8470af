"""Which embedding model a tenant's memories are made with, so that embeddings of two models are never compared.

A tenant uses the model of whoever remembered something for it first, until `reembed` changes it; who is configured with
another one is refused. Who writes embeddings holds the tenant's row in share mode, so that none of the former model
appears after a change.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.rows import class_row

from planfold.application.ports import MemoryUnavailable
from planfold.infrastructure.errors import InfrastructureError
from planfold.infrastructure.postgres.connect import Connection

if TYPE_CHECKING:
    from planfold.infrastructure.embedding import Embedder, EmbeddingModel

_USE = """
    INSERT INTO planfold.embedding_models (tenant, model, dimension)
    SELECT tenant, %(model)s, %(dimension)s FROM unnest(%(tenants)s::text[]) AS tenant
    ON CONFLICT (tenant) DO NOTHING
"""
_USED = "SELECT tenant, model FROM planfold.embedding_models WHERE tenant = ANY(%s) ORDER BY tenant FOR SHARE"
_CHANGE = """
    INSERT INTO planfold.embedding_models AS used (tenant, model, dimension)
    VALUES (%(tenant)s, %(model)s, %(dimension)s)
    ON CONFLICT (tenant) DO UPDATE
    SET model = excluded.model, dimension = excluded.dimension, since = clock_timestamp()
    WHERE used.model <> excluded.model
"""
_STALE = """
    SELECT count(*) AS stale FROM planfold.memories WHERE tenant = %(tenant)s AND model IS DISTINCT FROM %(model)s
"""
_NEXT = """
    SELECT agent_id, memory_id, text FROM planfold.memories
    WHERE tenant = %(tenant)s AND model IS DISTINCT FROM %(model)s
        AND (agent_id, memory_id) > (%(agent_id)s, %(memory_id)s)
    ORDER BY agent_id, memory_id LIMIT %(batch)s FOR UPDATE
"""
_REPLACE = """
    UPDATE planfold.memories AS kept
    SET model = %(model)s, embedding = row.embedding
    FROM json_to_recordset(%(rows)s::json) AS row (agent_id text, memory_id text, embedding planfold.embedding)
    WHERE kept.tenant = %(tenant)s AND kept.agent_id = row.agent_id AND kept.memory_id = row.memory_id
"""

Progress = Callable[[int, int], None]


class Embedding:
    """An embedder, made when it is first needed; whatever it raises is MemoryUnavailable."""

    def __init__(self, open_embedder: "Callable[[], Embedder]") -> None:
        self._open = open_embedder

    @property
    def model(self) -> "EmbeddingModel":
        try:
            return self._open().model
        except Exception as error:
            raise _unavailable(error) from error

    def literals(self, texts: Sequence[str]) -> list[str]:
        """Each text's embedding as PostgreSQL reads it; nine digits tell any two 32-bit floats apart."""
        try:
            rows: list[list[float]] = self._open().embed(texts).tolist()
        except Exception as error:
            raise _unavailable(error) from error
        return ["[" + ",".join(["%.9g"] * len(row)) % tuple(row) + "]" for row in rows]


class _Used(NamedTuple):
    tenant: str
    model: str


class _Stale(NamedTuple):
    agent_id: str
    memory_id: str
    text: str


def use(connection: Connection, tenants: Sequence[str], model: "EmbeddingModel") -> None:
    """These tenants, in sorted order, use `model` until the transaction ends. Raises MemoryUnavailable."""
    connection.execute(_USE, {"tenants": tenants, "model": str(model), "dimension": model.dimension})
    for used in connection.cursor(row_factory=class_row(_Used)).execute(_USED, [tenants]):
        refuse_other(used.tenant, used.model, str(model))


def refuse_other(tenant: str, used: str | None, configured: str) -> None:
    if used not in {None, configured}:
        raise MemoryUnavailable(
            f"the memories of tenant {tenant!r} are embedded with {used}, and {configured} is configured: "
            f"set PLANFOLD_EMBEDDING_MODEL back, or embed them anew: planfold reembed --tenant {tenant}"
        )


def reembed(connection: Connection, embedding: Embedding, tenant: str, *, batch: int, progress: Progress) -> int:
    """See PgvectorMemory.reembed."""
    model = embedding.model
    asked: dict[str, Any] = {"tenant": tenant, "model": str(model), "dimension": model.dimension, "batch": batch}
    connection.execute(_CHANGE, asked)
    counted = connection.execute(_STALE, asked).fetchone()
    total: int = counted["stale"] if counted else 0
    done, last = 0, _Stale("", "", "")
    progress(done, total)
    while True:
        with connection.transaction():
            use(connection, [tenant], model)
            cursor = connection.cursor(row_factory=class_row(_Stale))
            stale = cursor.execute(_NEXT, asked | last._asdict()).fetchall()
            if not stale:
                return done
            embedded = embedding.literals([memory.text for memory in stale])
            rows = [
                {"agent_id": memory.agent_id, "memory_id": memory.memory_id, "embedding": literal}
                for memory, literal in zip(stale, embedded, strict=True)
            ]
            connection.execute(_REPLACE, asked | {"rows": json.dumps(rows)})
        done, last = done + len(stale), stale[-1]
        progress(done, total)


def _unavailable(error: Exception) -> MemoryUnavailable:
    # What an embedder of others says may quote a key or the text.
    reason = str(error) if isinstance(error, InfrastructureError) else type(error).__name__
    return MemoryUnavailable(f"cannot embed: {reason}")
