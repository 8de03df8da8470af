"""What an agent can do: skills, and the manifest that offers them to one plan generation, named by its digest."""

import difflib
from collections import Counter
from functools import cached_property
from typing import Self

from pydantic import Field, JsonValue, model_validator

from planfold.domain.canonical import canonical, digest
from planfold.domain.errors import InvalidManifest
from planfold.domain.frozen import Frozen
from planfold.domain.hosts import Domain
from planfold.domain.money import Micros
from planfold.domain.names import Digest
from planfold.domain.schema import check_schema

MAX_SKILLS = 10_000
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
"""In RFC 8785 form: what a store keeps of one artifact."""
COMPARED_NAMES = 500
SKILL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$"


def _anything() -> dict[str, JsonValue]:
    return {"type": "object"}


class Effects(Frozen):
    """What calling the skill may do, as its author declares it (the hints of MCP, made binding)."""

    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = True


class Skill(Frozen):
    """`cost` is what one call costs in micro-USD; None is an unknown price, never 0."""

    name: str = Field(pattern=SKILL_NAME)
    description: str = Field(default="", max_length=4_096)
    parameters: dict[str, JsonValue] = Field(default_factory=_anything)
    result: dict[str, JsonValue] | None = None
    cost: Micros | None = None
    effects: Effects = Effects()
    allowed_domains: tuple[Domain, ...] = ()
    tags: tuple[str, ...] = ()
    pin: Digest | None = None
    """The digest of the definition that somebody approved; another definition is MANIFEST_CHANGED."""

    @model_validator(mode="after")
    def _schemas_are_sound(self) -> Self:
        check_schema(self.parameters, f"{self.name}.parameters")
        if self.result is not None:
            check_schema(self.result, f"{self.name}.result")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the definition in RFC 8785 form, the pin left out."""
        return digest(canonical(self.model_dump(mode="json", exclude={"pin"})))

    @property
    def properties(self) -> dict[str, dict[str, JsonValue]]:
        """The parameters by name, each with its schema."""
        found = self.parameters.get("properties")
        if not isinstance(found, dict):
            return {}
        return {name: schema if isinstance(schema, dict) else {} for name, schema in found.items()}

    @property
    def required(self) -> tuple[str, ...]:
        found = self.parameters.get("required")
        return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


class Manifest(Frozen):
    """The skills available to one plan generation; a name stands for one skill."""

    skills: tuple[Skill, ...] = Field(max_length=MAX_SKILLS)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        twice = [name for name, times in Counter(skill.name for skill in self.skills).items() if times > 1]
        if twice:
            raise InvalidManifest(f"skill {twice[0]!r} is defined more than once; keep one definition of each name")
        size = len(self.document)
        if size > MAX_MANIFEST_BYTES:
            raise InvalidManifest(
                f"the manifest of {len(self.skills)} skills has {size} bytes, {MAX_MANIFEST_BYTES} can be kept; "
                "offer fewer skills, or describe them in fewer words"
            )
        return self

    @cached_property
    def by_name(self) -> dict[str, Skill]:
        return {skill.name: skill for skill in self.skills}

    @cached_property
    def document(self) -> bytes:
        """The manifest in RFC 8785 form, as it is kept beside the events that name its digest."""
        return canonical(self.model_dump(mode="json"))

    @cached_property
    def digest(self) -> str:
        return digest(self.document)

    def near(self, name: str, at_most: int = 3) -> list[str]:
        """The names most like `name`, for a sentence that helps."""
        candidates = list(self.by_name)
        if len(candidates) > COMPARED_NAMES:  # comparing is slow, and a draft may invent many names
            begin = name[:2].lower()
            candidates = [known for known in candidates if known[:2].lower() == begin][:COMPARED_NAMES]
        return difflib.get_close_matches(name, candidates, n=at_most, cutoff=0.5)
