"""What the embedded server holds: one database with pgvector, and two roles without any privilege beyond it."""

from psycopg import sql
from psycopg.conninfo import make_conninfo

from planfold.infrastructure.postgres.connect import connect, store_errors

DATABASE = "planfold"
_UNFINISHED = "planfold_new"

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


def is_made(admin: str) -> bool:
    with connect(_in("postgres", admin)) as connection, store_errors("look for the embedded database"):
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        return found.fetchone() is not None


def make_database(admin: str) -> None:
    """The database and its roles are there. It gets its name last, so that one under that name is complete."""
    unfinished = sql.Identifier(_UNFINISHED)
    with connect(_in("postgres", admin)) as connection, store_errors("make the embedded database"):
        connection.execute(_ROLES)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(unfinished))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER planfold_owner").format(unfinished))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(unfinished))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO planfold_app").format(unfinished))
        with connect(_in(_UNFINISHED, admin)) as inside:
            inside.execute("CREATE EXTENSION vector")
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(DATABASE)))


def _in(database: str, conninfo: str) -> str:
    return make_conninfo(conninfo, dbname=database)
