"""The words of the skills of one manifest: which skill uses which, and how telling they are."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.words import ALIKE, GENERIC_STEMS, stem, stems, words

IN_NAME, IN_TAGS, IN_DESCRIPTION, IN_PARAMETERS = 1.0, 0.7, 0.6, 0.3
GENERIC_WEIGHT = 0.3


class Vocabulary:
    """`postings` has, for each stem, the skills that use it and its weight there; `names` the share of each stem in a name.

    `spoken` has the skills that use a stem, or one like it, to say what they do: in their name, tags or description.
    `verbs` are the first words of the names of skills, and the stems of the words that follow each.
    """

    def __init__(self, skills: Sequence[Skill]) -> None:
        weights = [_weights(skill) for skill in skills]
        often = Counter(word for found in weights for word in found)
        self._rarity = {word: _rarity(len(weights), times) for word, times in often.items()}
        self.postings: dict[str, list[tuple[int, float]]] = {}
        self.spoken: dict[str, list[int]] = {}
        self.verbs: dict[str, set[str]] = {}
        self.names = [self._name_weights(skill) for skill in skills]
        for index, skill in enumerate(skills):
            for word, weight in weights[index].items():
                self.postings.setdefault(word, []).append((index, weight * self._rarity[word]))
            said = frozenset(_stems(f"{skill.name} {skill.description} {' '.join(skill.tags)}"))
            for word in said.union(*(ALIKE.get(word, ()) for word in said)):
                self.spoken.setdefault(word, []).append(index)
            first, *rest = words(skill.name)
            if rest:
                self.verbs.setdefault(first, set()).update(map(stem, rest))

    def _name_weights(self, skill: Skill) -> dict[str, float]:
        """How much of the skill's name each of its stems makes up; together 1."""
        found = {
            word: self._rarity[word] * (GENERIC_WEIGHT if word in GENERIC_STEMS else 1.0) for word in _stems(skill.name)
        }
        whole = sum(found.values())
        return {word: weight / whole for word, weight in found.items()}


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
