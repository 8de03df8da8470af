"""The words of a clause that are neither its verb, nor the name of the skill, nor a literal used elsewhere."""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.values import Kind, Value
from planfold.infrastructure.planners.offline.words import ALIKE, listed, stem, stems, words

MAX_JOINED = 25
"""As many steps as a plan can have by default: more are refused anyway."""

_ARTICLES = listed("a an the this that my our your new")
_LEADING = listed("me us in for about of on to with from into up out regarding called named titled saying that online")
_BEFORE = re.compile(
    r"(?:\b(?:at|on|in|to|into|for|from|by|of|via|as|with|using|called|named|titled|it|cc)\s+){1,2}(?:the\s+)?$",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:\s+(?:(?:from|of|in|out of) (?:it|them|this|that|the (?:text|page|result|results|file|document|answer))"
    r"|please))+$|[\s,;:.]+$",
    re.IGNORECASE,
)
_DANGLING = re.compile(r"(?:\s+(?:to|for|in|at|on|from|into|with|by|as|and|of|out))+$", re.IGNORECASE)
"""What is left at the end when a used literal is taken away; "customers cannot log in" ends so by itself."""
_AT_THE_END = re.compile(
    r"\s+(?:(?:according to|on|in|from|via|using|with|through|to|into) (?:the|our|my|a|an) (?:\w+ )?(\w+)|(online))$",
    re.IGNORECASE,
)
_INTRODUCING = ("of", "about", "for", "to")
_MARKED = re.compile(
    r"(?:\b(?:saying|that says|which says|reading|with the (?:text|message|body|words|content))\b(?: that\b)?[:,]?|:)\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TOLD = re.compile(
    r"(?:\bthat (?=(?:the|we|i|i'm|he|she|they|it|our|my|there|\w+ (?:is|are|was|were|has|have|will))\b)"
    r"|(?:\x02|\b(?:know|him|her|them|everyone|everybody|people)) that )(.+)$",
    re.IGNORECASE,
)
_COVERS: Mapping[Kind, str] = {"quoted": "\x03", "url": "\x01", "email": "\x02", "phone": "\x02", "channel": "\x02"}
"""The colon of an address or a quoted text marks nothing; what "that" follows right after whom it is told to is the message."""
_JOINED = re.compile(
    r"\s*(?:,|,?\s*(?:and|&|as well as)(?: also)?(?: (?:to|into|in|from|for))?|,?\s*\+)\s*", re.IGNORECASE
)
_ALL = re.compile(
    r"\b(?:everything|both|all (?:of (?:it|them|this|these)|(?:the |your )?(?:results|findings)|three|four))\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|them|these|those|this|that)\b|\bthe (?:results?|output|answer|findings|outcome|response|content|list|table|rows)\b(?! of)",
    re.IGNORECASE,
)


_POINTER = re.compile(
    r"(?:it|them|this|that|these|those)\b.*"
    r"|(?:the |its |their )?(?:results?|output|answer|findings|outcome|response|content|text|everything|both)",
    re.IGNORECASE | re.DOTALL,
)


def is_pointer(text: str) -> bool:
    """Whether the words stand for a result and are no text of their own."""
    return _POINTER.fullmatch(text) is not None


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
    whole = scene.goal[: clause.end].endswith(text)
    while (shorter := _TRAILING.sub("", text if whole else _DANGLING.sub("", text))) != text:
        text, whole = shorter, False
    return text if stems(text) else ""


def _without_own_words(text: str, skill: Skill | None) -> str:
    """Without "on the internet" at the end of a search, and "a picture of" at the beginning of what is to be drawn."""
    own = {stem(word) for word in words(skill.name)} if skill else set()
    alike = own.union(*(ALIKE.get(word, ()) for word in own))
    last = _AT_THE_END.search(text)
    if last and last.start() > 0 and stem((last[1] or last[2]).lower()) in alike:
        text = text[: last.start()]
    left = text.split(" ")
    keep = 0
    for index, (word, following) in enumerate(zip_longest(left, left[1:], fillvalue="")):
        bare = word.lower().strip(",:")
        introduces = word.endswith(":") or following.lower() in _INTRODUCING
        if bare in _LEADING or stem(bare.replace("-", "")) in (alike if introduces else own):
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
        cover = _COVERS.get(value.kind)
        if cover is not None:
            begin, end = value.start - clause.start, value.end - clause.start
            region = f"{region[:begin]}{cover * (end - begin)}{region[end:]}"
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
