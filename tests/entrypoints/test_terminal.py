"""What is shown on a terminal, and what through a pipe."""

import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping
from fcntl import ioctl
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pydantic import JsonValue
from rich.cells import cell_len

from planfold.infrastructure.cli import main, waiting
from planfold.infrastructure.cli.telling import shortened

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch the prices of everything that is sold in the old market hall of Zürich, and summarise them"
CONTROL = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?3[0-9]m")

STEPS: JsonValue = [
    {"step_id": "get", "skill": "fetch_url", "params": {"url": "https://example.com/prices.json"}},
    {"step_id": "news", "skill": "web_search", "params": {"query": "word " * 60}},
    {"step_id": "sum", "skill": "summarize_text", "params": {"text": "${get.content} ${news.text}"}},
    {"step_id": "post", "skill": "post_message", "params": {"channel": "team", "text": "${news.text}" + "x" * 300}},
]


class Terminal(StringIO):
    """A terminal that shows all of Unicode."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(
    planfold: Command, drafts: Callable[[JsonValue], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """What a terminal gets to show; its columns and variables are named."""
    drafts({"plan_id": "p", "steps": STEPS})
    assert 0 == planfold("--version").returncode  # the environment is set

    def show(*arguments: str, columns: int = 100, **variables: str) -> str:
        for name, value in {"TERM": "xterm-256color", "COLUMNS": str(columns), **variables}.items():
            monkeypatch.setenv(name, value)
        terminal = Terminal()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", terminal)
            main(arguments)
        return terminal.getvalue()

    return show


def test_a_terminal_shows_colours_and_lines(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("plan", GOAL)

    assert COLOUR.search(shown)
    assert "●─┤  sum" in CONTROL.sub("", shown)
    assert "✓ ready" in CONTROL.sub("", shown)


def test_a_long_sentence_is_cut_in_its_middle() -> None:
    told = f"Attempt 1: a model had no draft (timeout): {'it said much ' * 30}and took 120 seconds (cost unknown)."

    shown = shortened(told, "...")

    assert re.fullmatch(r"Attempt 1: .* \.\.\. .* and took 120 seconds \(cost unknown\)\.", shown)
    assert len(shown) <= 200


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("short  and\nplain", "short and plain"),
        ("x" * 200, "x" * 200),
        ("x" * 300, f"{'x' * 115} ... {'x' * 80}"),
    ],
)
def test_what_is_short_is_told_whole_and_what_has_no_words_by_characters(told: str, shown: str) -> None:
    assert shown == shortened(told, "...")


@pytest.mark.parametrize("columns", [20, 40, 72, 100, 200])
def test_no_line_is_longer_than_the_terminal_is_wide(on_terminal: Callable[..., str], columns: int) -> None:
    shown = CONTROL.sub("", on_terminal("plan", GOAL, "--run", "r1", columns=columns))

    assert max(cell_len(line) for line in shown.splitlines()) <= columns


def test_nothing_is_lost_on_a_very_narrow_terminal(on_terminal: Callable[..., str]) -> None:
    shown = CONTROL.sub("", on_terminal("plan", GOAL, "--run", "r1", columns=10))

    assert "".join(GOAL.split()) in "".join(shown.split())


def test_lanes_go_on_beside_a_text_that_takes_several_lines(on_terminal: Callable[..., str]) -> None:
    lines = CONTROL.sub("", on_terminal("plan", GOAL, columns=60)).splitlines()

    assert [] == [line for line in lines if line.strip().startswith("word word")]
    assert any(re.match(r"  │ │ +word word", line) for line in lines)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        (80, ["at (UTC)", "run", "outcome", "goal"]),
        (100, ["at (UTC)", "run", "outcome", "agent", "goal"]),
        (120, ["started (UTC)", "run", "outcome", "at most", "agent", "goal"]),
    ],
)
def test_a_run_takes_one_row_of_a_list_and_its_goal_what_is_left(
    on_terminal: Callable[..., str], columns: int, named: list[str]
) -> None:
    for agent in ("me", "researcher-7"):
        on_terminal("plan", GOAL, "--agent", agent, "--run", f"01a204b6-b120-7249-8060-7772{agent:0>8}"[:36])

    heading, *rows = CONTROL.sub("", on_terminal("runs", columns=columns)).splitlines()

    assert named == re.split(r"  +", heading.strip())
    assert [("01a204b6", "…")] * 2 == [(row.split()[2][:8], row[-1]) for row in rows]
    assert max(map(cell_len, rows)) <= columns


def test_a_goal_that_fits_is_not_cut(on_terminal: Callable[..., str]) -> None:
    on_terminal("plan", GOAL, "--run", "r1")

    assert f"me     {GOAL}\n" in CONTROL.sub("", on_terminal("runs", columns=170))


def test_without_colour_none_is_used(on_terminal: Callable[..., str]) -> None:
    assert not COLOUR.search(on_terminal("plan", GOAL, NO_COLOR="1"))


def test_a_dumb_terminal_gets_plain_ascii(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("plan", "Fetch prices", TERM="dumb")

    assert "\x1b" not in shown
    assert shown.isascii()


def test_a_pipe_gets_plain_ascii_and_one_fact_a_line(planfold: Command, drafts: Callable[[JsonValue], None]) -> None:
    drafts({"plan_id": "p", "steps": STEPS})

    shown = planfold("plan", GOAL).stdout

    assert "\x1b" not in shown
    assert shown.replace("ü", "u").isascii()
    assert f"  goal   {GOAL}\n" in shown
    assert all(line == line.rstrip() for line in shown.splitlines())


@pytest.mark.usefixtures("ready")
def test_an_encoding_that_lacks_a_character_gets_it_written_out(
    planfold: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    planfold("plan", "Look at the 東京 prices in Zürich", "--run", "r1")
    stored = BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", TextIOWrapper(stored, encoding="latin-1", write_through=True))

        status = main(["show", "r1"])

        assert (0, True) == (status, b"Look at the \\u6771\\u4eac prices in Z\xfcrich" in stored.getvalue())


def test_json_is_ascii_on_any_terminal(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("plan", GOAL + " \u202e\x9b", "--json")

    assert (True, 1) == (shown.isascii(), shown.count("\n"))


def test_what_takes_its_time_shows_a_sign_of_life_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()

    class Watched(Terminal):
        def write(self, text: str) -> int:
            if "starting the database" in text:
                seen.set()
            return super().write(text)

    terminal = Watched()
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", terminal)

    with waiting.waiting("starting the database"):
        assert seen.wait(60)

    assert terminal.getvalue().endswith("\r\x1b[1A\x1b[2K")


def test_what_is_quick_shows_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with waiting.waiting("starting the database"):
        pass

    assert "" == terminal.getvalue()


def test_a_real_terminal_shows_the_plan_at_its_width(environment: Mapping[str, str], program: Path) -> None:
    unsized = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 70, 0, 0))
    with subprocess.Popen(
        [program, "plan", "Fetch https://example.com/prices.json and summarise it"],
        env={**unsized, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = _read(ours)
    os.close(ours)

    plain = CONTROL.sub("", shown)
    assert (0, True) == (process.returncode, "✓ ready" in plain)
    assert COLOUR.search(shown)
    assert max(len(line) for line in plain.splitlines()) <= 70


def _read(terminal: int) -> str:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # what Linux says when the other side is closed
            part = b""
        if not part:
            return b"".join(parts).decode()
        parts.append(part)
