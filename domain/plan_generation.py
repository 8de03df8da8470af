"""One run's way from a goal to an inspected, budgeted plan.

Invariant: the recorded order is

    ContextBuilt MemoryRetrieved (PlanDrafted PlanValidated | DraftFailed)* BudgetChecked? RunReported?

where BudgetChecked follows a valid draft or a refused hold, and a run is `ready` only if its last draft was inspected,
found valid, and its cost was allowed by every ledger that limits it. An outcome is final.
"""

from collections.abc import Iterable
from typing import Literal, assert_never

from pydantic import Field, JsonValue

from planfold.domain.errors import IllegalTransition, InvalidReport
from planfold.domain.frozen import Fact, Frozen
from planfold.domain.inspection.finding import Finding, accepts
from planfold.domain.memory import Snippet
from planfold.domain.money import MICROS_PER_CENT, Micros, micros
from planfold.domain.names import AgentId, Digest, RunId, Scope, TenantId
from planfold.domain.planner import PRINTABLE, PlannerIdentity, Usage
from planfold.domain.spending import Breach
from planfold.domain.texts import MAX_TEXT_CHARACTERS, recorded_text

MAX_NOTE_CHARACTERS = MAX_TEXT_CHARACTERS
Outcome = Literal["ready", "invalid", "refused", "failed"]

# Events. Their names and fields are the stored format: change by adding, never by renaming.


class ContextBuilt(Fact):
    """What is to be planned, for whom, with what."""

    tenant: TenantId
    agent_id: AgentId
    goal: str
    run_id: RunId
    agent_budget_cents: int | None
    """The host's cap if `budget_source` is host, what the ledger had left if it is ledger; whole cents, rounded down."""
    budget_source: Literal["host", "ledger", "none"]
    manifest_digest: Digest
    rules_digest: Digest
    planners: tuple[PlannerIdentity, ...] = Field(min_length=1)
    max_attempts: int = Field(ge=1)
    """For each planner; a deterministic one is asked once."""

    @property
    def cap(self) -> Micros | None:
        """What the host lets this run hold, in micro-USD; None if it set no limit of its own."""
        if self.budget_source != "host" or self.agent_budget_cents is None:
            return None
        return self.agent_budget_cents * MICROS_PER_CENT


class MemoryRetrieved(Fact):
    """What the agent remembered of the goal; `degraded` says why recall failed, if it did."""

    snippets: tuple[Snippet, ...]
    context_summary: str | None
    retriever: str
    degraded: str | None = None


class PlanDrafted(Fact):
    """What a planner proposed: any JSON, secrets and unrepresentable values replaced.

    `cost_micros` is what the call cost, None if unknown; `charged_micros` is what its planning hold was settled at.
    `prices` names the list of prices that the cost comes from, with its version; None if it comes from none.
    """

    attempt: int = Field(ge=1)
    plan: JsonValue
    planner: PlannerIdentity
    prompt_digest: Digest | None = None
    usage: Usage | None = None
    cost_micros: Micros | None
    charged_micros: Micros = 0
    prices: str | None = Field(default=None, max_length=128, pattern=PRINTABLE)
    duration_ms: int = Field(ge=0)


class DraftFailed(Fact):
    """No usable answer came; `code` is for programs (no_skill, interrupted, too_large, timeout ...)."""

    attempt: int = Field(ge=1)
    planner: PlannerIdentity
    code: str = Field(min_length=1, max_length=64)
    sentence: str = Field(max_length=2_000)
    retryable: bool
    prompt_digest: Digest | None = None
    usage: Usage | None = None
    cost_micros: Micros | None
    charged_micros: Micros = 0
    prices: str | None = Field(default=None, max_length=128, pattern=PRINTABLE)
    duration_ms: int = Field(ge=0)


class PlanValidated(Fact):
    """What the inspector found in the draft of this attempt."""

    attempt: int = Field(ge=1)
    valid: bool
    findings: tuple[Finding, ...]
    rules_digest: Digest


class LedgerSeen(Frozen):
    """One ledger as it stood before a decision; `available` is None if no credit was ever granted there."""

    scope: Scope
    version: int
    available: int | None


class BudgetChecked(Fact):
    """Whether the money of the run's scopes may be spent on it.

    `needed` is the worst case (None: a price is unknown). `limit` is the figure that stood against it, of which `used`
    was counted already, and `scope` whose it was (None: the host's cap).
    """

    purpose: Literal["planning", "execution"]
    verdict: Literal["allowed", "refused"]
    breach: Breach | None = None
    scope: Scope | None = None
    limit: int | None = None
    used: int | None = None
    needed: Micros | None
    available_before: int | None
    ledgers: tuple[LedgerSeen, ...] = ()
    hold_id: str | None = None


class RunReported(Fact):
    """What became of the run, said by whoever executed it."""

    verdict: Literal["good", "bad"]
    cost_micros: Micros | None
    note: str = Field(default="", max_length=MAX_NOTE_CHARACTERS)


PlanEvent = ContextBuilt | MemoryRetrieved | PlanDrafted | DraftFailed | PlanValidated | BudgetChecked | RunReported

# Fold


class PlanGeneration(Frozen):
    """What the events say so far; `findings` are those of `draft`, None while it is not inspected."""

    context: ContextBuilt | None = None
    memory: MemoryRetrieved | None = None
    attempts: int = 0
    tried: tuple[str, ...] = ()
    """The planner of each attempt, by name."""
    exhausted: frozenset[str] = frozenset()
    """Planners that said that asking again is of no use."""
    draft: PlanDrafted | None = None
    failure: DraftFailed | None = None
    """The last attempt, if it brought no draft."""
    findings: tuple[Finding, ...] | None = None
    charged: Micros = 0
    """What the attempts so far were settled at, all together."""
    budget: BudgetChecked | None = None
    report: RunReported | None = None


NOTHING = PlanGeneration()


def evolve(state: PlanGeneration, fact: PlanEvent) -> PlanGeneration:
    match fact:
        case ContextBuilt():
            return state.model_copy(update={"context": fact})
        case MemoryRetrieved():
            return state.model_copy(update={"memory": fact})
        case PlanDrafted():
            return state.model_copy(update={**_attempt(state, fact), "draft": fact, "failure": None, "findings": None})
        case DraftFailed():
            spent = {} if fact.retryable else {"exhausted": state.exhausted | {fact.planner.name}}
            return state.model_copy(update={**_attempt(state, fact), "failure": fact, **spent})
        case PlanValidated():
            return state.model_copy(update={"findings": fact.findings})
        case BudgetChecked():
            return state.model_copy(update={"budget": fact})
        case RunReported():
            return state.model_copy(update={"report": fact})
        case _:
            assert_never(fact)


def _attempt(state: PlanGeneration, fact: PlanDrafted | DraftFailed) -> dict[str, object]:
    return {
        "attempts": fact.attempt,
        "tried": (*state.tried, fact.planner.name),
        "charged": state.charged + fact.charged_micros,
    }


def fold(facts: Iterable[PlanEvent], start: PlanGeneration = NOTHING) -> PlanGeneration:
    state = start
    for fact in facts:
        state = evolve(state, fact)
    return state


# Decisions: what comes next, and one for each step.


class BuildContext(Frozen):
    pass


class RecallMemories(Frozen):
    context: ContextBuilt


class Draft(Frozen):
    """Ask `planner` for attempt `attempt`; `previous` and `findings` say what was wrong with the last draft.

    `failure` is the code of its own last attempt, if that brought none. `is_last`: if this planner cannot be asked, nobody else can.
    """

    context: ContextBuilt
    memory: MemoryRetrieved
    attempt: int
    planner: PlannerIdentity
    previous: JsonValue
    findings: tuple[Finding, ...]
    failure: str | None = None
    is_last: bool = True


class Inspect(Frozen):
    context: ContextBuilt
    memory: MemoryRetrieved
    draft: PlanDrafted


class CheckBudget(Frozen):
    context: ContextBuilt
    draft: PlanDrafted


class Finished(Frozen):
    outcome: Outcome


NextStep = BuildContext | RecallMemories | Draft | Inspect | CheckBudget | Finished


def next_step(state: PlanGeneration) -> NextStep:
    """What is to be done now: total, and the same after a crash as without one."""
    if state.context is None:
        return BuildContext()
    if state.memory is None:
        return RecallMemories(context=state.context)
    if state.budget is not None:
        return Finished(outcome="ready" if state.budget.verdict == "allowed" else "refused")
    if state.draft is not None and state.failure is None:
        if state.findings is None:
            return Inspect(context=state.context, memory=state.memory, draft=state.draft)
        if accepts(state.findings):
            return CheckBudget(context=state.context, draft=state.draft)
    planner, failure = _next_planner(state, state.context), state.failure
    if planner is None:
        return Finished(outcome="invalid" if state.draft is not None else "failed")
    return Draft(
        context=state.context,
        memory=state.memory,
        attempt=state.attempts + 1,
        planner=planner,
        previous=state.draft.plan if state.draft is not None else None,
        findings=state.findings or (),
        failure=failure.code if failure is not None and failure.planner.name == planner.name else None,
        is_last=_next_planner(state, state.context, but=planner.name) is None,
    )


def _next_planner(state: PlanGeneration, context: ContextBuilt, *, but: str | None = None) -> PlannerIdentity | None:
    for planner in context.planners:
        allowed = 1 if planner.deterministic else context.max_attempts
        if planner.name not in {*state.exhausted, but} and state.tried.count(planner.name) < allowed:
            return planner
    return None


def outcome(state: PlanGeneration) -> Outcome | None:
    """How the generation ended; None while it has not."""
    step = next_step(state)
    return step.outcome if isinstance(step, Finished) else None


def reported(verdict: str, cost_micros: int | None, note: str = "") -> RunReported:
    """What is to be recorded of a run's end, without secrets. Raises InvalidReport, InvalidMoney, InvalidText."""
    if verdict not in ("good", "bad"):
        raise InvalidReport(f"a run ends good or bad, and not {verdict!r:.40}; name one of the two")
    cost = None if cost_micros is None else micros(cost_micros, "a cost")
    return RunReported.model_validate({"verdict": verdict, "cost_micros": cost, "note": recorded_text(note, "note")})


def report(state: PlanGeneration, reported: RunReported) -> list[PlanEvent]:
    """The report of a run that was ready; said again in the same words, nothing. Raises IllegalTransition."""
    if state.report is not None:
        if state.report == reported:
            return []
        raise IllegalTransition(
            f"cannot report the run {reported.verdict}: it was already reported {state.report.verdict}; "
            "a report is final"
        )
    if outcome(state) != "ready":
        raise IllegalTransition(
            f"cannot report the run {reported.verdict}: its plan generation is {outcome(state) or 'unfinished'}; "
            "only a run that was ready can be reported"
        )
    return [reported]
