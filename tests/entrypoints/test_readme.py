"""The first screen of the README shows what the command prints."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

README = Path(__file__).parents[2] / "README.md"
PROMPT = "$ pip install uv && uv run planfold "


def shown() -> tuple[list[str], str]:
    """The arguments of the first command in the README, and the output under it."""
    text = README.read_text(encoding="utf-8")
    block = next(block for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL) if block.startswith(PROMPT))
    command, _, output = block.partition("\n")
    return shlex.split(command.removeprefix(PROMPT)), output


def without_times(text: str) -> list[str]:
    return [re.sub(r"\d\d:\d\d:\d\d\.\d{3}|in \d+\.\d\d s", "...", line).rstrip() for line in text.strip().splitlines()]


def test_the_readme_shows_what_the_command_prints(planfold: Callable[..., CompletedProcess[str]]) -> None:
    arguments, output = shown()

    done = planfold(*arguments)

    assert without_times(output) == without_times(done.stdout)
