"""`planfold project` and `export --follow` while their database is away: they say so, wait for it, and end when told."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import EmbeddedServer, Endpoint

Command = Callable[..., CompletedProcess[str]]

PROJECT, FOLLOW = ["project"], ["export", "--follow"]
GOAL = "Fetch the prices and summarise them"
SOON = 4.0
"""Seconds; a machine that is busy takes its time."""


class Gate:
    """A socket before the server's: open; shut, as if no server ran; or hung, as if it were stopped."""

    def __init__(self, conninfo: str, folder: Path) -> None:
        given = conninfo_to_dict(conninfo)
        self.conninfo = make_conninfo(conninfo, host=str(folder), port=5432)
        self._upstream = f"{given['host']}/.s.PGSQL.{given.get('port', 5432)}"
        self._path = folder / ".s.PGSQL.5432"
        self._hung, self.asked = threading.Event(), threading.Event()
        """Somebody asks, and is not answered."""
        self._ends: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        self._path.unlink()
        for each in (self._listener, *self._ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._ends.clear()
        self._listener.close()

    def hang(self) -> None:
        self._hung.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        self._ends += [client, server]
        with client, server, suppress(OSError):
            server.connect(self._upstream)
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if self._hung.is_set():
                    self.asked.set()
                    threading.Event().wait()
                for source in ready:
                    if not (data := source.recv(65_536)):
                        return
                    (server if source is client else client).sendall(data)


@pytest.fixture
def gate(database: Endpoint) -> Iterator[Gate]:
    with tempfile.TemporaryDirectory(prefix="pf-") as folder:
        found = Gate(database.app, Path(folder))
        yield found
        found.shut()


@contextmanager
def begun(program: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-W", "error", program, *arguments],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def behind_gate(program: Path, environment: Mapping[str, str], gate: Gate) -> Callable[..., Any]:
    """The command in a process of its own, once it has read all that there is."""
    host = conninfo_to_dict(gate.conninfo)["host"]
    named = conninfo_to_dict(gate.conninfo)
    url = f"postgresql://{named['user']}@/{named['dbname']}?host={host}&port=5432"

    @contextmanager
    def at_work(database: Endpoint, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        with begun(program, {**environment, "PLANFOLD_DATABASE_URL": url}, *arguments) as process:
            if arguments[0] == "export":
                assert process.stdout is not None
                assert process.stdout.readline()
            else:
                until_folded(database)
            yield process

    return at_work


def until_folded(database: Endpoint) -> None:
    with connect(database.owner) as owner:
        while not owner.execute(
            "SELECT 1 AS folded FROM planfold.tracking WHERE application_name = 'ledgers:1'"
            " AND notification_id = (SELECT max(notification_id) FROM planfold.stored_events)"
        ).fetchone():
            pass


def until_found(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    while "planfold: the database answers again\n" != process.stderr.readline():
        assert process.poll() is None


def seconds_to_end(process: subprocess.Popen[str]) -> float:
    since = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(timeout=30)
    return time.monotonic() - since


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("command", [pytest.param(PROJECT, marks=pytest.mark.slow), FOLLOW])
def test_a_lost_database_is_told_soon_and_waited_for(
    planfold: Command, behind_gate: Callable[..., Any], gate: Gate, database: Endpoint, command: list[str]
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with behind_gate(database, *command) as process:
        since = time.monotonic()
        gate.shut()
        lost = process.stderr.readline()
        took = time.monotonic() - since
        gate.open()
        until_found(process)
        planfold("plan", GOAL, "--run", "r2")
        if command == FOLLOW:
            lines = [process.stdout.readline() for _ in range(9)]
            assert [*range(2, 11)] == [int(json.loads(line)["sequence"]) for line in lines]
        else:
            until_folded(database)
        assert seconds_to_end(process) < SOON
        assert ("", "") == (process.stdout.read(), process.stderr.read())

    assert "; the next try is in 0.5 s" in lost
    assert took < SOON


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("command", [pytest.param(PROJECT, marks=pytest.mark.slow), FOLLOW])
def test_sigterm_ends_it_while_the_database_does_not_answer(
    planfold: Command, behind_gate: Callable[..., Any], gate: Gate, database: Endpoint, command: list[str]
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with behind_gate(database, *command) as process:
        gate.hang()
        assert gate.asked.wait(30)

        assert seconds_to_end(process) < SOON
        assert "" == process.stderr.read()


@pytest.mark.parametrize("command", [pytest.param(PROJECT, marks=pytest.mark.slow), FOLLOW])
def test_an_embedded_server_that_ends_is_started_again(
    program: Path, bare_environment: Mapping[str, str], made_data_dir: Path, command: list[str]
) -> None:
    environment = {**bare_environment, "PLANFOLD_DATA_DIR": str(made_data_dir)}
    server = EmbeddedServer(made_data_dir)
    endpoint = server.start()
    try:
        with begun(program, environment, *command) as process:
            until_at_work(endpoint)
            os.kill(server_process(made_data_dir), signal.SIGQUIT)
            assert process.stderr is not None
            lost = process.stderr.readline()
            until_found(process)
            until_at_work(endpoint)
            assert seconds_to_end(process) < SOON
    finally:
        server.close()

    assert "; the next try is in 0.5 s" in lost
    assert "names it, then" not in lost


def until_at_work(endpoint: Endpoint) -> None:
    """Somebody looks every now and then whether the server is there."""
    with connect(endpoint.admin) as admin:
        while not admin.execute(
            "SELECT 1 AS looks FROM pg_stat_activity WHERE usename = 'planfold_app' AND query = 'SELECT'"
        ).fetchone():
            pass


def server_process(folder: Path) -> int:
    return int((folder / "postgres" / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
