"""What a caller may hand in: skills as a manifest or a file, a planner by name or itself; and losing the guard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePath

import pytest

from planfold.application import GenerationInProgress, PlanGenerationContext, PlanGenerationEngine, PlannerUnknown
from planfold.application.ports import Appending, DraftAnswer, DraftRequest, Planner, StreamMoved
from planfold.application.world import Ports
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedPlanner, ProcessGuard

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
OTHER = Manifest(skills=(Skill(name="fetch", description="another one"),))


def test_a_manifest_is_used_in_place_of_the_catalogs(engine: PlanGenerationEngine) -> None:
    assert engine.generate(ASKED, skills=OTHER).manifest_digest == OTHER.digest


def test_a_path_is_opened_by_what_the_host_handed_in(ports: Ports, planner: FixedPlanner) -> None:
    opened: list[PurePath] = []

    def open_skills(path: PurePath) -> Manifest:
        opened.append(path)
        return OTHER

    engine = PlanGenerationEngine(ports, [planner], open_skills=open_skills)

    assert engine.generate(ASKED, skills="skills.toml").manifest_digest == OTHER.digest
    assert [PurePath("skills.toml")] == opened


def test_an_engine_that_opens_no_files_says_so(engine: PlanGenerationEngine) -> None:
    with pytest.raises(TypeError, match="hand in a Manifest"):
        engine.generate(ASKED, skills="skills.toml")


def test_a_planner_is_found_by_name_among_the_engines_and_then_by_the_host(ports: Ports, planner: FixedPlanner) -> None:
    asked: list[str] = []

    def planner_named(name: str) -> Planner:
        asked.append(name)
        return planner

    engine = PlanGenerationEngine(ports, [planner], planner_named=planner_named)
    engine.generate(ASKED, planner="fixed")
    engine.generate(replace(ASKED, run_id="r2"), planner="elsewhere")

    assert ["elsewhere"] == asked


def test_a_run_resumed_without_its_planner_says_which_are_offered(ports: Ports) -> None:
    class Dies(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:  # noqa: ARG002 - the port's
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PlanGenerationEngine(ports, [Dies(name="gone")]).generate(ASKED)

    with pytest.raises(PlannerUnknown, match="no planner 'gone'; these are offered: fixed"):
        PlanGenerationEngine(ports, [FixedPlanner(None)]).generate(ASKED)


class Busy:
    """A guard that somebody else never lets go; `meanwhile` is what they do."""

    def __init__(self, engine: PlanGenerationEngine | None) -> None:
        self._engine = engine

    @contextmanager
    def hold(self, stream: str, wait: float) -> Iterator[bool]:
        if self._engine is not None:
            self._engine.generate(ASKED)
        raise GenerationInProgress(stream, wait)
        yield True


def test_who_waited_in_vain_is_told(ports: Ports, planner: FixedPlanner) -> None:
    with pytest.raises(GenerationInProgress):
        PlanGenerationEngine(replace(ports, guard=Busy(None)), [planner]).generate(ASKED)


def test_who_waited_for_a_run_that_has_ended_gets_its_result(ports: Ports, planner: FixedPlanner) -> None:
    other = PlanGenerationEngine(ports, [planner])

    result = PlanGenerationEngine(replace(ports, guard=Busy(other)), [planner]).generate(ASKED)

    assert (result.outcome, len(planner.requests)) == ("ready", 1)


class Overtaken:
    """An event log on which another process generates the same run just before our first save."""

    def __init__(self, ports: Ports, engine: PlanGenerationEngine) -> None:
        self._log, self._engine, self._first = ports.log, engine, True

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        return self._log.read(stream, after)

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        if self._first:
            self._first = False
            self._engine.generate(ASKED)
        return self._log.append(appendings)


def test_a_run_that_somebody_else_recorded_first_is_answered_from_their_record(
    ports: Ports, planner: FixedPlanner
) -> None:
    other = PlanGenerationEngine(replace(ports, guard=ProcessGuard()), [planner])
    late = PlanGenerationEngine(replace(ports, log=Overtaken(ports, other)), [planner])

    result = late.generate(ASKED)

    assert (result.outcome, len(ports.log.read("default/run/r1")), len(planner.requests)) == ("ready", 5, 1)


def test_losing_a_race_names_the_stream() -> None:
    assert "default/run/r1 has moved on" in str(StreamMoved("default/run/r1"))
