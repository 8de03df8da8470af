"""eventsourcing's datastore and factory on our tables, our pool and nothing of the environment."""

from collections.abc import Iterator
from contextlib import contextmanager
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

    @contextmanager
    def get_connection(self) -> Iterator[Connection]:
        """A connection of the pool; what PostgreSQL refuses within is raised as the library's error of the same name."""
        pool = cast("Pool", self.pool)
        try:
            connection = pool.getconn()
            try:
                yield connection
            finally:
                pool.putconn(connection)
        except psycopg.Error as error:
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
