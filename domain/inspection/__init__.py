"""The inspector: what is wrong with a draft, said by pure functions in one list.

`inspect` is total: any JSON answer has findings or is a plan without fault. Equal drafts have equal findings, in equal
order, whatever the order of names in their objects; so an audit can repeat an inspection.
"""

from collections.abc import Callable, Iterable
from itertools import islice

from planfold.domain.inspection.descriptions import suspicious_skills
from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Code, Finding, accepts, fitting
from planfold.domain.inspection.graph import circular_dependencies, unknown_dependencies, unknown_references
from planfold.domain.inspection.parameters import secrets_in_params, unfit_parameters
from planfold.domain.inspection.prompts import suspicious_prompts
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.inspection.skills import changed_manifest, destructive_steps, unknown_skills
from planfold.domain.inspection.structure import (
    duplicate_step_ids,
    empty_plan,
    excessive_loops,
    excessive_retries,
    malformed_plan,
    too_many_steps,
    unrepresentable_values,
)
from planfold.domain.inspection.taint import tainted_parameters
from planfold.domain.inspection.targets import forbidden_targets

__all__ = ["RULES", "Code", "Draft", "Finding", "RuleSet", "accepts", "inspect"]

MAX_FINDINGS_BYTES = 192 * 1024
"""What one PlanValidated may carry, of the 256 KiB that an event may have."""

RULES: tuple[Callable[[Draft], Iterable[Finding]], ...] = (
    unrepresentable_values,
    malformed_plan,
    empty_plan,
    too_many_steps,
    duplicate_step_ids,
    unknown_skills,
    unfit_parameters,
    unknown_dependencies,
    circular_dependencies,
    unknown_references,
    forbidden_targets,
    excessive_loops,
    excessive_retries,
    suspicious_prompts,
    suspicious_skills,
    secrets_in_params,
    destructive_steps,
    tainted_parameters,
    changed_manifest,
)


def inspect(draft: Draft) -> tuple[Finding, ...]:
    """What the rules find, in their order and within each in the order of steps.

    At most `rules.max_findings` of them, and MAX_FINDINGS_BYTES in all. Where more are found, errors are kept before
    warnings: the verdict never changes by leaving some out.
    """
    most = draft.rules.max_findings
    return fitting([item for rule in RULES for item in islice(rule(draft), most)], most, MAX_FINDINGS_BYTES)
