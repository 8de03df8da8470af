"""What `planfold doctor` looks at, one thing after the other; whatever is found is told, nothing is raised."""

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from planfold.domain.frozen import Frozen
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.errors import judged
from planfold.infrastructure.errors import ExtensionMissing
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import Connection, store_errors
from planfold.infrastructure.postgres.data_folder import open_folder
from planfold.infrastructure.postgres.server_process import is_running
from planfold.infrastructure.settings import PREFIX, Settings, read_settings

_SERVER = """
    SELECT current_setting('server_version') AS server, current_user AS role, current_database() AS database,
        (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector
"""


class Check(Frozen):
    """`mend` says what to do, if anything is to be done."""

    name: str
    state: Literal["ok", "missing"]
    found: str
    mend: str | None = None


def examine() -> list[Check]:
    """Everything planfold needs, in the order in which it is needed."""
    program = Check(
        name="program", state="ok", found=f"planfold {version('planfold')}, Python {platform.python_version()}"
    )
    try:
        settings = read_settings()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is what the doctor is asked for
        return [program, _missing("settings", error)]
    with Installation(settings) as installation:
        return [
            program,
            Check(name="settings", state="ok", found=_settings(settings)),
            *_store(installation),
            _looked("embedding", lambda: str(installation.embedder.model)),
            _looked("planner", lambda: _planner(installation)),
            _looked("skills", lambda: _skills(installation)),
        ]


def _store(installation: Installation) -> Iterator[Check]:
    """The server, pgvector and the schema; after one that is missing there is no use in looking for the next."""
    where = _looked("server", lambda: _where(installation.settings))
    if where.state != "ok":
        yield where
        return
    try:
        with installation.connect_direct() as connection, store_errors("look at the server"):
            row = connection.execute(_SERVER).fetchone() or {}
            answer = f"PostgreSQL {row['server']} answers {row['role']} in database {row['database']}"
            yield where.model_copy(update={"found": f"{where.found}; {answer}"})
            yield _extension(row)
            yield _looked("schema", lambda: _schema(connection))
    except Exception as error:  # noqa: BLE001 - as above
        yield _missing("server", error)


def _where(settings: Settings) -> str:
    if settings.database_url is not None:
        return _address(settings.database_url)
    folder = open_folder(settings.data_dir)
    state = "is running" if is_running(folder) else "was stopped" if folder.data.exists() else "is made now"
    return f"embedded in {folder.path}, {state}"


def _address(url: SecretStr) -> str:
    """Who and where, without anything that could be a secret."""
    try:
        named = conninfo_to_dict(url.get_secret_value())
    except ProgrammingError:
        return "a malformed address"
    parts = [f"{name} {named[name]}" for name in ("host", "port", "dbname", "user") if named.get(name) is not None]
    return ", ".join(parts) or "libpq's default"


def _extension(row: dict[str, object]) -> Check:
    if row["vector"] is None:
        return _missing("pgvector", ExtensionMissing("vector", str(row["database"]), "it is not there"))
    return Check(name="pgvector", state="ok", found=str(row["vector"]))


def _schema(connection: Connection) -> str:
    migrations.check(connection)
    found = migrations.status(connection)
    pending = f", not yet {', '.join(each.name for each in found.pending)}" if found.pending else ""
    return f"{len(found.applied)} migrations applied{pending}"


def _planner(installation: Installation) -> str:
    identity = installation.planner_named(installation.settings.planner).identity
    model = f" with {identity.model}" if identity.model is not None else ""
    return f"{identity.name} {identity.version}{model}"


def _skills(installation: Installation) -> str:
    manifest = installation.catalog.manifest("default", "me")
    source = installation.settings.skills_file
    return f"{len(manifest.skills)} of {'the starter set' if source is None else source}"


def _settings(settings: Settings) -> str:
    named = []
    for name in sorted(settings.model_fields_set):
        value = getattr(settings, name)
        told = _address(value) if isinstance(value, SecretStr) else value
        named.append(f"{PREFIX}{name.upper()} ({told})")
    return ", ".join(named) or f"no {PREFIX}* variable is set: the embedded server, the starter skills, no model"


def _looked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, state="ok", found=look())
    except Exception as error:  # noqa: BLE001 - as above
        return _missing(name, error)


def _missing(name: str, error: Exception) -> Check:
    found, _, mend = judged(error)[0].rpartition("; ")
    return Check(name=name, state="missing", found=found or mend, mend=mend if found else None)
