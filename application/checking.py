"""A plan judged without a run: what the inspector finds in it, and the most that running it would cost. Nothing is recorded."""

import pydantic_core
from pydantic import JsonValue

from planfold.application.context import PlanGenerationContext
from planfold.application.drafting import LARGEST_DRAFT
from planfold.application.ports import SkillCatalog
from planfold.application.world import EnginePolicy
from planfold.domain.canonical import recordable
from planfold.domain.errors import InvalidText
from planfold.domain.frozen import Frozen
from planfold.domain.inspection import Draft, Finding, accepts, inspect
from planfold.domain.pricing import worst_case
from planfold.domain.secrets import redact, redact_text

NO_GOAL = "(no goal was given)"


class PlanCheck(Frozen):
    """`needed_micros` is the worst case of running it, in micro-USD: None if a price is unknown or it is no plan."""

    valid: bool
    findings: tuple[Finding, ...]
    needed_micros: int | None
    manifest_digest: str
    rules_digest: str


class PlanChecker:
    """Judges plans by the skills that an agent has now, and by the rules that new runs are judged by."""

    def __init__(self, catalog: SkillCatalog, policy: EnginePolicy) -> None:
        self._catalog, self._policy = catalog, policy

    def check(self, plan: object, agent_id: str, *, goal: str = NO_GOAL, tenant: str = "default") -> PlanCheck:
        """The same findings that a run with this draft would have, memories aside.

        Raises InvalidIdentifier, InvalidGoal, InvalidManifest; InvalidText for a plan that no run could record.
        """
        context = PlanGenerationContext(agent_id, goal, "check", tenant=tenant)
        answer = redact(recordable(plan))
        _check_size(answer)
        manifest, rules = self._catalog.manifest(context.tenant, context.agent_id), self._policy.rules
        draft = Draft(
            answer=answer,
            goal=redact_text(context.goal),
            manifest=manifest,
            recorded_manifest=manifest.digest,
            rules=rules,
        )
        findings = inspect(draft)
        price = self._policy.unknown_skill_price
        needed = None if draft.plan is None else worst_case(draft.plan, manifest, price)
        return PlanCheck(
            valid=accepts(findings),
            findings=findings,
            needed_micros=needed,
            manifest_digest=manifest.digest,
            rules_digest=rules.digest,
        )


def _check_size(answer: JsonValue) -> None:
    size = len(pydantic_core.to_json(answer))
    if size > LARGEST_DRAFT:
        fault = f"has {size} bytes of JSON, {LARGEST_DRAFT} are recorded at most"
        raise InvalidText("plan", fault, "check a shorter one")
