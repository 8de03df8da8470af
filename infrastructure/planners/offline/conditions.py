"""Words by which a part of a goal depends on what only the run will show, and such as look like them but mean nothing."""

import re
from collections.abc import Sequence

from planfold.infrastructure.planners.offline.values import OPAQUE, Value

_CONDITION = re.compile(
    r"(?<!check )(?<!see )(?<!confirm )(?<!know )(?<!tell me )(?<!out )(?<!verify )(?<!determine )(?<!ask )(?<!me know )"
    r"\b(?:if|unless|otherwise|in case|for each|for every(?! (?:day|week|month|year)))\b",
    re.IGNORECASE,
)
_NEEDED = "possible|needed|necessary|required|available|applicable"
_IDLE = re.compile(
    r",?\s*\b(?:as soon as possible|(?:when|once) (?:done|finished|ready|complete)"
    rf"|(?:if|when|where) (?:so|any|(?:it is |that is )?(?:{_NEEDED})|you (?:can|could|have)|there (?:is|are) any"
    r"|(?:\w+ ){1,3}(?:is|are|was|were) (?:\w+ )?success\w*))\b,?",
    re.IGNORECASE,
)
"""A plan stops at a step that fails, so that "if the booking is successful" adds nothing to the order."""


def condition_in(goal: str, values: Sequence[Value]) -> str | None:
    """The words that make a part of the goal depend on what only the run will show, or repeat it; None if there are none."""
    found = _CONDITION.search(_covered(goal, values))
    return None if found is None else goal[found.start() : found.start() + 60].partition("\n")[0].strip()


def without_idle_words(goal: str, values: Sequence[Value]) -> str:
    """Blanks for "if possible" and the like, which make nothing depend on anything; every character keeps its place."""
    for found in _IDLE.finditer(_covered(goal, values)):
        goal = f"{goal[: found.start()]}{' ' * len(found[0])}{goal[found.end() :]}"
    return goal


def _covered(goal: str, values: Sequence[Value]) -> str:
    for value in values:
        if value.kind in OPAQUE:
            goal = f"{goal[: value.start]}{'x' * (value.end - value.start)}{goal[value.end :]}"
    return goal
