"""planfold's tools over a world in memory, and a client of the package that speaks to them without a process."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult
from pydantic import JsonValue

from planfold.application.checking import PlanChecker
from planfold.application.engine import PlanGenerationEngine
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedPlanner, in_memory_ports
from planfold.infrastructure.mcp_server.serving import server_of
from planfold.infrastructure.mcp_server.tools import Service

MANIFEST = Manifest(skills=(Skill(name="fetch", description="Fetch a URL", cost=20_000),))
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}

Ask = Callable[..., CallToolResult]
Converse = Callable[[Callable[[Client], Awaitable[Any]]], Any]


@pytest.fixture
def ports() -> Ports:
    return in_memory_ports(MANIFEST)


@pytest.fixture
def engine(ports: Ports) -> PlanGenerationEngine:
    return PlanGenerationEngine(ports, [FixedPlanner(PLAN)])


@pytest.fixture
def service(ports: Ports, engine: PlanGenerationEngine) -> Service:
    """For two agents of one tenant."""
    runs = Runs(ports.log, ports.reader, ports.ledgers, ports.clock)
    return Service(engine, runs, PlanChecker(ports.catalog, engine.policy), "acme", ("scout", "clerk"))


@pytest.fixture(params=["auto", "legacy"])
def converse(request: pytest.FixtureRequest, service: Service) -> Converse:
    """A conversation with the server, in the newest form of the protocol and in the one before."""

    def begin(talk: Callable[[Client], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            async with Client(server_of(service), mode=request.param) as client:
                return await talk(client)

        return anyio.run(main)

    return begin


@pytest.fixture
def ask(converse: Converse) -> Ask:
    """One call of one tool."""

    def call(name: str, **arguments: Any) -> CallToolResult:
        async def talk(client: Client) -> Any:
            return await client.call_tool(name, arguments)

        answer = converse(talk)
        assert isinstance(answer, CallToolResult)
        return answer

    return call
