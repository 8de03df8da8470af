"""Which skills a clause may ask for: words in common, weighed by how rare they are, and nearness of meaning.

Scores are rounded to four digits and ties go to the name that sorts first, so that the last bits of floating point, which
machines may disagree on, do not change a plan.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.embedding import Embedder
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.slots import slots_of, takes_anything
from planfold.infrastructure.planners.offline.values import OPAQUE, Kind, Value
from planfold.infrastructure.planners.offline.words import ALIKE, GENERIC_STEMS, stem, stemmed, stems, words

Vector = npt.NDArray[np.float64]

ENOUGH = 0.36
"""The score from which a skill serves a clause. Tried on the starter skills: what they serve scores 0.38 or more, what they
do not serve 0.33 or less."""
DIGITS = 4
MAX_STEMS = 500
"""How many words of a goal tell what it is about."""

IN_NAME, IN_TAGS, IN_DESCRIPTION, IN_PARAMETERS = 1.0, 0.7, 0.6, 0.3
ALIKE_WEIGHT, GENERIC_WEIGHT, HINT_WEIGHT = 0.6, 0.3, 0.8
LEXICAL, NAMED, MEANING = 0.45, 0.2, 0.35
OTHER_DEED = 0.5
"""What is left of the score of a skill that shares a clause's things, but does not do what its verb says."""
OPPOSITE_DEED = 0.1
"""What is left where the verb undoes or changes things, and the skill does not speak of doing so."""
OTHER_THING = 0.4
"""What is left if a skill does what the verb says, but to other things than the clause names."""
ABSENT = 0.65
"""What is left for each literal that the skill requires and the clause does not name; an earlier step may have it."""
AROUND = 0.3
"""How much of a score the rest of the goal can add when two skills are compared."""
NEARNESS = 1.5
"""Cosines of this table seldom pass 0.7 for sentences of one meaning: this brings them to the scale of the rest."""

# What a literal in the clause says about the skill that could use it.
_HINTS: dict[Kind, str] = {
    "url": "url web page http", "email": "email mail", "path": "file", "channel": "channel chat", "phone": "phone sms",
    "currency": "currency money", "language": "language", "day": "date", "time": "time",
    "formula": "arithmetic calculate",
}  # fmt: skip
_ANY_DEED = stemmed(
    "get give make do use take put show have perform run handle manage provide find look lookup check search see view"
)
_STRICT = stemmed(
    "cancel close update remove delete undo stop unsubscribe revoke reopen edit amend alter change modify rename disable destroy "
    "erase drop reject reschedule archive restore revert decline withdraw block unlock lock resolve reassign clear purge wipe "
    "discard dismiss abort end leave disconnect pause resume mark move merge assign approve rollback snooze postpone delay replace"
)
"""Deeds that no skill does which does not speak of them: to create a ticket is not to close one."""
_AS_VERBS = {"text": "sms", "file": "create"}
"""Words that mean another thing as verbs than as nouns."""
_POINTING = re.compile(r"\S+ (?:it|them|this|that|these|those)\b", re.IGNORECASE)
_VAGUE = stemmed("message text content item record object")
_LITERAL = OPAQUE | {"number"}


class Match(NamedTuple):
    skill: Skill
    score: float


class Asked(NamedTuple):
    """A clause, or a part of one, without its literals; `verb` is the deed it asks for, "" if it names none."""

    text: str
    verb: str
    kinds: frozenset[Kind]


def asked(goal: str, clause: Clause, inside: Sequence[Value]) -> Asked:
    """What `clause` says to a comparison: the addresses and numbers `inside` it would only blur it."""
    parts, at = [clause.verb], clause.start
    for value in inside:
        if value.kind in _LITERAL:
            parts.append(goal[at : value.start])
            at = value.end
    text = " ".join(" ".join([*parts, goal[at : clause.end]]).split())
    verb = next(iter(words(text)), "") if clause.verb else ""
    if verb in _AS_VERBS:
        verb, text = _AS_VERBS[verb], f"{_AS_VERBS[verb]} {text.partition(' ')[2]}"
    return Asked(text, verb, frozenset(value.kind for value in inside))


class SkillIndex:
    """The skills of one manifest, ready to be compared. Immutable; used from any thread."""

    def __init__(self, manifest: Manifest, embedder: Embedder) -> None:
        self._skills = sorted(manifest.skills, key=lambda skill: skill.name)
        self._embedder = embedder
        weights = [_weights(skill) for skill in self._skills]
        often = Counter(word for found in weights for word in found)
        self._rarity = {word: _rarity(len(weights), times) for word, times in often.items()}
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for index, found in enumerate(weights):
            for word, weight in found.items():
                self._postings.setdefault(word, []).append((index, weight * self._rarity[word]))
        self._names = [self._name_weights(skill) for skill in self._skills]
        texts = [f"{' '.join(words(skill.name))}. {skill.description}" for skill in self._skills]
        self._vectors = embedder.embed(texts).astype(np.float64)
        self._things = [frozenset(stems(skill.name)) - GENERIC_STEMS - _VAGUE for skill in self._skills]
        self._open = np.array([takes_anything(skill) for skill in self._skills], dtype=bool)
        self._needing = _needing(self._skills)
        self.verbs: dict[str, set[str]] = {}
        for skill in self._skills:
            first, *rest = words(skill.name)
            if rest:
                self.verbs.setdefault(first, set()).update(map(stem, rest))

    def surroundings(self, goal: str) -> Vector:
        """How near each skill is to the goal as a whole: "cancel the ticket" means the kind the rest speaks of."""
        overlap = np.zeros(len(self._skills))
        for term in dict.fromkeys(stems(goal)[:MAX_STEMS]):
            for index, found in self._postings.get(term, ()):
                overlap[index] += found * (GENERIC_WEIGHT if term in GENERIC_STEMS else 1.0)
        near = self._vectors @ self._embedder.embed([goal])[0].astype(np.float64)
        nearness: Vector = 0.5 * (1 - np.exp(-overlap)) + 0.5 * np.clip(near * NEARNESS, 0, 1)
        return nearness

    def akin(self, skills: Iterable[Skill]) -> Vector:
        """How much each skill's name has of the names of `skills`: after a booking, "change the date" changes that booking."""
        known = {word for skill in skills for word in stems(skill.name)} - GENERIC_STEMS
        shares = np.zeros(len(self._skills))
        for word in known:
            for index, _ in self._postings.get(word, ()):
                shares[index] += self._names[index].get(word, 0.0)
        return shares

    def rank(self, wanted: Asked, around: Vector | None = None, at_most: int = 3) -> list[Match]:
        """The best skills, best first; `around` decides between skills that fit nearly as well."""
        overlap, named, things = (np.zeros(len(self._skills)) for _ in range(3))
        deeds = _deeds(wanted.verb)
        hints = {word for kind in wanted.kinds for word in stems(_HINTS.get(kind, ""))}
        for term, weight in self._terms(wanted, hints).items():
            for index, found in self._postings.get(term, ()):
                overlap[index] += weight * found
                named[index] += weight * self._names[index].get(term, 0.0)
                things[index] += term in hints or term not in deeds
        near = self._vectors @ self._embedder.embed([wanted.text])[0].astype(np.float64)
        score = LEXICAL * (1 - np.exp(-overlap)) + NAMED * named + MEANING * np.clip(near * NEARNESS, 0, 1)
        score *= self._fitness(deeds, things, wanted)
        rounded = np.round(score if around is None else score * (1 + AROUND * around), DIGITS)
        order = np.lexsort((np.arange(len(rounded)), -rounded))[:at_most]
        return [Match(self._skills[index], round(float(score[index]), DIGITS)) for index in order]

    def _terms(self, wanted: Asked, hints: Iterable[str]) -> Mapping[str, float]:
        """The stems to look for, each with its weight; words alike count for less, generic ones for little."""
        terms: dict[str, float] = {}

        def add(word: str, weight: float) -> None:
            terms[word] = max(terms.get(word, 0.0), weight * (GENERIC_WEIGHT if word in GENERIC_STEMS else 1.0))

        for word in stems(wanted.text):
            add(word, 1.0)
            for other in ALIKE.get(word, ()):
                add(other, ALIKE_WEIGHT * (GENERIC_WEIGHT if word in GENERIC_STEMS else 1.0))
        for word in hints:
            add(word, HINT_WEIGHT)
        return terms

    def _fitness(self, deeds: frozenset[str], things: Vector, wanted: Asked) -> Vector:
        """What is left of a score for doing another deed, or doing it to another thing."""
        factor = np.ones(len(self._skills))
        if deeds:
            does = np.zeros(len(self._skills), dtype=bool)
            for word in deeds:
                does[[index for index, _ in self._postings.get(word, ())]] = True
            factor[~does] = OPPOSITE_DEED if _STRICT & {stem(wanted.verb)} else OTHER_DEED
        if any(word not in deeds for word in stems(wanted.text)) and not _POINTING.match(wanted.text):
            for index in np.flatnonzero((things == 0) & ~self._open):
                if self._things[index] - deeds:
                    factor[index] *= OTHER_THING
        for kinds, indexes in self._needing.items():
            if wanted.kinds.isdisjoint(kinds):
                factor[indexes] *= ABSENT
        return factor

    def _name_weights(self, skill: Skill) -> dict[str, float]:
        """How much of the skill's name each of its stems makes up; together 1."""
        found = {
            word: self._rarity[word] * (GENERIC_WEIGHT if word in GENERIC_STEMS else 1.0) for word in _stems(skill.name)
        }
        whole = sum(found.values())
        return {word: weight / whole for word, weight in found.items()}


def _deeds(verb: str) -> frozenset[str]:
    """The stems that say what is to be done; none if the verb says little."""
    deed = stem(verb.replace("-", ""))
    return frozenset() if not verb or deed in _ANY_DEED else frozenset({deed, *ALIKE.get(deed, ())})


def _needing(skills: Sequence[Skill]) -> dict[tuple[Kind, ...], list[int]]:
    """Which skills require a literal of which kinds; a place or a person can be written in many ways."""
    found: dict[tuple[Kind, ...], list[int]] = {}
    for index, skill in enumerate(skills):
        for slot in slots_of(skill):
            needs = slot.required and slot.literals and slot.sort not in ("place", "person")
            if needs and index not in found.setdefault(slot.literals, []):
                found[slot.literals].append(index)
    return found


def _weights(skill: Skill) -> dict[str, float]:
    """The stems of a skill, each with the weight of the most telling place in which it stands."""
    found: dict[str, float] = {}
    parameters = " ".join(
        f"{name} {schema.get('description', '')} {schema.get('enum', '')}" for name, schema in skill.properties.items()
    )
    places = (
        (parameters, IN_PARAMETERS), (skill.description, IN_DESCRIPTION), (" ".join(skill.tags), IN_TAGS), (skill.name, IN_NAME)
    )  # fmt: skip
    for text, weight in places:
        for word in _stems(text):
            found[word] = max(weight, found.get(word, 0.0))
    return found


def _stems(text: str) -> Iterable[str]:
    return stems(text) or [stem(word) for word in words(text)]


def _rarity(skills: int, times: int) -> float:
    """The inverse document frequency of BM25, 1 for a word of a single skill."""
    return math.log1p((skills - times + 0.5) / (times + 0.5)) / math.log1p((skills - 0.5) / 1.5)
