"""Drafts to inspect: a few skills, and the findings of one step or of a whole plan."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Draft, Finding, RuleSet, inspect
from planfold.domain.memory import Snippet
from planfold.domain.skill import Effects, Manifest, Skill

Inspect = Callable[..., tuple[Finding, ...]]
TEXTS = Path(__file__).parent / "texts"


def _object(required: tuple[str, ...] = (), **properties: JsonValue) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


FETCH = Skill(
    name="fetch",
    description="Fetches what stands at a URL",
    parameters=_object(("url",), url={"type": "string"}, timeout={"type": "integer"}),
    result=_object(body={"type": "string"}, headers=_object(etag={"type": "string"}), links={"type": "array"}),
)
SEND = Skill(
    name="send_email",
    parameters=_object(
        ("to", "body"),
        to={"type": "string", "description": "The recipient's e-mail address"},
        body={"type": "string"},
        subject={"type": "string"},
        priority={"type": "integer", "minimum": 1, "maximum": 5},
    ),
)
DELETE = Skill(name="delete_file", parameters={"type": "object"}, effects=Effects(destructive=True))
ANY = Skill(name="anything", parameters={"type": "object"})
SKILLS = (FETCH, SEND, DELETE, ANY)


@pytest.fixture
def inspect_answer() -> Inspect:
    """The findings of any answer, by default against the few skills above."""

    def inspected(
        answer: JsonValue,
        *,
        goal: str = "do it",
        skills: tuple[Skill, ...] = SKILLS,
        snippets: tuple[Snippet, ...] = (),
        rules: RuleSet | None = None,
        recorded_manifest: str | None = None,
    ) -> tuple[Finding, ...]:
        manifest = Manifest(skills=skills)
        return inspect(
            Draft(
                answer=answer,
                goal=goal,
                manifest=manifest,
                recorded_manifest=recorded_manifest or manifest.digest,
                snippets=snippets,
                rules=rules or RuleSet(),
            )
        )

    return inspected


@pytest.fixture
def inspect_params(inspect_answer: Inspect) -> Inspect:
    """The findings of a plan whose one step calls a skill with these parameters."""

    def inspected(
        params: dict[str, JsonValue],
        *,
        skill: str = "anything",
        goal: str = "do it",
        skills: tuple[Skill, ...] = SKILLS,
        snippets: tuple[Snippet, ...] = (),
        rules: RuleSet | None = None,
        **step: JsonValue,
    ) -> tuple[Finding, ...]:
        answer: JsonValue = {"plan_id": "p", "steps": [{"step_id": "a", "skill": skill, "params": params, **step}]}
        return inspect_answer(answer, goal=goal, skills=skills, snippets=snippets, rules=rules)

    return inspected


@pytest.fixture(scope="session")
def texts() -> Callable[[str], list[str]]:
    """The texts of the files that a pattern names under `texts/`, where a backslash and n is a new line."""

    def read(pattern: str) -> list[str]:
        lines = [line for path in sorted(TEXTS.glob(pattern)) for line in path.read_text(encoding="utf-8").splitlines()]
        return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("=== ")]

    return read
