"""The whole engine with every port on the store, and a planner that answers the same draft each time."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.contenders import Body, Run
from benchmarks.contenders.planfold import fact
from benchmarks.server import installation
from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.domain.plan_generation import ContextBuilt, PlanDrafted
from planfold.infrastructure.in_memory import FixedPlanner


class Engine:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        self._conninfo = conninfo
        facts = [fact(body) for body in bodies]
        (self._goal,) = (item.goal for item in facts if isinstance(item, ContextBuilt))
        (self._draft,) = (item.plan for item in facts if isinstance(item, PlanDrafted))

    def prepare(self) -> None:
        """The server was started with the schema."""

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        with installation(self._conninfo, count) as planfold:
            engine = PlanGenerationEngine(planfold.ports, [FixedPlanner(self._draft)])

            def run() -> None:
                result = engine.generate(PlanGenerationContext("bench", self._goal, os.urandom(8).hex()))
                if result.outcome != "ready":
                    raise RuntimeError(f"the engine was to make a plan that is ready, and said {result.outcome}")

            yield [run] * count
