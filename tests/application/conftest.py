"""A world in memory, an engine over it, and what tests ask of both."""

import pytest
from pydantic import JsonValue

from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.engine import PlanGenerationEngine
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, in_memory_ports

MANIFEST = Manifest(skills=(Skill(name="fetch", description="Fetch a URL", cost=4_000_000),))
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ports(clock: FixedClock) -> Ports:
    return in_memory_ports(MANIFEST, clock)


@pytest.fixture
def planner() -> FixedPlanner:
    return FixedPlanner(PLAN)


@pytest.fixture
def engine(ports: Ports, planner: FixedPlanner) -> PlanGenerationEngine:
    return PlanGenerationEngine(ports, [planner])


@pytest.fixture
def tracker(ports: Ports) -> Budgets:
    return Budgets(ports.ledgers, ports.clock)


@pytest.fixture
def runs(ports: Ports) -> Runs:
    return Runs(ports.log, ports.reader, ports.ledgers, ports.clock)


@pytest.fixture
def auditor(ports: Ports) -> Auditor:
    return Auditor(ports)
