"""Whether a skill speaks to the model where it should say what it does. A planner reads every skill that is offered.

Judged once for a manifest: the same skills are offered to run after run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from pydantic import JsonValue

from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.prompts import suspicion
from planfold.domain.skill import Manifest, Skill

_KEPT_MANIFESTS = 16
_NAMED_AT_MOST = 8


@dataclass(frozen=True)
class _Named:
    """A manifest by its digest, which says all of it."""

    digest: str
    manifest: Manifest = field(compare=False)


def suspicious_skills(draft: Draft) -> Iterator[Finding]:
    """One finding for each step that calls a skill whose description looks like an injection, one for all others."""
    found = suspicious_descriptions(draft.manifest)
    if not found:
        return
    for place, step, skill in draft.steps:
        if skill is not None and (what := found.get(skill.name)) is not None:
            yield finding(
                "SUSPICIOUS_PROMPT",
                f"step {step.step_id} calls {skill.name}, whose description {what}; read the description before the plan runs",
                step_id=step.step_id,
                path=f"{place}/skill",
            )
    called = {step.skill for _, step, _ in draft.steps}
    if others := [name for name in found if name not in called]:
        more = f" and {len(others) - _NAMED_AT_MOST} more" if len(others) > _NAMED_AT_MOST else ""
        yield finding(
            "SUSPICIOUS_PROMPT",
            f"among the skills that the planner was offered, the description of {', '.join(others[:_NAMED_AT_MOST])}{more} "
            f"looks like an injection ({others[0]}: it {found[others[0]]}); read the plan with that in mind, and offer them no more",
        )


def suspicious_descriptions(manifest: Manifest) -> Mapping[str, str]:
    """The skills whose texts look like an injection, each with what makes them so, said of its description."""
    return _judged(_Named(manifest.digest, manifest))


@lru_cache(maxsize=_KEPT_MANIFESTS)
def _judged(named: _Named) -> Mapping[str, str]:
    found = {skill.name: what for skill in named.manifest.skills if (what := _suspicion_of(skill)) is not None}
    return MappingProxyType(found)


def _suspicion_of(skill: Skill) -> str | None:
    for text in texts_of(skill):
        if (what := suspicion(text, "skill")) is not None:
            return what
    return None


def texts_of(skill: Skill) -> Iterator[str]:
    """What a planner reads of a skill: its description, and every text in its schemas."""
    return chain((skill.description,), _texts(skill.parameters), _texts(skill.result))


def _texts(schema: JsonValue) -> Iterator[str]:
    waiting: list[JsonValue] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
