"""One process of a race or a crash test: `python worker.py DEED URL ...`, started by the tests beside it."""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.ledgers import Ledgers
from planfold.application.ports import DraftAnswer, DraftRequest
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.settings import Settings

MANIFEST = Manifest(skills=(Skill(name="fetch", cost=1_000_000),))
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}


class CountingPlanner(FixedPlanner):
    """A provider that writes down each request it received, where every process can read it."""

    def __init__(self, requests: str, *, paid: bool) -> None:
        if paid:
            super().__init__(PLAN, name="paid", deterministic=False, cost=300_000, worst=2_000_000)
        else:
            super().__init__(PLAN)
        self._path = requests

    def draft(self, request: DraftRequest) -> DraftAnswer:
        with open(self._path, "a", encoding="utf-8") as file:  # noqa: PTH123 - one short atomic append
            file.write(f"{request.run_id}\n")
        return super().draft(request)


class Mortal:
    """A port around whose calls this process may end itself, as SIGKILL ends it."""

    moment = 0

    def __init__(self, port: object, at: int | None) -> None:
        self._port, self._at = port, at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: object, **kwargs: object) -> object:
            self._strike()
            answer = found(*args, **kwargs)
            self._strike()
            return answer

        return call

    def _strike(self) -> None:
        Mortal.moment += 1
        if Mortal.moment == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def generate(installation: Installation, agent: str, run_id: str, requests: str, *options: str) -> None:
    """One plan, `paid` or `free`, killed at a moment (0: never); prints its result and how many moments there were."""
    paid, at = options
    moment = int(at) or None
    ports = installation.engine.ports
    log: Any = Mortal(ports.log, moment)
    mortal: dict[str, Any] = {
        name: Mortal(getattr(ports, name), moment) for name in ("artifacts", "catalog", "retriever")
    }
    ports = replace(ports, log=log, ledgers=Ledgers(log, _NoSnapshots(), ports.clock), **mortal)
    planner: Any = Mortal(CountingPlanner(requests, paid=paid == "paid"), moment)
    engine = PlanGenerationEngine(ports, [planner])
    result = engine.generate(PlanGenerationContext(agent, "fetch it", run_id), skills=MANIFEST)
    print(json.dumps({"result": result.model_dump(mode="json"), "moments": Mortal.moment}))  # noqa: T201 - the answer


def spend(installation: Installation, agent: str, prefix: str, times: str) -> None:
    """Many plans of 1 USD on one agent, one after the other; prints their outcomes."""
    engine = PlanGenerationEngine(installation.engine.ports, [FixedPlanner(PLAN)])
    outcomes = [
        engine.generate(PlanGenerationContext(agent, "fetch it", f"{prefix}-{number}"), skills=MANIFEST).outcome
        for number in range(int(times))
    ]
    print(json.dumps(outcomes))  # noqa: T201 - the answer


class _NoSnapshots:
    def load(self, stream: str) -> None: ...

    def save(self, stream: str, snapshot: object) -> None: ...


DEEDS: dict[str, Callable[..., None]] = {"generate": generate, "spend": spend}

if __name__ == "__main__":
    deed, url, *arguments = sys.argv[1:]
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        DEEDS[deed](installation, *arguments)
