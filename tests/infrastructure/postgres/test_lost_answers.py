"""Connections that break around a commit: nothing is lost, nothing is doubled."""

import select
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planfold.application.ports import Appending
from planfold.domain.ledger import CreditGranted
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import FixedClock
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.recorder import Recorder

STREAM = "default/ledger/tenant"
SAVED = b"CreditGranted"
"""In the message that carries the events, which the server commits with as soon as it has run it."""


class CuttingProxy:
    """Stands between client and server, and cuts the connection at a save: before or after the server got it."""

    def __init__(self, conninfo: str, folder: Path, *, deliver: bool) -> None:
        given = conninfo_to_dict(conninfo)
        self.conninfo = make_conninfo(conninfo, host=str(folder), port=5432)
        self._upstream = f"{given['host']}/.s.PGSQL.{given.get('port', 5432)}"
        self._deliver, self.cuts_left = deliver, 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self._closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, suppress(OSError):  # either end may leave at any moment
            server.connect(self._upstream)
            while self._passed_on(client, server):
                pass

    def _passed_on(self, client: socket.socket, server: socket.socket) -> bool:
        ready, _, _ = select.select([client, server], [], [], 30)
        for source in ready:
            data = source.recv(65_536)
            if not data:
                return False
            if source is client and SAVED in data and self.cuts_left:
                self.cuts_left -= 1
                if self._deliver:
                    server.sendall(data)
                    server.recv(65_536)  # the server has committed; its answer goes nowhere
                return False
            (server if source is client else client).sendall(data)
        return True


@pytest.fixture(params=[True, False], ids=["after the server got it", "before the server got it"])
def proxy(request: pytest.FixtureRequest, database: Endpoint) -> Iterator[CuttingProxy]:
    with tempfile.TemporaryDirectory(prefix="pf-") as folder:
        cutting = CuttingProxy(database.app, Path(folder), deliver=request.param)
        yield cutting
        cutting.close()


def test_a_connection_cut_at_a_commit_neither_loses_nor_doubles_an_event(proxy: CuttingProxy) -> None:
    with open_pool(proxy.conninfo, size=2) as pool:
        recorder = Recorder(Datastore(pool))
        log = EventSourcingLog(Planfold(lambda env: Factory(env, recorder)), FixedClock(), "tester")
        grants = [CreditGranted(grant_id=f"g{number}", amount=1, reason="") for number in range(3)]

        proxy.cuts_left = 1
        recorded = log.append([Appending(STREAM, EMPTY_STREAM, grants, "c")])

        assert proxy.cuts_left == 0
        assert [1, 2, 3] == [event.version for event in recorded]
        assert recorded == log.read(STREAM)
