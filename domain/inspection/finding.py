"""What the inspector says about a draft."""

from collections.abc import Sequence
from typing import Literal

from planfold.domain.frozen import Frozen

Code = Literal[
    "INVALID_PLAN",
    "EMPTY_PLAN",
    "TOO_MANY_STEPS",
    "DUPLICATE_STEP_ID",
    "UNKNOWN_SKILL",
    "MISSING_PARAMETER",
    "INVALID_PARAMS",
    "UNKNOWN_DEPENDENCY",
    "CIRCULAR_DEPENDENCY",
    "UNKNOWN_REFERENCE",
    "FORBIDDEN_TARGET",
    "EXCESSIVE_LOOP",
    "EXCESSIVE_RETRIES",
    "SUSPICIOUS_PROMPT",
    "SECRET_IN_PARAMS",
    "DESTRUCTIVE_STEP",
    "TAINTED_PARAM",
    "MANIFEST_CHANGED",
]
Severity = Literal["error", "warning"]

WARNINGS: frozenset[Code] = frozenset({"SUSPICIOUS_PROMPT", "DESTRUCTIVE_STEP", "TAINTED_PARAM"})

MAX_MESSAGE_CHARACTERS = 800
MAX_PATH_CHARACTERS = 500
MAX_STEP_ID_CHARACTERS = 128
MAX_FINDING_BYTES = 6 * (MAX_MESSAGE_CHARACTERS + 2 * MAX_PATH_CHARACTERS + MAX_STEP_ID_CHARACTERS) + 256
"""Of a finding in JSON, where one character takes six bytes at most (`\\u0001`)."""


class Finding(Frozen):
    """An error refuses the draft, a warning informs.

    `path` is a JSON Pointer (RFC 6901) into the plan; `question` is what to ask whoever set the goal, if an answer
    would mend it.
    """

    code: Code
    severity: Severity
    message: str
    step_id: str | None = None
    path: str | None = None
    question: str | None = None


def finding(
    code: Code, message: str, *, step_id: str | None = None, path: str | None = None, question: str | None = None
) -> Finding:
    """A finding with the severity of its code, of bounded length whatever the draft holds.

    Sentences are cut at the end. A path that would be too long leads to the nearest place above that can be told.
    """
    severity: Severity = "warning" if code in WARNINGS else "error"
    return Finding(
        code=code,
        severity=severity,
        message=_cut(message, MAX_MESSAGE_CHARACTERS),
        step_id=step_id and step_id[:MAX_STEP_ID_CHARACTERS],
        path=path if path is None or len(path) <= MAX_PATH_CHARACTERS else _above(path),
        question=question and _cut(question, MAX_PATH_CHARACTERS),
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _above(path: str) -> str:
    return path[: path.rindex("/", 0, MAX_PATH_CHARACTERS + 1)]


def fitting(findings: Sequence[Finding], most: int, most_bytes: int) -> tuple[Finding, ...]:
    """As many as fit in number and in bytes of JSON, in their order; errors are kept before warnings."""
    if len(findings) <= most and len(findings) * MAX_FINDING_BYTES <= most_bytes:
        return tuple(findings)
    kept, left = [], most_bytes
    for index in sorted(range(len(findings)), key=lambda index: findings[index].severity != "error")[:most]:
        left -= len(findings[index].model_dump_json().encode()) + 1
        if left < 0:
            break
        kept.append(index)
    return tuple(findings[index] for index in sorted(kept))


def accepts(findings: tuple[Finding, ...]) -> bool:
    """Whether the draft may run: no finding is an error."""
    return all(item.severity != "error" for item in findings)
