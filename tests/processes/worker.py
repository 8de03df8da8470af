"""One process of a race or a crash test: `python worker.py DEED URL ...`, started by the tests beside it."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, cast

from eventsourcing.persistence import StoredEvent
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine, Ports
from planfold.application.ledgers import Ledgers
from planfold.application.ports import DraftAnswer, DraftRequest, Planner, RunGuard
from planfold.application.runs import Runs
from planfold.domain.canonical import canonical, digest
from planfold.domain.plan_generation import RunReported
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import FixedCatalog, FixedPlanner
from planfold.infrastructure.postgres.artifacts import PostgresSnapshots
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.settings import Settings

MANIFEST = Manifest(skills=(Skill(name="fetch", cost=1_000_000),))
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
WRONG: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fly"}]}


class Provider:
    """A provider that writes down each request it received, where every process can read it.

    A price of 0 makes it a free and deterministic one; one that is paid costs `worst` micro-USD at most. One that errs
    plans with an unknown skill until it is told so.
    """

    def __init__(self, requests: str, price: int, worst: int, *, errs: bool) -> None:
        self._requests, self._price, self._worst, self._errs = requests, price, worst, errs
        name, model = ("paid", "model-1") if price else ("free", None)
        self.identity = PlannerIdentity(name=name, version="1", model=model, deterministic=not price)

    def worst_case(self, request: DraftRequest) -> int:  # noqa: ARG002 - the port's
        return self._worst

    def draft(self, request: DraftRequest) -> DraftAnswer:
        with open(self._requests, "a", encoding="utf-8") as file:  # noqa: PTH123 - one short atomic append
            file.write(f"{request.tenant} {request.attempt}\n")
        return DraftAnswer(
            answer=WRONG if self._errs and not request.findings else PLAN,
            cost_micros=self._price,
            usage=Usage(input_tokens=120, output_tokens=40),
            prompt_digest=digest(canonical([request.goal, request.context_summary, request.previous])),
        )


class Death:
    """Moments are counted as they come; at the one that was chosen this process ends as SIGKILL ends it (0: never)."""

    at: ClassVar[int] = 0
    moments: ClassVar[list[str]] = []

    @staticmethod
    def may_strike(moment: str) -> None:
        Death.moments.append(moment)
        if len(Death.moments) == Death.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A port whose caller may die before and after each call."""

    def __init__(self, name: str, port: object) -> None:
        self._name, self._port = name, port

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: object, **kwargs: object) -> object:
            Death.may_strike(f"before {self._name}.{name}")
            answer = found(*args, **kwargs)
            Death.may_strike(f"after {self._name}.{name}")
            return answer

        return call


class MortalGuard:
    """A guard whose holder may die before and after it takes the run, and before and after it gives it back."""

    def __init__(self, guard: RunGuard) -> None:
        self._guard = guard

    @contextmanager
    def hold(self, stream: str, wait: float) -> Iterator[bool]:
        Death.may_strike("before guard.hold")
        with self._guard.hold(stream, wait) as waited:
            Death.may_strike("after guard.hold")
            yield waited
            Death.may_strike("before the guard is left")
        Death.may_strike("after the guard is left")


class MortalRecorder(Recorder):
    """Its client may die with all rows inserted, and with the COMMIT just answered."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ARG002
        with self.datastore.get_connection() as connection:
            with connection.transaction():
                positions = self._insert(connection, stored_events)
                Death.may_strike("before the commit")
            Death.may_strike("after the commit")
        return positions


def mortal(installation: Installation) -> Ports:
    """The installation's world, in which this process may die around each call."""
    ports, pool = installation.ports, installation.pool
    clock: Any = Mortal("clock", ports.clock)
    recorder = MortalRecorder(Datastore(pool))
    log: Any = Mortal("log", EventSourcingLog(Planfold(lambda env: Factory(env, recorder)), ports.clock, "test"))
    snapshots: Any = Mortal("snapshots", PostgresSnapshots(pool))
    others: dict[str, Any] = {name: Mortal(name, getattr(ports, name)) for name in ("artifacts", "retriever")}
    catalog: Any = Mortal("catalog", FixedCatalog(MANIFEST))
    return replace(
        ports,
        clock=clock,
        log=log,
        ledgers=Ledgers(log, snapshots, clock),
        catalog=catalog,
        guard=MortalGuard(ports.guard),
        **others,
    )


def generate(installation: Installation, provider: str, at: str, *tenants: str) -> None:
    """Run r1 in each tenant, killed at that moment (0: never); prints the results and what moments there were."""
    planner = cast("Planner", Mortal("planner", Provider(**json.loads(provider))))
    engine = PlanGenerationEngine(mortal(installation), [planner])
    Death.at = int(at)
    results = [engine.generate(PlanGenerationContext("scout", "fetch it", "r1", tenant=tenant)) for tenant in tenants]
    _print({"results": [result.model_dump(mode="json") for result in results], "moments": Death.moments})


def report(installation: Installation, reported: str, at: str, *tenants: str) -> None:
    """What became of run r1 in each tenant, killed at that moment (0: never); prints as `generate` does."""
    ports = mortal(installation)
    runs, fact = Runs(ports.log, ports.reader, ports.ledgers, ports.clock), RunReported.model_validate_json(reported)
    Death.at = int(at)
    results = [runs.report("r1", fact, tenant) for tenant in tenants]
    _print({"results": [result.model_dump(mode="json") for result in results], "moments": Death.moments})


def spend(installation: Installation, agent: str, prefix: str, times: str) -> None:
    """Many plans of 1 USD on one agent, one after the other; prints their outcomes."""
    engine = PlanGenerationEngine(installation.engine.ports, [FixedPlanner(PLAN)])
    outcomes = [
        engine.generate(PlanGenerationContext(agent, "fetch it", f"{prefix}-{number}"), skills=MANIFEST).outcome
        for number in range(int(times))
    ]
    _print(outcomes)


def ask(installation: Installation, agent: str, prefix: str, times: str) -> None:
    """So many runs of one agent at once, by the planner of the environment; prints their outcomes."""
    free = Manifest(skills=(Skill(name="fetch", cost=0),))

    def outcome(number: int) -> str | None:
        asked = PlanGenerationContext(agent, "fetch it", f"{prefix}-{number}")
        return installation.engine.generate(asked, skills=free).outcome

    assert installation.engine is not None  # made before its threads ask for it
    with ThreadPoolExecutor(int(times)) as pool:
        _print(list(pool.map(outcome, range(int(times)))))


def _print(answer: object) -> None:
    print(json.dumps(answer))  # noqa: T201 - the answer


DEEDS: dict[str, Callable[..., None]] = {"generate": generate, "report": report, "spend": spend, "ask": ask}

if __name__ == "__main__":
    deed, url, *arguments = sys.argv[1:]
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        DEEDS[deed](installation, *arguments)
