"""The HTTP method that a clause asks for, so that a request that changes something is never sent as one that reads."""

import re
from collections.abc import Iterator

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import slots_of

_WRITTEN = re.compile(r"\b(PUT|POST|PATCH|DELETE|HEAD|OPTIONS)\b")
_REQUEST = re.compile(
    r"\b(put|post|patch|delete|head|options)[ -](?:https? )?(?:request|call|method)s?\b", re.IGNORECASE
)
_VERB = re.compile(r"(put|post|patch|delete|send)\b", re.IGNORECASE)
_AT_URL = re.compile(r"\b(?:to|at|on|against)\s+(?:the (?:url|endpoint|api at)\s+)?$", re.IGNORECASE)
_HEADERS = re.compile(
    r"\b(?:with|using|and|plus) (?:\w+ ){0,3}(?:headers?|auth\w*|credentials|cookies?|bearer)\b", re.IGNORECASE
)
_SENDING = ("POST", "PUT", "PATCH", "DELETE")
_THING = re.compile(
    r"\s*((?!(?:an?|the)\s+\w+\s+(?:request|call)\b)(?!(?:to|at|on|against)\b)\w[^\0]*?)\s+(?:to|at|on|against|into)\b",
    re.IGNORECASE,
)
_BODY = re.compile(r"\b(?:body|payload|data|json|form)\b", re.IGNORECASE)


def method_in(scene: Scene, clause: Clause) -> str | None:
    """The method in capitals, None for a clause that asks for none or only reads."""
    inside = scene.inside(clause)
    addresses = [value for value in inside if value.kind == "url"]
    if not addresses:
        return None
    start = clause.end - len(clause.text)
    said = scene.said[start : clause.end]
    for value in inside:
        if value.kind in ("quoted", "url"):
            cover = "\1" * (value.end - value.start)
            said = f"{said[: value.start - start]}{cover}{said[value.end - start :]}"
    if found := _WRITTEN.search(said) or _REQUEST.search(said):
        return found[1].upper()
    verb = _VERB.match(said)
    if verb is None or verb[1].lower() == "send":
        return None
    between = scene.said[start + verb.end() : addresses[0].start].strip()
    towards = _AT_URL.search(scene.said[start : addresses[0].start])
    elsewhere = any(value.kind in ("channel", "email", "path") for value in inside)
    return verb[1].upper() if towards or (not between and not elsewhere) else None


def sends(skill: Skill, method: str) -> bool:
    return any(method in _options(slot.schema.get("enum")) for slot in slots_of(skill) if slot.sort == "choice")


def left_out(scene: Scene, step: Drafted) -> Iterator[str]:
    """Of a step that sends a request: the method, body or headers that its clause asks for and that it lacks."""
    if not (sends(step.skill, "POST") and step.params):
        return
    method = method_in(scene, step.clause)
    if method is not None and method not in step.params.values():
        yield method
    said = step.clause.text
    if found := _HEADERS.search(said):
        yield found[0]
    yield from _unsent(scene, step, method)


def _unsent(scene: Scene, step: Drafted, method: str | None) -> Iterator[str]:
    """What is to be sent, where the step does not carry it, or carries it without a method that sends."""
    bodies = [slot for slot in slots_of(step.skill) if slot.sort == "content"]
    carried = [slot.name for slot in bodies if slot.name in step.params]
    plain = _plain(scene, step.clause)
    thing = _THING.match(plain)
    if carried and method is None and not any(word in step.params.values() for word in _SENDING):
        yield f"{carried[0]} without a method such as POST"
    elif bodies and not carried and (body := _BODY.search(plain)):
        yield body[0]
    elif bodies and not carried and step.clause.verb in ("post", "put", "patch", "send") and thing:
        yield f"{step.clause.verb} {thing[1]}"


def _plain(scene: Scene, clause: Clause) -> str:
    return scene.open_text(clause, {"url", "quoted"})


def _options(enum: object) -> list[object]:
    return list(enum) if isinstance(enum, list) else []
