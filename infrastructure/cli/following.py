"""A generation as it goes on: its events as they are recorded, and who is asked meanwhile."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, cast

from planfold.application.ports import Pause
from planfold.application.runs import Runs
from planfold.domain.ledger import CreditHeld
from planfold.domain.money import usd
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import (
    NOTHING,
    Draft,
    DraftFailed,
    PlanDrafted,
    PlanEvent,
    evolve,
    next_step,
)
from planfold.domain.recorded import Recorded
from planfold.infrastructure.cli.waiting import Waiting

Tell = Callable[[Sequence[Recorded[PlanEvent]]], None]


class Following:
    """Within, `tell` gets the run's events as they are recorded; at its end it has had all of them, once and in order.

    Meanwhile standard error shows who is asked, and for how long, if it is a terminal.
    """

    def __init__(self, runs: Runs, tenant: str, run_id: str, tell: Tell) -> None:
        self._runs, self._tenant, self._run_id, self._tell = runs, tenant, run_id, tell
        self._waiting = Waiting()
        self._state, self._tokens, self._held = NOTHING, 0, 0
        self._told = 0
        """The version of the last event that was told."""
        self._heard = True
        self.repeated = False
        """Whether everything was on record before, and nothing was drafted; known at the end."""

    def __enter__(self) -> Self:
        self._waiting.begin("planning")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._waiting.end()
        if error is None and self._state is NOTHING:
            self.repeated = True
            self._take(self._runs.events(self._run_id, self._tenant))

    def recorded(self, events: Sequence[Recorded[object]]) -> None:
        """The generation goes on whoever listens: what is recorded must not depend on a closed pipe."""
        self._waiting.end()
        stream = run_stream(self._tenant, self._run_id)
        ours = [cast("Recorded[PlanEvent]", item) for item in events if item.stream == stream]
        if (
            ours and ours[0].version > self._told + 1
        ):  # an earlier life of this run, or another process, recorded others
            ours = [item for item in self._runs.events(self._run_id, self._tenant) if item.version > self._told]
        self._held = max((item.fact.amount for item in events if isinstance(item.fact, CreditHeld)), default=0)
        try:
            self._take(ours)
        except BrokenPipeError:
            self._heard = False
        self._waiting.begin(self._deed())

    def pauses(self, planner: str, pause: Pause) -> None:
        self._waiting.begin(f"{planner} {pause.why}: waiting {pause.seconds:.0f} s")

    def _take(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        for item in events:
            self._state, self._told = evolve(self._state, item.fact), item.version
            if isinstance(item.fact, PlanDrafted | DraftFailed) and item.fact.usage is not None:
                self._tokens += item.fact.usage.input_tokens + item.fact.usage.output_tokens
        if self._heard:
            self._tell(events)

    def _deed(self) -> str:
        step = next_step(self._state)
        if not isinstance(step, Draft):
            return "planning"
        told = [f"attempt {step.attempt}"] if step.attempt > 1 else []
        told += [f"at most {usd(self._held)} USD"] if self._held else []
        told += [f"{self._tokens:,} tokens so far"] if self._tokens else []
        more = f" ({', '.join(told)})" if told else ""
        return f"asking {step.planner.name}{more}"
