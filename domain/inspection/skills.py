"""Whether the steps call what the manifest offers, as somebody approved it, and what that may destroy."""

from collections.abc import Iterator

from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Finding, finding

_NAMED_AT_MOST = 8


def unknown_skills(draft: Draft) -> Iterator[Finding]:
    for place, step, skill in draft.steps:
        if skill is None:
            yield finding(
                "UNKNOWN_SKILL",
                f"step {step.step_id} calls {step.skill!r}, which this agent does not have; {_instead(draft, step.skill)}",
                step_id=step.step_id,
                path=f"{place}/skill",
            )


def _instead(draft: Draft, name: str) -> str:
    if near := draft.manifest.near(name):
        return f"perhaps {' or '.join(near)}?"
    names = sorted(draft.manifest.by_name)
    if not names:
        return "its manifest is empty: register a skill first"
    more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
    return f"it has {', '.join(names[:_NAMED_AT_MOST])}{more}"


def destructive_steps(draft: Draft) -> Iterator[Finding]:
    for place, step, skill in draft.steps:
        if skill is not None and skill.effects.destructive:
            yield finding(
                "DESTRUCTIVE_STEP",
                f"step {step.step_id} calls {skill.name}, which may destroy what it acts on; let a person approve it",
                step_id=step.step_id,
                path=f"{place}/skill",
            )


def changed_manifest(draft: Draft) -> Iterator[Finding]:
    """The skills are those that the run was built with, and each pinned one is as it was approved."""
    if draft.recorded_manifest != draft.manifest.digest:
        yield finding(
            "MANIFEST_CHANGED",
            f"the run was built with the manifest {draft.recorded_manifest[:12]}, but the skills are now "
            f"{draft.manifest.digest[:12]}; plan again under a new run_id",
        )
    for place, step, skill in draft.steps:
        if skill is not None and skill.pin is not None and skill.pin != skill.digest:
            yield finding(
                "MANIFEST_CHANGED",
                f"step {step.step_id} calls {skill.name}, whose definition {skill.digest[:12]} is not the approved "
                f"{skill.pin[:12]}; review what has changed, as planfold skills check-mcp shows it, and approve it anew by "
                "import-mcp --approve; a pin of your own is set in the manifest",
                step_id=step.step_id,
                path=f"{place}/skill",
            )
