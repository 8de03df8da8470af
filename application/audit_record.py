"""One run's own record, event by event: its links, its order, what it names by digest, its inspections repeated."""

from typing import Any, NamedTuple, get_args

from planfold.application.audit_decision import decision
from planfold.application.inspecting import RecordedArtifacts, draft_again
from planfold.application.replay import Chain, Found, out_of_order, problem, remark
from planfold.application.shown_rows import NO_RUN, RunAt, evolve_run
from planfold.domain.holds import execution_hold_id, planning_hold_id
from planfold.domain.inspection import Draft, Finding, accepts, inspect
from planfold.domain.inspection.rules import CODE_VERSION
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import (
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    PlanDrafted,
    PlanEvent,
    PlanGeneration,
    PlanValidated,
    RunReported,
)
from planfold.domain.recorded import Recorded

PLAN_EVENTS = get_args(PlanEvent)


class Said(NamedTuple):
    """Where a run's record says what a hold came to, and the cost in micro-USD; None: all that was held."""

    item: Recorded[Any]
    cost: int | None
    known: bool
    """Whether the true cost is known."""


class RunCase:
    """One run as far as it was read, and what its ledgers are still to say."""

    def __init__(self, tenant: str, run_id: str, *, asked: bool = True) -> None:
        self.stream, self.tenant, self.run_id = run_stream(tenant, run_id), tenant, run_id
        self.asked = asked
        """Whether anything is to be said of it."""
        self.counted = False
        """Whether it is among the runs that the replay tells."""
        self.touched = 0
        """How many events had been taken when it had its last one."""
        self.news = False
        """Whether it has an event that was not read before."""
        self.chain = Chain()
        self.events: list[Recorded[Any]] = []
        self.at: RunAt = NO_RUN
        self.broken = False
        """Whether there is an event that cannot be read or folded: what follows it says nothing certain."""
        self.saved = 0
        """The position of the last event that was saved before the newest draft; 0 if none was."""
        self.draft: Draft | None = None
        """The newest draft as it could be inspected again."""
        self.checked: Recorded[BudgetChecked] | None = None
        self.said: dict[str, Said] = {}
        self.awaited: set[str] = set()
        """The ledgers on which a hold that was allowed is still to be found."""
        self.before: dict[str, tuple[int, int | None]] = {}
        """The ledgers that the decision saw: their versions and what was available, as its own save changed it."""

    @property
    def state(self) -> PlanGeneration:
        return self.at.result.generation

    def take(self, item: Recorded[Any]) -> None:
        """The run has one event more, whatever it is. Raises what cannot be folded."""
        fact = item.fact
        self.at = evolve_run(self.at, item)
        self.events.append(item)
        match fact:
            case PlanDrafted() | DraftFailed():
                known = fact.cost_micros is not None
                self.said[planning_hold_id(self.run_id, fact.attempt)] = Said(item, fact.charged_micros, known)
            case RunReported():
                known = fact.cost_micros is not None
                self.said[execution_hold_id(self.run_id)] = Said(item, fact.cost_micros, known)
            case _:
                pass
        if not isinstance(fact, PlanDrafted | PlanValidated | BudgetChecked):
            self.saved = item.position

    def again(self, item: Recorded[Any]) -> None:
        """The event, which was judged when it was read for the first time, is taken as far as it can be."""
        self.chain.take(item)
        if isinstance(item.fact, BudgetChecked):
            self.checked = item
        if self.broken or not isinstance(item.fact, PLAN_EVENTS):
            return
        try:
            self.take(item)
        except Exception:  # noqa: BLE001 - as when it was judged
            self.broken = True


class RunRecord:
    """What is wrong with the events of runs, told when they are taken; and how many inspections were repeated."""

    def __init__(self, artifacts: RecordedArtifacts) -> None:
        self._artifacts = artifacts
        self.repeated = self.not_repeated = 0

    def take(self, case: RunCase, item: Recorded[Any]) -> Found:
        """What is wrong with the event, which the case has then."""
        yield from case.chain.take(item)
        if not isinstance(item.fact, PLAN_EVENTS):
            yield problem(item, "it does not belong into a run")
            return
        yield from out_of_order(case.state, item)
        if item.correlation_id != case.run_id:
            yield problem(item, f"it names {item.correlation_id!r:.140} as its cause, and not its run")
        match item.fact:
            case ContextBuilt() as context:
                yield from self._context(item, context)
            case PlanDrafted() | DraftFailed() as attempted:
                yield from self._attempt(item, attempted)
            case PlanValidated() as validated:
                case.draft = self._draft(case.state, validated)
                yield from self._inspection(item, validated, case.draft)
            case BudgetChecked():
                yield from decision(item, case.run_id, case.draft)
            case _:
                pass
        case.news = True
        try:
            case.take(item)
        except Exception:  # noqa: BLE001 - whatever somebody wrote who is no planfold
            case.broken = True
            yield problem(
                item, "it says what cannot follow from the events before it, so that nothing behind it is judged"
            )

    def _context(self, item: Recorded[Any], context: ContextBuilt) -> Found:
        if run_stream(context.tenant, context.run_id) != item.stream:
            yield problem(item, f"it belongs to {run_stream(context.tenant, context.run_id)}")
        if (context.budget_source == "none") is not (context.agent_budget_cents is None):
            told = "no budget" if context.agent_budget_cents is None else f"{context.agent_budget_cents} cents"
            yield problem(item, f"it shows {told} from {context.budget_source}")
        for kind, named in (("manifest", context.manifest_digest), ("rule set", context.rules_digest)):
            if damage := self._artifacts.damage(named):
                yield problem(item, f"its {kind} {named[:12]} is {damage}")

    def _attempt(self, item: Recorded[Any], fact: PlanDrafted | DraftFailed) -> Found:
        told = fact.cost_micros is not None and "charged_micros" in fact.model_fields_set
        if told and fact.charged_micros != fact.cost_micros:
            yield problem(item, f"it cost {fact.cost_micros} micro-USD, and {fact.charged_micros} were charged")
        damage = None if fact.prompt_digest is None else self._artifacts.damage(fact.prompt_digest)
        if damage is not None:
            # What a planner keeps of its prompts is its own business; bytes that are there are those that it sent.
            say = problem if damage == "altered" else remark
            yield say(item, f"its prompt {fact.prompt_digest!s:.12} is {damage}")

    def _draft(self, state: PlanGeneration, validated: PlanValidated) -> Draft | None:
        """The draft as this program can inspect it again; None if it cannot."""
        rules = self._artifacts.rules(validated.rules_digest)
        if rules is None or rules.code_version != CODE_VERSION or state.context is None:
            return None
        manifest = self._artifacts.manifest(state.context.manifest_digest)
        return draft_again(state, validated, rules, manifest, other=False)

    def _inspection(self, item: Recorded[Any], validated: PlanValidated, draft: Draft | None) -> Found:
        if validated.valid != accepts(validated.findings):
            yield problem(item, "its verdict is not what its findings say")
        if damage := self._artifacts.damage(validated.rules_digest):
            yield problem(item, f"its rule set {validated.rules_digest[:12]} is {damage}")
        alike = None if draft is None else _alike(draft, validated)
        self.repeated += alike is not None
        self.not_repeated += alike is None
        if alike is False:
            yield problem(item, "inspecting the draft again finds something else than was recorded")


def _alike(draft: Draft, validated: PlanValidated) -> bool | None:
    """Whether the draft has the recorded findings; None if this program cannot tell."""
    try:
        again = inspect(draft)
    except Exception:  # noqa: BLE001 - what this release's libraries make of skills of another
        return None
    alike = _compared(again) == _compared(validated.findings)
    return alike if alike or draft.rules.is_of_these_libraries else None


def _compared(findings: tuple[Finding, ...]) -> list[tuple[str, str, str, str]]:
    """What an inspection is compared by: not its prose."""
    return sorted((item.code, item.severity, item.step_id or "", item.path or "") for item in findings)
