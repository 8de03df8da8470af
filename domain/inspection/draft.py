"""The draft under inspection, with all that its judgement may depend on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from planfold.domain.canonical import LARGEST_INTEGER, MAX_DEPTH, UNREPRESENTABLE_NAME, is_text
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.memory import Snippet
from planfold.domain.plan import Plan, Step
from planfold.domain.schema import escaped
from planfold.domain.secrets import REDACTED_NAME, is_redacted
from planfold.domain.skill import Manifest, Skill

MARKERS = frozenset({UNREPRESENTABLE_NAME, REDACTED_NAME})


class Leaf(NamedTuple):
    """A value without parts in a step's params or loop, at `pointer` in the plan; `name` is the nearest object name.

    `value` is an object only where that is a marker, which stands for another value: `is_marker`. An integral number is
    an integer, as RFC 8785 writes it.
    `is_name` marks the name of an object's member, at the pointer of that member; those that are plain words are left
    out, since nothing can be said of them.
    """

    step: Step
    pointer: str
    name: str
    value: JsonValue
    is_name: bool = False


def is_marker(value: JsonValue) -> bool:
    """Whether `value` is what a recorder writes in the place of another value, and nothing more.

    That is `{"$redacted": kind}` or `{"$unrepresentable": text}`. Whatever else has such a name is an object like any
    other, so that nobody hides its members behind the name.
    """
    return isinstance(value, dict) and not MARKERS.isdisjoint(value) and (is_redacted(value) or _is_replaced(value))


def _is_replaced(value: dict[str, JsonValue]) -> bool:
    """Whether it is `{"$unrepresentable": text}`; the text may have held a secret."""
    what = value.get(UNREPRESENTABLE_NAME)
    return len(value) == 1 and (isinstance(what, str) or is_redacted(what))


@dataclass(frozen=True)
class Draft:
    """`answer` is the recorded form, secrets and unrepresentable values already replaced.

    `recorded_manifest` is the digest that ContextBuilt names; `manifest` is what is at hand now.
    """

    answer: JsonValue
    goal: str
    manifest: Manifest
    recorded_manifest: str
    snippets: tuple[Snippet, ...] = ()
    rules: RuleSet = field(default_factory=RuleSet)

    @cached_property
    def unrepresentable(self) -> tuple[tuple[str, str], ...]:
        """Where the answer holds what cannot be stored, replaced or not: pointer and what stood there, in order.

        An object that has the name of a marker and is none holds FORGED, at the pointer of that member.
        """
        return tuple(sorted(_unrepresentable(self.answer)))

    @cached_property
    def parsed(self) -> Plan | ValidationError | None:
        """The plan or what keeps the answer from being one; None if it is nested too deeply to be read at all."""
        if any(what == _TOO_DEEP for _, what in self.unrepresentable):
            return None
        try:
            return Plan.model_validate(self.answer)
        except ValidationError as error:
            return error

    @cached_property
    def plan(self) -> Plan | None:
        """The plan, or None where the answer is none: then no rule has anything to say of its steps."""
        return self.parsed if isinstance(self.parsed, Plan) else None

    @cached_property
    def steps(self) -> tuple[tuple[str, Step, Skill | None], ...]:
        """Each step with its pointer and its skill, if that is in the manifest; none where the answer is no plan."""
        if self.plan is None:
            return ()
        by_name = self.manifest.by_name
        return tuple((f"/steps/{index}", step, by_name.get(step.skill)) for index, step in enumerate(self.plan.steps))

    @cached_property
    def leaves(self) -> tuple[tuple[Leaf, ...], ...]:
        """The leaves of each step, in the order of their names, so that equal plans are read alike."""
        return tuple(tuple(_leaves(pointer, step)) for pointer, step, _ in self.steps)


FORGED = "a name that stands only for what a recorder left out"
_TOO_DEEP = f"nesting deeper than {MAX_DEPTH}"


# How a place was come to: the name or index there, and the way to what holds it. Cheaper than a pointer for each place.
_Way = tuple["_Way", str | int] | None


def _unrepresentable(answer: JsonValue) -> Iterator[tuple[str, str]]:
    """Walked without recursion: an answer that was not made recordable may be nested beyond any stack."""
    waiting: list[tuple[object, int, _Way]] = [(answer, 0, None)]
    while waiting:
        value, depth, way = waiting.pop()
        if isinstance(value, dict | list) and depth > MAX_DEPTH and not is_marker(value):
            yield _pointer(way), _TOO_DEEP
        elif isinstance(value, dict):
            if not MARKERS.isdisjoint(value):
                if _is_replaced(value):
                    yield _pointer(way), str(value[UNREPRESENTABLE_NAME])[:100]
                    continue
                if not is_redacted(value):
                    yield from ((_pointer((way, name)), FORGED) for name in MARKERS if name in value)
            if not all(isinstance(name, str) and _is_storable(name) for name in value):
                yield _pointer(way), "an object with a name that is no text"
            else:
                waiting += [(item, depth + 1, (way, name)) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1, (way, index)) for index, item in enumerate(value)]
        elif (what := _unstorable(value)) is not None:
            yield _pointer(way), what


def _pointer(way: _Way) -> str:
    names: list[str] = []
    while way is not None:
        way, name = way
        names.append(f"/{escaped(name)}")
    return "".join(reversed(names))


def _unstorable(value: object) -> str | None:
    if isinstance(value, str):
        return None if _is_storable(value) else "a text with NUL or a lone surrogate"
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    return "an integer from 2^53" if isinstance(value, int) and abs(value) > LARGEST_INTEGER else None


def _is_storable(text: str) -> bool:
    return "\0" not in text if text.isascii() else is_text(text)


def _leaves(pointer: str, step: Step) -> list[Leaf]:
    found: list[Leaf] = []
    _add_leaves(found, step, f"{pointer}/params", "", step.params)
    if step.loop is not None:
        found.append(Leaf(step, f"{pointer}/loop/over", "", step.loop.over))
    return found


def _add_leaves(found: list[Leaf], step: Step, pointer: str, name: str, value: JsonValue) -> None:
    if isinstance(value, dict) and not is_marker(value):
        for key in sorted(value):
            place = f"{pointer}/{escaped(key)}"
            if not (key.isascii() and key.isidentifier()):
                found.append(Leaf(step, place, key, key, is_name=True))
            _add_leaves(found, step, place, key, value[key])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _add_leaves(found, step, f"{pointer}/{index}", name, item)
    elif isinstance(value, float) and value.is_integer():
        found.append(Leaf(step, pointer, name, int(value)))
    else:
        found.append(Leaf(step, pointer, name, value))
