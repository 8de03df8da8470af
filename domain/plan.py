"""What a plan is: a graph of skill calls, their references to earlier results, its canonical form.

A planner's answer is any JSON until `Plan.model_validate` accepts it; the inspector says what it refuses.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from planfold.domain.canonical import canonical
from planfold.domain.frozen import Frozen

STEP_ID = r"^[A-Za-z0-9_-]{1,64}$"
REFERENCE = re.compile(r"\$\{([A-Za-z0-9_-]{1,64})((?:\.[A-Za-z0-9_-]+)*)\}", re.ASCII)
"""`${step_id}` or `${step_id.path.to.field}`, alone or inside a longer text."""

EMPTY_PLAN_JSON = "{}"


def _number(value: object) -> object:
    """pydantic would take "3" and true for numbers; whoever executes the plan may not."""
    if isinstance(value, bool | str):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic wants a ValueError
    return value


Count = Annotated[int, BeforeValidator(_number), Field(ge=0)]


class Loop(Frozen):
    """The step is repeated for each item of `over`, at most `max_iterations` times."""

    over: str = Field(max_length=10_000)
    max_iterations: Count


class Step(Frozen):
    """One call of a skill; `retry_count` counts the tries after the first."""

    step_id: str = Field(pattern=STEP_ID)
    skill: str = Field(min_length=1, max_length=128)
    params: dict[str, JsonValue] = Field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    on_error: Literal["abort", "continue", "retry"] = "abort"
    retry_count: Count = 0
    output_key: str | None = Field(default=None, max_length=128)
    description: str = Field(default="", max_length=2_000)
    loop: Loop | None = None


class Plan(Frozen):
    plan_id: str = Field(min_length=1, max_length=128)
    steps: tuple[Step, ...]
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


def dependencies(step: Step) -> frozenset[str]:
    """The steps that must have ended before this one: those named, and those whose results it takes."""
    texts = list(_texts(step.params)) + ([step.loop.over] if step.loop is not None else [])
    return frozenset(step.depends_on) | {
        found[1] for text in texts if "${" in text for found in REFERENCE.finditer(text)
    }


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts(item)


def plan_json(plan: JsonValue) -> str:
    """The plan in RFC 8785 form, as it is compared and digested."""
    return canonical(plan).decode()
