"""The rule set an inspection was made with: code version, libraries and settings, an artifact named by its digest."""

from functools import cached_property
from typing import Any

import jsonschema_rs
import pydantic
from pydantic import Field, ModelWrapValidatorHandler, ValidationInfo, model_validator

from planfold.domain.canonical import canonical, digest
from planfold.domain.frozen import Frozen
from planfold.domain.hosts import Domain

CODE_VERSION = 3
"""Grows with every change of what the rules find, so that an audit repeats only what it can."""


def _version_of_jsonschema_rs() -> str:
    """As it was built: the package has no attribute of its own for it, and its metadata would have to be read from disk."""
    build = getattr(vars(jsonschema_rs).get("jsonschema_rs"), "__build__", {})
    return str(build.get("dependencies", {}).get("jsonschema-py", "unknown"))


LIBRARIES: tuple[str, ...] = (f"jsonschema-rs {_version_of_jsonschema_rs()}", f"pydantic {pydantic.VERSION}")
"""What judges schemas and forms here. Another version may find something else, and nothing else be wrong."""


class RuleSet(Frozen):
    code_version: int = CODE_VERSION
    libraries: tuple[str, ...] = LIBRARIES
    """Empty where they are not known: a rule set recorded without them."""
    max_steps: int = Field(default=25, ge=1, le=1_000)
    max_iterations: int = Field(default=10, ge=1, le=100_000)
    max_retries: int = Field(default=3, ge=0, le=100)
    max_findings: int = Field(default=100, ge=1, le=1_000)
    """A bound on what one PlanValidated carries; errors come before warnings where some are left out."""
    forbidden_domains: tuple[Domain, ...] = ()
    """Further hosts (with everything below them) that no step may name."""
    allowed_domains: tuple[Domain, ...] = ()
    """Internal hosts (with everything below them) that the operator allows in spite of their form."""

    @model_validator(mode="wrap")
    @classmethod
    def _recorded_without_libraries(
        cls, value: Any, handler: ModelWrapValidatorHandler["RuleSet"], info: ValidationInfo
    ) -> "RuleSet":
        """What was recorded says nothing but what it says: the libraries of this program are not its own."""
        read = handler(value)
        was_told = info.mode != "json" or "libraries" in read.model_fields_set
        return read if was_told else read.model_copy(update={"libraries": ()})

    @property
    def is_of_these_libraries(self) -> bool:
        """Whether it was made with the libraries of this program, so that another verdict is a fault."""
        return self.libraries == LIBRARIES

    @cached_property
    def document(self) -> bytes:
        return canonical(self.model_dump(mode="json"))

    @cached_property
    def digest(self) -> str:
        return digest(self.document)
