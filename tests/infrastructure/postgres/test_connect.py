"""Connections, and how what goes wrong with them is told: in a sentence, soon, and without a password."""

import socket
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planfold.infrastructure.errors import SchemaMismatch, StoreUnavailable
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import connect, open_pool, store_errors, without_secrets
from planfold.infrastructure.postgres.embedded import Endpoint


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, kept from others meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_rows_are_dicts_and_each_statement_commits_by_itself(database: Endpoint) -> None:
    with open_pool(database.app, size=1) as pool, pool.connection() as connection:
        assert connection.autocommit
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        assert connection.execute("SHOW application_name").fetchone() == {"application_name": "planfold"}


def test_a_pool_opens_no_connection_before_it_is_asked(database: Endpoint) -> None:
    count = (
        "SELECT count(*) AS open FROM pg_stat_activity WHERE usename = 'planfold_app' AND datname = current_database()"
    )
    with connect(database.admin) as admin, open_pool(database.app, size=2) as pool:
        assert admin.execute(count).fetchone() == {"open": 0}
        with pool.connection() as connection:
            connection.execute("SELECT 1")
            assert admin.execute(count).fetchone() == {"open": 1}


def test_statements_that_were_forgotten_with_a_rollback_are_prepared_again(database: Endpoint) -> None:
    one, two = b"SELECT 1", b"SELECT 2"
    with open_pool(database.app, size=1) as pool, pool.connection() as connection:
        connection.answer(one, [], [])
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT 3", prepare=True)
        connection.execute("SELECT 4")

        answers = [connection.answer(statement, [], []) for statement in (two, one, two)]

    assert [[b"2"], [b"1"], [b"2"]] == answers


def test_a_connection_that_the_server_ended_is_not_handed_out(database: Endpoint) -> None:
    with connect(database.admin) as admin, open_pool(database.app, size=1) as pool:
        with pool.connection() as connection:
            pid = connection.info.backend_pid
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        with pool.connection() as connection:
            assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_a_pool_is_bounded_and_says_so(database: Endpoint) -> None:
    told = r"cannot read: .*0\.05 sec; .* all connections are in use.*PLANFOLD_POOL_SIZE"
    with (
        open_pool(database.app, size=1, wait=0.05) as pool,
        pool.connection(),
        pytest.raises(StoreUnavailable, match=told),
        store_errors("read"),
        pool.connection(),
    ):
        pytest.fail("two were handed out")


def test_a_statement_that_takes_too_long_is_ended_and_named(database: Endpoint) -> None:
    with (
        connect(database.app, statement_timeout_ms=10) as connection,
        pytest.raises(StoreUnavailable, match="PLANFOLD_STATEMENT_TIMEOUT_MS"),
        store_errors("wait"),
    ):
        connection.execute("SELECT pg_sleep(10)")


def test_the_callers_own_options_are_kept(database: Endpoint) -> None:
    conninfo = make_conninfo(database.app, options="-c work_mem=1MB", application_name="mine")
    with connect(conninfo, statement_timeout_ms=10) as connection:
        found = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in ("work_mem", "application_name")]

    assert [{"work_mem": "1MB"}, {"application_name": "mine"}] == found


def test_the_hosts_settings_for_other_servers_do_not_lead_astray(
    database: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = {
        "HOST": "db.invalid",
        "HOSTADDR": "192.0.2.1",
        "PORT": "1",
        "USER": "x",
        "DATABASE": "x",
        "OPTIONS": "-c x.y=1",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(f"PG{name}", value)
    with connect(database.app) as connection:
        assert connection.execute("SELECT current_user AS name").fetchone() == {"name": "planfold_app"}
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("SHOW x.y")


def test_a_server_that_does_not_listen_is_named(closed_port: int) -> None:
    url = f"postgresql://planfold_app:hidden@127.0.0.1:{closed_port}/planfold"

    with pytest.raises(
        StoreUnavailable, match=f"port {closed_port} failed: Connection refused; see that the server runs"
    ) as lost:
        connect(url)
    assert "hidden" not in str(lost.value)


@pytest.mark.parametrize(
    "conninfo", ["postgresql://user:hidden@[broken", "hidden", "password=hidden nonsense=1", "host='hidden"]
)
def test_a_malformed_connection_string_is_not_shown(conninfo: str) -> None:
    for attempt in (lambda: connect(conninfo), lambda: open_pool(conninfo, size=1)):
        with pytest.raises(StoreUnavailable, match="malformed; write it as postgresql://") as refused:
            attempt()
        assert "hidden" not in str(refused.value)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host=a password=hidden user=b", "host=a password=*** user=b"),
        (r"password = 'hid \' den' user=b", "password = *** user=b"),
        ("at postgresql://a:hidden@b/c", "at postgresql://a:***@b/c"),
        ("no secret at all", "no secret at all"),
    ],
)
def test_passwords_are_blotted_out(text: str, expected: str) -> None:
    assert expected == without_secrets(text)


def test_a_missing_table_names_the_command_that_makes_it(empty_database: Endpoint) -> None:
    with (
        connect(empty_database.app) as connection,
        pytest.raises(SchemaMismatch, match="run: planfold database upgrade"),
        store_errors("read events"),
    ):
        connection.execute("SELECT 1 FROM planfold.stored_events")


def test_a_broken_constraint_is_for_the_adapter(database: Endpoint) -> None:
    with connect(database.app) as connection, pytest.raises(psycopg.errors.NotNullViolation), store_errors("write"):
        connection.execute("INSERT INTO planfold.embedding_models (tenant) VALUES ('acme')")


def test_a_pool_that_cannot_connect_prints_nothing(closed_port: int, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        open_pool(f"postgresql://u:hidden@127.0.0.1:{closed_port}/d", size=1, wait=0.1) as pool,
        pytest.raises(StoreUnavailable),
        store_errors("read"),
        pool.connection(),
    ):
        pytest.fail("nobody was there")

    assert ("", "") == capfd.readouterr()


# A server of somebody else: TCP, TLS, passwords.


def test_a_server_named_by_url_is_migrated_by_its_owner_and_used_by_the_app(tcp_server: Endpoint) -> None:
    with connect(tcp_server.app) as connection, pytest.raises(SchemaMismatch, match="run: planfold database upgrade"):
        migrations.check(connection)
    with connect(tcp_server.owner) as connection:
        migrations.upgrade(connection)

    with open_pool(tcp_server.app, size=2) as pool, pool.connection() as connection:
        migrations.check(connection)
        assert connection.execute("SELECT current_user AS name").fetchone() == {"name": "planfold_app"}
        assert connection.pgconn.ssl_in_use


def test_a_connection_without_tls_is_refused_by_the_front(tcp_server: Endpoint) -> None:
    with pytest.raises(StoreUnavailable):
        connect(make_conninfo(tcp_server.app, sslmode="disable"))


def test_a_wrong_password_is_told_and_not_shown(tcp_server: Endpoint) -> None:
    with pytest.raises(StoreUnavailable, match="password authentication failed for user") as refused:
        connect(make_conninfo(tcp_server.app, password="hidden"))

    assert "hidden" not in str(refused.value)
    assert str(conninfo_to_dict(tcp_server.app)["password"]) not in str(refused.value)


def test_a_large_parameter_arrives_whole(tcp_server: Endpoint) -> None:
    with connect(tcp_server.app) as connection:
        assert connection.execute("SELECT octet_length(%s) AS size", [bytes(4_000_000)]).fetchone() == {
            "size": 4_000_000
        }
