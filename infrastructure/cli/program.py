"""From arguments to an exit status: whatever happens is told in one sentence on standard error, never a traceback."""

import errno
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import typer
from typer.main import get_command

from planfold.infrastructure.cli import ends_by_sigterm
from planfold.infrastructure.cli.commands import app
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.unexpected import unexpected

DEBUG = "PLANFOLD_DEBUG"
"""With this variable set to anything, an unexpected error shows its traceback."""


def run(arguments: Sequence[str] | None = None, *, heard: Iterable[int] = ()) -> int:
    """The exit status, once everything is printed and closed; the signals `heard` end it, with what was opened closed."""
    if sys.stdout is None or sys.stderr is None:  # closed by whoever started us: nobody reads, and that is no error
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the process
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a stream of a test or a host that has no encoding
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    out = sys.stdout
    signals = _Signals(is_service=ends_by_sigterm(sys.argv[1:] if arguments is None else arguments))
    try:
        with signals.heard(heard):
            status = _run(None if arguments is None else list(arguments), signals)
        sys.stdout.flush()
    except _ENDINGS:
        return signals.told()
    except BrokenPipeError:
        # Whoever read has read enough. What is left in the buffer would fail again when Python ends.
        sys.stdout = out
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return Status.BROKEN_PIPE
    return status


def _run(arguments: list[str] | None, signals: "_Signals") -> int:
    out = sys.stdout
    try:
        answer = get_command(app).main(arguments, prog_name="planfold", standalone_mode=False)
    except typer.TyperException as error:
        return _told(_usage(error), Status.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        answer = Status.INTERRUPTED
    except SystemExit as error:
        if sys.stdout is not out:  # typer's answer to a closed pipe: another stdout, and a status that means more here
            raise BrokenPipeError from error
        return error.code if isinstance(error.code, int) else Status.READY  # a shell was told how to complete
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return _told("the disk is full: nothing more can be written; make room and try again", Status.UNAVAILABLE)
        if os.environ.get(DEBUG):
            raise
        return signals.instead_of(*_judged(error))
    if answer == Status.INTERRUPTED or signals.received is not None:  # typer's answer to Ctrl-C
        return signals.told()
    return answer if isinstance(answer, int) else Status.READY


def _judged(error: Exception) -> tuple[str, Status]:
    try:
        from planfold.infrastructure.cli.errors import judged  # noqa: PLC0415 - takes its time, and is seldom needed
    except Exception:  # noqa: BLE001 - the installation is so broken that its errors cannot be told apart
        return unexpected(error)
    return judged(error)


def _told(sentence: str, status: Status) -> Status:
    complain(sentence)
    return status


def _usage(error: typer.TyperException) -> str:
    if isinstance(error, typer.BadParameter) and error.__cause__ is not None:
        from pydantic import ValidationError  # noqa: PLC0415 - typer loads it where it finds something wrong

        from planfold.infrastructure.wording import first_problem  # noqa: PLC0415 - as above

        if isinstance(error.__cause__, ValidationError):
            error.message = first_problem(error.__cause__)[1]
    said = error.format_message().strip().rstrip(".?").replace(". Did you mean", ", did you mean")
    context = getattr(error, "ctx", None)
    command = "planfold" if context is None else context.command_path
    return f"{said[:1].lower()}{said[1:]}; see {command} --help"


class _Terminated(BaseException):
    """SIGTERM or SIGHUP, as something that closes what was opened on its way out."""


class _Signals:
    """What was received. It is also raised, but compiled code that calls back to Python may swallow that."""

    received: int | None = None

    def __init__(self, *, is_service: bool) -> None:
        self._is_service = is_service

    @contextmanager
    def heard(self, numbers: Iterable[int]) -> Iterator[None]:
        hook = sys.unraisablehook
        for each in numbers:
            signal.signal(each, self._end)
        sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, _ENDINGS) else hook(lost)
        try:
            yield
        finally:
            sys.unraisablehook = hook

    def instead_of(self, sentence: str, status: Status) -> Status:
        """Told: the error itself, unless it is one that a swallowed signal led to."""
        return _told(sentence, status) if self.received is None or status == Status.INTERRUPTED else self.told()

    def told(self) -> Status:
        if self.received in {None, signal.SIGINT}:
            return _told("interrupted; what was recorded stays", Status.INTERRUPTED)
        if self._is_service and self.received == signal.SIGTERM:
            return Status.READY
        return _told("terminated; what was recorded stays", Status.TERMINATED)

    def _end(self, number: int, _frame: FrameType | None) -> NoReturn:
        self.received = number
        raise KeyboardInterrupt if number == signal.SIGINT else _Terminated


_ENDINGS = (KeyboardInterrupt, _Terminated)
