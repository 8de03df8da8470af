"""Killed before or after any call to the world and called again, a run ends as if it had never been killed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.ledgers import Ledgers
from planfold.application.ports import DraftRequest, Planner
from planfold.application.world import Ports
from planfold.domain.plan_generation import DraftFailed
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedPlanner, InMemorySnapshots, ProcessGuard, in_memory_ports

MANIFEST = Manifest(skills=(Skill(name="fetch", cost=1_000_000),))
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
ASKED = PlanGenerationContext("scout", "fetch it", "r1")


class Killed(BaseException):
    """The process is gone: from here on nothing of it reaches the world."""


@dataclass
class Death:
    """Strikes at one moment: moments are counted before and after each call; None: never."""

    at: int | None
    moment: int = 0

    def strike(self) -> None:
        self.moment += 1
        if self.at is not None and self.moment >= self.at:
            raise Killed


class Mortal:
    """A port whose caller may die before or after any of its calls."""

    def __init__(self, port: object, death: Death) -> None:
        self._port, self._death = port, death

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found) or isinstance(found, property):
            return found

        def call(*args: object, **kwargs: object) -> object:
            self._death.strike()
            answer = found(*args, **kwargs)
            self._death.strike()
            return answer

        return call


def mortal(world: Ports, planner: Planner, death: Death) -> PlanGenerationEngine:
    """A process over a world that outlives it: its own guard, its own ledgers, the same store."""

    def port(name: str) -> Any:
        return Mortal(getattr(world, name), death)

    log = port("log")
    ports = replace(
        world,
        log=log,
        artifacts=port("artifacts"),
        catalog=port("catalog"),
        retriever=port("retriever"),
        ledgers=Ledgers(log, Mortal(InMemorySnapshots(), death), world.clock),
        guard=ProcessGuard(),
    )
    return PlanGenerationEngine(ports, [Mortal(planner, death)])


def world_with_credit() -> Ports:
    ports = in_memory_ports(MANIFEST)
    Budgets(ports.ledgers, ports.clock).grant("scout", 50_000_000, "g1")
    return ports


def record(world: Ports, stream: str) -> list[object]:
    return [(event.version, event.name, event.fact) for event in world.log.read(stream)]


def deaths(planner: FixedPlanner) -> Iterator[int]:
    """Every moment at which one generation with this planner can be killed."""
    death = Death(at=None)
    mortal(world_with_credit(), planner, death).generate(ASKED)
    return iter(range(1, death.moment + 1))


def free() -> FixedPlanner:
    return FixedPlanner(PLAN)


def paid() -> FixedPlanner:
    return FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)


def test_a_free_run_that_was_killed_anywhere_ends_with_the_same_record() -> None:
    untouched = world_with_credit()
    mortal(untouched, free(), Death(None)).generate(ASKED)
    runs, ledger = record(untouched, "default/run/r1"), record(untouched, "default/ledger/agent:scout")

    for moment in deaths(free()):
        world = world_with_credit()
        with pytest.raises(Killed):
            mortal(world, free(), Death(moment)).generate(ASKED)
        result = mortal(world, free(), Death(None)).generate(ASKED)

        assert result.outcome == "ready", moment
        assert (runs, ledger) == (
            record(world, "default/run/r1"),
            record(world, "default/ledger/agent:scout"),
        ), moment


def test_a_paid_run_that_was_killed_anywhere_has_at_most_one_interrupted_attempt_settled_in_full() -> None:
    interrupted = 0
    for moment in deaths(paid()):
        world, planner = world_with_credit(), paid()
        with pytest.raises(Killed):
            mortal(world, planner, Death(moment)).generate(ASKED)
        result = mortal(world, planner, Death(None)).generate(ASKED)

        names = [event.name for event in world.log.read("default/run/r1")]
        status = Budgets(world.ledgers, world.clock).get_status("scout")
        interrupted += names.count("DraftFailed")
        assert result.outcome == "ready", moment
        assert names.count("DraftFailed") <= 1, moment
        assert status.spent_micros == 300_000 + 2_000_000 * names.count("DraftFailed"), moment
        assert status.open_holds == ("r1/execution",), moment
        assert len(planner.requests) <= 1 + names.count("DraftFailed"), moment

    assert interrupted > 0


class Prompting(FixedPlanner):
    def prompt_for(self, request: DraftRequest) -> bytes:
        return f"draft attempt {request.attempt} of {request.goal}".encode()


def test_a_call_that_a_kill_interrupted_has_the_prompt_that_was_kept_before_it() -> None:
    def prompting() -> Prompting:
        return Prompting(PLAN, deterministic=False, cost=300_000, worst=2_000_000)

    found = set()
    for moment in deaths(prompting()):
        world = world_with_credit()
        with pytest.raises(Killed):
            mortal(world, prompting(), Death(moment)).generate(ASKED)
        mortal(world, prompting(), Death(None)).generate(ASKED)
        facts = [event.fact for event in world.log.read("default/run/r1")]
        for fact in facts:
            if isinstance(fact, DraftFailed):
                found.add(world.artifacts.get("default", fact.prompt_digest or ""))

    assert {f"draft attempt 1 of {ASKED.goal}".encode()} == found


def test_killed_again_and_again_a_run_still_ends() -> None:
    world, planner = world_with_credit(), free()
    for moment in deaths(free()):
        with pytest.raises(Killed):
            mortal(world, planner, Death(moment)).generate(PlanGenerationContext("scout", "fetch it", f"run{moment}"))
        with pytest.raises(Killed):
            mortal(world, planner, Death(1)).generate(PlanGenerationContext("scout", "fetch it", f"run{moment}"))

    for moment in deaths(free()):
        context = PlanGenerationContext("scout", "fetch it", f"run{moment}")
        assert mortal(world, planner, Death(None)).generate(context).outcome == "ready"
