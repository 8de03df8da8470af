"""One recorded run judged again by another policy: what refuses it now, and what refused it then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pydantic import JsonValue

from planfold.application.backtest_money import LedgersThen, Policy
from planfold.application.ports import Artifacts
from planfold.domain.inspection import Draft, Finding, RuleSet, accepts, inspect
from planfold.domain.money import Micros
from planfold.domain.plan import Plan
from planfold.domain.plan_generation import NOTHING, BudgetChecked, PlanEvent, PlanGeneration, PlanValidated, evolve
from planfold.domain.pricing import worst_case
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest

KEPT = 64
"""Manifests and rule sets kept in mind."""


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
        self._artifacts, self._tenant, self._policy = artifacts, tenant, policy
        self._rules, self.manifest = lru_cache(KEPT)(self._read_rules), lru_cache(KEPT)(self._read_manifest)

    def inspect(self, state: PlanGeneration, validated: PlanValidated) -> tuple[Finding, ...] | None:
        """What is found in the draft; None if that cannot be told, as where it was judged with skills not on record."""
        if state.context is None or state.draft is None:
            return None
        elsewhere = any(item.code == "MANIFEST_CHANGED" and item.step_id is None for item in validated.findings)
        rules, manifest = self._rules(validated.rules_digest), self.manifest(state.context.manifest_digest)
        if rules is None or manifest is None or (elsewhere and self._policy.manifest is None):
            return None
        return inspect(
            Draft(
                answer=state.draft.plan,
                goal=state.context.goal,
                manifest=manifest,
                recorded_manifest=manifest.digest,
                snippets=state.memory.snippets if state.memory else (),
                rules=rules,
            )
        )

    def needed(self, state: PlanGeneration, checked: BudgetChecked | None, unknown_price: Micros | None) -> int | None:
        """The worst case of running the accepted draft: that on record, unless other skills have other prices."""
        if checked is not None and self._policy.manifest is None:
            return checked.needed
        manifest = self.manifest(state.context.manifest_digest) if state.context else None
        if manifest is None or state.draft is None:
            return None
        return worst_case(Plan.model_validate(state.draft.plan), manifest, unknown_price)

    def _read_rules(self, digest: str) -> RuleSet | None:
        body = self._artifacts.get(self._tenant, digest)
        try:
            rules = None if body is None else RuleSet.model_validate_json(body, extra="ignore")
        except ValueError:  # settings that this release refuses
            return None
        return rules if rules is None or self._policy.rules is None else self._policy.rules(rules)

    def _read_manifest(self, digest: str) -> Manifest | None:
        if self._policy.manifest is not None:
            return self._policy.manifest
        body = self._artifacts.get(self._tenant, digest)
        try:
            return None if body is None else Manifest.model_validate_json(body, extra="ignore")
        except Exception:  # noqa: BLE001 - skills that this release refuses, whatever its libraries raise
            return None


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
