"""One run replayed: whether its record holds, link by link, and what it says."""

from collections.abc import Iterator, Sequence
from typing import cast

from planfold.application.ports import Artifacts, EventLog
from planfold.application.runs import Runs
from planfold.application.story import told
from planfold.domain import ledger as ledgers
from planfold.domain.canonical import digest
from planfold.domain.frozen import Frozen
from planfold.domain.inspection import Draft, Finding, RuleSet, inspect
from planfold.domain.inspection.rules import CODE_VERSION
from planfold.domain.ledger import CreditHeld, Ledger, LedgerEvent
from planfold.domain.names import ledger_stream, run_stream
from planfold.domain.plan_generation import (
    NOTHING,
    BudgetChecked,
    BuildContext,
    CheckBudget,
    ContextBuilt,
    DraftFailed,
    Finished,
    Inspect,
    MemoryRetrieved,
    PlanDrafted,
    PlanEvent,
    PlanGeneration,
    PlanValidated,
    RecallMemories,
    RunReported,
    evolve,
    next_step,
)
from planfold.domain.plan_generation import Draft as DraftStep
from planfold.domain.recorded import GENESIS, Recorded
from planfold.domain.skill import Manifest


class Problem(Frozen):
    """What does not hold at one event of the run."""

    version: int
    name: str
    sentence: str


class Told(Frozen):
    version: int
    recorded_at: str
    sentence: str


class Audit(Frozen):
    """The verdict on one run: its story, what was found, and how many inspections could be repeated."""

    tenant: str
    run_id: str
    holds: bool
    events: int
    story: tuple[Told, ...]
    problems: tuple[Problem, ...]
    inspections_repeated: int
    inspections_not_repeated: int
    """Made by rules that this program cannot run; they are not counted as right."""


class Auditor:
    def __init__(self, runs: Runs, log: EventLog, artifacts: Artifacts) -> None:
        self._runs, self._log, self._artifacts = runs, log, artifacts

    def audit(self, run_id: str, tenant: str = "default") -> Audit:
        """The run as an auditor finds it. Raises RunUnknown."""
        events = self._runs.events(run_id, tenant)
        problems = [*chain(events), *order(events), *self._identity(events, tenant, run_id)]
        inspected = list(self._inspections(events, tenant))
        problems += [problem for problem, _ in inspected if problem is not None]
        problems += self._budget(events, tenant)
        return Audit(
            tenant=tenant,
            run_id=run_id,
            holds=not problems,
            events=len(events),
            story=tuple(
                Told(version=item.version, recorded_at=item.recorded_at.isoformat(), sentence=told(item.fact))
                for item in events
            ),
            problems=tuple(sorted(problems, key=lambda problem: problem.version)),
            inspections_repeated=sum(repeated for _, repeated in inspected),
            inspections_not_repeated=sum(not repeated for _, repeated in inspected),
        )

    def _identity(self, events: Sequence[Recorded[PlanEvent]], tenant: str, run_id: str) -> Iterator[Problem]:
        for item in events:
            fact = item.fact
            if isinstance(fact, ContextBuilt) and (fact.tenant, fact.run_id) != (tenant, run_id):
                foreign = run_stream(fact.tenant, fact.run_id)
                yield _problem(item, f"it belongs to {foreign}, but stands in {item.stream}")
            if isinstance(fact, ContextBuilt):
                for kind, named in (("manifest", fact.manifest_digest), ("rule set", fact.rules_digest)):
                    if self._artifact(tenant, named) is None:
                        yield _problem(item, f"its {kind} {named[:12]} is missing or does not have that digest")

    def _artifact(self, tenant: str, named: str) -> bytes | None:
        body = self._artifacts.get(tenant, named)
        return body if body is not None and digest(body) == named else None

    def _inspections(self, events: Sequence[Recorded[PlanEvent]], tenant: str) -> Iterator[tuple[Problem | None, bool]]:
        """For each inspection, what is wrong with it, and whether it could be repeated."""
        state = NOTHING
        for item in events:
            if isinstance(item.fact, PlanValidated):
                again = self._again(state, item.fact, tenant)
                if again is None:
                    yield None, False
                elif _compared(again) != _compared(item.fact.findings):
                    yield _problem(item, "inspecting the draft again finds something else than was recorded"), True
                else:
                    yield None, True
            state = evolve(state, item.fact)

    def _again(self, state: PlanGeneration, fact: PlanValidated, tenant: str) -> tuple[Finding, ...] | None:
        rules_body = self._artifact(tenant, fact.rules_digest)
        manifest_body = self._artifact(tenant, state.context.manifest_digest) if state.context else None
        if rules_body is None or manifest_body is None or state.draft is None or state.context is None:
            return None
        if any(item.code == "MANIFEST_CHANGED" and item.step_id is None for item in fact.findings):
            return None  # the manifest that it was made with is not the recorded one
        rules = RuleSet.model_validate_json(rules_body, extra="ignore")
        if rules.code_version != CODE_VERSION:
            return None
        return inspect(
            Draft(
                answer=state.draft.plan,
                goal=state.context.goal,
                manifest=Manifest.model_validate_json(manifest_body, extra="ignore"),
                recorded_manifest=state.context.manifest_digest,
                snippets=state.memory.snippets if state.memory else (),
                rules=rules,
            )
        )

    def _budget(self, events: Sequence[Recorded[PlanEvent]], tenant: str) -> Iterator[Problem]:
        for item in events:
            if isinstance(item.fact, BudgetChecked):
                for seen in item.fact.ledgers:
                    stream = ledger_stream(tenant, seen.scope)
                    history = [cast("LedgerEvent", entry.fact) for entry in self._log.read(stream)]
                    if ledgers.fold(history[: seen.version]).available != seen.available:
                        yield _problem(item, f"{stream} did not have {seen.available} micro-USD at {seen.version}")
                    elif item.fact.hold_id is not None:
                        yield from _held(item, item.fact, stream, history)


def _held(
    item: Recorded[PlanEvent], checked: BudgetChecked, stream: str, history: list[LedgerEvent]
) -> Iterator[Problem]:
    """The hold stands in the ledger, at the amount that was checked, and was within what was available."""
    before: Ledger = ledgers.EMPTY
    for fact in history:
        if isinstance(fact, CreditHeld) and fact.hold_id == checked.hold_id:
            if fact.amount != checked.needed:
                yield _problem(item, f"{stream} holds {fact.amount} micro-USD, {checked.needed} were checked")
            if before.available is not None and fact.amount > before.available:
                yield _problem(item, f"{stream} had {before.available} micro-USD, {fact.amount} were held")
            return
        before = ledgers.evolve(before, fact)
    yield _problem(item, f"its hold {checked.hold_id} is missing in {stream}")


def chain(events: Sequence[Recorded[object]]) -> Iterator[Problem]:
    """Versions without gaps, each event naming the digest of the one before it, time never backwards."""
    previous, version, at = GENESIS, 0, None
    for item in events:
        if item.version != version + 1:
            yield _problem(item, f"version {version + 1} of {item.stream} is missing")
        elif item.previous != previous:
            yield _problem(item, f"it follows {item.previous[:12]}, but the event before it is {previous[:12]}")
        if at is not None and item.recorded_at < at:
            yield _problem(item, "it was recorded before the event that it follows")
        previous, version, at = item.digest, item.version, item.recorded_at


def order(events: Sequence[Recorded[PlanEvent]]) -> Iterator[Problem]:
    """Each event is one that the state before it allowed."""
    state = NOTHING
    for item in events:
        if not _legal(state, item.fact):
            yield _problem(item, f"it came where {type(next_step(state)).__name__} was next")
        state = evolve(state, item.fact)


def _legal(state: PlanGeneration, fact: PlanEvent) -> bool:
    match next_step(state):
        case BuildContext():
            return isinstance(fact, ContextBuilt)
        case RecallMemories():
            return isinstance(fact, MemoryRetrieved)
        case DraftStep() as step:
            refused = isinstance(fact, BudgetChecked) and (fact.purpose, fact.verdict) == ("planning", "refused")
            return refused or (isinstance(fact, PlanDrafted | DraftFailed) and fact.attempt == step.attempt)
        case Inspect() as step:
            return isinstance(fact, PlanValidated) and fact.attempt == step.draft.attempt
        case CheckBudget():
            return isinstance(fact, BudgetChecked) and fact.purpose == "execution"
        case Finished() as step:
            return isinstance(fact, RunReported) and step.outcome == "ready" and state.report is None


def _compared(findings: Sequence[Finding]) -> list[tuple[str, str, str, str]]:
    """What an inspection is compared by: not its prose."""
    return sorted((item.code, item.severity, item.step_id or "", item.path or "") for item in findings)


def _problem(item: Recorded[object] | Recorded[PlanEvent], sentence: str) -> Problem:
    return Problem(version=item.version, name=item.name, sentence=sentence)
