"""What a model is told: the instructions of `prompt.md`, and one JSON document in which everything else is data.

Data cannot end the place where it stands: a quote inside a JSON text is escaped, and so is each sign that chat templates
and readers give a meaning (`<`, `>`, `&`) or that nobody sees. What is too long for the context is left out in a fixed
order: first memories, the least relevant first; then skills, the worst match first; then the former draft. Goal, findings
and instructions are never left out.
"""

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import JsonValue

from planfold.application.ports import DraftRequest, NotAsked
from planfold.domain.canonical import canonical, digest
from planfold.domain.inspection import Finding
from planfold.domain.memory import Snippet
from planfold.domain.money import usd
from planfold.domain.schema import Schema
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.llm.answers import Answers, Bounds, answers_for, step_schema
from planfold.infrastructure.planners.llm.forms import parameters_form

INSTRUCTIONS = files(__package__).joinpath("prompt.md").read_text(encoding="utf-8")
INSTRUCTIONS_DIGEST = digest(INSTRUCTIONS.encode())

BYTES_OF_A_TOKEN = 3
"""What the context is counted with, since no provider's tokenizer is at hand: JSON in English has 3 to 4 in a token."""
LONGEST_DESCRIPTION = 1_000
MOST_FINDINGS = 30
_A_LINE = ",\n"
_SEPARATORS = 8
"""Bytes between two items of the document."""
_FRAME = 4_096
"""Bytes of what stands around the items, in the document and in the schema."""

_FAILURES = {
    "bad_answer": "It was not the JSON that is asked for. Answer with that alone.",
    "cut_off": "It was cut off before it was whole. Answer with fewer steps and shorter texts.",
    "too_large": "It was too long to be recorded. Answer with fewer steps and shorter texts.",
}
"""Codes of attempts that another answer can mend, and what the model is told of its last one."""

_UNSAFE = re.compile(r"[<>&\x7f]|[^\x00-\x7f]|\[(?=/?[A-Z])")
"""Marks of templates among them, as [INST]: no bracket of JSON itself stands before a capital."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Prompt(NamedTuple):
    instructions: str
    message: str
    answers: Answers
    offered: tuple[Skill, ...]
    left_out: dict[str, int]
    """How many memories, skills and drafts there was no room for."""

    @property
    def schema(self) -> Schema:
        return self.answers.schema

    def document(self, sent_as: dict[str, JsonValue]) -> bytes:
        """All that the model is told, in RFC 8785 form, with the skills offered by digest, and how it was asked."""
        told: dict[str, JsonValue] = {
            "instructions": self.instructions,
            "message": self.message,
            "schema": self.schema,
            "offered": {skill.name: skill.digest for skill in self.offered},
            "left_out": {**self.left_out},
            **sent_as,
        }
        return canonical(told)


def compose(request: DraftRequest, skills: Sequence[Skill], context_tokens: int, bounds: Bounds) -> Prompt:
    """The prompt for this request within so many tokens; `skills` are the best first. Raises DraftUnavailable."""
    findings = [_finding(each) for each in request.findings if each.severity == "error"][:MOST_FINDINGS]
    room = _Room(context_tokens * BYTES_OF_A_TOKEN - _FRAME)
    room.take(INSTRUCTIONS, request.goal, findings)
    if room.left < 0:
        raise _too_long(request, context_tokens)
    former = [request.previous] if request.previous is not None and room.fits(request.previous) else []
    offered = [skill for skill in skills if room.fits(_skill(skill), _schema(skill))]
    if not offered:
        raise _too_long(request, context_tokens)
    memories = [snippet for snippet in request.snippets if room.fits(_memory(snippet))]
    parts: dict[str, Any] = {
        "goal": request.goal,
        "skills": [_skill(skill) for skill in offered],
        "memories": [_memory(snippet) for snippet in memories],
    }
    if former:
        parts["former_draft"] = former[0]
    if findings:
        parts["findings"] = findings
    if request.failure in _FAILURES:
        parts["failure"] = _FAILURES[request.failure]
    left_out = {
        "memories": len(request.snippets) - len(memories),
        "skills": len(skills) - len(offered),
        "drafts": int(request.previous is not None) - len(former),
    }
    return Prompt(INSTRUCTIONS, fenced(parts), answers_for(offered, bounds), tuple(offered), left_out)


def fenced(parts: dict[str, Any]) -> str:
    """One JSON document, an item a line, in which nothing but its own signs are signs."""
    members = []
    for name, value in parts.items():
        shown = "[\n" + _A_LINE.join(map(_json, value)) + "\n]" if isinstance(value, list) else _json(value)
        members.append(f"{_json(name)}: {shown}")
    return "{\n" + _A_LINE.join(members) + "\n}"


class _Room:
    """What is left of the context, in bytes; what fits is taken from it, and the rest is passed over."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, *parts: Any) -> None:
        self.left -= sum(len(_json(part).encode()) + _SEPARATORS for part in parts)

    def fits(self, *parts: Any) -> bool:
        before = self.left
        self.take(*parts)
        if self.left >= 0:
            return True
        self.left = before
        return False


def _json(value: Any) -> str:
    return _UNSAFE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    """As JSON writes it: outside of its texts JSON has none of these signs. Letters of all languages stay."""
    sign = found[0]
    if sign.isascii():
        return f"\\u{ord(sign):04x}"
    return sign if sign.isprintable() and not _SELECTORS.match(sign) else json.dumps(sign)[1:-1]


def _skill(skill: Skill) -> dict[str, Any]:
    """What tells one skill from another; its parameters are said by the schema of the answer."""
    effects = [name for name, declared in skill.effects.model_dump().items() if declared]
    shown: dict[str, Any] = {"name": skill.name, "description": skill.description[:LONGEST_DESCRIPTION]}
    if effects:
        shown["effects"] = effects
    if skill.cost is not None:
        shown["usd_per_call"] = usd(skill.cost)
    return shown


def _schema(skill: Skill) -> Schema:
    return step_schema(skill.name, parameters_form(skill.parameters))


def _memory(snippet: Snippet) -> dict[str, Any]:
    return {"trust": snippet.trust, "type": snippet.type, "at": snippet.created_at.isoformat(), "text": snippet.text}


def _finding(found: Finding) -> dict[str, Any]:
    return {"code": found.code, "says": found.message, "path": found.path}


def _too_long(request: DraftRequest, context_tokens: int) -> NotAsked:
    return NotAsked(
        "too_long",
        f"the goal of {len(request.goal)} characters leaves no room for a skill in a context of {context_tokens} tokens; "
        "shorten it, describe the skills in fewer words, or raise PLANFOLD_LLM_CONTEXT_TOKENS",
    )
