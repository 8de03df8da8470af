"""One run replayed: whether its record holds, link by link, and what it says."""

from collections.abc import Iterator, Sequence

from planfold.application.audit_money import money
from planfold.application.ports import Artifacts, EventLog
from planfold.application.replay import Problem, Remark, chain, order, problem
from planfold.application.runs import Runs
from planfold.application.story import told
from planfold.domain.canonical import digest
from planfold.domain.frozen import Frozen
from planfold.domain.inspection import Draft, Finding, RuleSet, accepts, inspect
from planfold.domain.inspection.rules import CODE_VERSION
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import (
    NOTHING,
    ContextBuilt,
    Outcome,
    PlanEvent,
    PlanGeneration,
    PlanValidated,
    evolve,
    fold,
    outcome,
)
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest


class Told(Frozen):
    version: int
    recorded_at: str
    sentence: str


class Audit(Frozen):
    """The verdict on one run: its story, what was found, and how many inspections could be repeated."""

    tenant: str
    run_id: str
    holds: bool
    outcome: Outcome | None
    """None: the generation has not ended, or its end was cut off; the record alone cannot tell which."""
    events: int
    story: tuple[Told, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[Remark, ...]
    """What stands out, and is explained: it is no reason to doubt the record."""
    inspections_repeated: int
    inspections_not_repeated: int
    """Made by rules, or with a manifest, that this program cannot run; they are not counted as right."""


class Auditor:
    def __init__(self, runs: Runs, log: EventLog, artifacts: Artifacts) -> None:
        self._runs, self._log, self._artifacts = runs, log, artifacts

    def audit(self, run_id: str, tenant: str = "default") -> Audit:
        """The run as an auditor finds it. Raises RunUnknown."""
        stream, events = run_stream(tenant, run_id), self._runs.events(run_id, tenant)
        problems = [*chain(events), *order(events), *self._identity(events, tenant, run_id)]
        inspected = list(self._inspections(events, tenant))
        problems += [item for item, _ in inspected if item is not None]
        found = list(money(events, self._log, tenant))
        problems += [item for item in found if isinstance(item, Problem)]
        return Audit(
            tenant=tenant,
            run_id=run_id,
            holds=not problems,
            outcome=outcome(fold(item.fact for item in events)),
            events=len(events),
            story=tuple(
                Told(version=item.version, recorded_at=item.recorded_at.isoformat(), sentence=told(item.fact))
                for item in events
            ),
            problems=tuple(sorted(problems, key=lambda found: (found.stream != stream, found.version))),
            remarks=tuple(item for item in found if isinstance(item, Remark)),
            inspections_repeated=sum(repeated is True for _, repeated in inspected),
            inspections_not_repeated=sum(repeated is False for _, repeated in inspected),
        )

    def _identity(self, events: Sequence[Recorded[PlanEvent]], tenant: str, run_id: str) -> Iterator[Problem]:
        for item in events:
            fact = item.fact
            if isinstance(fact, ContextBuilt) and (fact.tenant, fact.run_id) != (tenant, run_id):
                foreign = run_stream(fact.tenant, fact.run_id)
                yield problem(item, f"it belongs to {foreign}, but stands in {item.stream}")
            if isinstance(fact, ContextBuilt):
                for kind, named in (("manifest", fact.manifest_digest), ("rule set", fact.rules_digest)):
                    if self._artifact(tenant, named) is None:
                        yield problem(item, f"its {kind} {named[:12]} is missing or does not have that digest")

    def _artifact(self, tenant: str, named: str) -> bytes | None:
        body = self._artifacts.get(tenant, named)
        return body if body is not None and digest(body) == named else None

    def _inspections(
        self, events: Sequence[Recorded[PlanEvent]], tenant: str
    ) -> Iterator[tuple[Problem | None, bool | None]]:
        """For each inspection, what is wrong with it, and whether it could be repeated; None: said already."""
        state = NOTHING
        for item in events:
            if isinstance(item.fact, PlanValidated):
                if item.fact.valid != accepts(item.fact.findings):
                    yield problem(item, "its verdict is not what its findings say"), None
                alike = self._alike(state, item.fact, tenant)
                if alike is False:
                    yield problem(item, "inspecting the draft again finds something else than was recorded"), True
                else:
                    yield None, alike is True
            state = evolve(state, item.fact)

    def _alike(self, state: PlanGeneration, fact: PlanValidated, tenant: str) -> bool | None:
        """Whether the draft has the recorded findings; None if this program cannot tell."""
        rules_body = self._artifact(tenant, fact.rules_digest)
        manifest_body = self._artifact(tenant, state.context.manifest_digest) if state.context else None
        if rules_body is None or manifest_body is None or state.draft is None or state.context is None:
            return None
        if any(item.code == "MANIFEST_CHANGED" and item.step_id is None for item in fact.findings):
            return None  # the manifest that it was made with is not the recorded one
        try:
            rules = RuleSet.model_validate_json(rules_body, extra="ignore")
            if rules.code_version != CODE_VERSION:
                return None
            # Its digest may be another by now, if a release has added a field; that the bytes have theirs was checked.
            manifest = Manifest.model_validate_json(manifest_body, extra="ignore")
            again = inspect(
                Draft(
                    answer=state.draft.plan,
                    goal=state.context.goal,
                    manifest=manifest,
                    recorded_manifest=manifest.digest,
                    snippets=state.memory.snippets if state.memory else (),
                    rules=rules,
                )
            )
        except Exception:  # noqa: BLE001 - rules or skills that this release refuses, whatever its libraries raise
            return None
        alike = _compared(again) == _compared(fact.findings)
        return alike if alike or rules.is_of_these_libraries else None


def _compared(findings: Sequence[Finding]) -> list[tuple[str, str, str, str]]:
    """What an inspection is compared by: not its prose."""
    return sorted((item.code, item.severity, item.step_id or "", item.path or "") for item in findings)
