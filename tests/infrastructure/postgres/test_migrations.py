"""Migrations: once each, in order, by one process at a time, and a program that knows which schemas it serves."""

import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from planfold.infrastructure.errors import ExtensionMissing, SchemaMismatch
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.migrations import Migration
from planfold.infrastructure.postgres.server_binaries import wheel_folder

NAMES = [each.name for each in migrations.shipped()]
LATER_PRE = Migration("0099_pre_more", 99, "pre", "CREATE TABLE planfold.more (tenant text)")
LATER_POST = Migration("0099_post_less", 99, "post", "DROP TABLE IF EXISTS planfold.more")


@pytest.fixture
def prepared_database(empty_database: Endpoint) -> Endpoint:
    """An empty database in which an administrator has made the extension."""
    with connect(empty_database.admin) as connection:
        connection.execute("CREATE EXTENSION vector")
    return empty_database


def test_files_are_applied_by_release_pre_before_post(tmp_path: Path) -> None:
    for name in ("0002_pre_b", "0010_pre_a", "0002_post_a", "0002_pre_a", "grants"):
        (tmp_path / f"{name}.sql").write_text("SELECT 1")

    expected = ["0002_pre_a", "0002_pre_b", "0002_post_a", "0010_pre_a"]
    assert expected == [each.name for each in migrations.load(tmp_path)]


@pytest.mark.parametrize("name", ["1_pre_a", "0001_a", "0001_pre_", "0001_mid_a", "0001_pre_A"])
def test_a_file_whose_name_says_no_order_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.sql").write_text("SELECT 1")

    with pytest.raises(ValueError, match=r"NNNN_pre_what.sql or NNNN_post_what.sql"):
        migrations.load(tmp_path)


def test_the_program_needs_the_schema_that_it_ships() -> None:
    assert migrations.SCHEMA_MIN == max(each.release for each in migrations.shipped() if each.phase == "pre")
    assert migrations.SCHEMA_MIN <= migrations.SCHEMA_MAX


def test_all_are_applied_once_in_order(prepared_database: Endpoint) -> None:
    with connect(prepared_database.owner) as connection:
        first = migrations.upgrade(connection)
        second = migrations.upgrade(connection)
        status = migrations.status(connection)

    assert (NAMES, []) == (first, second)
    assert (NAMES, ()) == ([each.name for each in status.applied], status.pending)


def test_an_upgrade_gives_the_running_program_its_rights(prepared_database: Endpoint) -> None:
    with connect(prepared_database.owner) as owner:
        migrations.upgrade(owner)

    with connect(prepared_database.app) as app:
        migrations.check(app)


def test_two_that_upgrade_at_once_apply_each_migration_once(prepared_database: Endpoint) -> None:
    applied: list[list[str]] = []
    ready = threading.Barrier(3)

    def upgrade() -> None:
        with connect(prepared_database.owner) as connection:
            ready.wait()
            applied.append(migrations.upgrade(connection))

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [[], [], NAMES] == sorted(applied)


def test_a_migration_that_fails_leaves_those_before_it_and_nothing_of_itself(database: Endpoint) -> None:
    broken = Migration("0099_pre_wrong", 99, "pre", "CREATE TABLE planfold.half (); SELECT 1 / 0")
    known = (*migrations.shipped(), LATER_PRE, broken)
    with connect(database.owner) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrations.upgrade(connection, known=known)

        assert (broken,) == migrations.status(connection, known).pending
        assert connection.execute("SELECT to_regclass('planfold.half') AS half").fetchone() == {"half": None}
        assert connection.execute("SELECT to_regclass('planfold.more') AS more").fetchone() != {"more": None}


def test_before_the_new_program_is_rolled_out_only_what_it_adds_is_applied(database: Endpoint) -> None:
    known = (*migrations.shipped(), LATER_PRE, LATER_POST)
    with connect(database.owner) as connection:
        assert [LATER_PRE.name] == migrations.upgrade(connection, phase="pre", known=known)
        assert [LATER_POST.name] == migrations.upgrade(connection, known=known)


def test_an_applied_migration_that_was_edited_is_refused(database: Endpoint) -> None:
    edited = tuple(
        Migration(each.name, each.release, each.phase, each.sql + "-- edited\n") for each in migrations.shipped()
    )
    with connect(database.owner) as connection:
        for deed in (migrations.status, migrations.check, migrations.upgrade):
            with pytest.raises(SchemaMismatch, match="an applied migration never changes"):
                deed(connection, known=edited)


def test_a_database_without_the_schema_is_not_served(empty_database: Endpoint) -> None:
    with connect(empty_database.app) as connection, pytest.raises(SchemaMismatch) as refused:
        migrations.check(connection)

    assert str(refused.value) == (
        f"the database has no planfold schema; this program needs schema {migrations.SCHEMA_MIN} ({', '.join(NAMES)}); "
        "run: planfold database upgrade"
    )


def test_a_schema_that_lacks_what_this_program_needs_is_not_served(database: Endpoint) -> None:
    needed = Migration("0001_pre_zzz", 1, "pre", "SELECT 1")
    with (
        connect(database.app) as connection,
        pytest.raises(SchemaMismatch, match=rf"has schema {migrations.SCHEMA_MIN}; this program needs .*0001_pre_zzz"),
    ):
        migrations.check(connection, (*migrations.shipped(), needed))


def test_a_schema_to_which_a_later_release_added_is_served(database: Endpoint) -> None:
    with connect(database.owner) as connection:
        migrations.upgrade(connection, known=(*migrations.shipped(), LATER_PRE))
        migrations.check(connection)


def test_a_schema_from_which_a_later_release_took_away_is_not_served(database: Endpoint) -> None:
    with connect(database.owner) as connection:
        migrations.upgrade(connection, known=(*migrations.shipped(), LATER_POST))
        with pytest.raises(
            SchemaMismatch,
            match=rf"serves up to schema {migrations.SCHEMA_MAX}, and 0099_post_less took away.*install a newer",
        ):
            migrations.check(connection)
        with pytest.raises(SchemaMismatch, match="install a newer"):
            migrations.upgrade(connection)


def test_who_may_not_make_the_extension_is_told_the_command_for_an_administrator(empty_database: Endpoint) -> None:
    with connect(empty_database.owner) as connection, pytest.raises(ExtensionMissing) as refused:
        migrations.upgrade(connection)

    assert "CREATE EXTENSION vector;" == refused.value.command
    assert str(refused.value).endswith(
        "role 'planfold_owner' may not; ask an administrator of the server to run there: CREATE EXTENSION vector;"
    )


def test_the_extension_may_stand_in_a_schema_of_its_own(empty_database: Endpoint) -> None:
    with connect(empty_database.admin) as connection:
        connection.execute('CREATE SCHEMA "Extensions"')
        connection.execute('CREATE EXTENSION vector SCHEMA "Extensions"')
        connection.execute('GRANT USAGE ON SCHEMA "Extensions" TO planfold_owner')

    with connect(empty_database.owner) as connection:
        assert NAMES == migrations.upgrade(connection)


def test_a_database_that_cannot_hold_all_text_is_refused(server: Endpoint) -> None:
    with connect(make_conninfo(server.admin, dbname="template1")) as admin:
        admin.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'")
        with (
            connect(make_conninfo(server.admin, dbname="latin")) as connection,
            pytest.raises(SchemaMismatch, match=r"holds its text in LATIN1.* ENCODING 'UTF8'"),
        ):
            migrations.upgrade(connection)
        admin.execute("DROP DATABASE latin")


def test_who_is_not_the_owner_is_told_to_be(database: Endpoint) -> None:
    known = (*migrations.shipped(), LATER_PRE)
    with connect(database.app) as connection, pytest.raises(SchemaMismatch, match="PLANFOLD_OWNER_DATABASE_URL"):
        migrations.upgrade(connection, known=known)


def test_the_script_does_what_an_upgrade_does(prepared_database: Endpoint) -> None:
    with connect(prepared_database.owner) as connection:
        script = migrations.pending_sql(connection)
        assert () == migrations.status(connection).applied

    psql = wheel_folder() / "pginstall" / "bin" / "psql"
    ran = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", prepared_database.owner],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (ran.returncode, ran.stderr)
    with connect(prepared_database.app) as connection:
        migrations.check(connection)
        assert () == migrations.status(connection).pending
        assert "" == migrations.pending_sql(connection)


def test_the_lock_is_free_again_after_an_upgrade(database: Endpoint) -> None:
    held = "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory'"
    with connect(database.owner) as connection:
        migrations.upgrade(connection)

        assert connection.execute(held).fetchone() == {"held": 0}
        assert connection.execute("SHOW lock_timeout").fetchone() == {"lock_timeout": "0"}
