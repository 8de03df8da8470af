"""What went wrong, as an exit status and one sentence. None of the sentences that arrive here carries a secret."""

import traceback
from pathlib import Path

from pydantic import ValidationError

from planfold.application import GenerationInProgress, LedgerContended, PlannerUnknown, RunConflict, RunUnknown
from planfold.application.ports import MemoryUnavailable
from planfold.domain.errors import DomainError
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.errors import InfrastructureError, InvalidSetting


class Refused(Exception):
    """What the command was given cannot be used: said by the command itself, with status 2."""


class Interrupted(Exception):
    """Ctrl-C, with what the command has to say about it."""


_STATUS: tuple[tuple[type[Exception], Status], ...] = (
    (RunConflict, Status.CONFLICT),
    (Interrupted, Status.INTERRUPTED),
    (Refused, Status.USAGE),
    (DomainError, Status.USAGE),
    (RunUnknown, Status.USAGE),
    (PlannerUnknown, Status.USAGE),
    (InvalidSetting, Status.USAGE),
    (GenerationInProgress, Status.UNAVAILABLE),
    (LedgerContended, Status.UNAVAILABLE),
    (MemoryUnavailable, Status.UNAVAILABLE),
    (InfrastructureError, Status.UNAVAILABLE),
)


def judged(error: Exception) -> tuple[str, Status]:
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return str(error), status
    if isinstance(error, ValidationError):
        return _first_problem(error), Status.USAGE
    # Its own words may hold anything, secrets too.
    return (
        f"an error that planfold does not expect, {type(error).__name__} at {_place(error)}; "
        "with PLANFOLD_DEBUG=1 it is shown whole"
    ), Status.UNEXPECTED


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or error.title} cannot be used: {first['msg'].removeprefix('Value error, ')}"


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
