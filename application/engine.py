"""The engine: asks what comes next, does that one thing through one port, and saves before a call and at the end.

Resuming after a crash is calling it again: `next_step` reads the same answer from what was recorded.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal, assert_never

from planfold.application.context import PlanGenerationContext
from planfold.application.drafting import Drafting
from planfold.application.errors import GenerationInProgress, RunConflict
from planfold.application.generation import Generation, RunMoved
from planfold.application.offering import Offering, PlannerSource
from planfold.application.ports import EventSink, Planner, Recall
from planfold.application.recalling import recalled
from planfold.application.results import PlanGenerationResult, fold
from planfold.application.world import EnginePolicy, Ports, Work
from planfold.domain.errors import InvalidGoal
from planfold.domain.holds import execution_hold_id
from planfold.domain.inspection import Draft as DraftUnderInspection
from planfold.domain.inspection import accepts, inspect
from planfold.domain.money import cents
from planfold.domain.names import run_stream
from planfold.domain.plan import Plan
from planfold.domain.plan_generation import (
    BuildContext,
    CheckBudget,
    ContextBuilt,
    Draft,
    Finished,
    Inspect,
    PlanValidated,
    RecallMemories,
    next_step,
)
from planfold.domain.pricing import worst_case
from planfold.domain.secrets import redact_text
from planfold.domain.skill import Manifest
from planfold.domain.spending import HoldRequest

SkillSource = Manifest | str | PurePath
"""The skills of one generation: a manifest, or the path of a file that holds one."""


class PlanGenerationEngine:
    """Generates plans: every outcome is recorded and returned, and the same run is never drafted twice."""

    def __init__(
        self,
        ports: Ports,
        planners: Sequence[Planner],
        policy: EnginePolicy | None = None,
        *,
        open_skills: Callable[[PurePath], Manifest] | None = None,
        planner_named: Callable[[str], Planner] | None = None,
    ) -> None:
        self.ports, self.policy = ports, policy or EnginePolicy()
        self._offering, self._open_skills = Offering(planners, planner_named), open_skills

    def generate(
        self,
        context: PlanGenerationContext,
        *,
        skills: SkillSource | None = None,
        planner: PlannerSource | None = None,
        sink: EventSink | None = None,
    ) -> PlanGenerationResult:
        """The recorded result of this run, generated now if it was not before; whatever its outcome.

        Planners are tried in their order: the next one, where one has no draft, none that the inspector accepts, or no
        hold. Raises InvalidGoal, InvalidManifest, PlannerUnknown, PlannerRepeated before anything is recorded; RunConflict if the run exists
        with another agent or goal; GenerationInProgress if somebody else is at it for longer than `wait_seconds`;
        LedgerContended, StoreUnavailable: what was recorded stays, and calling again goes on from there.
        """
        goal = self._goal(context)
        if (standing := self._standing(context, goal)).ended:
            return fold(standing.recorded)
        work = Work(context, goal, self._manifest(context, skills), self._offering.of(planner), sink)
        try:
            with self.ports.guard.hold(run_stream(context.tenant, context.run_id), self.policy.wait_seconds):
                return self._finished(work)
        except GenerationInProgress:
            if (standing := self._standing(context, goal)).ended:
                return fold(standing.recorded)
            raise

    def _finished(self, work: Work) -> PlanGenerationResult:
        while True:
            generation = self._standing(work.context, work.goal, work.sink)
            if generation.ended:
                return fold(generation.recorded)
            try:
                return _Run(self.ports, self.policy, work, generation).finish()
            except RunMoved:
                continue  # the guard was lost, and somebody else has gone on: so it is read again

    def _goal(self, context: PlanGenerationContext) -> str:
        length, longest = len(context.goal), self.policy.max_goal_characters
        if length > longest:
            raise InvalidGoal(f"the goal has {length} characters, {longest} are allowed; shorten it")
        return redact_text(context.goal)

    def _standing(self, context: PlanGenerationContext, goal: str, sink: EventSink | None = None) -> Generation:
        """The run as it is recorded. Raises RunConflict."""
        generation = Generation(context, self.ports, sink)
        recorded = generation.state.context
        if recorded is not None and (recorded.agent_id, recorded.goal) != (context.agent_id, goal):
            raise RunConflict(context.tenant, context.run_id, context.agent_id, recorded.agent_id)
        return generation

    def _manifest(self, context: PlanGenerationContext, skills: SkillSource | None) -> Manifest:
        if skills is None:
            return self.ports.catalog.manifest(context.tenant, context.agent_id)
        if isinstance(skills, Manifest):
            return skills
        if self._open_skills is None:
            raise TypeError("this engine opens no skill files; hand in a Manifest")
        return self._open_skills(PurePath(skills))


class _Run:
    """One generation from where it stands to its end."""

    def __init__(self, ports: Ports, policy: EnginePolicy, work: Work, generation: Generation) -> None:
        self._ports, self._policy, self._work, self._generation = ports, policy, work, generation
        self._drafting = Drafting(generation, work, ports.clock, ports.artifacts)

    def finish(self) -> PlanGenerationResult:
        generation = self._generation
        while not isinstance(step := next_step(generation.state), Finished):
            match step:
                case BuildContext():
                    generation.add(self._context())
                case RecallMemories():
                    generation.add(recalled(self._ports.retriever, self._asked(step.context)))
                case Draft():
                    self._drafting.perform(step)
                case Inspect():
                    generation.add(self._inspected(step))
                case CheckBudget():
                    generation.save(self._execution(step))
                case _:
                    assert_never(step)
        generation.save()
        return fold(generation.recorded)

    def _context(self) -> ContextBuilt:
        asked, policy, artifacts = self._work.context, self._policy, self._ports.artifacts
        budget_cents, budget_source = self._budget()
        return ContextBuilt(
            tenant=asked.tenant,
            agent_id=asked.agent_id,
            goal=self._work.goal,
            run_id=asked.run_id,
            agent_budget_cents=budget_cents,
            budget_source=budget_source,
            manifest_digest=artifacts.put(asked.tenant, "manifest", self._work.manifest.document),
            rules_digest=artifacts.put(asked.tenant, "rules", policy.rules.document),
            planners=tuple(planner.identity for planner in self._work.planners),
            max_attempts=policy.max_attempts,
        )

    def _budget(self) -> tuple[int | None, Literal["host", "ledger", "none"]]:
        """The cents that the context shows, and whose figure that is."""
        if self._work.context.agent_budget_cents is not None:
            return self._work.context.agent_budget_cents, "host"
        available = [book.ledger.available for book in self._generation.books().values()]
        left = min((amount for amount in available if amount is not None), default=None)
        return (None, "none") if left is None else (cents(left), "ledger")

    def _asked(self, context: ContextBuilt) -> Recall:
        return Recall(
            tenant=context.tenant,
            agent_id=context.agent_id,
            run_id=context.run_id,
            goal=context.goal,
            limit=self._policy.memory_limit,
            characters=self._policy.memory_characters,
        )

    def _inspected(self, step: Inspect) -> PlanValidated:
        rules = self._policy.rules
        findings = inspect(
            DraftUnderInspection(
                answer=step.draft.plan,
                goal=step.context.goal,
                manifest=self._work.manifest,
                recorded_manifest=step.context.manifest_digest,
                snippets=step.memory.snippets,
                rules=rules,
            )
        )
        digest = rules.digest
        if digest != step.context.rules_digest:
            digest = self._ports.artifacts.put(step.context.tenant, "rules", rules.document)
        return PlanValidated(
            attempt=step.draft.attempt, valid=accepts(findings), findings=findings, rules_digest=digest
        )

    def _execution(self, step: CheckBudget) -> HoldRequest:
        plan = Plan.model_validate(step.draft.plan)
        return HoldRequest(
            hold_id=execution_hold_id(step.context.run_id),
            run_id=step.context.run_id,
            purpose="execution",
            model=None,
            needed=worst_case(plan, self._work.manifest, self._policy.unknown_skill_price),
            expires_at=self._ports.clock.now() + self._policy.execution_hold,
            charged_to_run=self._generation.state.charged,
            cap=step.context.cap,
        )
