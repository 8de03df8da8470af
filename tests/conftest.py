"""What every test may rely on: a database of its own, and that nothing is left out unseen.

With CI=true a test that is skipped for a reason not listed in ALLOWED_SKIPS fails.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import EmbeddedServer, Endpoint
from planfold.infrastructure.postgres.embedded_database import DATABASE

ALLOWED_SKIPS = frozenset(
    {
        "needs root: it takes on other users",
        "needs a plain user: root passes every permission",
        "needs openssl: it makes a certificate",
        "needs /proc: it tells who works in a folder",
    }
)
"""Exact reasons. Each names what the machine lacks, so that the other kind of machine runs the test."""

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


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder with a short path that a server's user can enter, whoever runs the tests."""
    with _data_dir() as folder:
        yield folder


@pytest.fixture(scope="session")
def _made_once() -> Iterator[Path]:
    with _data_dir() as folder:
        embedded = EmbeddedServer(folder)
        embedded.start()
        embedded.close()
        yield folder


@pytest.fixture
def made_data_dir(_made_once: Path, data_dir: Path) -> Path:
    """A data folder whose server was started once before: a copy, owners included, which is quicker than a first start."""
    subprocess.run(["cp", "-a", f"{_made_once}/.", data_dir], check=True)  # noqa: S607 - no foreign word
    return data_dir


@pytest.fixture(scope="session")
def server() -> Iterator[Endpoint]:
    """The embedded server of this test process. Its database `planfold` is the template of all others: leave it alone."""
    with _data_dir() as folder:
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


@pytest.fixture
def empty_database(server: Endpoint) -> Iterator[Endpoint]:
    """A database of the test's own without the schema, and without pgvector."""
    with _new_database(server, template="template0") as endpoint:
        yield endpoint


_numbers = itertools.count(1)


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
def _data_dir() -> Iterator[Path]:
    # Not pytest's tmp_path: its parents are closed to other users, and too long for a socket's path on some systems.
    folder = Path(tempfile.mkdtemp(prefix="planfold-"))
    if os.geteuid() == 0:
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
