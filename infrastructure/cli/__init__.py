"""The command `planfold`: it parses, calls the application, and prints.

This file loads next to nothing, so that a signal finds somebody who answers it as early as can be.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
"""As `typing` has it, which takes three milliseconds."""
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, NoReturn

    Defaults = dict[int, Callable[[int, FrameType | None], Any] | int | None]

__all__ = ["ends_by_sigterm", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status, once everything is printed and closed. `arguments` are those of the process if not given.

    Signals that are handled by default end it with one sentence; while it is still being loaded, without any.
    """
    defaults = _hear(0 if ends_by_sigterm(sys.argv[1:] if arguments is None else arguments) else 143)
    try:
        from planfold.infrastructure.cli.program import run  # noqa: PLC0415 - typer takes its time

        return run(arguments, heard=defaults)
    finally:
        for each, handler in defaults.items():
            signal.signal(each, handler)


def ends_by_sigterm(arguments: Sequence[str]) -> bool:
    """Whether the command has no other end, so that its status is 0 then, from its first moment on."""
    command = next(iter(arguments), None)
    return (command == "project" and "--once" not in arguments) or (command == "export" and "--follow" in arguments)


def _hear(terminated: int) -> Defaults:
    """What was set for the signals that are heard from now on. What somebody ignores, as nohup does, stays ignored."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        # The first and the last are those of `Status`, which is not loaded yet.
        os._exit(130 if number == signal.SIGINT else terminated if number == signal.SIGTERM else 143)

    defaults: Defaults = {}
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        handler = signal.getsignal(each)
        if handler in {signal.SIG_DFL, signal.default_int_handler}:
            try:
                signal.signal(each, leave)
            except ValueError:  # not in the main thread, which alone is told of signals
                return defaults
            defaults[each] = handler
    return defaults
