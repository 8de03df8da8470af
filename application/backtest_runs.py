"""One recorded run judged again by another policy: what refuses it now, and what refused it then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pydantic import JsonValue

from planfold.application.backtest_money import LedgersThen, Policy, usable
from planfold.application.inspecting import KEPT, RecordedArtifacts, draft_again
from planfold.application.ports import Artifacts
from planfold.domain.inspection import Finding, RuleSet, accepts, inspect
from planfold.domain.money import Micros
from planfold.domain.plan import Plan
from planfold.domain.plan_generation import NOTHING, BudgetChecked, PlanEvent, PlanGeneration, PlanValidated, evolve
from planfold.domain.pricing import worst_case
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest


class Refusal(NamedTuple):
    """Why a run may not start: findings of its last draft, and breaches; nothing of both if it may."""

    errors: tuple[Finding, ...] = ()
    breaches: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(item.code for item in self.errors), *self.breaches]))


class Inspector:
    """Inspects recorded drafts by another policy; rules and skills that are not in it are those on record."""

    def __init__(self, artifacts: Artifacts, tenant: str, policy: Policy) -> None:
        self._recorded, self._policy = RecordedArtifacts(artifacts, tenant), policy
        self._rules = lru_cache(KEPT)(self._changed_rules)

    def manifest(self, digest: str) -> Manifest | None:
        return self._policy.manifest or self._recorded.manifest(digest)

    def inspect(self, state: PlanGeneration, validated: PlanValidated) -> tuple[Finding, ...] | None:
        """What is found in the draft; None if that cannot be told, as where it was judged with skills not on record."""
        manifest = None if state.context is None else self.manifest(state.context.manifest_digest)
        rules, other = self._rules(validated.rules_digest), self._policy.manifest is not None
        draft = draft_again(state, validated, rules, manifest, other=other)
        return None if draft is None else inspect(draft)

    def needed(self, state: PlanGeneration, checked: BudgetChecked | None, unknown_price: Micros | None) -> int | None:
        """The worst case of running the accepted draft: that on record, unless other skills have other prices."""
        if checked is not None and self._policy.manifest is None:
            return checked.needed
        manifest = None if state.context is None else self.manifest(state.context.manifest_digest)
        if manifest is None or state.draft is None:
            return None
        return worst_case(Plan.model_validate(state.draft.plan), manifest, unknown_price)

    def _changed_rules(self, digest: str) -> RuleSet | None:
        rules = self._recorded.rules(digest)
        if rules is None or self._policy.rules is None:
            return rules
        return usable("rules", self._policy.rules(rules), RuleSet)


@dataclass
class Run:
    """One run on its way to its end; `findings` are those of its last inspected draft, None if they cannot be told."""

    state: PlanGeneration = NOTHING
    findings: tuple[Finding, ...] | None = None
    drafts: int = 0
    refused_call: str | None = None
    """What other limits have against one of its planner calls."""

    def take(self, fact: PlanEvent, inspector: Inspector) -> None:
        self.state = evolve(self.state, fact)
        if isinstance(fact, PlanValidated):
            self.findings = inspector.inspect(self.state, fact)
            self.drafts += 1

    def then(self) -> Refusal:
        """What refused it."""
        checked = self.state.budget
        if checked is not None:
            return Refusal(breaches=(checked.breach,) if checked.breach is not None else ())
        return Refusal(errors=_errors(self.state.findings or ()))

    def now(
        self, last: Recorded[PlanEvent], inspector: Inspector, money: LedgersThen, unknown_price: Micros | None
    ) -> Refusal | None:
        """What refuses it, as far as `last` is the event that ended it; None if that cannot be told."""
        if self.findings is None:
            return None
        call = () if self.refused_call is None else (self.refused_call,)
        if not accepts(self.findings):
            return Refusal(_errors(self.findings), call)
        checked = self.state.budget if self.state.budget and self.state.budget.purpose == "execution" else None
        needed = inspector.needed(self.state, checked, unknown_price)
        breach = money.refused_plan(self.state, checked, needed, last.recorded_at)
        return Refusal(breaches=call if breach is None else (*call, breach))


def _errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(item for item in findings if item.severity == "error")


def skills_of(refusal: Refusal, plan: JsonValue) -> set[str]:
    """The skills called where it was found; those of the whole plan for what concerns no step of it."""
    called = dict(_called(plan))
    steps = {item.step_id for item in refusal.errors}
    if refusal.breaches or None in steps:
        return set(called.values())
    return {skill for step, skill in called.items() if step in steps}


def _called(plan: JsonValue) -> Iterator[tuple[str, str]]:
    """Each step and its skill, of whatever a planner answered."""
    steps = plan.get("steps") if isinstance(plan, dict) else None
    for step in steps if isinstance(steps, list) else ():
        match step:
            case {"step_id": str() as named, "skill": str() as skill}:
                yield named, skill
            case _:
                pass
