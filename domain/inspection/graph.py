"""Whether the steps can be put in an order: what they wait for exists, and none waits for itself."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from planfold.domain.inspection.draft import Draft, Leaf
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.subschemas import followed, is_closed
from planfold.domain.plan import REFERENCE, Step, dependencies
from planfold.domain.skill import Skill

_SHOWN_STEPS = 25


def unknown_dependencies(draft: Draft) -> Iterator[Finding]:
    known = {step.step_id for _, step, _ in draft.steps}
    for place, step, _ in draft.steps:
        for index, name in enumerate(step.depends_on):
            if name not in known:
                yield finding(
                    "UNKNOWN_DEPENDENCY",
                    f"step {step.step_id} depends on {name[:64]!r}, which is no step of the plan; "
                    "name a step_id or leave it out",
                    step_id=step.step_id,
                    path=f"{place}/depends_on/{index}",
                )


def circular_dependencies(draft: Draft) -> Iterator[Finding]:
    """Each cycle that the walk closes, once, in the order in which its steps wait for each other."""
    waits: dict[str, list[str]] = {step.step_id: [] for _, step, _ in draft.steps}
    places: dict[str, str] = {}
    for place, step, _ in draft.steps:
        places.setdefault(step.step_id, place)
        waits[step.step_id] += [name for name in sorted(dependencies(step)) if name in waits]
    for cycle in _cycles(waits):
        if len(cycle) == 1:
            sentence = f"step {cycle[0]} waits for itself; let it take its input from another step"
        else:
            left_out = ["..."] if len(cycle) > _SHOWN_STEPS else []
            shown = " -> ".join([*cycle[:_SHOWN_STEPS], *left_out, cycle[0]])
            sentence = f"steps {shown} wait for each other; drop one of these dependencies"
        yield finding("CIRCULAR_DEPENDENCY", sentence, step_id=cycle[0], path=places[cycle[0]])


def _cycles(waits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The cycles found by one depth-first walk, at least one in each group of steps that wait for each other.

    Each begins with the step that stands first in the plan. Iterative: a chain may be longer than the stack is deep.
    """
    order = {name: index for index, name in enumerate(waits)}
    done: set[str] = set()
    told: set[tuple[str, ...]] = set()
    for start in waits:
        path: list[str] = []
        where: dict[str, int] = {}
        waiting = [(start, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                done.add(path.pop())
                del where[name]
            elif name in where:
                cycle = path[where[name] :]
                first = min(range(len(cycle)), key=lambda index: order[cycle[index]])
                turned = (*cycle[first:], *cycle[:first])
                if turned not in told:
                    told.add(turned)
                    yield turned
            elif name not in done:
                where[name] = len(path)
                path.append(name)
                waiting.append((name, True))
                waiting += [(other, False) for other in reversed(waits[name])]


def unknown_references(draft: Draft) -> Iterator[Finding]:
    """Each `${...}` is well formed, names a step, and a field that the step's skill can have in its result."""
    by_id = {step.step_id: (step, skill) for _, step, skill in draft.steps}
    for leaves in draft.leaves:
        for leaf in leaves:
            if not isinstance(leaf.value, str) or "${" not in leaf.value:
                continue
            yield from (_unknown(leaf, fault) for fault in _malformed(leaf.value))
            for found in _references(leaf):
                if found[1] not in by_id:
                    yield _unknown(leaf, f"{found[0]} names no step of the plan; use the step_id of another step")
                elif fault := _unknown_field(found[0], found[2].split(".")[1:], *by_id[found[1]]):
                    yield _unknown(leaf, fault)


def _unknown(leaf: Leaf, fault: str) -> Finding:
    return finding(
        "UNKNOWN_REFERENCE", f"step {leaf.step.step_id}: {fault}", step_id=leaf.step.step_id, path=leaf.pointer
    )


def _references(leaf: Leaf) -> Iterator[re.Match[str]]:
    if isinstance(leaf.value, str) and "${" in leaf.value:
        yield from REFERENCE.finditer(leaf.value)


def _malformed(text: str) -> Iterator[str]:
    rest = REFERENCE.sub("", text)
    position = rest.find("${")
    while position >= 0:
        shown = rest[position : position + 40]
        yield f"{shown!r} is no reference; write ${{step_id}} or ${{step_id.field}}"
        position = rest.find("${", position + 2)


def _unknown_field(reference: str, path: Sequence[str], step: Step, skill: Skill | None) -> str | None:
    """What is wrong with the path; None where it may be right.

    Only a result whose schema lists its properties and allows no others can be judged; a loop gathers several results
    in a form of its own.
    """
    if skill is None or skill.result is None or step.loop is not None:
        return None
    here: Mapping[str, JsonValue] = followed(skill.result, skill.result)
    for name in path:
        properties = here.get("properties")
        if not is_closed(here) or not isinstance(properties, dict):
            return None
        if name not in properties:
            has = ", ".join(sorted(properties)[:8]) or "no fields"
            return f"{reference} asks for {name!r}, but the result of {skill.name} has {has}"
        below = properties[name]
        here = followed(below, skill.result) if isinstance(below, dict) else {}
    return None
