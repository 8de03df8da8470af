"""Artifacts and snapshots: what the events name by digest, and the shortcuts to folded ledgers."""

from typing import NamedTuple

from psycopg.rows import class_row

from planfold.application.ports import Snapshot
from planfold.domain.canonical import digest
from planfold.domain.names import tenant_of
from planfold.domain.recorded import Head
from planfold.infrastructure.postgres.connect import Pool, store_errors

KNOWN = 4_096
"""How many digests a process remembers as stored, so that the manifest of every run is not sent again."""


class _Body(NamedTuple):
    body: bytes


class PostgresArtifacts:
    """Bodies by tenant and digest; the database itself refuses one that has another digest."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[tuple[str, str], None] = {}

    def put(self, tenant: str, kind: str, body: bytes) -> str:
        named = digest(body)
        if (tenant, named) in self._known:
            return named
        with store_errors(f"store the {kind} of tenant {tenant}"), self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO planfold.artifacts (tenant, digest, kind, body) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (tenant, digest) DO NOTHING",
                (tenant, named, kind, body),
            )
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[tenant, named] = None
        return named

    def get(self, tenant: str, digest: str) -> bytes | None:
        with store_errors(f"read artifact {digest}"), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(_Body))
            cursor.execute("SELECT body FROM planfold.artifacts WHERE tenant = %s AND digest = %s", (tenant, digest))
            row = cursor.fetchone()
        return None if row is None else bytes(row.body)


class PostgresSnapshots:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def load(self, stream: str) -> Snapshot | None:
        with store_errors(f"read the snapshot of {stream}"), self._pool.connection() as connection:
            row = connection.execute(
                "SELECT version, digest, recorded_at, fold_version, state FROM planfold.snapshots"
                " WHERE tenant = %s AND stream = %s",
                (tenant_of(stream), stream),
            ).fetchone()
        if row is None:
            return None
        head = Head(row["version"], row["digest"], row["recorded_at"])
        return Snapshot(head, row["fold_version"], bytes(row["state"]))

    def save(self, stream: str, snapshot: Snapshot) -> None:
        """The newest stays: an older one that arrives later changes nothing, unless another fold made it."""
        head = snapshot.head
        with store_errors(f"store the snapshot of {stream}"), self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO planfold.snapshots AS kept"
                " (tenant, stream, version, digest, recorded_at, fold_version, state) VALUES (%s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (tenant, stream) DO UPDATE SET version = excluded.version, digest = excluded.digest,"
                " recorded_at = excluded.recorded_at, fold_version = excluded.fold_version, state = excluded.state"
                " WHERE kept.version < excluded.version OR kept.fold_version <> excluded.fold_version",
                (
                    tenant_of(stream),
                    stream,
                    head.version,
                    head.digest,
                    head.recorded_at,
                    snapshot.fold_version,
                    snapshot.state,
                ),
            )
