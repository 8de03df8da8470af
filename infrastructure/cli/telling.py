"""A run's events as they are recorded: one line each, with its time and its sentence."""

from collections.abc import Sequence
from textwrap import shorten
from types import TracebackType
from typing import Self, cast

from rich.text import Text

from planfold.application.ports import Pause
from planfold.application.runs import Runs
from planfold.application.story import told
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import ContextBuilt, PlanEvent, PlanValidated
from planfold.domain.recorded import Recorded
from planfold.infrastructure.cli.page import counted, print_asked
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.waiting import Waiting

_LONGEST_NAME = len("MemoryRetrieved")
_LONGEST_SENTENCE = 200
"""Characters: goal and findings have places of their own on the page, and an audit tells everything whole."""


class Telling:
    """Within, a generation's events are printed; at its end all of the run's events have been."""

    def __init__(self, screen: Screen, runs: Runs, tenant: str, run_id: str) -> None:
        self._screen, self._runs, self._tenant, self._run_id = screen, runs, tenant, run_id
        self._waiting = Waiting()
        self._told = 0
        self._heard = True

    def __enter__(self) -> Self:
        self._waiting.begin("planning")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._waiting.end()
        if error is None and not self._told:
            self._tell(self._runs.events(self._run_id, self._tenant))
            self._screen.line(Text("  recorded before; nothing was drafted again", "dim"))

    def recorded(self, events: Sequence[Recorded[object]]) -> None:
        """The generation goes on whoever listens: what is recorded must not depend on a closed pipe."""
        if not self._heard:
            return
        self._waiting.end()
        try:
            ours = [item for item in events if item.stream == run_stream(self._tenant, self._run_id)]
            if ours and not self._told and ours[0].version > 1:
                self._tell(self._runs.events(self._run_id, self._tenant))
            else:
                self._tell(cast("list[Recorded[PlanEvent]]", ours))
        except BrokenPipeError:
            self._heard = False
        self._waiting.begin("planning")

    def pauses(self, planner: str, pause: Pause) -> None:
        self._waiting.begin(f"{planner} {pause.why}: waiting {pause.seconds:.0f} s")

    def _tell(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        for item in events:
            if isinstance(item.fact, ContextBuilt):
                print_asked(self._screen, item.fact.goal, item.fact.agent_id, item.fact.run_id, item.fact.tenant)
                self._screen.heading("Events, at UTC")
            print_event(self._screen, item.recorded_at.strftime("%H:%M:%S.%f")[:-3], item.name, _sentence(item.fact))
            self._told += 1


def _sentence(fact: PlanEvent) -> str:
    """What the inspector found has its place on the page: here it is only counted and named."""
    if not isinstance(fact, PlanValidated) or not fact.findings:
        return told(fact)
    verdict = "accepted the draft with" if fact.valid else "refused the draft for"
    return f"Attempt {fact.attempt}: the inspector {verdict} {counted(fact.findings)}."


def print_event(screen: Screen, at: str, name: str, sentence: str) -> None:
    first = Text.assemble("  ", (at, "dim"), "  ", (name.ljust(_LONGEST_NAME), "cyan"), "  ")
    screen.hanging(first, shown(shorten(sentence, _LONGEST_SENTENCE, placeholder=f" {screen.sign('more')}")))
