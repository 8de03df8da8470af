"""What went wrong, as an exit status and one sentence. None of the sentences that arrive here carries a secret."""

from pydantic import ValidationError

from planfold.application import (
    BeyondTheLog,
    GenerationInProgress,
    InvalidPolicy,
    InvalidQuery,
    LedgerContended,
    NoSuchVersion,
    NotYetRecorded,
    PlannerRepeated,
    PlannerUnknown,
    RunConflict,
    RunUnknown,
)
from planfold.application.ports import MemoryUnavailable
from planfold.domain.errors import DomainError
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.unexpected import unexpected
from planfold.infrastructure.errors import InfrastructureError, InvalidSetting
from planfold.infrastructure.wording import first_problem


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
    (NoSuchVersion, Status.USAGE),
    (NotYetRecorded, Status.USAGE),
    (BeyondTheLog, Status.USAGE),
    (InvalidQuery, Status.USAGE),
    (InvalidPolicy, Status.USAGE),
    (PlannerUnknown, Status.USAGE),
    (PlannerRepeated, Status.USAGE),
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
        where, problem = first_problem(error)
        return f"{where or error.title} cannot be used: {problem}", Status.USAGE
    return unexpected(error)
