"""What `plan` prints: a page whose events come as they are recorded, the same as JSON lines, or the result alone."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel
from rich.text import Text

from planfold.application import PlanGenerationResult
from planfold.application.story import told
from planfold.domain.plan_generation import ContextBuilt, PlanEvent, PlanValidated
from planfold.domain.recorded import Recorded
from planfold.infrastructure.cli.page import counted, print_asked, print_result
from planfold.infrastructure.cli.screen import Screen, shown

_LONGEST_NAME = len("MemoryRetrieved")
_LONGEST_SENTENCE = 200
"""Characters: goal and findings have places of their own on the page, and an audit tells everything whole."""
_END = 80
"""Of them those that end it: there stand how long and at what cost."""


class Telling(Protocol):
    def events(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        """Called for the run's events in order, as they are recorded."""
        ...

    def result(self, result: PlanGenerationResult, *, repeated: bool) -> None:
        """Called at the end; `repeated`, if everything was recorded before."""
        ...


class Page:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def events(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        for item in events:
            if isinstance(item.fact, ContextBuilt):
                print_asked(self._screen, item.fact.goal, item.fact.agent_id, item.fact.run_id, item.fact.tenant)
                self._screen.heading("Events, at UTC")
            print_event(self._screen, item.recorded_at.strftime("%H:%M:%S.%f")[:-3], item.name, _sentence(item.fact))

    def result(self, result: PlanGenerationResult, *, repeated: bool) -> None:
        if repeated:
            self._screen.line(Text("  recorded before; nothing was drafted again", "dim"))
        print_result(self._screen, result)


class JsonLines:
    """One object in a line, each at once; the result is the last one, in the form of the events."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def events(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        for item in events:
            self._line(item.position, item.version, item.recorded_at, item.name, item.fact)

    def result(self, result: PlanGenerationResult, *, repeated: bool) -> None:  # noqa: ARG002 - it looks the same
        self._line(result.position, result.version, result.ended_at, "PlanGenerationResult", result)

    def _line(self, position: int, version: int, at: datetime | None, name: str, body: BaseModel) -> None:
        self._screen.json(
            {
                "position": position,
                "version": version,
                "recorded_at": None if at is None else at.isoformat(timespec="microseconds"),
                "name": name,
                "body": body.model_dump(mode="json"),
            }
        )
        sys.stdout.flush()


class Json:
    """The result alone."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def events(self, events: Sequence[Recorded[PlanEvent]]) -> None:
        """Nothing is printed of them."""

    def result(self, result: PlanGenerationResult, *, repeated: bool) -> None:  # noqa: ARG002 - it looks the same
        self._screen.json(result.model_dump(mode="json"))


def _sentence(fact: PlanEvent) -> str:
    """What the inspector found has its place on the page: here it is only counted and named."""
    if not isinstance(fact, PlanValidated) or not fact.findings:
        return told(fact)
    verdict = "accepted the draft with" if fact.valid else "refused the draft for"
    return f"Attempt {fact.attempt}: the inspector {verdict} {counted(fact.findings)}."


def print_event(screen: Screen, at: str, name: str, sentence: str) -> None:
    first = Text.assemble("  ", (at, "dim"), "  ", (name.ljust(_LONGEST_NAME), "cyan"), "  ")
    screen.hanging(first, shown(shortened(sentence, screen.sign("more"))))


def shortened(sentence: str, sign: str) -> str:
    """The sentence, or its beginning and its end with the sign between them, at words where there are any."""
    text = " ".join(sentence.split())
    if len(text) <= _LONGEST_SENTENCE:
        return text
    begun, ended = text[: _LONGEST_SENTENCE - _END - len(sign) - 2], text[-_END:]
    return f"{begun.rpartition(' ')[0] or begun} {sign} {ended.partition(' ')[2] or ended}"
