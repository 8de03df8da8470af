"""What the inspector says about a draft."""

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
    """A finding with the severity of its code."""
    severity: Severity = "warning" if code in WARNINGS else "error"
    return Finding(code=code, severity=severity, message=message, step_id=step_id, path=path, question=question)


def accepts(findings: tuple[Finding, ...]) -> bool:
    """Whether the draft may run: no finding is an error."""
    return all(item.severity != "error" for item in findings)
