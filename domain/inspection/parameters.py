"""Whether each step gives its skill the parameters that the skill's schema asks for."""

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from planfold.domain.inspection.draft import Draft, Leaf
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.questions import question
from planfold.domain.inspection.subschemas import subschema
from planfold.domain.plan import REFERENCE, Step
from planfold.domain.schema import KNOWN, Unknown, Violation, escaped, unescaped, violations
from planfold.domain.secrets import REDACTED, secret_kind
from planfold.domain.skill import Skill


def unfit_parameters(draft: Draft) -> Iterator[Finding]:
    """MISSING_PARAMETER for each required name that is absent, INVALID_PARAMS for every other departure.

    A required name whose value is null where no null may stand is asked for too: a model writes that for "unknown".
    A value that is wholly a reference fits whatever its place asks for; a text that contains one is a text of unknown
    content. A redacted value is not known either, and refused elsewhere.
    """
    for (place, step, skill), leaves in zip(draft.steps, draft.leaves, strict=True):
        if skill is None:
            continue
        asked: set[str] = set()
        for violation in violations(skill.parameters, step.params, _unknown(f"{place}/params", leaves)):
            if violation.missing is None:
                yield finding(
                    "INVALID_PARAMS",
                    f"step {step.step_id} gives {skill.name} parameters that do not fit: "
                    f"{violation.pointer[1:] or 'they'}: {violation.message}",
                    step_id=step.step_id,
                    path=f"{place}/params{violation.pointer}",
                    question=None if violation.pointer in asked else _question_for_null(violation.pointer, step, skill),
                )
                asked.add(violation.pointer)
            else:
                yield _missing(place, step, skill, violation, violation.missing)


def _question_for_null(pointer: str, step: Step, skill: Skill) -> str | None:
    """What to ask if a required parameter is null at `pointer`."""
    *above, name = (unescaped(part) for part in pointer.split("/")[1:] or [""])
    here: JsonValue = step.params
    for part in above:
        here = here[int(part)] if isinstance(here, list) else here.get(part) if isinstance(here, dict) else None
    required = subschema(skill.parameters, above).get("required")
    if not isinstance(here, dict) or here.get(name, "") is not None:
        return None
    if not isinstance(required, list) or name not in required:
        return None
    return question(".".join([*above, name]), subschema(skill.parameters, [*above, name]), skill.name)


def _missing(place: str, step: Step, skill: Skill, violation: Violation, name: str) -> Finding:
    names = [unescaped(part) for part in violation.pointer.split("/")[1:]]
    where = ".".join([*names, name])
    return finding(
        "MISSING_PARAMETER",
        f"step {step.step_id} calls {skill.name} without {where}, which it requires; give it, or ask for it",
        step_id=step.step_id,
        path=f"{place}/params{violation.pointer}/{escaped(name)}",
        question=question(where, subschema(skill.parameters, [*names, name]), skill.name),
    )


def _unknown(root: str, leaves: Sequence[Leaf]) -> Unknown:
    """The places in the params at `root` whose value only the run will tell."""
    values: set[str] = set()
    texts: set[str] = set()
    for leaf in leaves:
        if leaf.is_name or not leaf.pointer.startswith(root):
            continue
        if isinstance(leaf.value, dict):
            values.add(leaf.pointer.removeprefix(root))
        elif isinstance(leaf.value, str) and "${" in leaf.value and REFERENCE.search(leaf.value):
            (values if REFERENCE.fullmatch(leaf.value) else texts).add(leaf.pointer.removeprefix(root))
    return Unknown(frozenset(values), frozenset(texts)) if values or texts else KNOWN


def secrets_in_params(draft: Draft) -> Iterator[Finding]:
    """No parameter holds a credential, redacted or not: plans are recorded, and shown to people and models."""
    for leaves in draft.leaves:
        for leaf in leaves:
            kind = _kind(leaf)
            if kind is not None:
                yield finding(
                    "SECRET_IN_PARAMS",
                    f"step {leaf.step.step_id} carries a secret ({kind[:40]}); let the skill fetch it from where it is "
                    "kept, and leave it out of the plan",
                    step_id=leaf.step.step_id,
                    path=leaf.pointer,
                )


def _kind(leaf: Leaf) -> str | None:
    if isinstance(leaf.value, str) and leaf.is_name:
        marked = REDACTED.search(leaf.value)
        return marked[1] if marked else None
    return secret_kind(leaf.value)
