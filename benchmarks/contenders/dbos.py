"""DBOS: a workflow of five steps, each of which answers one event's body; made as its quickstart shows it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pydantic_core
from dbos import DBOS

from benchmarks.contenders import Body, Run
from benchmarks.server import as_url


class Dbos:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        self._conninfo = conninfo
        self._bodies = [pydantic_core.from_json(body.state) for body in bodies]

    def prepare(self) -> None:
        """Its tables are made when it is launched."""

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        steps = [DBOS.step(name=f"step_{number}")(_answering(body)) for number, body in enumerate(self._bodies, 1)]

        def story() -> None:
            for step in steps:
                step()

        run: Run = DBOS.workflow(name="story")(story)
        DBOS(
            config={
                "name": "planfold-benchmark",
                "system_database_url": as_url(self._conninfo),
                "log_level": "ERROR",
            }
        )
        DBOS.launch()
        try:
            yield [run] * count
        finally:
            DBOS.destroy(destroy_registry=True)


def _answering(body: Any) -> Callable[[], Any]:
    return lambda: body
