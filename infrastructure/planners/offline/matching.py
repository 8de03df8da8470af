"""Which skills a clause may ask for: words in common, weighed by how rare they are, and nearness of meaning.

Scores are rounded to four digits and ties go to the name that sorts first, so that the last bits of floating point, which
machines may disagree on, do not change a plan.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.embedding import Embedder
from planfold.infrastructure.planners.offline.asking import MAX_STEMS, VAGUE, Asked
from planfold.infrastructure.planners.offline.room import Room
from planfold.infrastructure.planners.offline.vocabulary import GENERIC_WEIGHT, Vocabulary
from planfold.infrastructure.planners.offline.words import ALIKE, CHANGE_STEMS, GENERIC_STEMS, stem, stems, words

Vector = npt.NDArray[np.float64]

ENOUGH = 0.34
"""The score from which a skill serves a clause. Tried on some 400 goals for the starter skills: what they serve scores 0.36 or more,
what they do not serve 0.32 or less."""
DIGITS = 4

ALIKE_WEIGHT, VAGUE_WEIGHT, HINT_WEIGHT = 0.6, 0.6, 0.8
LEXICAL, NAMED, MEANING = 0.45, 0.2, 0.35
OTHER_DEED = 0.5
"""What is left of the score of a skill that shares a clause's things, but does not do what its verb says."""
OPPOSITE_DEED = 0.1
"""What is left where the verb undoes or changes things, and the skill does not speak of doing so."""
OTHER_THING = 0.4
"""What is left if a skill does what the verb says, but to other things than the clause names."""
ALL_KNOWN = 0.18
"""What a skill gains that knows every word of the clause: "the mood of reviews.txt" speaks of nothing but a mood."""
CHANGING = 0.7
"""How far a skill that changes something falls back where a question is asked: "When is my next meeting?" books none."""
AROUND = 0.3
"""How much of a score the rest of the goal can add when two skills are compared."""
NEARNESS = 1.5
"""Cosines of this table seldom pass 0.7 for sentences of one meaning: this brings them to the scale of the rest."""

_POINTING = re.compile(r"\S+ (?:it|them|this|that|these|those)\b", re.IGNORECASE)


class Match(NamedTuple):
    skill: Skill
    score: float


class SkillIndex:
    """The skills of one manifest, ready to be compared. Immutable; used from any thread."""

    def __init__(self, manifest: Manifest, embedder: Embedder) -> None:
        self._skills = sorted(manifest.skills, key=lambda skill: skill.name)
        self._embedder = embedder
        self._words = Vocabulary(self._skills)
        self._room = Room(self._skills)
        texts = [f"{' '.join(words(skill.name))}. {skill.description}" for skill in self._skills]
        self._vectors = embedder.embed(texts).astype(np.float64)
        self._things = [frozenset(stems(skill.name)) - GENERIC_STEMS - VAGUE for skill in self._skills]
        self._changing = np.array([not skill.effects.read_only for skill in self._skills], dtype=bool)
        self.verbs = self._words.verbs

    def surroundings(self, goal: str) -> Vector:
        """How near each skill is to the goal as a whole: "cancel the ticket" means the kind the rest speaks of."""
        overlap = np.zeros(len(self._skills))
        for term in dict.fromkeys(stems(goal)[:MAX_STEMS]):
            for index, found in self._words.postings.get(term, ()):
                overlap[index] += found * (GENERIC_WEIGHT if term in GENERIC_STEMS else 1.0)
        near = self._vectors @ self._embedder.embed([goal])[0].astype(np.float64)
        nearness: Vector = 0.5 * (1 - np.exp(-overlap)) + 0.5 * np.clip(near * NEARNESS, 0, 1)
        return nearness

    def akin(self, skills: Iterable[Skill]) -> Vector:
        """How much each skill's name has of the names of `skills`: after a booking, "change the date" changes that booking."""
        known = {word for skill in skills for word in stems(skill.name)} - GENERIC_STEMS
        shares = np.zeros(len(self._skills))
        for word in sorted(known):
            for index, _ in self._words.postings.get(word, ()):
                shares[index] += self._words.names[index].get(word, 0.0)
        return shares

    def rank(self, wanted: Asked, around: Vector | None = None, at_most: int = 3) -> list[Match]:
        """The best skills, best first; `around` decides between skills that fit nearly as well."""
        overlap, named, things = (np.zeros(len(self._skills)) for _ in range(3))
        deeds, hints = wanted.deeds, wanted.hints
        for term, weight in self._terms(wanted).items():
            for index, found in self._words.postings.get(term, ()):
                overlap[index] += weight * found
                named[index] += weight * self._words.names[index].get(term, 0.0)
                things[index] += term in hints or term not in deeds
        near = self._vectors @ self._embedder.embed([wanted.text])[0].astype(np.float64)
        score = LEXICAL * (1 - np.exp(-overlap)) + NAMED * named + MEANING * np.clip(near * NEARNESS, 0, 1)
        known = self._known(wanted)
        score *= self._fitness(things, wanted) * self._room.fitness(wanted)
        if not wanted.verb:  # "Deploy https://example.com" says nothing that fetching knows
            score[known == 0] *= OTHER_THING
        score[(known == 1) & ~(self._changing & wanted.question)] += ALL_KNOWN
        ordered = score * np.where(self._changing & wanted.question, CHANGING, 1.0)
        rounded = np.round(ordered if around is None else ordered * (1 + AROUND * around), DIGITS)
        order = np.lexsort((np.arange(len(rounded)), -rounded))[:at_most]
        return [Match(self._skills[index], min(round(float(score[index]), DIGITS), 1.0)) for index in order]

    def _terms(self, wanted: Asked) -> Mapping[str, float]:
        """The stems to look for, each with its weight; words alike count for less, generic ones for little."""
        terms: dict[str, float] = {}

        def add(word: str, weight: float) -> None:
            said_little = GENERIC_WEIGHT if word in GENERIC_STEMS else VAGUE_WEIGHT if word in VAGUE - {deed} else 1.0
            terms[word] = max(terms.get(word, 0.0), weight * said_little)

        deed = stem(wanted.verb)
        for word in stems(wanted.text):
            add(word, 1.0)
            for other in sorted(ALIKE.get(word, ())):
                add(other, ALIKE_WEIGHT * (GENERIC_WEIGHT if word in GENERIC_STEMS else 1.0))
        for word in wanted.hints:
            add(word, HINT_WEIGHT)
        return terms

    def _known(self, wanted: Asked) -> Vector:
        """The share of the telling words that each skill knows; 0.5 where that says nothing.

        A clause without telling words, as "1000 JPY in USD", is known to the skills that need such literals.
        """
        if wanted.telling is None:
            return np.full(len(self._skills), 0.5)
        telling = [word for word in wanted.telling if word not in wanted.names or word in self._words.postings]
        known = np.zeros(len(self._skills))
        for word in telling:
            known[self._words.spoken.get(word, [])] += 1
        known = known / len(telling) if telling else known + 0.5
        meant = self._room.meant(wanted)
        known[meant] = np.maximum(known[meant], 0.5 if telling else 1)
        return known

    def _fitness(self, things: Vector, wanted: Asked) -> Vector:
        """What is left of a score for doing another deed, or doing it to another thing."""
        factor: Vector = np.ones(len(self._skills))
        deeds = wanted.deeds
        if wanted.deed:
            does = np.zeros(len(self._skills), dtype=bool)
            does[self._words.spoken.get(wanted.deed, [])] = True
            factor[~does] = OPPOSITE_DEED if wanted.deed in CHANGE_STEMS else OTHER_DEED
        if any(word not in deeds for word in stems(wanted.text)) and not _POINTING.match(wanted.text):
            for index in np.flatnonzero((things == 0) & ~self._room.takes_anything):
                if self._things[index] - deeds:
                    factor[index] *= OTHER_THING
        return factor
