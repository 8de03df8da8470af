"""eventsourcing's datastore and factory on our tables, our pool and nothing of the environment."""

from contextlib import AbstractContextManager
from typing import cast

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresFactory
from eventsourcing.utils import Environment

from planfold.infrastructure.postgres.connect import Connection, Pool

SCHEMA = "planfold"


class Datastore(PostgresDatastore):
    """The library's datastore over a pool that was made elsewhere."""

    def __init__(self, pool: Pool, schema: str = SCHEMA) -> None:
        super().__init__("", "", 0, "", "", schema=schema, originator_id_type="text")
        self.pool = pool  # type: ignore[assignment]

    def close(self) -> None:
        """The pool stays open: whoever made it closes it, and others use it too."""

    def get_connection(self) -> AbstractContextManager[Connection]:  # type: ignore[override] # a generator's is slower
        """A connection of the pool; what PostgreSQL refuses within is raised as the library's error of the same name."""
        return _Lent(cast("Pool", self.pool))


class _Lent:
    """A class, not a generator: a save takes a connection twice a run, and this in half the time."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __enter__(self) -> Connection:
        try:
            self._connection = self._pool.getconn()
        except psycopg.Error as error:
            raise _named_alike(error)(str(error)) from error
        return self._connection

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._pool.putconn(self._connection)
        if isinstance(error, psycopg.Error):
            raise _named_alike(error)(str(error)) from error


class Factory(PostgresFactory):
    """Gives an application the recorder that was made for it."""

    def __init__(self, env: Environment, recorder: PostgresApplicationRecorder) -> None:
        InfrastructureFactory.__init__(self, env)
        self.datastore = recorder.datastore
        self._recorder = recorder

    def application_recorder(self) -> ApplicationRecorder:
        return self._recorder


def _named_alike(error: psycopg.Error) -> type[persistence.PersistenceError]:
    """Both libraries name their errors by PEP 249."""
    for kind in type(error).__mro__:
        found = getattr(persistence, kind.__name__, None)
        if isinstance(found, type) and issubclass(found, persistence.PersistenceError):
            return found
    return persistence.PersistenceError
