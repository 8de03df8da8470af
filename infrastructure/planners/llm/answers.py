"""What a model is asked to answer, and what it answered: a plan whose steps call the offered skills and no others."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue

from planfold.domain.canonical import canonical, digest, recordable
from planfold.domain.frozen import Frozen
from planfold.domain.plan import STEP_ID
from planfold.domain.schema import Schema
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.llm.forms import DEFINITIONS, Form, Reader, closed, parameters_form

NAME = "plan"
"""Of the schema, and of the tool that takes the plan where there is no structured output."""

_MAY_BE_ABSENT = ("on_error", "retry_count", "loop")
_LONGEST_DESCRIPTION = 200


class Bounds(Frozen):
    """What the inspector accepts at most, so that a model is not asked for more."""

    steps: int = 25
    iterations: int = 10
    retries: int = 3


def _members(bounds: Bounds) -> dict[str, JsonValue]:
    """What the steps of all skills have in common, defined once."""
    over: dict[str, Schema] = {
        "over": {"type": "string"},
        "max_iterations": {"type": "integer", "minimum": 1, "maximum": bounds.iterations},
    }
    return {
        "step_id": {"type": "string", "pattern": STEP_ID},
        "description": {"type": "string", "maxLength": _LONGEST_DESCRIPTION},
        "depends_on": {
            "type": "array",
            "items": {"$ref": "#/$defs/step_id"},
            "maxItems": bounds.steps,
            "description": "The ids of steps that must have ended before; those whose results it takes count anyway.",
        },
        "on_error": {"anyOf": [{"type": "string", "enum": ["abort", "continue", "retry"]}, {"type": "null"}]},
        "retry_count": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": bounds.retries}, {"type": "null"}]},
        "loop": {
            "anyOf": [closed(over), {"type": "null"}],
            "description": "To repeat the step for each item of a list, as a reference in `over`.",
        },
    }


class Answers(NamedTuple):
    """The schema of a plan of these skills, and how each skill's parameters are read."""

    schema: Schema
    readers: dict[str, Reader]

    def read(self, answer: JsonValue) -> JsonValue:
        """The plan that was meant; whatever is none is left as it is, for the inspector to judge."""
        if not isinstance(answer, dict):
            return answer
        steps = answer.get("steps")
        plan = {**answer, "steps": [self._step(step) for step in steps]} if isinstance(steps, list) else dict(answer)
        plan.setdefault("plan_id", f"plan-{digest(canonical(recordable(plan)))[:12]}")
        return plan

    def _step(self, step: JsonValue) -> JsonValue:
        if not isinstance(step, dict):
            return step
        kept = {name: value for name, value in step.items() if value is not None or name not in _MAY_BE_ABSENT}
        read = self.readers.get(str(step.get("skill")))
        return kept if read is None or "params" not in kept else {**kept, "params": read(kept["params"])}


def answers_for(skills: Sequence[Skill], bounds: Bounds) -> Answers:
    forms = {skill.name: parameters_form(skill.parameters) for skill in skills}
    steps: Schema = {
        "type": "array",
        "maxItems": bounds.steps,
        "items": {"anyOf": [step_schema(name, form) for name, form in forms.items()]},
    }
    schema: Schema = {**closed({"steps": steps}), "$defs": {**DEFINITIONS, **_members(bounds)}}
    return Answers(schema, {name: form.read for name, form in forms.items()})


def step_schema(skill: str, form: Form) -> Schema:
    """A step that calls this skill; what all steps have in common is defined once."""
    return closed(
        {
            "step_id": {"$ref": "#/$defs/step_id"},
            "description": {"$ref": "#/$defs/description"},
            "skill": {"type": "string", "enum": [skill]},
            "params": form.schema,
            **{name: {"$ref": f"#/$defs/{name}"} for name in ("depends_on", *_MAY_BE_ABSENT)},
        }
    )


def json_in(text: str) -> JsonValue:
    """The JSON that the text is, or that stands in it between words. Raises ValueError."""
    try:
        return _loaded(text)
    except ValueError:
        first, last = text.find("{"), text.rfind("}")
        if not 0 <= first < last:
            raise
        return _loaded(text[first : last + 1])


def _loaded(text: str) -> JsonValue:
    try:
        found: JsonValue = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return found
