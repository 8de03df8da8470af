"""Connections to PostgreSQL: how they are made, and how what goes wrong with them is told."""

import logging
import re
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from planfold.infrastructure.errors import SchemaMismatch, StoreUnavailable


class Connection(psycopg.Connection[DictRow]):
    checked_at = 0.0
    """When a pool last looked whether it still stands, by the monotonic clock."""

    @cached_property
    def _statements(self) -> dict[bytes, bytes]:
        """The names of those that are prepared, as far as is known here."""
        return {}

    @cached_property
    def _numbers(self) -> Iterator[int]:
        """Each is used once: of the names before a rollback, some may have been given after it."""
        return count()

    @property
    def is_pooled(self) -> bool:
        """Whether it may be one of a pooler in transaction mode, as `connect` says."""
        return self.prepare_threshold is None

    def answer(self, statement: bytes, values: Sequence[bytes], formats: Sequence[Format]) -> list[bytes]:
        """The first column, as text, of what a statement with $1, $2 answers; prepared if that is allowed.

        Past psycopg's cursor, which takes more of the client's time than the rest of a short save. Raises as it does.
        """
        # Within a transaction there would be no second try below.
        if self.is_pooled or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return self._column(self.pgconn.exec_params(statement, values, param_formats=formats))
        try:
            return self._run(statement, values, formats)
        except psycopg.errors.InvalidSqlStatementName:  # psycopg forgets all prepared statements with a rollback
            self._statements.clear()
            return self._run(statement, values, formats)

    def _run(self, statement: bytes, values: Sequence[bytes], formats: Sequence[Format]) -> list[bytes]:
        name = self._statements.get(statement)
        if name is None:
            name = b"planfold%d" % next(self._numbers)
            self._column(self.pgconn.prepare(name, statement))
            self._statements[statement] = name
        return self._column(self.pgconn.exec_prepared(name, values, param_formats=formats))

    def _column(self, result: PGresult) -> list[bytes]:
        match result.status:
            case ExecStatus.TUPLES_OK:
                return [result.get_value(row, 0) or b"" for row in range(result.ntuples)]
            case ExecStatus.COMMAND_OK:
                return []
        if self.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(self.pgconn.get_error_message(self.info.encoding))
        raise psycopg.errors.error_from_result(result, self.info.encoding)


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
NAMED_BY = "PLANFOLD_DATABASE_URL"
"""The variable that names the server, unless another one is said to."""

_GO_DIRECT = "let PLANFOLD_DIRECT_DATABASE_URL name the server itself"
_SECRETS = (
    re.compile(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)"),
    re.compile(r"(?i)(://[^:/@\s]*:)([^@/\s]+)(?=@)"),
)


def open_pool(
    conninfo: str, *, size: int, statement_timeout_ms: int = 0, wait: float = 10, pooled: bool = False
) -> Pool:
    """At most `size` connections, made when they are first asked for and looked at before each use.

    `pooled`: they may be shared by transaction, as `connect` says. Asking for one waits `wait` seconds, then raises
    PoolTimeout. Raises StoreUnavailable if `conninfo` is malformed.
    """
    # Its warnings would otherwise be printed on standard error by logging's last resort.
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    return ConnectionPool(
        "",
        kwargs=_parameters(conninfo, None if pooled else statement_timeout_ms)
        | {"autocommit": True, "row_factory": dict_row},
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


def connect(
    conninfo: str, *, statement_timeout_ms: int = 0, pooled: bool = False, named_by: str = NAMED_BY
) -> Connection:
    """One connection outside the pool, autocommitting. Raises StoreUnavailable, which names the variable `named_by`.

    `pooled`: it may be one of a pooler in transaction mode (ADR 23), so nothing that lasts longer than a transaction is
    asked for: no statement is prepared, whatever its caller says, and the statement timeout is that of the role.
    """
    with store_errors("connect to PostgreSQL", named_by):
        parameters = _parameters(conninfo, None if pooled else statement_timeout_ms)
        return Connection.connect("", **parameters, autocommit=True, row_factory=dict_row)


def leads_to_pooler(connection: Connection) -> bool:
    """Whether a pooler is in between: it gives a client a process number of its own, not that of a server's session."""
    row = connection.execute("SELECT pg_backend_pid() AS pid").fetchone()
    return row is None or row["pid"] != connection.info.backend_pid


def refuse_pooler(connection: Connection) -> None:
    """The connection is a session of the server. Raises StoreUnavailable, and closes it, if it leads to a pooler."""
    if leads_to_pooler(connection):
        connection.close()
        raise StoreUnavailable(
            "cannot have a session of the server: a pooler is in between, which may share sessions, and with them "
            f"locks; {_GO_DIRECT}"
        )


@contextmanager
def store_errors(deed: str, named_by: str = NAMED_BY) -> Iterator[None]:
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
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StoreUnavailable(f"cannot {deed}: {_reason(error)}; {_remedy(error, named_by)}") from None


def _parameters(conninfo: str, statement_timeout_ms: int | None) -> dict[str, Any]:
    """What psycopg connects with; None is for a pooler, which takes no options and loses prepared statements."""
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        # The driver's own message quotes the part that it could not read, which may be the password.
        raise StoreUnavailable(
            "cannot connect to PostgreSQL: the connection string is malformed; "
            "write it as postgresql://user@host:5432/database, with special characters percent-encoded"
        ) from None
    parameters = DEFAULTS | given | {"client_encoding": "UTF8"}
    if statement_timeout_ms is None:
        return parameters | {"prepare_threshold": None}
    options = f"{given.get('options') or ''} -c statement_timeout={statement_timeout_ms}".strip()
    return parameters | {"options": options}


def without_secrets(text: str) -> str:
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return text


def _reason(error: psycopg.Error) -> str:
    text = error.diag.message_primary or next(iter(str(error).splitlines()), "") or type(error).__name__
    return without_secrets(text.strip().rstrip(".;:"))


def _remedy(error: psycopg.Error, named_by: str) -> str:
    match error:
        case PoolTimeout() | TooManyRequests():
            return "the server does not answer or all connections are in use; look at `planfold doctor`, PLANFOLD_POOL_SIZE"
        case _ if "authentication failed" in str(error) or "no password supplied" in str(error):
            return f"the server refuses this user or password; correct {named_by} or the server's pg_hba.conf"
        case _ if re.search(r'(database|role) ".*" does not exist', str(error)):
            return f"the server has none of that name; correct {named_by}, or create it there"
        case _ if "unsupported startup parameter" in str(error):
            return f"a pooler is in between; {_GO_DIRECT}, and write no `options` into a URL of the pooler"
        case psycopg.errors.ReadOnlySqlTransaction():
            return f"{named_by} leads to a server or role that only reads; let it name the one that writes"
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
            embedded = " (an embedded one is started again by itself)" if named_by == NAMED_BY else ""
            return f"see that the server runs and that {named_by} names it{embedded}, then try again"
