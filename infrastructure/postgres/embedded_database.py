"""What the embedded server holds: one database with pgvector, and two roles without any privilege beyond it."""

from psycopg.conninfo import make_conninfo

from planfold.infrastructure.postgres.connect import connect, store_errors

DATABASE = "planfold"
_FRESH = "postgres"
"""What initdb makes: it becomes ours, which is quicker than making another one beside it."""
_MAINTENANCE = "template1"

_ROLES = b"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'planfold_owner') THEN
        CREATE ROLE planfold_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'planfold_app') THEN
        CREATE ROLE planfold_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
END
$$
"""

_GIVE_AWAY = b"""
ALTER DATABASE postgres OWNER TO planfold_owner;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO planfold_app;
ALTER DATABASE postgres RENAME TO planfold;
"""


def is_made(admin: str) -> bool:
    with connect(_in(_MAINTENANCE, admin)) as connection, store_errors("look for the embedded database"):
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        return found.fetchone() is not None


def make_database(admin: str) -> None:
    """The database and its roles are there. It gets its name last, so that one under that name is complete."""
    with store_errors("make the embedded database"):
        with connect(_in(_FRESH, admin)) as connection:
            connection.execute(_ROLES)
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        with connect(_in(_MAINTENANCE, admin)) as connection:
            connection.execute(_GIVE_AWAY)


def _in(database: str, conninfo: str) -> str:
    return make_conninfo(conninfo, dbname=database)
