"""What `planfold doctor` looks at, one thing after the other; whatever is found is told, nothing is raised."""

import platform
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from typing import Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from planfold.application import PlannerUnknown
from planfold.application.offering import planner_names
from planfold.domain.frozen import Frozen
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import planner_checks, store_checks
from planfold.infrastructure.cli.errors import judged
from planfold.infrastructure.cli.store_checks import Pending
from planfold.infrastructure.errors import ExtensionMissing, InvalidSetting
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import Connection, store_errors
from planfold.infrastructure.postgres.data_folder import open_folder
from planfold.infrastructure.postgres.server_process import is_running
from planfold.infrastructure.settings import PREFIX, Settings, read_settings

_SERVER = """
    SELECT current_setting('server_version') AS server, current_user AS role, current_database() AS database,
        (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector
"""
_RIGHTS = """
    SELECT current_user AS role, rolsuper AS all_powerful, pg_has_role(nspowner, 'MEMBER') AS owning
    FROM pg_roles, pg_namespace
    WHERE rolname = current_user AND nspname = 'planfold'
"""
_TENANTS = """
    SELECT tenant, model <> %(model)s OR EXISTS (
        SELECT FROM planfold.memories AS kept WHERE kept.tenant = used.tenant AND kept.model IS DISTINCT FROM %(model)s
    ) AS stale
    FROM planfold.embedding_models AS used
    ORDER BY tenant
"""
_NAMED_BY = {"embedding": "embedding_model", "planner": "planner", "skills": "skills_file"}
"""The setting that names what a check looks at."""
_NAMED = 5
"""How many tenants or skills are listed."""


class Check(Frozen):
    """`mend` says what to do, if anything is to be done; what is `pending` works until then."""

    name: str
    state: Literal["ok", "pending", "missing"]
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
    checks = [program, Check(name="settings", state="ok", found=_settings(settings))]
    with Installation(settings) as installation:
        store = [*_store(installation)]
        embedding = _looked("embedding", lambda: str(installation.embedder.model))
        checks += [*store, embedding]
        if all(check.state != "missing" for check in (*store, embedding)):
            checks.append(_looked("memories", lambda: _memories(installation)))
        names = planner_names(settings.planner)
        planners = [_looked("planner", partial(planner_checks.planner, installation, name)) for name in names]
        # A table that the embedding and a planner lack is told once.
        checks += [planner for planner in planners if planner.state == "ok" or planner.found != embedding.found]
        asked = [name for name in names if ":" in name]
        if asked and all(check.state != "missing" for check in store):
            checks.append(_looked("circuits", lambda: planner_checks.circuits(installation, asked)))
        checks.append(_looked("skills", lambda: _skills(installation)))
    return [_with_variable(check, settings) for check in checks]


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
            schema = _looked("schema", lambda: _schema(connection))
            yield schema
            yield from _more(installation, connection, schema)
    except Exception as error:  # noqa: BLE001 - as above
        yield _missing("server", error)


def _more(installation: Installation, connection: Connection, schema: Check) -> Iterator[Check]:
    """What there is no use in looking at before a server answers."""
    settings = installation.settings
    if schema.state != "missing":
        yield _looked("role", lambda: _role(connection))
    yield _looked("capacity", lambda: store_checks.connections(installation, connection))
    if schema.state != "missing":
        yield _looked("readers", lambda: store_checks.readers(connection))
        yield _looked("folding", lambda: store_checks.projections(connection))
    if settings.direct_database_url is not None:
        yield _looked("pooler", lambda: store_checks.pooler(installation))
    if settings.read_database_url is not None:
        yield _looked("queries", lambda: store_checks.queries(installation))


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


def _schema(connection: Connection) -> str | Pending:
    migrations.check(connection)
    found = migrations.status(connection)
    applied = f"{len(found.applied)} migrations applied"
    if not found.pending:
        return applied
    names = ", ".join(each.name for each in found.pending)
    later = any(each.phase == "post" for each in found.pending)
    when = ", once no older release is in use" if later else ""
    return Pending(f"{applied}, pending: {names}", f"run: {migrations.UPGRADE}{when}")


def _role(connection: Connection) -> str | Pending:
    """Events stay as they are because the program's role may not change them: an owner or a superuser may."""
    found = connection.execute(_RIGHTS).fetchone() or {}
    role = found["role"]
    if not found["all_powerful"] and not found["owning"]:
        return f"{role} does not own the schema"
    why = "is a superuser" if found["all_powerful"] else "owns the schema"
    return Pending(
        f"{role} {why}, so it could change what is recorded",
        "as an administrator CREATE ROLE planfold_app LOGIN, as the owner run: planfold database upgrade; then let "
        "PLANFOLD_DATABASE_URL name planfold_app, and PLANFOLD_OWNER_DATABASE_URL the owner",
    )


def _memories(installation: Installation) -> str | Pending:
    asked = {"model": str(installation.embedder.model)}
    with installation.connect_direct() as connection, store_errors("look at the memories"):
        tenants = connection.execute(_TENANTS, asked).fetchall()
    stale = [row["tenant"] for row in tenants if row["stale"]]
    count = f"{len(tenants)} tenant{'' if len(tenants) == 1 else 's'}"
    if not stale:
        return f"of {count}, all embedded with this table" if tenants else "nobody has any yet"
    named = ", ".join(stale[:_NAMED]) + (f" and {len(stale) - _NAMED} more" if len(stale) > _NAMED else "")
    each = "run" if len(stale) == 1 else "run for each"
    return Pending(
        f"of {count}; those of {named} are not all embedded with this table",
        f"{each}: planfold reembed --tenant {stale[0]}",
    )


def _skills(installation: Installation) -> str | Pending:
    manifest, settings = installation.catalog.manifest("default", "me"), installation.settings
    found = f"{len(manifest.skills)} of {'the starter set' if settings.skills_file is None else settings.skills_file}"
    if changed := [skill.name for skill in manifest.skills if skill.pin not in {None, skill.digest}]:
        return Pending(
            f"{found}, {len(changed)} not as their pins have them, which the inspector refuses: {', '.join(changed[:_NAMED])}",
            "see how they differ (planfold skills check-mcp), and import them again",
        )
    unpriced = [skill.name for skill in manifest.skills if skill.cost is None]
    if not unpriced or settings.unknown_skill_price_usd is not None:
        return found
    return Pending(
        f"{found}, {len(unpriced)} without a price, which a budget refuses",
        "give them a cost (planfold skills check names them) or set PLANFOLD_UNKNOWN_SKILL_PRICE_USD",
    )


def _settings(settings: Settings) -> str:
    named = []
    for name in sorted(settings.model_fields_set):
        value = getattr(settings, name)
        told = "not shown" if name == "llm_api_key" else _address(value) if isinstance(value, SecretStr) else value
        named.append(f"{PREFIX}{name.upper()} ({told})")
    return ", ".join(named) or f"no {PREFIX}* variable is set: the embedded server, the starter skills, no model"


def _looked(name: str, look: Callable[[], str | Pending]) -> Check:
    try:
        found = look()
    except Exception as error:  # noqa: BLE001 - as above
        return _missing(name, error)
    if isinstance(found, Pending):
        return Check(name=name, state="pending", found=found.found, mend=found.mend)
    return Check(name=name, state="ok", found=found)


def _missing(name: str, error: Exception) -> Check:
    """What an error says is what was found; behind its last semicolon stands what to do."""
    sentence = judged(error)[0]
    match error:
        case InvalidSetting():
            return Check(name=name, state="missing", found=sentence, mend=f"correct or unset {error.variable}")
        case PlannerUnknown():
            found, mend = f"there is no planner {error.name!r}", f"name one of these: {', '.join(error.known)}"
        case _:
            found, _, mend = sentence.rpartition("; ")
    return Check(name=name, state="missing", found=found or mend, mend=mend if found else None)


def _with_variable(check: Check, settings: Settings) -> Check:
    """Where something else than the default is missing, it is said which variable names it."""
    setting = _NAMED_BY.get(check.name)
    if check.state != "missing" or check.mend is None or setting not in settings.model_fields_set:
        return check
    variable = f"{PREFIX}{setting.upper()}"
    return check if variable in check.mend else check.model_copy(update={"mend": f"{check.mend}; {variable} names it"})
