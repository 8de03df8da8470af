"""planfold's event log as an installation has it: envelope, digests, pool and recorder; real facts of one run."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from eventsourcing.persistence import StoredEvent

from benchmarks.contenders import FIRST_SAVE, Body, Run
from benchmarks.server import installation
from planfold.application.ports import Appending, EventLog
from planfold.domain.frozen import Fact
from planfold.domain.recorded import Head
from planfold.infrastructure.event_codec import decode


def fact(body: Body) -> Fact:
    stored = StoredEvent(originator_id="default/run/x", originator_version=1, topic=body.name, state=body.state)
    return cast("Fact", decode(stored).fact)


class Planfold:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        self._conninfo, self._facts = conninfo, [fact(body) for body in bodies]

    def prepare(self) -> None:
        """The server was started with the schema."""

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        with installation(self._conninfo, count) as planfold:
            yield [self._run(planfold.ports.log)] * count

    def _run(self, log: EventLog) -> Run:
        first, second = self._facts[:FIRST_SAVE], self._facts[FIRST_SAVE:]

        def run() -> None:
            run_id = os.urandom(8).hex()
            stream = f"default/run/{run_id}"
            saved = log.append([Appending(stream, Head(), first, run_id)])
            log.append([Appending(stream, Head.of(saved[-1]), second, run_id)])

        return run
