"""One attempt: a hold if the call may cost, the call, and what became of it, settled at the truth.

A planning hold never comes back by time: it is released only if the request was never sent. Whatever else happens to
the call, it is settled, in full where nobody knows what it cost.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pydantic_core
from pydantic import ValidationError

from planfold.application.errors import PlannerUnknown
from planfold.application.foreign import storable
from planfold.application.generation import Generation, Settlement, budget_checked
from planfold.application.ports import Clock, DraftAnswer, DraftRequest, DraftUnavailable, Planner
from planfold.application.story import told
from planfold.application.world import Work
from planfold.domain.canonical import recordable
from planfold.domain.holds import planning_hold_id
from planfold.domain.ledger import Ledger, LedgerEvent
from planfold.domain.money import micros
from planfold.domain.plan_generation import BudgetChecked, Draft, DraftFailed, PlanDrafted
from planfold.domain.planner import PlannerIdentity
from planfold.domain.secrets import redact
from planfold.domain.spending import HoldRequest, release_unsent, settle, spend_unheld

LARGEST_DRAFT = 256 * 1024 - 4 * 1024
"""Bytes of a draft's JSON: a body may have 256 KiB, and the rest of PlanDrafted needs some of it."""


@dataclass(frozen=True)
class _Call:
    """One request to a planner, under way; `held` says whether a ledger holds its worst case."""

    attempt: int
    planner: PlannerIdentity
    hold_id: str
    held: bool
    worst: int
    started: datetime

    def charged(self, cost: int | None) -> int:
        return self.worst if cost is None else cost

    def settlement(self, cost: int | None) -> Settlement | None:
        """What the ledgers are told of a call that was sent; one that was to be free, and was not, is told too."""
        if self.held:
            return _settled(self.hold_id, cost)
        return _spent(self.hold_id, cost, self.planner.model) if cost else None


class Drafting:
    """Asks planners, with the run's money in view."""

    def __init__(self, generation: Generation, work: Work, clock: Clock) -> None:
        self._generation, self._work, self._clock = generation, work, clock
        self._planners = {planner.identity.name: planner for planner in work.planners}

    def perform(self, step: Draft) -> None:
        """The attempt is recorded or pending: a draft, a failure, or the refusal of its hold."""
        hold_id = planning_hold_id(step.context.run_id, step.attempt)
        held_before = self._held_before(hold_id)
        if held_before is not None:
            self._interrupted(step, hold_id, held_before)
            return
        planner = self._planner(step)
        unsent = _Call(step.attempt, planner.identity, hold_id, False, 0, self._clock.now())
        if self._work.manifest.digest != step.context.manifest_digest:
            self._failed(unsent, _manifest_changed())
            return
        request = self._request(step)
        try:
            worst = planner.worst_case(request)
            worst = None if worst is None else micros(worst, "a worst case")
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises, the attempt goes on record
            self._failed(unsent, _broken(planner, error, sent=False))
            return
        held = self._save(step, planner, unsent, worst)
        if held is None:
            return
        call = replace(unsent, held=held, worst=worst or 0, started=self._clock.now())
        try:
            self._answered(call, planner.draft(request))
        except DraftUnavailable as error:
            self._failed(call, error)
        except Exception as error:  # noqa: BLE001 - as above, and an answer that cannot be recorded
            self._failed(call, _broken(planner, error, sent=worst != 0))
        except BaseException:
            if held:
                self._failed(call, DraftUnavailable("cancelled", "the call was cancelled", retryable=True, sent=True))
                self._generation.save()
            raise

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
            cost_micros=None,
            charged_micros=amount,
            duration_ms=0,
        )
        self._generation.add(fact, _settled(hold_id, None))

    def _planner(self, step: Draft) -> Planner:
        try:
            return self._planners[step.planner.name]
        except KeyError:
            raise PlannerUnknown(step.planner.name, sorted(self._planners)) from None

    def _request(self, step: Draft) -> DraftRequest:
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
        )

    def _save(self, step: Draft, planner: Planner, unsent: _Call, worst: int | None) -> bool | None:
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

    def _answered(self, call: _Call, answer: DraftAnswer) -> None:
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
                prompt_digest=answer.prompt_digest,
                prices=answer.prices,
            )
            self._failed(call, too_large)
            return
        fact = PlanDrafted(
            attempt=call.attempt,
            plan=plan,
            planner=call.planner,
            prompt_digest=answer.prompt_digest,
            usage=answer.usage,
            cost_micros=answer.cost_micros,
            charged_micros=call.charged(answer.cost_micros),
            prices=answer.prices,
            duration_ms=self._since(call.started),
        )
        self._generation.add(fact, call.settlement(answer.cost_micros))

    def _failed(self, call: _Call, error: DraftUnavailable) -> None:
        try:
            fact = self._failure(call, error)
        except ValidationError as unfit:
            error = DraftUnavailable(
                "planner_error", f"its failure cannot be recorded: {unfit}", retryable=False, sent=True
            )
            fact = self._failure(call, error)
        unsent = _released(call.hold_id) if call.held else None
        self._generation.add(fact, call.settlement(fact.cost_micros) if error.sent else unsent)

    def _failure(self, call: _Call, error: DraftUnavailable) -> DraftFailed:
        cost = error.cost_micros if error.sent else 0
        return DraftFailed(
            attempt=call.attempt,
            planner=call.planner,
            code=error.code,
            sentence=storable(error.sentence),
            retryable=error.retryable,
            prompt_digest=error.prompt_digest,
            usage=error.usage,
            cost_micros=cost,
            charged_micros=call.charged(cost),
            prices=error.prices,
            duration_ms=self._since(call.started),
        )

    def _since(self, started: datetime) -> int:
        return max(0, (self._clock.now() - started) // timedelta(milliseconds=1))


def _settled(hold_id: str, cost: int | None) -> Settlement:
    def settlement(ledger: Ledger, now: datetime) -> list[LedgerEvent]:
        return settle(ledger, hold_id, cost, now)

    return settlement


def _spent(hold_id: str, cost: int, model: str | None) -> Settlement:
    def settlement(ledger: Ledger, now: datetime) -> list[LedgerEvent]:
        return spend_unheld(ledger, hold_id, cost, now, model)

    return settlement


def _released(hold_id: str) -> Settlement:
    def settlement(ledger: Ledger, _now: datetime) -> list[LedgerEvent]:
        return release_unsent(ledger, hold_id)

    return settlement


def _broken(planner: Planner, error: Exception, *, sent: bool) -> DraftUnavailable:
    sentence = f"planner {planner.identity.name} broke with {type(error).__name__}: {error}"
    return DraftUnavailable("planner_error", sentence, retryable=False, sent=sent)


def _not_held(refused: BudgetChecked) -> DraftUnavailable:
    """Another planner may still be asked, so the refusal does not end the run."""
    return DraftUnavailable("budget_refused", told(refused), retryable=False, sent=False)


def _manifest_changed() -> DraftUnavailable:
    sentence = (
        "the skills are not those that the run was begun with; plan under a new run id, or with the former skills"
    )
    return DraftUnavailable("manifest_changed", sentence, retryable=False, sent=False)
