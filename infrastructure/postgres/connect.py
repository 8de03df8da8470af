"""Connections to PostgreSQL: how they are made, and how what goes wrong with them is told."""

import logging
import re
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from planfold.infrastructure.errors import SchemaMismatch, StoreUnavailable


class Connection(psycopg.Connection[DictRow]):
    checked_at = 0.0
    """When a pool last looked whether it still stands, by the monotonic clock."""

    @cached_property
    def saving(self) -> psycopg.Cursor[TupleRow]:
        """The cursor of whoever saves: to make one for each save takes as long as to encode two events."""
        return self.cursor(row_factory=tuple_row)


Pool = ConnectionPool[Connection]

DEFAULTS: dict[str, Any] = {
    "fallback_application_name": "planfold",
    "connect_timeout": 10,
    # A peer that is gone is noticed within a minute and a half, not within the two hours of the kernel.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""What a connection string may set otherwise; seconds, the last in milliseconds."""

CHECKED_FOR = 5.0
"""Seconds after which a connection of a pool is looked at again before it is used."""

_SECRETS = (
    re.compile(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)"),
    re.compile(r"(?i)(://[^:/@\s]*:)([^@/\s]+)(?=@)"),
)


def open_pool(conninfo: str, *, size: int, statement_timeout_ms: int = 0, wait: float = 10) -> Pool:
    """At most `size` connections, made when they are first asked for and looked at before each use.

    Asking for one waits `wait` seconds, then raises PoolTimeout. Raises StoreUnavailable if `conninfo` is malformed.
    """
    # Its warnings would otherwise be printed on standard error by logging's last resort.
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    return ConnectionPool(
        "",
        kwargs=_parameters(conninfo, statement_timeout_ms) | {"autocommit": True, "row_factory": dict_row},
        connection_class=Connection,
        min_size=0,
        max_size=size,
        timeout=wait,
        check=_check,
        name="planfold",
        open=True,
    )


def _check(connection: Connection) -> None:
    """Raises psycopg.OperationalError if the connection is lost.

    A question to the server takes as long as a short query, so it is asked only if something came from there, as when it
    ended the session, or if nobody asked for CHECKED_FOR.
    """
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if socket.poll(0) or time.monotonic() - connection.checked_at > CHECKED_FOR:
        ConnectionPool.check_connection(connection)
        connection.checked_at = time.monotonic()


def connect(conninfo: str, *, statement_timeout_ms: int = 0) -> Connection:
    """One connection outside the pool, autocommitting. Raises StoreUnavailable."""
    with store_errors("connect to PostgreSQL"):
        parameters = _parameters(conninfo, statement_timeout_ms)
        return Connection.connect("", **parameters, autocommit=True, row_factory=dict_row)


@contextmanager
def store_errors(deed: str) -> Iterator[None]:
    """What PostgreSQL refuses within is told as `cannot {deed}: ...`, without any password.

    Raises StoreUnavailable for a lost, slow or full server, SchemaMismatch for missing tables and rights. A broken
    constraint passes through: it is for the adapter that knows what it means.
    """
    try:
        yield
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.InvalidSchemaName,
        psycopg.errors.InsufficientPrivilege,
    ) as error:
        raise SchemaMismatch(f"cannot {deed}: {_reason(error)}; run: planfold database upgrade") from None
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailable(f"cannot {deed}: {_reason(error)}; {_remedy(error)}") from None


def _parameters(conninfo: str, statement_timeout_ms: int) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # The driver's own message quotes the part that it could not read, which may be the password.
        raise StoreUnavailable(
            "cannot connect to PostgreSQL: the connection string is malformed; "
            "write it as postgresql://user@host:5432/database, with special characters percent-encoded"
        ) from None
    options = f"{given.get('options') or ''} -c statement_timeout={statement_timeout_ms}".strip()
    return DEFAULTS | given | {"options": options, "client_encoding": "UTF8"}


def without_secrets(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


def _reason(error: psycopg.Error) -> str:
    text = error.diag.message_primary or next(iter(str(error).splitlines()), "") or type(error).__name__
    return without_secrets(text.strip().rstrip(".;:"))


def _remedy(error: psycopg.Error) -> str:
    match error:
        case PoolTimeout() | TooManyRequests():
            return "the server does not answer or all connections are in use; look at `planfold doctor`, PLANFOLD_POOL_SIZE"
        case _ if "authentication failed" in str(error) or "no password supplied" in str(error):
            return "the server refuses this user or password; correct PLANFOLD_DATABASE_URL or the server's pg_hba.conf"
        case _ if re.search(r'(database|role) ".*" does not exist', str(error)):
            return "the server has none of that name; correct PLANFOLD_DATABASE_URL, or create it there"
        case psycopg.errors.QueryCanceled():
            return "it took longer than PLANFOLD_STATEMENT_TIMEOUT_MS allows"
        case psycopg.errors.DiskFull():
            return "free space on the server's disk, then try again"
        case (
            psycopg.errors.SerializationFailure()
            | psycopg.errors.DeadlockDetected()
            | psycopg.errors.LockNotAvailable()
        ):
            return "somebody else was at it; try again"
        case _:
            return "see that the server runs and that PLANFOLD_DATABASE_URL names it, then try again"
