"""Words that change what is to be done, and that no step has a place for: exceptions, negations, delays, repetition, choices.

A plan that is made as if they were not there would do something else than was asked, so such a goal is refused. Where a
parameter carries the words on, as a search or a message does, they are data and change nothing.
"""

import re
from collections.abc import Iterator, Sequence

from planfold.domain.secrets import REDACTED
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import Slot, slots_of
from planfold.infrastructure.planners.offline.values import OPAQUE
from planfold.infrastructure.planners.offline.words import stem, stems, words

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
_TAKEN = frozenset({"day", "time", "formula", "claimed"})
_COUNTS = frozenset({"number", "currency", "formula", "language"})
_PLURAL = re.compile(r" (\w+s)\b")
_STORES = frozenset({"sql", "database", "databases", "db"})


class NotPlanned(Exception):
    """The goal has words that change what is to be done, and for which a plan of this planner has no place."""


def unplanned(texts: Sequence[str]) -> str:
    """The sentence that refuses a goal for these words."""
    if secrets := [text for text in texts if REDACTED.fullmatch(text)]:
        return (
            f"the goal gives a secret, which is not kept ({secrets[0]}), and no skill has a parameter for it; keep it where the "
            "skill finds it by itself, and leave it out of the goal"
        )
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
        own = _steps_of(scene, clause)
        if clause.kind == "exclusion" or not any(slots_of(step.skill) for step in own):
            continue
        start = clause.end - len(clause.text)
        said = _hidden(scene, start, clause.end)
        carried = [_spaced(text) for step in scene.steps for text in _texts(step)]
        for found in (_RESTRICTING if clause.kind == "request" else _STATED).finditer(said):
            written = scene.goal[start + found.start() : start + found.end()].strip(" ,;.!?")
            asks = found.start() == 0 and _ASKS_WHEN.match(said)
            if (
                asks
                or _own_choice(own, said, found)
                or any(_spaced(written) in text for text in carried)
                or _takes_up(scene, found[0], start + found.start())
            ):
                continue
            yield written
        yield from _unused(scene, clause, own)
        yield from _counted(scene, clause, own)


def _counted(scene: Scene, clause: Clause, own: Sequence[Drafted]) -> Iterator[str]:
    """How many times the skill's own thing is wanted, unless there are as many steps: "create 3 tickets"."""
    things = {stem(word) for step in own for word in words(step.skill.name)}
    for value in scene.inside(clause):
        following = _PLURAL.match(scene.said, value.end, clause.end) if value.kind == "number" else None
        if following and stem(following[1].lower()) in things and value.value != len(own):
            yield scene.goal[value.start : following.end()]


def _steps_of(scene: Scene, clause: Clause) -> Sequence[Drafted]:
    """The steps made of a request; all of them for a clause that none was made of.

    A skill without declared parameters gets the words of its clause as the step's description, so none of them are lost.
    """
    own = [step for step in scene.steps if clause.start < step.clause.end and step.clause.start < clause.end]
    return own or scene.steps


def _own_choice(own: Sequence[Drafted], said: str, found: re.Match[str]) -> bool:
    """Whether "or" stands between two words of the skill itself: "positive or negative" is what it finds out."""
    if found[0][:2].lower() != "or":
        return False
    sides = {stem(word) for word in (*words(said[: found.start()])[-1:], *words(found[0])[1:])}
    skills = (step.skill for step in own)
    return any(sides <= set(stems(f"{skill.name} {skill.description} {' '.join(skill.tags)}")) for skill in skills)


def changing(steps: Sequence[Drafted]) -> str | None:
    """A statement that changes data, given to a skill that only reads a database; None if there is none."""
    for step in steps:
        own = words(f"{step.skill.name} {' '.join(step.skill.tags)}")
        if step.skill.effects.read_only and not _STORES.isdisjoint(own):
            for text in _texts(step):
                if found := _CHANGES.search(text):
                    return found[0]
    return None


def _unused(scene: Scene, clause: Clause, own: Sequence[Drafted]) -> Iterator[str]:
    """Addresses, files, quoted texts, dates and times of a request that no step made of it takes up."""
    if clause.kind != "request":
        yield from _when_alone(scene, clause)
        return
    texts = [text for step in own for text in _texts(step)]
    asked_for = any(slot.sort in ("day", "moment") for step in own for slot in _missing(step))
    for value in scene.unused(clause):
        written = scene.goal[value.start : value.end]
        if asked_for and value.kind in ("day", "time"):
            continue
        told_apart = value.kind == "number" and value.value == len(own)  # "these two pages"
        if value.kind in OPAQUE | _COUNTS and not told_apart and not any(written in text for text in texts):
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
    """Whether a value in these words stands in a step: "every morning" of a reminder, "17 times" of a sum."""
    end = start + len(found)
    return any(
        value in scene.used and value.kind in _TAKEN and value.start < end and start < value.end
        for value in scene.values
    )


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
