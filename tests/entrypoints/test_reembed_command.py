"""`planfold reembed`: another embedding table, and what it does to a tenant's memories."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from subprocess import CompletedProcess

import numpy as np
import pytest

from planfold.domain.memory import Memory
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main
from planfold.infrastructure.embedding import EmbeddingModel, Vectors
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.memories import PgvectorMemory

Command = Callable[..., CompletedProcess[str]]
Remember = Callable[[int], None]

NEW = "new/3/000000000000"
SHIPPED = "wordllama-l2-supercat/256/"

STUCK = """
import sys, threading
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main

class Stuck:
    def __init__(self, embedder):
        self.model, self._embedder, self._batches = embedder.model, embedder, 0

    def embed(self, texts):
        self._batches += 1
        if self._batches == 2:
            print("stuck", file=sys.stderr, flush=True)
            threading.Event().wait()
        return self._embedder.embed(texts)

whole = Installation.embedder.func
Installation.embedder.func = lambda self: Stuck(whole(self))
sys.exit(main())
"""
"""The command with an embedder that never ends the second batch."""


class Embedder:
    """Every text points the same way."""

    def __init__(self, name: str, dimension: int) -> None:
        self.model = EmbeddingModel(name=name, dimension=dimension, digest="0" * 64)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), self.model.dimension), self.model.dimension**-0.5, dtype=np.float32)


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def remember_many(database: Endpoint) -> Iterator[Remember]:
    """So many memories of acme's scout, embedded with a table that nobody has configured."""
    with open_pool(database.app, size=1) as pool:

        def remember(count: int) -> None:
            at = datetime(2026, 5, 1, tzinfo=UTC)
            PgvectorMemory(pool, lambda: Embedder("old", 2)).remember(
                [
                    Memory(
                        memory_id=f"m{number}", tenant="acme", agent_id="scout", text="Ana likes dogs", created_at=at
                    )
                    for number in range(count)
                ]
            )

        yield remember


def test_memories_of_another_table_are_embedded_anew_and_then_nothing_is_left(
    planfold: Command, remember_many: Remember
) -> None:
    remember_many(2)

    first, second = (planfold("reembed", "--tenant", "acme") for _ in range(2))

    assert (0, "", 0, "") == (first.returncode, first.stderr, second.returncode, second.stderr)
    assert first.stdout.startswith(f"2 memories of tenant acme embedded anew, with {SHIPPED}")
    assert second.stdout.startswith(f"nothing to do: all memories of tenant acme are embedded with {SHIPPED}")


def test_json_tells_how_many_and_with_which_table(
    planfold: Command, remember_many: Remember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Installation, "embedder", Embedder("new", 3))
    remember_many(1)

    assert {"tenant": "acme", "model": NEW, "embedded": 1} == json.loads(
        planfold("reembed", "--tenant", "acme", "--json").stdout
    )


def test_a_table_that_was_changed_is_told_with_the_command_that_mends_it(
    planfold: Command, remember_many: Remember
) -> None:
    remember_many(1)

    refused = planfold("remember", "scout", "Ana likes cats", "--tenant", "acme")

    assert (7, "", 1) == (refused.returncode, refused.stdout, refused.stderr.count("\n"))
    command = refused.stderr.strip().rpartition(": ")[2]
    assert "planfold reembed --tenant acme" == command
    assert 0 == planfold(*command.split()[1:]).returncode
    assert 0 == planfold("remember", "scout", "Ana likes cats", "--tenant", "acme").returncode


def test_a_tenant_that_cannot_be_named_ends_with_2(planfold: Command) -> None:
    ended = planfold("reembed", "--tenant", "a/b")

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))


def test_a_terminal_sees_how_far_it_is_and_nothing_stays(
    planfold: Command, remember_many: Remember, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_many(3)
    planfold("--version")  # the environment is set
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    assert 0 == main(["reembed", "--tenant", "acme"])

    assert "3/3" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[1A\x1b[2K")


def test_interrupted_it_keeps_what_is_done_and_goes_on_from_there(
    environment: Mapping[str, str], run: Command, remember_many: Remember
) -> None:
    remember_many(502)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", STUCK, "reembed", "--tenant", "acme", "--json"],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "stuck\n" == process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (130, "") == (process.returncode, out)
    assert err == (
        "planfold: interrupted; 500 of 502 memories are embedded anew, and this goes on from there: "
        "planfold reembed --tenant acme\n"
    )
    assert 2 == json.loads(run("reembed", "--tenant", "acme", "--json").stdout)["embedded"]
