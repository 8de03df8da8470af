"""A start finds what an earlier server left behind: a crash, a stale number, data of another version, a full disk."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from planfold.infrastructure.errors import DataDirectoryUnusable, ForeignDataVersion, StoreUnavailable
from planfold.infrastructure.postgres import file_locks, server_process
from planfold.infrastructure.postgres.data_folder import DataFolder, open_folder
from planfold.infrastructure.postgres.embedded import EmbeddedServer
from planfold.infrastructure.postgres.server_binaries import binaries


@pytest.fixture
def folder(made_data_dir: Path) -> DataFolder:
    return open_folder(made_data_dir)


def pid(folder: DataFolder) -> int:
    return int(folder.pid_file.read_text().splitlines()[0])


@contextmanager
def serving(folder: DataFolder) -> Iterator[str]:
    """The server runs within; the superuser's connection string."""
    server = EmbeddedServer(folder.path.parent)
    try:
        yield server.start().admin
    finally:
        server.close()


def is_served(folder: DataFolder) -> bool:
    with serving(folder) as admin, psycopg.connect(admin) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_what_was_committed_is_there_after_the_server_was_killed(folder: DataFolder) -> None:
    server = EmbeddedServer(folder.path.parent)
    with psycopg.connect(server.start().app) as connection:
        connection.execute("INSERT INTO planfold.embedding_models VALUES ('acme', 'm', 3)")
    os.kill(pid(folder), signal.SIGKILL)

    with psycopg.connect(server.start().app) as connection:
        assert connection.execute("SELECT model FROM planfold.embedding_models").fetchone() == ("m",)
    server.close()


def test_a_start_waits_for_what_is_left_of_a_killed_server(folder: DataFolder) -> None:
    """A lock that only later processes of the server hold: its first one is gone, and its number says `ready` still."""
    with serving(folder):
        left_behind = folder.pid_file.read_text()
    folder.pid_file.write_text(left_behind)
    rest = file_locks.take(folder.server_lock, wait=1)
    assert not server_process.answers(folder)
    end_of_the_rest = threading.Timer(0.1, lambda: file_locks.release(rest))
    end_of_the_rest.start()

    assert is_served(folder)
    end_of_the_rest.join()


def test_a_number_left_behind_that_is_no_server_does_not_stand_in_the_way(folder: DataFolder) -> None:
    for content in ("", "garbage", "1\n", "0\n", "999999999\n", "-1\n"):
        folder.pid_file.write_text(content)

        assert is_served(folder), content


def test_a_number_left_behind_that_is_another_program_now_does_not_stand_in_the_way(folder: DataFolder) -> None:
    """PostgreSQL by itself refuses to start where a process of its own user has the number."""
    with serving(folder):
        lines = folder.pid_file.read_text().splitlines()
    sleeper = folder.account.spawn(["/bin/sleep", "60"], output=subprocess.DEVNULL)
    folder.pid_file.write_text("\n".join([str(sleeper.pid), *lines[1:]]) + "\n")

    assert is_served(folder)
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc: it tells who works in a folder")
def test_a_server_that_somebody_else_started_on_the_data_is_named(folder: DataFolder) -> None:
    command: list[str | Path] = [
        binaries(folder) / "postgres",
        "-D",
        folder.data,
        "-k",
        folder.data,
        "-c",
        "listen_addresses=",
    ]
    foreign = folder.account.spawn(command, output=subprocess.DEVNULL)
    while not folder.pid_file.exists() or "ready" not in folder.pid_file.read_text():
        assert foreign.poll() is None

    with pytest.raises(StoreUnavailable, match=f"process {foreign.pid} is a PostgreSQL server on .* did not start"):
        EmbeddedServer(folder.path.parent).start()
    foreign.send_signal(signal.SIGINT)
    foreign.wait()


def test_data_of_another_major_version_are_left_alone(folder: DataFolder) -> None:
    (folder.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(ForeignDataVersion) as refused:
        EmbeddedServer(folder.path.parent).start()
    assert ("17", "18", str(folder.data)) == (refused.value.found, refused.value.wanted, refused.value.folder)
    assert str(refused.value) == (
        f"cannot start PostgreSQL 18 on {folder.data}: its data was written by PostgreSQL 17; export it with the planfold "
        "that wrote it (pg_dump 17), or set PLANFOLD_DATA_DIR to another folder"
    )


def test_a_folder_without_a_database_in_it_is_left_alone(folder: DataFolder) -> None:
    (folder.data / "PG_VERSION").unlink()

    with pytest.raises(DataDirectoryUnusable, match="holds no database of PostgreSQL; move it away"):
        EmbeddedServer(folder.path.parent).start()


def test_a_server_that_cannot_start_is_told_with_its_own_words(folder: DataFolder) -> None:
    (folder.data / "global" / "pg_control").unlink()

    with pytest.raises(
        StoreUnavailable, match=r"could not open file .*pg_control.*: No such file.*its log is .*server.log"
    ):
        EmbeddedServer(folder.path.parent).start()
    assert not server_process.is_running(folder)


FULL_DISK = """
import resource, sys
from pathlib import Path
from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.postgres.embedded import EmbeddedServer
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    EmbeddedServer(Path(sys.argv[1])).start()
except StoreUnavailable as error:
    print(error)
"""


def test_a_database_that_cannot_be_made_leaves_nothing_and_is_told_with_the_reason(data_dir: Path) -> None:
    tried = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL_DISK, str(data_dir)], capture_output=True, text=True, check=False
    )

    assert "" == tried.stderr
    assert tried.stdout.startswith(f"cannot make a database in {data_dir / 'postgres'}: could not write to file")
    assert [] == list((data_dir / "postgres").glob("data*"))


def test_what_an_interrupted_first_start_left_is_made_anew(data_dir: Path) -> None:
    folder = open_folder(data_dir)
    unfinished = folder.path / "data.new-1"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    assert is_served(folder)
    assert not unfinished.exists()


def test_a_server_whose_data_have_been_taken_away_is_not_waited_for(folder: DataFolder) -> None:
    server = EmbeddedServer(folder.path.parent)
    server.start()
    number = pid(folder)
    folder.pid_file.rename(folder.pid_file.with_suffix(".taken"))
    server.close()

    assert server_process.is_running(folder)
    os.kill(number, signal.SIGQUIT)
    file_locks.release(file_locks.take(folder.server_lock, wait=20))


def test_a_log_that_has_grown_is_put_aside(folder: DataFolder) -> None:
    folder.log.write_bytes(b"." * 2 * 1024 * 1024)

    assert is_served(folder)
    assert folder.log.stat().st_size < 10_000
    assert (folder.path / "server.log.1").stat().st_size == 2 * 1024 * 1024


def test_the_log_does_not_tell_what_was_asked(folder: DataFolder) -> None:
    with serving(folder) as admin, psycopg.connect(admin) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 'a secret' FROM nowhere")

    assert b"a secret" not in folder.log.read_bytes()


def test_whoever_waits_too_long_for_another_process_is_told_which_file_it_holds(folder: DataFolder) -> None:
    with (
        file_locks.held(folder.start_lock, wait=1),
        pytest.raises(StoreUnavailable, match=f"holding {folder.start_lock}; end that process"),
        file_locks.held(folder.start_lock, wait=0.05),
    ):
        pytest.fail("two held it")


def test_stopping_a_server_that_does_not_run_is_done_already(folder: DataFolder) -> None:
    assert server_process.stop(folder)
