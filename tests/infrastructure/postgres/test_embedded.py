"""The embedded server as one process sees it."""

import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from planfold.infrastructure.postgres import file_locks, migrations
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import EmbeddedServer, Endpoint
from planfold.infrastructure.postgres.server_account import server_account
from planfold.infrastructure.postgres.server_binaries import MAJOR_VERSION, wheel_folder


def gone(data_dir: Path) -> None:
    """No process of the server is left, or the test fails: their lock can be had."""
    file_locks.release(file_locks.take(data_dir / "postgres" / "server.lock", wait=20))


def value(conninfo: str, query: str) -> object:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def test_what_was_stored_is_there_after_the_server_was_stopped_and_started_again(data_dir: Path) -> None:
    first = EmbeddedServer(data_dir)
    with connect(first.start().app) as connection:
        connection.execute("INSERT INTO planfold.embedding_models VALUES ('acme', 'm', 3)")
    first.close()
    gone(data_dir)

    second = EmbeddedServer(data_dir)
    kept = value(second.start().app, "SELECT model FROM planfold.embedding_models")
    second.close()
    gone(data_dir)

    assert kept == "m"


def test_starting_and_closing_again_change_nothing(made_data_dir: Path) -> None:
    server = EmbeddedServer(made_data_dir)
    server.close()

    assert server.start() == server.start()
    server.close()
    server.close()
    gone(made_data_dir)


def test_two_users_in_one_process_share_one_server_until_the_last_has_left(made_data_dir: Path) -> None:
    first, second = EmbeddedServer(made_data_dir), EmbeddedServer(made_data_dir)
    endpoint = first.start()

    assert endpoint == second.start()
    first.close()
    assert value(endpoint.app, "SELECT 1") == 1
    second.close()
    gone(made_data_dir)


def test_threads_that_start_at_once_share_one_server(made_data_dir: Path) -> None:
    server = EmbeddedServer(made_data_dir)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(value(server.start().admin, "SELECT pg_postmaster_start_time()")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.close()

    assert (4, 1) == (len(found), len(set(found)))


def test_the_schema_is_applied_at_the_first_start(server: Endpoint, database: Endpoint) -> None:
    assert server.app != database.app
    with connect(database.app) as connection:
        migrations.check(connection)


def test_a_database_that_an_earlier_start_left_unfinished_is_finished(made_data_dir: Path) -> None:
    server = EmbeddedServer(made_data_dir)
    admin = server.start().admin
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP SCHEMA planfold CASCADE")
        connection.execute("DROP EXTENSION vector")
    with psycopg.connect(make_conninfo(admin, dbname="template1"), autocommit=True) as connection:
        connection.execute("ALTER DATABASE planfold RENAME TO postgres")

    with connect(server.start().app) as connection:
        migrations.check(connection)
    server.close()


def test_the_server_is_durable_and_listens_to_no_network(made_data_dir: Path) -> None:
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "",
        "TimeZone": "UTC",
    }
    server = EmbeddedServer(made_data_dir)
    admin = server.start().admin
    found = {name: value(admin, f"SHOW {name}") for name in expected}
    server.close()

    assert expected == found


def test_text_is_ordered_alike_on_every_machine(server: Endpoint) -> None:
    admin = make_conninfo(server.admin, dbname="template1")
    locale = "SELECT format('%s %s', datlocprovider, datlocale) FROM pg_database WHERE datname = 'planfold'"

    assert value(admin, locale) == "b C.UTF-8"


@pytest.mark.parametrize("role", ["planfold_app", "planfold_owner"])
def test_the_roles_have_no_privilege_of_their_own(database: Endpoint, role: str) -> None:
    with connect(database.admin) as connection:
        found = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s",
            [role],
        ).fetchone()

    assert found is not None
    assert {False} == set(found.values())


def test_the_wheel_brings_the_major_version_that_data_are_checked_for() -> None:
    _, said = server_account().run([wheel_folder() / "pginstall" / "bin" / "postgres", "--version"])

    assert said.startswith(f"postgres (PostgreSQL) {MAJOR_VERSION}.")
