"""What every test may rely on: a database of its own, and that nothing is left out unseen.

With CI=true a test that is skipped for a reason not listed in ALLOWED_SKIPS fails.
"""

import asyncio
import itertools
import os
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fake_provider import FakeProvider, fake_provider
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.data_folder import open_folder, server_folder
from planfold.infrastructure.postgres.embedded import EmbeddedServer, Endpoint
from planfold.infrastructure.postgres.embedded_database import DATABASE
from planfold.infrastructure.postgres.server_account import server_account
from planfold.infrastructure.postgres.server_binaries import binaries

ALLOWED_SKIPS = frozenset(
    {
        "needs root: it takes on other users",
        "needs a plain user: root passes every permission",
        "needs openssl: it makes a certificate",
        "needs /proc: it tells who works in a folder",
        "needs pgbouncer",
        "needs the group mcp-servers",
        "needs the group model: uv run --group model pytest -m slow",
    }
)
"""Exact reasons. Each names what the machine lacks, so that the other kind of machine runs the test."""

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY")
_numbers = itertools.count(1)
PASSWORD = "s3cret/ä:@%"  # what a URL must quote
SSL_REQUEST = 80877103
ROOM = 2**30
BOUNCER_PORT = 6432
POOLER = """
[databases]
* = host={server} port={port}
[pgbouncer]
listen_addr =
listen_port = {own_port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
"""
"""Fewer sessions of the server than any test has connections, so that they are shared. It takes no startup options."""

# Whoever runs the tests in the background or under nohup has these ignored, and so would every command that they start.
for _number, _default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _default)

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_unlisted_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_unlisted_skip((yield))


def _refuse_unlisted_skip(report: Report) -> Report:
    if os.environ.get("CI") == "true" and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason not in ALLOWED_SKIPS:
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} was skipped for a reason that ALLOWED_SKIPS does not list: {reason!r}"
    return report


@pytest.fixture(autouse=True)
def _no_real_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a provider that costs: there are no keys, and pydantic-ai refuses, where it is loaded."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    if (models := sys.modules.get("pydantic_ai.models")) is not None:
        monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A provider of language models, which answers and fails as the test says, and counts."""
    with fake_provider() as served:
        yield served


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder with a short path that a server's user can enter, whoever runs the tests."""
    with _data_dir() as folder:
        yield folder


@pytest.fixture(scope="session")
def _made_once() -> Iterator[Path]:
    with _data_dir(_memory()) as folder:
        embedded = EmbeddedServer(folder)
        embedded.start()
        embedded.close()
        yield folder


@pytest.fixture
def made_data_dir(_made_once: Path) -> Iterator[Path]:
    """A data folder whose server was started once before: a copy, owners included, which is quicker than a first start."""
    with _data_dir(_memory()) as folder:
        subprocess.run(["cp", "-a", f"{_made_once}/.", folder], check=True)  # noqa: S607 - no foreign word
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[Endpoint]:
    """The embedded server of this test process. Its database `planfold` is the template of all others: leave it alone."""
    with _data_dir(_memory()) as folder:
        embedded = EmbeddedServer(folder)
        endpoint = embedded.start()
        with connect(endpoint.admin) as admin:
            # Nobody asks for these data after a power loss.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
        yield endpoint
        embedded.close()


@pytest.fixture
def database(server: Endpoint) -> Iterator[Endpoint]:
    """A database of the test's own, with the schema applied and nothing in it."""
    with _new_database(server, template=DATABASE) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def database_of_the_file(server: Endpoint) -> Iterator[Endpoint]:
    """One database, with the schema applied, for all tests of a file."""
    with _new_database(server, template=DATABASE) as endpoint:
        yield endpoint


@pytest.fixture
def empty_database(server: Endpoint) -> Iterator[Endpoint]:
    """A database of the test's own without the schema, and without pgvector."""
    with _new_database(server, template="template0") as endpoint:
        yield endpoint


@pytest.fixture
def tcp_server(_tls_front: tuple[int, Path]) -> Iterator[Endpoint]:
    """A database without the schema on a server of somebody else, as URLs: TCP, TLS, passwords, pgvector at hand."""
    port, sockets = _tls_front
    name = f"test_{next(_numbers)}"
    quoted = sql.Identifier(name)

    def url(role: str) -> str:
        return f"postgresql://{role}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/{name}?sslmode=require"

    direct = {"host": str(sockets), "user": "postgres", "password": PASSWORD}
    with connect(make_conninfo("", dbname="template1", **direct)) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER planfold_owner").format(quoted))
        with connect(make_conninfo("", dbname=name, **direct)) as inside:
            inside.execute("CREATE EXTENSION vector")
        yield Endpoint(app=url("planfold_app"), owner=url("planfold_owner"), admin=url("postgres"))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


@pytest.fixture(scope="session")
def _pooler(server: Endpoint) -> Iterator[Path]:
    """The folder of the socket of a PgBouncer in transaction mode, in front of the server of this test process."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer")
    account, behind = server_account(), conninfo_to_dict(server.app)
    with _data_dir(_memory()) as folder:
        (folder / "users").write_text("".join(f'"{role}" ""\n' for role in ("planfold_app", "planfold_owner")))
        written = POOLER.format(server=behind["host"], port=behind["port"], own_port=BOUNCER_PORT, folder=folder)
        (folder / "pgbouncer.ini").write_text(written)
        for path in (folder, folder / "users", folder / "pgbouncer.ini"):
            if account.borrowed:  # it refuses to run as root, as the server does
                os.chown(path, account.uid, account.gid)
        pooler = account.spawn([program, "--quiet", folder / "pgbouncer.ini"], output=subprocess.DEVNULL)
        while not (folder / f".s.PGSQL.{BOUNCER_PORT}").exists():
            assert pooler.poll() is None
        yield folder
        pooler.terminate()
        pooler.wait()


@pytest.fixture
def through_pooler(_pooler: Path) -> Callable[[str], str]:
    """Makes of a connection string of the server one by way of PgBouncer."""
    return lambda conninfo: make_conninfo(conninfo, host=str(_pooler), port=BOUNCER_PORT)


@pytest.fixture(scope="session")
def _tls_front() -> Iterator[tuple[int, Path]]:
    """A TCP port that speaks TLS, and the folder of the socket of the server behind it, which itself was built without."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl: it makes a certificate")
    with _password_server() as sockets, _data_dir(_memory()) as folder:
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        kind = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=test",
        ]
        subprocess.run(
            [openssl, "req", "-x509", *kind, "-keyout", key, "-out", certificate], check=True, capture_output=True
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()
        thread = threading.Thread(target=lambda: asyncio.run(_serve_tls(sockets, context, started)))
        thread.start()
        loop, stop, port = started.result(timeout=10)
        yield port, sockets
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@contextmanager
def _password_server() -> Iterator[Path]:
    """The folder of the socket of a server that asks everybody for PASSWORD."""
    account = server_account()
    with _data_dir(_memory()) as base:
        folder = base / "server"
        server_folder(folder, account)
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        programs = binaries(open_folder(base))
        data = folder / "data"
        everybody: list[str | Path] = [
            "--auth",
            "scram-sha-256",
            "--pwfile",
            password,
            "--username",
            "postgres",
            "--encoding",
            "UTF8",
        ]
        status, said = account.run([programs / "initdb", *everybody, "--no-sync", data])
        assert status == 0, said
        command: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
        server = account.spawn([*command, "-c", "fsync=off"], output=subprocess.DEVNULL)
        while not (data / "postmaster.pid").exists() or "ready" not in (data / "postmaster.pid").read_text():
            assert server.poll() is None
        with connect(make_conninfo("", host=str(folder), user="postgres", password=PASSWORD)) as admin:
            for role in ("planfold_owner", "planfold_app"):
                admin.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
                )
        yield folder
        server.send_signal(signal.SIGINT)
        server.wait()


async def _serve_tls(
    sockets: Path, context: ssl.SSLContext, started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]]
) -> None:
    """https://www.postgresql.org/docs/18/protocol-flow.html: a client asks for TLS before it says anything else."""
    stop = asyncio.Event()
    open_connections: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while received := await reader.read(65_536):
                writer.write(received)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if struct.unpack("!II", await reader.readexactly(8)) != (8, SSL_REQUEST):
            writer.close()
            return
        writer.write(b"S")
        await writer.start_tls(context)
        above, below = await asyncio.open_unix_connection(sockets / ".s.PGSQL.5432")
        await asyncio.gather(pump(reader, below), pump(above, writer))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(serve(reader, writer))
        open_connections.add(connection)
        connection.add_done_callback(open_connections.discard)

    front = await asyncio.start_server(accept, "127.0.0.1", 0)
    started.set_result((asyncio.get_running_loop(), stop, front.sockets[0].getsockname()[1]))
    await stop.wait()
    front.close()
    for connection in open_connections:
        connection.cancel()
    await asyncio.gather(*open_connections, return_exceptions=True)


@contextmanager
def _new_database(server: Endpoint, template: str) -> Iterator[Endpoint]:
    name = f"test_{next(_numbers)}"
    quoted = sql.Identifier(name)
    with connect(_in("template1", server.admin)) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER planfold_owner").format(quoted, sql.Identifier(template))
        )
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(quoted))
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO planfold_app").format(quoted))
        yield Endpoint(app=_in(name, server.app), owner=_in(name, server.owner), admin=_in(name, server.admin))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def _in(database: str, conninfo: str) -> str:
    return make_conninfo(conninfo, dbname=database)


@contextmanager
def _data_dir(parent: Path | None = None) -> Iterator[Path]:
    # Not pytest's tmp_path: its parents are closed to other users, and too long for a socket's path on some systems.
    folder = Path(tempfile.mkdtemp(prefix="planfold-", dir=parent))
    if os.geteuid() == 0:
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _memory() -> Path | None:
    """Where files are kept in memory, if there is room enough: on some disks a thousand files take a second."""
    shared = Path("/dev/shm")  # noqa: S108 - folders in it are made by mkdtemp
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > ROOM else None
