"""Recorded drafts under inspection again: with the rules and the skills that their record names, or with others."""

from functools import lru_cache

from planfold.application.ports import Artifacts
from planfold.domain.canonical import digest
from planfold.domain.inspection import Draft, RuleSet
from planfold.domain.plan_generation import PlanGeneration, PlanValidated
from planfold.domain.skill import Manifest

KEPT = 64
"""Manifests and rule sets kept in mind."""
KNOWN = 4_096
"""Digests of which it is kept in mind whether their artifact is whole."""


class RecordedArtifacts:
    """What events name by digest, read once as long as it is in mind; only bytes that have the digest count."""

    def __init__(self, artifacts: Artifacts, tenant: str) -> None:
        self._artifacts, self._tenant = artifacts, tenant
        self.rules, self.manifest = lru_cache(KEPT)(self._rules), lru_cache(KEPT)(self._manifest)
        self.damage = lru_cache(KNOWN)(self._damage)

    def _damage(self, named: str) -> str | None:
        """What is wrong with the artifact: "missing" or "altered"; None if it is whole."""
        body = self._artifacts.get(self._tenant, named)
        return "missing" if body is None else None if digest(body) == named else "altered"

    def _rules(self, named: str) -> RuleSet | None:
        """None also for settings that this release refuses."""
        body = self._body(named)
        try:
            return None if body is None else RuleSet.model_validate_json(body, extra="ignore")
        except Exception:  # noqa: BLE001 - whatever the libraries of this release raise
            return None

    def _manifest(self, named: str) -> Manifest | None:
        """None also for skills that this release refuses. Its digest may be another by now, if a field was added."""
        body = self._body(named)
        try:
            return None if body is None else Manifest.model_validate_json(body, extra="ignore")
        except Exception:  # noqa: BLE001 - as above
            return None

    def _body(self, named: str) -> bytes | None:
        body = self._artifacts.get(self._tenant, named)
        return body if body is not None and digest(body) == named else None


def draft_again(
    state: PlanGeneration, validated: PlanValidated, rules: RuleSet | None, manifest: Manifest | None, *, other: bool
) -> Draft | None:
    """The draft that `validated` judged, to be inspected with these rules and skills.

    None where these are not to be had, or where the verdict was made with skills that are not on record, unless `other`
    skills are meant than those of then.
    """
    elsewhere = any(item.code == "MANIFEST_CHANGED" and item.step_id is None for item in validated.findings)
    if state.context is None or state.draft is None or rules is None or manifest is None or (elsewhere and not other):
        return None
    return Draft(
        answer=state.draft.plan,
        goal=state.context.goal,
        manifest=manifest,
        recorded_manifest=manifest.digest,
        snippets=state.memory.snippets if state.memory else (),
        rules=rules,
    )
