"""However a signal comes: a status, at most one sentence on standard error, never a traceback."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from subprocess import CompletedProcess

import pytest

from planfold.infrastructure.cli import main

Command = Callable[..., CompletedProcess[str]]

GOAL = "Get the weather in Oslo tomorrow and post it to the team channel"

PATIENT = """
import sys, threading
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main
from planfold.infrastructure.in_memory import FixedPlanner

class Patient(FixedPlanner):
    def draft(self, request):
        print("drafting", file=sys.stderr, flush=True)
        threading.Event().wait()

Installation.planner_named = lambda self, name: Patient(name="offline")
sys.exit(main())
"""
"""The command with a planner that never answers."""


INTERRUPTED = (
    "planfold: interrupted; what was recorded stays, and this goes on from there: planfold plan ... --agent me --run r1"
)


@pytest.mark.parametrize(
    ("sent", "status", "sentence", "as_json"),
    [
        (signal.SIGINT, 130, INTERRUPTED, []),
        pytest.param(signal.SIGINT, 130, INTERRUPTED, ["--json"], marks=pytest.mark.slow),
        (signal.SIGTERM, 143, "planfold: terminated; what was recorded stays", ["--json"]),
    ],
)
def test_a_signal_ends_it_with_one_sentence_and_what_was_recorded_stays(
    environment: Mapping[str, str], run: Command, sent: int, status: int, *, sentence: str, as_json: list[str]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PATIENT, "plan", GOAL, "--run", "r1", *as_json],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "drafting\n" == process.stderr.readline()
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)

    assert (status, 1) == (process.returncode, err.count("\n"))
    assert err.startswith(sentence)
    assert not as_json or not out
    assert ["ContextBuilt", "MemoryRetrieved"] == [
        json.loads(line)["name"] for line in run("events", "r1").stdout.splitlines()
    ]
    assert 0 == run("plan", GOAL, "--run", "r1").returncode


def test_a_signal_that_is_ignored_stays_ignored(environment: Mapping[str, str]) -> None:
    script = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{PATIENT}"
    with subprocess.Popen(
        [sys.executable, "-c", script, "plan", GOAL, "--json"], env=dict(environment), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "drafting\n" == process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)

        assert 130 == process.wait(timeout=60)


LOADING = """
import os, signal, sys
from planfold.infrastructure.cli import main

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests under nohup has it ignored

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), int(sys.argv[2]))

sys.meta_path.insert(0, Finder())
sys.exit(main(sys.argv[3:]))
"""
"""The command gets a signal while it imports a module."""


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize(
    ("module", "sentences"),
    [
        ("planfold.infrastructure.cli.program", 0),
        ("typer", 0),
        ("planfold.infrastructure.cli.runs", 1),
        ("pydantic", 1),
    ],
)
def test_a_signal_that_comes_while_it_is_loaded_ends_it_without_a_traceback(
    environment: Mapping[str, str], module: str, sentences: int, sent: int, status: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOADING, module, str(int(sent)), "runs"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (status, "", sentences) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("command", [["project"], ["export", "--follow"]])
@pytest.mark.parametrize("module", ["typer", "planfold.infrastructure.bootstrap", "psycopg"])
def test_sigterm_ends_what_has_no_other_end_well_while_it_is_loaded_too(
    environment: Mapping[str, str], module: str, command: list[str]
) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOADING, module, str(int(signal.SIGTERM)), *command],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (0, "", "") == (ended.returncode, ended.stdout, ended.stderr)


SWALLOWED = """
import os, sys
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main

def swallowing(self, name):
    try:
        os.kill(os.getpid(), int(sys.argv[1]))
    except BaseException:
        raise ValueError("it stumbled") from None

Installation.planner_named = swallowing
sys.exit(main(["plan", "Fetch https://example.com/"]))
"""


@pytest.mark.parametrize(("sent", "status", "said"), [(signal.SIGINT, 130, "interr"), (signal.SIGTERM, 143, "termin")])
def test_a_signal_that_foreign_code_swallows_is_not_lost(
    environment: Mapping[str, str], sent: int, status: int, said: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SWALLOWED, str(int(sent))],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (status, f"planfold: {said}") == (ended.returncode, ended.stderr[:16])
    assert 1 == ended.stderr.count("\n")


def test_after_a_command_signals_are_handled_as_before() -> None:
    heard = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in heard]

    assert 0 == main(["--version"])

    assert before == [signal.getsignal(each) for each in heard]
