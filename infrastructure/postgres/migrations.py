"""The schema `planfold`: plain SQL files, applied once each, in order, under a lock.

`NNNN_pre_*.sql` adds what release NNNN needs and takes nothing away, so it runs before that release is rolled out, while
the one before it still serves. `NNNN_post_*.sql` takes away what only older releases used, so it runs after.
A program therefore needs the pre migrations up to SCHEMA_MIN, and lives with the post migrations up to SCHEMA_MAX.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import class_row, tuple_row

from planfold.infrastructure.errors import ExtensionMissing, SchemaMismatch, StoreUnavailable

SCHEMA_MIN = 3
SCHEMA_MAX = 3
OLDEST_SERVER = 140_000
"""PostgreSQL 14: the first whose SQL functions have a body that is parsed when they are made."""

Phase = Literal["pre", "post"]
Connection = psycopg.Connection[Any]
"""Autocommitting, whatever its rows are; as the owner where something is applied."""

SCHEMA_FOLDER = Path(__file__).parent / "schema"
LOCK = int.from_bytes(b"migrates")
"""The advisory lock that whoever migrates holds; another one than those of events and runs, which go on meanwhile."""
LOCK_WAIT = "60s"
_NAME = re.compile(r"(\d{4})_(pre|post)_[a-z0-9_]+", re.ASCII)
_MAKE_EXTENSION: LiteralString = "CREATE EXTENSION IF NOT EXISTS vector;"
UPGRADE = "planfold database upgrade"


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    release: int
    phase: Phase
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    name: str
    digest: str
    applied_at: datetime

    @property
    def release(self) -> int:
        return int(self.name[:4])

    @property
    def takes_away(self) -> bool:
        return self.name[5:].startswith("post_")


@dataclass(frozen=True, slots=True)
class Status:
    """What the database has, oldest first, and what this program would still apply."""

    applied: tuple[Applied, ...]
    pending: tuple[Migration, ...]


def load(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder in the order they are applied: by release, pre before post, then by name."""
    found = []
    for file in folder.glob("[0-9]*.sql"):
        if not (parts := _NAME.fullmatch(file.stem)):
            raise ValueError(f"{file.name} is no name of a migration; use NNNN_pre_what.sql or NNNN_post_what.sql")
        phase: Phase = "pre" if parts[2] == "pre" else "post"
        found.append(Migration(file.stem, int(parts[1]), phase, file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda each: (each.release, each.phase == "post", each.name)))


@cache
def shipped() -> tuple[Migration, ...]:
    return load(SCHEMA_FOLDER)


def status(connection: Connection, known: tuple[Migration, ...] | None = None) -> Status:
    """What is applied and what is not. Raises SchemaMismatch if an applied one has been edited since."""
    known = shipped() if known is None else known
    applied = _applied(connection)
    digests = {each.name: each.digest for each in applied}
    for each in known:
        if digests.get(each.name, each.digest) != each.digest:
            raise SchemaMismatch(
                f"the migration {each.name} was applied as {digests[each.name][:12]} and is {each.digest[:12]} in this "
                "program; an applied migration never changes: install the release that applied it, or a later one"
            )
    return Status(applied, tuple(each for each in known if each.name not in digests))


def check(connection: Connection, known: tuple[Migration, ...] | None = None) -> None:
    """This program serves the database as it stands: one query. Raises SchemaMismatch."""
    found = status(connection, known)
    if missing := [each.name for each in found.pending if each.phase == "pre" and each.release <= SCHEMA_MIN]:
        raise SchemaMismatch(
            f"the database has {_described(found)}; this program needs schema {SCHEMA_MIN} ({', '.join(missing)}); "
            f"run: {UPGRADE}"
        )
    _refuse_later(found)


def upgrade(connection: Connection, *, phase: Phase = "post", known: tuple[Migration, ...] | None = None) -> list[str]:
    """Every pending migration is applied, with `phase="pre"` only the pre ones; their names.

    Each is applied in its own transaction, so what came before one that fails stays. Grants are renewed.
    Raises SchemaMismatch, ExtensionMissing, StoreUnavailable (somebody else is at it for a minute).
    """
    try:
        _refuse_unfit(connection)
        with _alone(connection):
            connection.execute(_text("migrations.sql"))
            if not _has_extension(connection):
                _make_extension(connection)
            found = status(connection, known)
            _refuse_later(found)
            pending = [each for each in found.pending if phase == "post" or each.phase == "pre"]
            for each in pending:
                with connection.transaction():
                    connection.execute(each.sql.encode())
                    connection.execute(
                        "INSERT INTO planfold.migrations (name, digest) VALUES (%s, %s)", [each.name, each.digest]
                    )
            connection.execute(_text("grants.sql"))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SchemaMismatch(
            f"role {connection.info.user!r} may not change the schema of database {connection.info.dbname!r}: "
            f"{error.diag.message_primary}; set PLANFOLD_OWNER_DATABASE_URL to connect as the schema's owner"
        ) from None
    return [each.name for each in pending]


def pending_sql(connection: Connection, *, phase: Phase = "post", known: tuple[Migration, ...] | None = None) -> str:
    """What `upgrade` would do, as a script for psql; nothing is done. Raises SchemaMismatch."""
    _refuse_unfit(connection)
    pending = [each for each in status(connection, known).pending if phase == "post" or each.phase == "pre"]
    if not pending:
        return ""
    steps = [
        f"BEGIN;\n{each.sql}\n"
        f"INSERT INTO planfold.migrations (name, digest) VALUES ('{each.name}', '{each.digest}');\nCOMMIT;\n"
        for each in pending
    ]
    return "\n".join(
        [
            "\\set ON_ERROR_STOP on",
            f"SELECT pg_advisory_lock({LOCK});\n",
            _text("migrations.sql").decode(),
            *([] if _has_extension(connection) else [f"{_MAKE_EXTENSION}\n"]),
            *steps,
            _text("grants.sql").decode(),
            f"SELECT pg_advisory_unlock({LOCK});\n",
        ]
    )


def _refuse_unfit(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SchemaMismatch(
            f"database {connection.info.dbname!r} holds its text in {encoding}, which not every goal fits into; "
            "make one with: CREATE DATABASE planfold TEMPLATE template0 ENCODING 'UTF8'"
        )
    if connection.info.server_version < OLDEST_SERVER:
        raise SchemaMismatch(
            f"the server is PostgreSQL {connection.info.server_version // 10_000}; "
            f"planfold needs {OLDEST_SERVER // 10_000} or later"
        )


def _refuse_later(found: Status) -> None:
    if taken := [each.name for each in found.applied if each.takes_away and each.release > SCHEMA_MAX]:
        raise SchemaMismatch(
            f"the database has {_described(found)}; this program serves up to schema {SCHEMA_MAX}, and {taken[0]} took "
            "away what it uses; install a newer planfold"
        )


def _applied(connection: Connection) -> tuple[Applied, ...]:
    try:
        with connection.cursor(row_factory=class_row(Applied)) as cursor:
            cursor.execute("SELECT name, digest, applied_at FROM planfold.migrations ORDER BY applied_at, name")
            return tuple(cursor)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return ()
    except psycopg.errors.InsufficientPrivilege:
        raise SchemaMismatch(
            f"role {connection.info.user!r} may not read planfold.migrations in database {connection.info.dbname!r}; "
            f"grant planfold_app to it, or run as the owner: {UPGRADE}"
        ) from None


def _described(found: Status) -> str:
    return f"schema {max(each.release for each in found.applied)}" if found.applied else "no planfold schema"


def _text(name: str) -> bytes:
    return (SCHEMA_FOLDER / name).read_bytes()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Nobody else migrates this database within."""
    connection.execute(f"SET lock_timeout = '{LOCK_WAIT}'".encode())
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    except psycopg.errors.LockNotAvailable:
        raise StoreUnavailable(
            f"cannot upgrade database {connection.info.dbname!r}: another process has been upgrading it for {LOCK_WAIT}; "
            "wait for it, then try again"
        ) from None
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
            connection.execute("RESET lock_timeout")


def _has_extension(connection: Connection) -> bool:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute("SELECT FROM pg_extension WHERE extname = 'vector'").fetchone() is not None


def _make_extension(connection: Connection) -> None:
    try:
        connection.execute(_MAKE_EXTENSION)
    except psycopg.errors.InsufficientPrivilege:
        reason = f"role {connection.info.user!r} may not"
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        reason = "pgvector is not installed on the server"
    else:
        return
    raise ExtensionMissing("vector", connection.info.dbname, reason)
