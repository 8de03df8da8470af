"""The words of a clause that are neither its verb, nor the name of the skill, nor a literal used elsewhere."""

import re
from collections.abc import Sequence

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.values import Value
from planfold.infrastructure.planners.offline.words import listed, stem, stems, words

MAX_JOINED = 25
"""As many steps as a plan can have by default: more are refused anyway."""

_ARTICLES = listed("a an the this that my our your new")
_LEADING = listed("me us for about of on to with from into up out regarding called named titled saying that online")
_BEFORE = re.compile(
    r"(?:\b(?:at|on|in|to|into|for|from|by|of|via|as|with|using|called|named|titled|it|cc)\s+){1,2}(?:the\s+)?$",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:\s+(?:(?:from|of|in|out of) (?:it|them|this|that|the (?:text|page|result|results|file|document|answer))"
    r"|to|for|in|at|on|from|into|with|by|as|and|of|please))+$|[\s,;:.]+$",
    re.IGNORECASE,
)
_AT_THE_END = re.compile(r"\s+(?:on|in|from|via|using|with|through) (?:the|our|a) (\w+)$")
_MARKED = re.compile(
    r"(?:\b(?:saying|that says|which says|reading|with the (?:text|message|body|words|content))\b(?: that\b)?[:,]?|:)\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TOLD = re.compile(
    r"\bthat ((?:the|we|i|i'm|he|she|they|it|our|my|there|\w+ (?:is|are|was|were|has|have|will))\b.+)$", re.IGNORECASE
)
_JOINED = re.compile(
    r"\s*(?:,|,?\s*(?:and|&|as well as)(?: also)?(?: (?:to|into|in|from|for))?|,?\s*\+)\s*", re.IGNORECASE
)
_ALL = re.compile(
    r"\b(?:everything|both|all (?:of (?:it|them|this|these)|(?:the |your )?(?:results|findings)|three|four))\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|them|these|those|this|that)\b|\bthe (?:results?|output|answer|findings|outcome|response|content)\b",
    re.IGNORECASE,
)


def remainder(scene: Scene, clause: Clause, skill: Skill | None = None) -> str:
    """What the clause is about, as written: used literals with their prepositions, and the skill's own words, left out."""
    parts, at = [], clause.start
    for value in scene.inside(clause):
        if value in scene.used:
            between = scene.goal[at : value.start]
            found = _BEFORE.search(scene.said[at : value.start])
            parts.append(between[: found.start()] if found else between)
            at = value.end
    parts.append(scene.goal[at : clause.end])
    text = _without_own_words(" ".join(" ".join(parts).split()).strip(" ,;:.?!"), skill)
    while (shorter := _TRAILING.sub("", text)) != text:
        text = shorter
    return text if stems(text) else ""


def _without_own_words(text: str, skill: Skill | None) -> str:
    own = {stem(word) for word in words(skill.name)} if skill else set()
    if (last := _AT_THE_END.search(text)) and stem(last[1].lower()) in own and last.start() > 0:
        text = text[: last.start()]
    left = text.split(" ")
    keep = 0
    for index, word in enumerate(left):
        bare = word.lower().strip(",:")
        if bare in _LEADING or stem(bare.replace("-", "")) in own:
            keep = index + 1
        elif bare not in _ARTICLES:
            break
    return " ".join(left[keep:])


def unquoted(text: str, values: Sequence[Value]) -> str:
    """The quoted text, if `text` is nothing else."""
    for value in values:
        if value.kind == "quoted" and text[1:-1] == value.value:
            return text[1:-1]
    return text


def marked(scene: Scene, clause: Clause, *, told: bool) -> str | None:
    """What a message is to say, after "saying", a colon or, if `told`, after "that"."""
    region = scene.said[clause.start : clause.end]
    for value in scene.inside(clause):
        if value.kind == "url":  # its colon marks nothing
            region = region.replace(scene.said[value.start : value.end], "\0" * (value.end - value.start))
    found = _MARKED.search(region) or (_TOLD.search(region) if told else None)
    if found is None:
        return None
    text = scene.goal[clause.start + found.start(1) : clause.start + found.end(1)]
    return unquoted(text, scene.inside(clause))


def coordinated(scene: Scene, first: Value, clause: Clause) -> list[Value]:
    """`first` and the unused values of its kind that "and" or a comma joins to it."""
    found = [first]
    for value in scene.unused(clause):
        if value.start >= found[-1].end and value.kind == first.kind and len(found) <= MAX_JOINED:
            if not _JOINED.fullmatch(scene.said, found[-1].end, value.start):
                break
            found.append(value)
    return found


def speaks_of_all(scene: Scene, clause: Clause) -> bool:
    return _ALL.search(scene.said, clause.start, clause.end) is not None


def points_back(scene: Scene, clause: Clause) -> bool:
    """Whether the clause speaks of a result without naming it: "it", "them", "the result"."""
    return _POINTING.search(_TOLD.sub("", scene.said[clause.start : clause.end])) is not None
