"""Words that change what is to be done, and that no step has a place for: exceptions, negations, delays, repetition, choices.

A plan that is made as if they were not there would do something else than was asked, so such a goal is refused. Where a
parameter carries the words on, as a search or a message does, they are data and change nothing.
"""

import re
from collections.abc import Iterator, Sequence

from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import Slot, slots_of
from planfold.infrastructure.planners.offline.values import OPAQUE
from planfold.infrastructure.planners.offline.words import words

_UNIT = r"(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?)"
_EXCEPTION = (
    r"except|excepting|excluding|exclude|apart from|aside from|other than|(?:all|everything|anything|everyone|any|every \w+) but"
    r"|save for|but (?:not|never)"
)
_NEGATION = (
    r"instead of|rather than|without|never|avoid|refrain|don't|do not|not|neither|nor|skip|omit|ignore|leave out"
)
_REPEATED = (
    r"twice|thrice|(?:\w+ )times|repeatedly|hourly|nightly|yearly|annually|continuously|periodically|regularly"
    rf"|(?:every|each) (?:\w+ )?{_UNIT}|(?:once|twice) (?:a|an|per|every) \w+|per (?:hour|day|week|month|year)"
)
_DELAYED = (
    rf"wait|later|(?:after|for|within) (?:\w+ ){{1,3}}?{_UNIT}|when|whenever|as soon as|until|till"
    r"|in the (?:morning|afternoon|evening)|(?:every|each) (?:morning|afternoon|evening|night)"
)
_RESTRICTING = re.compile(rf"\b(?:{_EXCEPTION}|{_NEGATION}|{_REPEATED}|{_DELAYED}|or)\b(?:\s+\S+)?", re.IGNORECASE)
_STATED = re.compile(rf"\b(?:{_EXCEPTION}|{_NEGATION}|{_REPEATED}|whenever|until|till)\b(?:\s+\S+)?", re.IGNORECASE)
_HARMLESS = re.compile(r"for \S+ (?:minutes?|mins?|hours?)", re.IGNORECASE)
"""How long a meeting is, where a parameter takes it."""
_ASKS_WHEN = re.compile(r"(?:when|whether)\b", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"(?:please |but |and |you (?:must|should) )*(?:avoid|refrain|do not|don't|never|must not|should not|wait|no need to)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"\b(?:(?:drop|truncate|alter|create)\s+(?:table|database|view|index|schema|column|user)|truncate\s+\w+|delete\s+from"
    r"|insert\s+into|replace\s+into|merge\s+into|update\s+\S+\s+set|grant\s+\w+|revoke\s+\w+)\b",
    re.IGNORECASE,
)
_STORES = frozenset({"sql", "database", "databases", "db"})


class NotPlanned(Exception):
    """The goal has words that change what is to be done, and for which a plan of this planner has no place."""


def unplanned(texts: Sequence[str]) -> str:
    """The sentence that refuses a goal for these words."""
    named = ", ".join(repr(text) for text in dict.fromkeys(texts))
    return (
        f"the offline planner has no place in a plan for {named[:400]}, and without these words the plan would be another; "
        "say what is to be done without them, or use a planner with a model"
    )


def not_to_be_planned(clauses: Sequence[Clause]) -> str | None:
    """The words of a goal that asks for nothing but to leave something undone, or to wait."""
    asked = [clause for clause in clauses if clause.kind == "request"]
    forbidden = [clause.text for clause in clauses if clause.kind != "exclusion" and _FORBIDDEN.match(clause.text)]
    if not asked:
        forbidden += [clause.text for clause in clauses if clause.kind == "exclusion"]
    return forbidden[0][:120] if forbidden else None


def lost(scene: Scene) -> Iterator[str]:
    """The words of the goal that change what is to be done and that stand in no parameter, as written."""
    for clause in scene.clauses:
        if clause.kind == "exclusion":
            continue
        start = clause.end - len(clause.text)
        said = _hidden(scene, start, clause.end)
        carried = [_spaced(text) for step in scene.steps for text in _texts(step)]
        for found in (_RESTRICTING if clause.kind == "request" else _STATED).finditer(said):
            written = scene.goal[start + found.start() : start + found.end()].strip(" ,;.!?")
            asks = found.start() == 0 and _ASKS_WHEN.match(said)
            if (
                asks
                or any(_spaced(written) in text for text in carried)
                or _takes_up(scene, found[0], start + found.start())
            ):
                continue
            yield written
        yield from _unused(scene, clause)


def changing(steps: Sequence[Drafted]) -> str | None:
    """A statement that changes data, given to a skill that only reads a database; None if there is none."""
    for step in steps:
        own = words(f"{step.skill.name} {' '.join(step.skill.tags)}")
        if step.skill.effects.read_only and not _STORES.isdisjoint(own):
            for text in _texts(step):
                if found := _CHANGES.search(text):
                    return found[0]
    return None


def _unused(scene: Scene, clause: Clause) -> Iterator[str]:
    """Addresses, files, quoted texts, dates and times of a request that no step made of it takes up."""
    if clause.kind != "request":
        yield from _when_alone(scene, clause)
        return
    own = [step for step in scene.steps if clause.start < step.clause.end and step.clause.start < clause.end]
    texts = [text for step in own or scene.steps for text in _texts(step)]
    asked_for = any(slot.sort in ("day", "moment") for step in own for slot in _missing(step))
    for value in scene.unused(clause):
        written = scene.goal[value.start : value.end]
        if asked_for and value.kind in ("day", "time"):
            continue
        if value.kind in OPAQUE and not any(written in text for text in texts):
            yield written


def _missing(step: Drafted) -> Iterator[Slot]:
    return (slot for slot in slots_of(step.skill) if slot.required and slot.name not in step.params)


def _when_alone(scene: Scene, clause: Clause) -> Iterator[str]:
    """The time that stands ahead of a request: "Every Monday at 9am, ..."."""
    for value in scene.unused(clause)[:1]:
        ahead = scene.said[clause.end - len(clause.text) : value.start]
        if value.kind in ("day", "time") and len(ahead.split()) <= 1:
            yield clause.text[:120]


def _takes_up(scene: Scene, found: str, start: int) -> bool:
    """Whether a value that begins in these words stands in a step: "every morning" of a reminder, "for 30 minutes"."""
    end = start + len(found)
    inside = [value for value in scene.values if value.start < end and start < value.end]
    if any(value in scene.used and value.kind in ("day", "time", "claimed") for value in inside):
        return True
    return bool(_HARMLESS.match(found)) and any(value in scene.used for value in inside)


def _hidden(scene: Scene, start: int, end: int) -> str:
    """The goal from `start` to `end`, every character of a quoted text or an address covered."""
    said = scene.said[start:end]
    for value in scene.values:
        if value.kind in OPAQUE - {"day", "time"} and start <= value.start and value.end <= end:
            cover = "\1" * (value.end - value.start)
            said = f"{said[: value.start - start]}{cover}{said[value.end - start :]}"
    return said


def _texts(step: Drafted) -> Iterator[str]:
    for slot in slots_of(step.skill):
        value = step.params.get(slot.name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                yield item


def _spaced(text: str) -> str:
    return " ".join(text.lower().split())
