"""One server for all processes that use a data folder, gone with the last of them, however they end."""

import os
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from planfold.infrastructure.postgres import file_locks
from planfold.infrastructure.postgres.embedded import EmbeddedServer

Spawn = Callable[..., subprocess.Popen[str]]
End = Callable[[subprocess.Popen[str]], None]


def first_line(user: subprocess.Popen[str]) -> str:
    assert user.stdout is not None
    line = user.stdout.readline().strip()
    if not line and user.stderr is not None:
        pytest.fail(user.stderr.read())
    return line


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def answers(conninfo: str) -> bool:
    with psycopg.connect(conninfo) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def gone(data_dir: Path) -> bool:
    """No process of the server is left: their lock can be had, or the test fails with StoreUnavailable."""
    file_locks.release(file_locks.take(data_dir / "postgres" / "server.lock", wait=20))
    return True


@pytest.mark.slow
def test_two_processes_that_start_at_once_share_one_new_server(
    data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    users = [spawn_user(data_dir), spawn_user(data_dir)]
    conninfos = [first_line(user) for user in users]
    pid = server_pid(data_dir)

    end_user(users[0])
    assert conninfos[0] == conninfos[1]
    assert answers(conninfos[1])
    assert pid == server_pid(data_dir)
    end_user(users[1])
    assert gone(data_dir)


def test_the_end_of_the_last_process_is_the_end_of_the_servers_process(
    made_data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    if not hasattr(os, "pidfd_open"):  # the lock says the same wherever pidfd is missing
        return
    user = spawn_user(made_data_dir)
    first_line(user)
    server = os.pidfd_open(server_pid(made_data_dir))

    end_user(user)
    ended, _, _ = select.select([server], [], [], 20)
    os.close(server)

    assert [server] == ended


def test_a_server_left_by_a_killed_process_is_taken_over_and_stopped_by_the_next(
    made_data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    killed = spawn_user(made_data_dir)
    first_line(killed)
    pid = server_pid(made_data_dir)
    killed.kill()
    # The outputs end with the process: the server that it leaves holds none of them.
    assert ("", "") == killed.communicate(timeout=60)

    heir = spawn_user(made_data_dir)
    assert answers(first_line(heir))
    assert pid == server_pid(made_data_dir)
    end_user(heir)
    assert gone(made_data_dir)


def test_the_server_holds_no_lock_of_the_process_that_started_it(
    made_data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    starter = spawn_user(made_data_dir)
    first_line(starter)
    starter.kill()
    starter.wait()

    locks = [made_data_dir / "postgres" / name for name in ("start.lock", "users.lock", "server.lock")]
    assert [False, False, True] == [file_locks.is_locked(lock) for lock in locks]
    heir = spawn_user(made_data_dir)
    first_line(heir)
    end_user(heir)


def test_an_interrupt_from_the_terminal_ends_its_process_and_not_the_server(
    made_data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    starter, other = spawn_user(made_data_dir), spawn_user(made_data_dir)
    first_line(starter)
    conninfo = first_line(other)
    pid = server_pid(made_data_dir)

    os.killpg(starter.pid, signal.SIGINT)
    starter.communicate(timeout=60)

    assert answers(conninfo)
    assert pid == server_pid(made_data_dir)
    assert os.getsid(pid) not in {os.getsid(0), starter.pid}
    end_user(other)
    assert gone(made_data_dir)


FORKING = """
import os, sys
from pathlib import Path
import psycopg
from planfold.infrastructure.postgres.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
conninfo = server.start().app
print(conninfo, flush=True)
reading, writing = os.pipe()
child = os.fork()
if child:
    server.close()
    os.write(writing, b"closed")
    os.waitpid(child, 0)
else:
    os.read(reading, 6)
    with psycopg.connect(conninfo) as connection:
        print(connection.execute("SELECT 'the child is served'").fetchone()[0], flush=True)
"""


def test_a_forked_child_keeps_the_server_that_its_parent_has_left(made_data_dir: Path, spawn_user: Spawn) -> None:
    parent = spawn_user(made_data_dir, FORKING)
    first_line(parent)

    assert ("the child is served\n", "") == parent.communicate(timeout=60)
    assert gone(made_data_dir)


CHILD_ENDS_FIRST = """
import os, sys
from pathlib import Path
import psycopg
from planfold.infrastructure.postgres.embedded import EmbeddedServer
conninfo = EmbeddedServer(Path(sys.argv[1])).start().app
print(conninfo, flush=True)
child = os.fork()
if child:
    os.waitpid(child, 0)
    with psycopg.connect(conninfo) as connection:
        print(connection.execute("SELECT 'the parent is served'").fetchone()[0], flush=True)
"""


def test_a_forked_child_that_ends_leaves_the_server_to_its_parent(made_data_dir: Path, spawn_user: Spawn) -> None:
    parent = spawn_user(made_data_dir, CHILD_ENDS_FIRST)
    first_line(parent)

    assert ("the parent is served\n", "") == parent.communicate(timeout=60)
    assert gone(made_data_dir)


@pytest.mark.slow
def test_many_processes_that_come_and_go_are_always_served(
    made_data_dir: Path, spawn_user: Spawn, end_user: End
) -> None:
    for _ in range(4):
        users = [spawn_user(made_data_dir) for _ in range(4)]
        users[0].kill()
        users[0].wait()
        for user in users[1:]:
            assert answers(first_line(user))
            end_user(user)
    leaver = EmbeddedServer(made_data_dir)
    leaver.start()
    leaver.close()

    assert gone(made_data_dir)
