"""eventsourcing as its documentation has it: an application on its Postgres module, its own tables, its own JSON."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pydantic_core
from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from psycopg.conninfo import conninfo_to_dict

from benchmarks.contenders import FIRST_SAVE, Body, Run


@dataclass(frozen=True)
class Told(DomainEvent):
    name: str
    body: dict[str, Any]


class Stories(Application[UUID]):
    pass


class Stock:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        server = conninfo_to_dict(conninfo)
        self._environment = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(server["dbname"]),
            "POSTGRES_HOST": str(server["host"]),
            "POSTGRES_PORT": str(server["port"]),
            "POSTGRES_USER": str(server["user"]),
            "POSTGRES_PASSWORD": "none is asked for",
        }
        self._bodies = [(body.name, pydantic_core.from_json(body.state)) for body in bodies]

    def prepare(self) -> None:
        Stories(self._environment).close()

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        application = Stories({**self._environment, "POSTGRES_POOL_SIZE": str(count), "CREATE_TABLE": "no"})

        def run() -> None:
            story = uuid4()
            told = [
                Told(
                    originator_id=story,
                    originator_version=version,
                    timestamp=Told.create_timestamp(),
                    name=name,
                    body=body,
                )
                for version, (name, body) in enumerate(self._bodies, start=1)
            ]
            application.save(*told[:FIRST_SAVE])
            application.save(*told[FIRST_SAVE:])

        try:
            yield [run] * count
        finally:
            application.close()
