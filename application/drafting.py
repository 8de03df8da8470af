"""One attempt: a hold if the call may cost, the call, and what became of it, settled at the truth.

A planning hold never comes back by time: it is released only if the request was never sent. Whatever else happens to
the call, it is settled, in full where nobody knows what it cost.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pydantic_core
from pydantic import ValidationError

from planfold.application.calls import Call, released, settled
from planfold.application.errors import PlannerUnknown
from planfold.application.foreign import storable
from planfold.application.generation import Generation, budget_checked
from planfold.application.ports import (
    Artifacts,
    Clock,
    DraftAnswer,
    DraftRequest,
    DraftUnavailable,
    NotAsked,
    PacedPlanner,
    Pause,
    PauseSink,
    Planner,
    PromptingPlanner,
)
from planfold.application.story import told
from planfold.application.world import Work
from planfold.domain.canonical import digest, recordable
from planfold.domain.holds import planning_hold_id
from planfold.domain.money import micros
from planfold.domain.plan_generation import BudgetChecked, Draft, DraftFailed, PlanDrafted
from planfold.domain.secrets import redact
from planfold.domain.spending import HoldRequest

LARGEST_DRAFT = 256 * 1024 - 4 * 1024
"""Bytes of a draft's JSON: a body may have 256 KiB, and the rest of PlanDrafted needs some of it."""


class Drafting:
    """Asks planners, with the run's money in view."""

    def __init__(self, generation: Generation, work: Work, clock: Clock, artifacts: Artifacts) -> None:
        self._generation, self._work, self._clock, self._artifacts = generation, work, clock, artifacts
        self._begun: datetime | None = None
        self._planners = {planner.identity.name: planner for planner in work.planners}

    def perform(self, step: Draft) -> None:
        """The attempt is recorded or pending: a draft, a failure, or the refusal of its hold."""
        hold_id = planning_hold_id(step.context.run_id, step.attempt)
        held_before = self._held_before(hold_id)
        if held_before is not None:
            self._interrupted(step, hold_id, held_before)
            return
        planner = self._planner(step)
        unsent = Call(step.attempt, planner.identity, hold_id, False, 0, self._clock.now())
        if self._work.manifest.digest != step.context.manifest_digest:
            self._failed(unsent, _manifest_changed())
            return
        request = self._request(step)
        try:
            worst, pause, prompt = self._foreseen(planner, request)
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises, the attempt goes on record
            self._failed(unsent, _unsent(planner, error))
            return
        if pause is not None and pause.seconds > 0:
            self._wait(planner, pause)
        prompt_digest = None if prompt is None else self._artifacts.put(self._generation.tenant, "prompt", prompt)
        held = self._save(step, planner, unsent, worst)
        if held is None:
            return
        call = replace(unsent, held=held, worst=worst, prompt_digest=prompt_digest, started=self._clock.now())
        self._ask(call, planner, request)

    def _foreseen(self, planner: Planner, request: DraftRequest) -> tuple[int | None, Pause | None, bytes | None]:
        """What the call may cost, how long it has to wait, and what it will tell."""
        worst = planner.worst_case(request)
        prompt = planner.prompt_for(request) if isinstance(planner, PromptingPlanner) else None
        pause = planner.place(request) if isinstance(planner, PacedPlanner) else None
        return None if worst is None else micros(worst, "a worst case"), pause, prompt

    def _wait(self, planner: Planner, pause: Pause) -> None:
        """Nothing is held meanwhile, and all that happened before is recorded."""
        self._generation.save()
        if isinstance(sink := self._work.sink, PauseSink):
            with suppress(Exception):  # whoever looks on stops nothing
                sink.pauses(planner.identity.name, pause)
        self._clock.sleep(pause.seconds)

    def _ask(self, call: Call, planner: Planner, request: DraftRequest) -> None:
        answer = self._asked(call, planner, request)
        call = replace(call, prompt_digest=call.prompt_digest or self._kept(answer))
        if isinstance(answer, DraftUnavailable):
            self._failed(call, answer)
            return
        try:
            self._answered(call, answer)
        except Exception as error:  # noqa: BLE001 - foreign data: an answer that cannot be recorded
            self._failed(call, _broken(planner, error, sent=not call.is_free))

    def _asked(self, call: Call, planner: Planner, request: DraftRequest) -> DraftAnswer | DraftUnavailable:
        """What came of the call; one that is interrupted is recorded, for it may have been sent."""
        try:
            answer = planner.draft(request)
        except DraftUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 - foreign code, as above
            return _broken(planner, error, sent=not call.is_free)
        except BaseException:
            if not call.is_free:
                self._failed(call, DraftUnavailable("cancelled", "the call was cancelled", retryable=True, sent=True))
                self._generation.save()
            raise
        if isinstance(answer, DraftAnswer):
            return answer
        return _broken(planner, TypeError(f"{type(answer).__name__} is no DraftAnswer"), sent=not call.is_free)

    def _kept(self, answer: DraftAnswer | DraftUnavailable) -> str | None:
        """The digest of what the planner was told, which can be had by it."""
        if isinstance(answer.prompt, bytes):
            return self._artifacts.put(self._generation.tenant, "prompt", answer.prompt)
        return answer.prompt_digest

    def _prompt_kept_before(self, step: Draft) -> str | None:
        """The digest of the prompt, if an earlier life of this run has kept it: another setting would make another one."""
        planner = self._planners.get(step.planner.name)
        if not isinstance(planner, PromptingPlanner):
            return None
        with suppress(Exception):  # foreign code, whose prompt is not worth more than the record of its end
            found = digest(planner.prompt_for(self._request(step)))
            return None if self._artifacts.get(self._generation.tenant, found) is None else found
        return None

    def _held_before(self, hold_id: str) -> int | None:
        """The amount of a hold that an earlier life of this run took for a call whose answer was never recorded."""
        if not self._generation.resumed:
            return None
        for book in self._generation.books().values():
            if hold_id in book.ledger.holds.open:
                return book.ledger.holds.open[hold_id].amount
        return None

    def _interrupted(self, step: Draft, hold_id: str, amount: int) -> None:
        fact = DraftFailed(
            attempt=step.attempt,
            planner=step.planner,
            code="interrupted",
            sentence="the program ended while the planner was asked; its hold is settled in full",
            retryable=True,
            prompt_digest=self._prompt_kept_before(step),
            cost_micros=None,
            charged_micros=amount,
            duration_ms=0,
        )
        self._generation.add(fact, settled(hold_id, None))

    def _planner(self, step: Draft) -> Planner:
        try:
            return self._planners[step.planner.name]
        except KeyError:
            raise PlannerUnknown(step.planner.name, sorted(self._planners)) from None

    def _request(self, step: Draft) -> DraftRequest:
        now = self._clock.now()
        self._begun = self._begun or now
        return DraftRequest(
            tenant=step.context.tenant,
            agent_id=step.context.agent_id,
            run_id=step.context.run_id,
            goal=step.context.goal,
            snippets=step.memory.snippets,
            context_summary=step.memory.context_summary,
            manifest=self._work.manifest,
            attempt=step.attempt,
            previous=step.previous,
            findings=step.findings,
            failure=step.failure,
            elapsed=(now - self._begun).total_seconds(),
            has_others=not step.is_last,
        )

    def _save(self, step: Draft, planner: Planner, unsent: Call, worst: int | None) -> bool | None:
        """Whether a ledger holds credit for the call; None if it was refused. All that was pending is recorded."""
        if worst == 0:
            self._generation.save()
            return False
        request = HoldRequest(
            hold_id=unsent.hold_id,
            run_id=step.context.run_id,
            purpose="planning",
            model=planner.identity.model,
            needed=worst,
            expires_at=None,
            charged_to_run=self._generation.state.charged,
            cap=step.context.cap,
        )
        decision = self._generation.save(request, is_last=step.is_last)
        if decision is None or decision.verdict == "refused":
            if decision is not None and not step.is_last:
                self._failed(unsent, _not_held(budget_checked(request, decision, {})))
            return None
        return decision.hold_id is not None

    def _answered(self, call: Call, answer: DraftAnswer) -> None:
        plan = redact(recordable(answer.answer))
        size = len(pydantic_core.to_json(plan))
        if size > LARGEST_DRAFT:
            sentence = (
                f"the draft has {size} bytes of JSON, {LARGEST_DRAFT} are recorded at most; ask for a shorter plan"
            )
            too_large = DraftUnavailable(
                "too_large",
                sentence,
                retryable=True,
                sent=True,
                usage=answer.usage,
                cost_micros=answer.cost_micros,
                prices=answer.prices,
            )
            self._failed(call, too_large)
            return
        fact = PlanDrafted(
            attempt=call.attempt,
            plan=plan,
            planner=call.planner,
            prompt_digest=call.prompt_digest,
            usage=answer.usage,
            cost_micros=answer.cost_micros,
            charged_micros=call.charged(answer.cost_micros),
            prices=answer.prices,
            duration_ms=self._since(call.started),
        )
        self._generation.add(fact, call.settlement(answer.cost_micros))

    def _failed(self, call: Call, error: DraftUnavailable) -> None:
        try:
            fact = self._failure(call, error)
        except ValidationError as unfit:
            error = DraftUnavailable(
                "planner_error", f"its failure cannot be recorded: {unfit}", retryable=False, sent=True
            )
            fact = self._failure(replace(call, prompt_digest=None), error)
        unsent = released(call.hold_id) if call.held else None
        self._generation.add(fact, call.settlement(fact.cost_micros) if error.sent else unsent)

    def _failure(self, call: Call, error: DraftUnavailable) -> DraftFailed:
        cost = error.cost_micros if error.sent else 0
        return DraftFailed(
            attempt=call.attempt,
            planner=call.planner,
            code=error.code,
            sentence=storable(error.sentence),
            retryable=error.retryable,
            prompt_digest=call.prompt_digest,
            usage=error.usage,
            cost_micros=cost,
            charged_micros=call.charged(cost),
            prices=error.prices,
            duration_ms=self._since(call.started),
        )

    def _since(self, started: datetime) -> int:
        return max(0, (self._clock.now() - started) // timedelta(milliseconds=1))


def _unsent(planner: Planner, error: Exception) -> DraftUnavailable:
    """Nothing was sent while it was only asked what it would cost, and when."""
    if isinstance(error, DraftUnavailable) and not error.sent:
        return error
    return _broken(planner, error, sent=False)


def _broken(planner: Planner, error: Exception, *, sent: bool) -> DraftUnavailable:
    sentence = f"planner {planner.identity.name} broke with {type(error).__name__}: {error}"
    return DraftUnavailable("planner_error", sentence, retryable=False, sent=sent)


def _not_held(refused: BudgetChecked) -> DraftUnavailable:
    """Another planner may still be asked, so the refusal does not end the run."""
    return NotAsked("budget_refused", told(refused))


def _manifest_changed() -> DraftUnavailable:
    sentence = (
        "the skills are not those that the run was begun with; plan under a new run id, or with the former skills"
    )
    return NotAsked("manifest_changed", sentence)
