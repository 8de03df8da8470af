"""The rule set an inspection was made with: code version and settings, an artifact named by its digest."""

from functools import cached_property

from pydantic import Field

from planfold.domain.canonical import canonical, digest
from planfold.domain.domains import Domain
from planfold.domain.frozen import Frozen

CODE_VERSION = 1
"""Grows with every change of what the rules find, so that an audit repeats only what it can."""


class RuleSet(Frozen):
    code_version: int = CODE_VERSION
    max_steps: int = Field(default=25, ge=1, le=1_000)
    max_iterations: int = Field(default=10, ge=1, le=100_000)
    max_retries: int = Field(default=3, ge=0, le=100)
    max_findings: int = Field(default=100, ge=1, le=1_000)
    """A bound on what one PlanValidated carries; errors come before warnings where some are left out."""
    forbidden_domains: tuple[Domain, ...] = ()
    """Further hosts (with everything below them) that no step may name."""
    allowed_domains: tuple[Domain, ...] = ()
    """Internal hosts (with everything below them) that the operator allows in spite of their form."""

    @cached_property
    def document(self) -> bytes:
        return canonical(self.model_dump(mode="json"))

    @cached_property
    def digest(self) -> str:
        return digest(self.document)
