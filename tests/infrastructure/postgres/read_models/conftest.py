"""A log with runs and ledgers in it, and the projections of its database."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from planfold.application.ports import Appending
from planfold.application.results import fold
from planfold.domain.ledger import CreditGranted
from planfold.domain.ledger import fold as fold_ledger
from planfold.domain.plan_generation import ContextBuilt, DraftFailed, MemoryRetrieved
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import EMPTY_STREAM, Head
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import FixedClock
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.read_models.keeping import ReadModels
from planfold.infrastructure.postgres.recorder import Recorder

PLANNER = PlannerIdentity(name="offline", version="1", deterministic=True)
CLOCK = FixedClock(datetime(2026, 5, 1, 12, tzinfo=UTC))


class World:
    """One database, seen by who writes, by who projects and by its owner."""

    def __init__(self, database: Endpoint, pool: Pool) -> None:
        self.database, self.pool = database, pool
        application = Planfold(lambda env: Factory(env, Recorder(Datastore(pool))))
        self.log = EventSourcingLog(application, CLOCK, "tester")
        self.read_models = ReadModels(pool)

    def another(self) -> ReadModels:
        """As another process has them."""
        return ReadModels(self.pool)

    def begin(self, run: str, tenant: str = "default", goal: str = "g") -> None:
        context = ContextBuilt(
            tenant=tenant,
            agent_id="scout",
            goal=goal,
            run_id=run,
            agent_budget_cents=None,
            budget_source="none",
            manifest_digest="a" * 64,
            rules_digest="b" * 64,
            planners=(PLANNER,),
            max_attempts=1,
        )
        self.add(f"{tenant}/run/{run}", context, MemoryRetrieved(snippets=(), context_summary=None, retriever="none"))

    def end(self, run: str, tenant: str = "default") -> None:
        failed = DraftFailed(
            attempt=1, planner=PLANNER, code="no_skill", sentence="no", retryable=False, cost_micros=0, duration_ms=7
        )
        self.add(f"{tenant}/run/{run}", failed)

    def grant(self, grant_id: str, amount: int, stream: str = "default/ledger/agent:scout") -> None:
        self.add(stream, CreditGranted(grant_id=grant_id, amount=amount, reason=""))

    def add(self, stream: str, *facts: object) -> None:
        before = self.log.read(stream)
        head = Head.of(before[-1]) if before else EMPTY_STREAM
        self.log.append([Appending(stream, head, facts, "test")])

    def insert(self, stream: str, version: int, name: str, state: bytes) -> None:
        """By hand, past everything that looks after events."""
        self.sql(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)",
            [stream, version, name, state],
        )

    def sql(self, statement: str, parameters: list[object] | None = None) -> list[dict[str, Any]]:
        """As the owner of the schema."""
        with connect(self.database.owner) as owner:
            done = owner.execute(statement.encode(), parameters)
            return done.fetchall() if done.description else []

    def results(self) -> dict[str, Any]:
        """What stands in the rows that are shown, by run."""
        rows = self.sql(
            "SELECT run_id, result FROM planfold.results"
            " WHERE build = (SELECT build FROM planfold.projections WHERE name = 'results')"
        )
        return {row["run_id"]: row["result"] for row in rows}

    def ledgers(self) -> dict[str, Any]:
        rows = self.sql(
            "SELECT tenant || '/ledger/' || scope AS stream, state FROM planfold.ledger_status"
            " WHERE build = (SELECT build FROM planfold.projections WHERE name = 'ledgers')"
        )
        return {row["stream"]: row["state"] for row in rows}

    def folded(self, *runs: str) -> dict[str, Any]:
        """What the rows of these runs must be."""
        return {run: fold(self.log.read(f"default/run/{run}")).model_dump(mode="json") for run in runs}

    def folded_ledger(self, stream: str) -> Any:
        facts: list[Any] = [item.fact for item in self.log.read(stream)]
        return fold_ledger(facts).model_dump(mode="json", exclude_defaults=True)


@pytest.fixture
def world(database: Endpoint) -> Iterator[World]:
    with open_pool(database.app, size=4) as pool:
        yield World(database, pool)


@pytest.fixture
def recorded(world: World) -> Callable[..., World]:
    """The world with so many runs that have ended."""

    def made(*runs: str) -> World:
        for run in runs:
            world.begin(run)
            world.end(run)
        return world

    return made
