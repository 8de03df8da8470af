"""Other processes that use the embedded server, and a server reached over a network."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

USER = """
import sys
from pathlib import Path
from planfold.infrastructure.postgres.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
print(server.start().admin, flush=True)
sys.stdin.readline()
"""
"""Uses the server until its standard input ends, and leaves it to the end of the process to say so."""


@pytest.fixture
def spawn_user() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Begins a process that uses the embedded server; its first line is the superuser's connection string."""
    spawned: list[subprocess.Popen[str]] = []

    def spawn(data_dir: Path, script: str = USER) -> subprocess.Popen[str]:
        user = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        spawned.append(user)
        return user

    yield spawn
    for user in spawned:
        with user:  # what was not ended by the test is ended by the end of its input
            pass


@pytest.fixture
def end_user() -> Callable[[subprocess.Popen[str]], None]:
    """The user has ended well, and said nothing more on either output."""

    def end(user: subprocess.Popen[str]) -> None:
        said = user.communicate(timeout=60)

        assert (0, ("", "")) == (user.returncode, said)

    return end
