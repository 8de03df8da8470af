"""What `planfold doctor` looks at on a server that answers: room for connections, stalled readers, other addresses."""

from collections.abc import Sequence
from typing import NamedTuple

from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import Connection, connect, leads_to_pooler, store_errors
from planfold.infrastructure.postgres.read_models.builds import standing
from planfold.infrastructure.postgres.read_models.keeping import MODELS
from planfold.infrastructure.postgres.read_models.parked import Parked, parked
from planfold.infrastructure.postgres.stalling import stalling, told
from planfold.infrastructure.settings import PREFIX

_ROOM = """
    SELECT current_setting('max_connections')::int AS most,
        -- PostgreSQL 16 has reserved_connections beside those of superusers.
        current_setting('superuser_reserved_connections')::int
            + coalesce(current_setting('reserved_connections', true)::int, 0) AS kept,
        (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS used
"""
_WHO = """
    SELECT current_user AS role, current_setting('server_version') AS server, pg_is_in_recovery() AS standby,
        (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS timeout
"""
_FAR_BEHIND = 20_000
"""Positions; they take a second or two."""


class Pending(NamedTuple):
    found: str
    mend: str


def connections(installation: Installation, connection: Connection) -> str | Pending:
    """What this process may open at most, beside what the server has and what is in use."""
    settings, room = installation.settings, connection.execute(_ROOM).fetchone() or {}
    size = settings.pool_size
    server, elsewhere = size + 1, ""
    if settings.read_database_url is not None:
        elsewhere = f", {size} to {PREFIX}READ_DATABASE_URL"
    if settings.direct_database_url is not None and _is_pooled(installation):
        server, elsewhere = 1, f", {size} to the pooler{elsewhere}"
    free = room["most"] - room["kept"] - room["used"]
    found = (
        f"this process opens {server} to the server at most{elsewhere}; there, {room['used']} of {room['most']} are in "
        f"use, {room['kept']} kept for administrators"
    )
    if free >= server:
        return found
    return Pending(found, f"lower {PREFIX}POOL_SIZE, raise max_connections, or put a pooler in between")


def readers(connection: Connection) -> str | Pending:
    """Who has written events and does not end, so that whoever reads the log waits before the gap."""
    found = stalling(connection)
    if not found:
        return "no transaction keeps those who follow the log waiting"
    return Pending(
        f"those who follow the log wait for {told(found)}",
        "end that transaction where it was begun; or as an administrator, which undoes what it wrote: "
        f"SELECT pg_terminate_backend({found[0].pid})",
    )


def projections(connection: Connection) -> str | Pending:
    """Which streams could not be folded, and whether the next search would have to wait."""
    found = [each for model in MODELS if (each := standing(connection, model.name)) is not None]
    versions = {model.name: model.version for model in MODELS}
    for each in found:
        if each.version > versions[each.name]:
            return Pending(
                f"{each.name} is kept by a newer planfold, in version {each.version}; this one shows it as it is",
                f"install the newer one, or let this one keep it: planfold projections rebuild {each.name}",
            )
    lists = [streams for each in found if (streams := parked(connection, each.name))]
    if lists:
        return Pending(
            ". ".join(_parked(streams) for streams in lists),
            "mend what stands against it, then run: "
            + " && ".join(f"planfold projections retry {streams[0].projection}" for streams in lists),
        )
    behind = max((each.newest - each.checkpoint for each in found), default=0)
    if behind > _FAR_BEHIND:
        return Pending(
            f"{behind:,} positions behind the log, which the next search waits for",
            "keep this running: planfold project",
        )
    return f"{behind:,} positions behind the log, which the next search folds" if behind else "up to the log"


def pooler(installation: Installation) -> str | Pending:
    """Only where a direct address is named beside it."""
    settings = installation.settings
    with (
        connect(installation.database.app, pooled=True) as connection,
        store_errors("look at the pooler"),
        connection.transaction(),
    ):
        if not leads_to_pooler(connection):
            return f"{PREFIX}DATABASE_URL leads to the server itself"
        row = connection.execute(_WHO).fetchone() or {}
    found = f"{PREFIX}DATABASE_URL leads to a pooler, so no statements are prepared"
    if row["timeout"] == settings.statement_timeout_ms:
        return found
    return Pending(
        f"{found}; a statement there may take {_milliseconds(row['timeout'])}, not the "
        f"{_milliseconds(settings.statement_timeout_ms)} of {PREFIX}STATEMENT_TIMEOUT_MS, which a pooler does not pass on",
        f"as that role: ALTER ROLE {row['role']} SET statement_timeout = {settings.statement_timeout_ms}; "
        "then let the pooler connect anew (RECONNECT)",
    )


def queries(installation: Installation) -> str:
    """Only where they have a server of their own. Raises StoreUnavailable, SchemaMismatch."""
    named_by = f"{PREFIX}READ_DATABASE_URL"
    with (
        connect(installation.database.read, pooled=True, named_by=named_by) as connection,
        store_errors("look at the server for queries", named_by),
        connection.transaction(),
    ):
        row = connection.execute(_WHO).fetchone() or {}
        migrations.check(connection)
    kind = "a standby" if row["standby"] else "no standby"
    return f"PostgreSQL {row['server']}, {kind}, answers {row['role']}"


def _is_pooled(installation: Installation) -> bool:
    with connect(installation.database.app, pooled=True) as connection, connection.transaction():
        return leads_to_pooler(connection)


def _parked(streams: Sequence[Parked]) -> str:
    first, more = streams[0], f" and {len(streams) - 1} more" if len(streams) > 1 else ""
    return f"{first.projection} could not fold {first.stream}{more}: {first.reason}"


def _milliseconds(timeout: int) -> str:
    return f"{timeout} ms" if timeout else "any time"
