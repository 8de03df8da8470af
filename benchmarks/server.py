"""The server that is measured: planfold's embedded one on a folder of its own, as durable as its users have it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import EmbeddedServer, Endpoint
from planfold.infrastructure.settings import Settings


@contextmanager
def running(*, fsync: bool = True) -> Iterator[Endpoint]:
    """A server in the folder for temporary files (TMPDIR), gone with its data afterwards."""
    with tempfile.TemporaryDirectory(prefix="planfold-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server's own user must be able to enter, where root runs this
        server = EmbeddedServer(folder)
        try:
            endpoint = server.start()
            if not fsync:
                with connect(endpoint.admin) as admin:
                    admin.execute("ALTER SYSTEM SET fsync = off")
                    admin.execute("SELECT pg_reload_conf()")
            yield endpoint
        finally:
            server.close()


def installation(conninfo: str, connections: int = 5) -> Installation:
    """planfold as a host has it on that database, with at most so many connections."""
    return Installation(Settings(database_url=SecretStr(as_url(conninfo)), pool_size=connections))


def told(endpoint: Endpoint) -> dict[str, str]:
    """Its version, and the settings that decide what a commit is worth."""
    with connect(endpoint.app) as connection:
        found = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'fsync', 'synchronous_commit')"
        )
        return {str(row["name"]): str(row["setting"]) for row in found}


def own_database(endpoint: Endpoint, name: str) -> str:
    """An empty database that planfold_app owns."""
    with connect(make_conninfo(endpoint.admin, dbname="template1")) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER planfold_app").format(sql.Identifier(name)))
    return make_conninfo(endpoint.app, dbname=name)


def as_url(conninfo: str) -> str:
    """The same as a URL, for who reads nothing else."""
    parts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value}
    user, database = quote(parts.pop("user")), quote(parts.pop("dbname"))
    return f"postgresql://{user}@/{database}?{urlencode(parts)}"
