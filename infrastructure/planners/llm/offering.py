"""Which skills a model is offered: those that the offline matcher finds nearest to the goal."""

from collections.abc import Iterator
from itertools import chain, zip_longest

from pydantic import JsonValue

from planfold.application.ports import DraftRequest, NotAsked
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.errors import EmbeddingUnavailable
from planfold.infrastructure.planners.offline.asking import Asked, asked
from planfold.infrastructure.planners.offline.clauses import clauses_of
from planfold.infrastructure.planners.offline.conditions import without_idle_words
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from planfold.infrastructure.planners.offline.matching import SkillIndex
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.values import values_in
from planfold.infrastructure.planners.offline.words import plain

MOST_CLAUSES = 40
"""Of a goal; no time is spent on more."""


def offered(request: DraftRequest, indexes: SkillIndexes, at_most: int) -> tuple[Skill, ...]:
    """At most so many skills, the best first. Those near to what a former draft invented come before all others.

    Raises DraftUnavailable if there are none, or if they cannot be compared.
    """
    manifest = request.manifest
    if not manifest.skills:
        raise NotAsked("no_skill", "the manifest is empty; register a skill first")
    try:
        ranked = _ranked(request, indexes.of(manifest), at_most)
    except EmbeddingUnavailable as error:
        raise NotAsked("unavailable", str(error)) from error
    named = dict.fromkeys([*_meant(request.previous, manifest), *(skill.name for skill in ranked)])
    return tuple(manifest.by_name[name] for name in named)[:at_most]


def _ranked(request: DraftRequest, index: SkillIndex, at_most: int) -> list[Skill]:
    """By turns the best of each clause of the goal, then what is near to the goal as a whole."""
    values = values_in(request.goal)
    said = without_idle_words(plain(request.goal), values)
    clauses = clauses_of(said, values, index.verbs)
    scene = Scene(request.goal, said, values, clauses, ())
    around = index.surroundings(said)
    requests = [clause for clause in clauses if clause.kind == "request"][:MOST_CLAUSES]
    by_clause = [index.rank(asked(said, clause, scene.inside(clause)), around, at_most) for clause in requests]
    as_whole = index.rank(Asked(said, "", frozenset()), around, at_most)
    turns = chain.from_iterable(zip_longest(*by_clause, as_whole))
    return list({match.skill.name: match.skill for match in turns if match is not None}.values())


def _meant(previous: JsonValue, manifest: Manifest) -> Iterator[str]:
    """What a former draft called, or the skills most like it where there is no such skill."""
    steps = previous.get("steps") if isinstance(previous, dict) else None
    for step in steps if isinstance(steps, list) else ():
        name = step.get("skill") if isinstance(step, dict) else None
        if isinstance(name, str):
            yield from [name] if name in manifest.by_name else manifest.near(name[:128])
