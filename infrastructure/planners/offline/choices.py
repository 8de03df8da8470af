"""Parameters that take one of a few options: which of them the clause mentions."""

import re

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.http import method_in
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.slots import Slot
from planfold.infrastructure.planners.offline.values import OPAQUE
from planfold.infrastructure.planners.offline.words import stem, words

_HOW = "as|in|into|with|by|via|at"


def choice_for(scene: Scene, clause: Clause, slot: Slot, skill: Skill) -> tuple[str, tuple[int, int] | None] | None:
    """The option, and from where to where the clause says it, None if its verb or its HTTP method does.

    A word that may stand there by chance must stand beside the name of the parameter or a word of the skill: "with high
    priority", "a large logo".
    """
    options = slot.schema.get("enum")
    if not isinstance(options, list):
        return None
    text = scene.open_text(clause, OPAQUE)
    method = method_in(scene, clause)
    own = {stem(word) for word in words(f"{slot.name} {skill.name} {' '.join(skill.tags)}")}
    for option in sorted((option for option in options if isinstance(option, str) and option), key=len, reverse=True):
        if option == method or clause.verb == option.lower():
            return option, None
        found = _said(slot.name, option).search(text)
        if found is None:
            continue
        beside = set(map(stem, words(found[0] + text[found.end() : found.end() + 20].split(" and ")[0])))
        how = re.match(rf"(?:{_HOW})\s", found[0], re.IGNORECASE)
        if slot.required or how or beside & own:
            return option, (clause.start + found.start(), clause.start + found.end())
    return None


def _said(name: str, option: str) -> re.Pattern[str]:
    called = r"[\s_-]".join(map(re.escape, words(name)))
    written = re.escape(option).replace("_", r"[\s_-]")
    return re.compile(
        rf"(?:\b(?:{_HOW})\s+)?(?:\b(?:a|an|the)\s+)?(?:\b{called}\s+(?:is\s+|to\s+|of\s+)?)?\b{written}\b(?:\s+{called}\b)?",
        re.IGNORECASE,
    )
