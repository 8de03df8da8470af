"""The limit: psycopg and one prepared INSERT for each commit, into planfold's own table, with nothing around it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, LiteralString

import psycopg

from benchmarks.contenders import FIRST_SAVE, Body, Run

_INSERT: LiteralString = (
    "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %b)"
)
_ROW: LiteralString = ", (%s, %s, %s, %b)"


class Raw:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        self._conninfo, self._bodies = conninfo, bodies

    def prepare(self) -> None:
        """The table is planfold's."""

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        with ExitStack() as connections:
            yield [
                self._run(connections.enter_context(psycopg.connect(self._conninfo, autocommit=True)).cursor())
                for _ in range(count)
            ]

    def _run(self, cursor: psycopg.Cursor[Any]) -> Run:
        numbered = list(enumerate(self._bodies, start=1))
        first, second = numbered[:FIRST_SAVE], numbered[FIRST_SAVE:]
        insert_first, insert_second = (_INSERT + _ROW * (len(save) - 1) for save in (first, second))

        def run() -> None:
            stream = f"default/run/{os.urandom(8).hex()}"
            for insert, save in ((insert_first, first), (insert_second, second)):
                parameters: list[Any] = []
                for version, body in save:
                    parameters += (stream, version, body.name, body.state)
                cursor.execute(insert, parameters, prepare=True)

        return run
