"""Older forms of stored bodies, brought step by step to the form that this release reads and writes.

A new field with a default needs no step: a body without it is read as it was meant. A step is for what a default cannot
say. It changes what is read, never what is stored: digests and the chain are over the stored bytes.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

Upcast = Callable[[Any], Any]
"""From a body of one schema to the same one in the next; total over whatever that schema's releases have written."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def _legible(identity: Any) -> Any:
    """A planner's names as they must be since they are printed: each control character becomes U+FFFD."""
    return {
        key: _UNPRINTABLE.sub("\ufffd", value) if isinstance(value, str) else value for key, value in identity.items()
    }


def _legible_planner(body: Any) -> Any:
    return body | {"planner": _legible(body["planner"])}


def _legible_planners(body: Any) -> Any:
    return body | {"planners": [_legible(identity) for identity in body["planners"]]}


UPCASTS: dict[tuple[str, int], Upcast] = {
    # At first a planner could call itself anything, line breaks included; such events would be refused today.
    ("ContextBuilt", 1): _legible_planners,
    ("PlanDrafted", 1): _legible_planner,
    ("DraftFailed", 1): _legible_planner,
}
"""By event and schema, what leads from there to the next schema. A step never changes once a release has written what it makes."""

_STEPS = Counter(name for name, _ in UPCASTS)


def newest(name: str) -> int:
    """The schema in which this release writes such an event; they count from 1."""
    return 1 + _STEPS[name]


def upcast(name: str, schema: int, body: Any) -> Any:
    """The body in this release's form; that of a later one as it is, since later ones only add.

    Raises KeyError, TypeError, AttributeError for a body that no release has written.
    """
    while (step := UPCASTS.get((name, schema))) is not None:
        body, schema = step(body), schema + 1
    return body
