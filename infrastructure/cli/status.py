"""How the command can end."""

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """Exit statuses. 0 to 7 are an interface; the others follow the shell's and sysexits.h's conventions."""

    READY = 0
    AUDIT_FOUND_SOMETHING = 1
    USAGE = 2
    INVALID = 3
    REFUSED = 4
    FAILED = 5
    CONFLICT = 6
    UNAVAILABLE = 7
    UNEXPECTED = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


OF_OUTCOME: Final = {
    "ready": Status.READY,
    "invalid": Status.INVALID,
    "refused": Status.REFUSED,
    "failed": Status.FAILED,
}

MEANINGS: Final = {
    Status.READY: "done; of `plan`: ready to run",
    Status.AUDIT_FOUND_SOMETHING: "audit, backtest --fail-on-change or check-mcp found something",
    Status.USAGE: "the command or what it was given cannot be used",
    Status.INVALID: "the inspector refused the plan",
    Status.REFUSED: "the budget refused the plan",
    Status.FAILED: "no draft could be had",
    Status.CONFLICT: "the run exists with another goal or agent",
    Status.UNAVAILABLE: "a service is missing; `planfold doctor` says which",
}
