"""A store with every kind of outcome in it, which somebody who may do anything damages, and which is put back after."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import pytest
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.audit_all import Audits, audit_all
from planfold.application.budget import Budgets
from planfold.application.ledgers import Ledgers
from planfold.application.memories import Memories
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.canonical import digest
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import RunReported
from planfold.domain.planner import Usage
from planfold.domain.recorded import GENESIS
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.history import LoggedHistory
from planfold.infrastructure.in_memory import (
    FixedClock,
    FixedPlanner,
    InMemoryResults,
    InMemorySnapshots,
    in_memory_ports,
)
from planfold.infrastructure.postgres.artifacts import PostgresArtifacts
from planfold.infrastructure.postgres.connect import Connection, Pool, connect, open_pool
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.read_models.keeping import ReadModels
from planfold.infrastructure.postgres.read_models.shown import PostgresRows
from planfold.infrastructure.postgres.recorder import Recorder

MANIFEST = Manifest(
    skills=(Skill(name="fetch", description="Fetch a URL", cost=4_000_000), Skill(name="guess", description="Unpriced"))
)
GOOD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
BAD: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fly"}]}
NUMBERS: JsonValue = {
    "plan_id": "p",
    "steps": [
        {"step_id": "s1", "skill": "fetch", "params": {"at_most": [0.5, 1e21, -1e22, 1e300, 5e-324, -0.0, 2**53 - 1]}}
    ],
}
"""PostgreSQL writes some of them otherwise than they were recorded."""
UNPRICED: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "guess"}]}
USAGE = Usage(input_tokens=900, output_tokens=120)
PROMPT = b"the prompt of a paid planner"

TABLES: dict[str, LiteralString] = {
    "stored_events": "originator_id, originator_version, topic, state, notification_id",
    "results": "tenant, run_id, build, agent_id, goal, outcome, planner, codes, started_at, started_position, position,"
    " drafts, result",
    "ledger_status": "tenant, scope, build, version, position, state",
    "artifacts": "tenant, digest, kind, body, recorded_at",
    "tracking": "application_name, notification_id",
    "parked": "tenant, stream, projection, build, version, position, reason, parked_at",
}


_KEEP = SQL("CREATE TABLE kept.{table} AS SELECT {columns} FROM planfold.{table}")
_PUT_BACK = SQL("INSERT INTO planfold.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept.{table}")


class Gone(BaseException):
    """The process has ended."""


class Paid(FixedPlanner):
    """A paid planner that tells its tokens and its prompt."""

    def __init__(self, *answers: Any, cost: int | None = 300_000, worst: int = 2_000_000) -> None:
        super().__init__(*answers, name="paid", deterministic=False, cost=cost, worst=worst)

    def draft(self, request: DraftRequest) -> DraftAnswer:
        told = {"usage": USAGE, "prompt_digest": digest(PROMPT)}
        return super().draft(request).model_copy(update=told)


class Story:
    """What platforms do with runs and money, told in one line each."""

    def __init__(self, ports: Ports, tenant: str = "default") -> None:
        self.ports, self.tenant = ports, tenant
        self.money = Budgets(ports.ledgers, ports.clock, tenant)
        self._runs = Runs(ports.log, ports.reader, ports.ledgers, ports.clock)

    def plan(self, run_id: str, *planners: FixedPlanner, agent: str = "scout", cents: int | None = None) -> None:
        engine = PlanGenerationEngine(self.ports, planners or (FixedPlanner(GOOD),))
        asked = PlanGenerationContext(agent, f"fetch {run_id}", run_id, tenant=self.tenant, agent_budget_cents=cents)
        engine.generate(asked)

    def report(self, run_id: str, cost: int | None, verdict: str = "good") -> None:
        told = RunReported.model_validate({"verdict": verdict, "cost_micros": cost, "note": "as planned"})
        self._runs.report(run_id, told, self.tenant)

    def die(self, run_id: str, agent: str = "scout") -> None:
        """The process ends while a paid planner is asked, and records nothing more."""
        log, append = self.ports.log, self.ports.log.append

        def gone(_: object) -> Any:
            raise Gone

        class Killed(Paid):
            def draft(self, request: DraftRequest) -> DraftAnswer:
                log.append = gone  # type: ignore[assignment,method-assign]
                return super().draft(request)

        with suppress(Gone):
            self.plan(run_id, Killed(GOOD), agent=agent)
        log.append = append  # type: ignore[method-assign]


def tell(ports: Ports, clock: FixedClock) -> None:
    """Every kind of outcome, and whatever may happen to money."""
    story = Story(ports)
    ports.artifacts.put("default", "prompt", PROMPT)
    Memories(ports.memories, clock).remember("scout", "fetch the prices from example.com", "m1")
    story.plan("free", agent="nobody")
    story.plan("unpriced", FixedPlanner(UNPRICED), agent="nobody")
    story.plan("numbers", FixedPlanner(NUMBERS), agent="nobody")
    story.money.limits("limited", LimitsChanged(per_run=5_000_000, per_day=9_000_000, per_model={"x": 1}))
    story.plan("within", agent="limited")
    story.report("within", 3_000_000)
    story.money.grant("scout", 100_000_000, "g1", "March")
    story.plan("open")
    story.plan("reported")
    story.report("reported", 3_500_000)
    story.plan("unknown")
    story.report("unknown", None, "bad")
    story.money.correct("scout", "unknown", 3_000_000, reason="bill")
    story.plan("retried", Paid(BAD, GOOD))
    story.report("retried", 4_000_000)
    story.plan("invalid", Paid(BAD, cost=None))
    unavailable = DraftUnavailable(
        "timeout", "no answer", retryable=True, sent=True, usage=USAGE, cost_micros=5, prompt_digest=digest(PROMPT)
    )
    story.plan("failed", Paid(unavailable))
    unsent = DraftUnavailable("no_skill", "nothing here flies", retryable=False, sent=False)
    story.plan("unsent", Paid(unsent), FixedPlanner(GOOD, name="second"))
    story.plan("not-free", FixedPlanner(GOOD, deterministic=False, cost=70_000, worst=0))
    _tell_of_refusals_and_hands(story, clock)
    _tell_of_another_tenant(Story(ports, "other"))


def _tell_of_refusals_and_hands(story: Story, clock: FixedClock) -> None:
    story.plan("capped", cents=100)
    story.plan("called-off", Paid(GOOD), cents=100)
    story.plan("refused", FixedPlanner(UNPRICED))
    story.plan("by-hand")
    story.money.settle("scout", "by-hand", 900_000)
    story.report("by-hand", 1_000_000)
    story.plan("released")
    story.money.release("scout", "released", "not needed")
    story.plan("extended")
    story.money.extend("scout", "extended", clock.now() + timedelta(hours=60))
    story.plan("late")
    story.die("dead")
    story.die("settled")
    story.money.settle("scout", "settled", 700_000)
    clock.advance(timedelta(hours=30))
    story.plan("dead", Paid(GOOD))
    story.plan("after")
    story.report("late", 2_000_000)
    story.money.pause("scout", "audit")
    story.plan("paused")
    story.money.resume("scout", "done")
    story.money.revoke("scout", 1_000_000, "g2", "less")
    story.plan("dear")
    story.report("dear", 90_000_000)
    story.money.resume("scout", "paid")


def _tell_of_another_tenant(other: Story) -> None:
    other.money.grant(None, 30_000_000, "t1", "all")
    other.money.grant("scout", 9_000_000, "g1", "one")
    other.plan("both", Paid(GOOD))
    other.report("both", 4_100_000)
    other.plan("second")


class Store:
    """The database as its owner may change it; `ports` are those of the program."""

    def __init__(self, pool: Pool, owner: Connection) -> None:
        self.owner, self.clock = owner, FixedClock(datetime(2026, 5, 1, 12, tzinfo=UTC))
        application = Planfold(lambda env: Factory(env, Recorder(Datastore(pool))))
        log = EventSourcingLog(application, self.clock, "tester")
        self.ports = replace(
            in_memory_ports(MANIFEST, self.clock),
            log=log,
            artifacts=PostgresArtifacts(pool),
            ledgers=Ledgers(log, InMemorySnapshots(), self.clock),
            reader=InMemoryResults(application),
            history=LoggedHistory(application),
            rows=PostgresRows(pool),
        )
        self.read_models = ReadModels(pool)

    def fold(self) -> None:
        for name in self.read_models.names:
            self.read_models.bring_up(name)

    def keep(self) -> None:
        self.owner.execute("CREATE SCHEMA kept")
        for table, columns in TABLES.items():
            self.owner.execute(_KEEP.format(table=Identifier(table), columns=SQL(columns)))
            self.owner.execute(SQL("ALTER TABLE planfold.{} DISABLE TRIGGER ALL").format(Identifier(table)))
        self.owner.execute("ALTER TABLE planfold.stored_events ALTER notification_id SET GENERATED BY DEFAULT")
        self.owner.execute("ALTER TABLE planfold.artifacts DROP CONSTRAINT the_digest_is_that_of_the_body")

    def put_back(self) -> None:
        for table, columns in TABLES.items():
            self.owner.execute(SQL("DELETE FROM planfold.{}").format(Identifier(table)))
            self.owner.execute(_PUT_BACK.format(table=Identifier(table), columns=SQL(columns)))

    # What somebody does to it

    def sql(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        done = self.owner.execute(statement.encode(), parameters or None)
        return done.fetchall() if done.description else []

    def stream(self, stream: str) -> list[dict[str, Any]]:
        """The stored events, envelopes as JSON has them."""
        rows = self.sql(
            "SELECT originator_version AS version, notification_id AS position, topic, state"
            " FROM planfold.stored_events WHERE originator_id = %s ORDER BY originator_version",
            stream,
        )
        return [row | {"envelope": json.loads(bytes(row["state"]))} for row in rows]

    def named(self, name: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """The stored events of that name: stream, version, envelope."""
        for row in self.sql(
            "SELECT originator_id, originator_version, state FROM planfold.stored_events WHERE topic = %s"
            " ORDER BY notification_id",
            name,
        ):
            yield row["originator_id"], row["originator_version"], json.loads(bytes(row["state"]))

    def write(self, stream: str, version: int, envelope: Mapping[str, Any]) -> None:
        state = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()
        self.sql(
            "UPDATE planfold.stored_events SET state = %s, topic = %s"
            " WHERE originator_id = %s AND originator_version = %s",
            state,
            envelope["name"],
            stream,
            version,
        )

    def remove(self, stream: str, versions: Sequence[int] | None = None) -> None:
        """These events, or all of the stream."""
        self.sql(
            "DELETE FROM planfold.stored_events"
            " WHERE originator_id = %s AND originator_version = ANY (coalesce(%s, ARRAY[originator_version]))",
            stream,
            None if versions is None else list(versions),
        )

    def insert(self, stream: str, version: int, envelope: Mapping[str, Any]) -> None:
        """As the newest event of the log."""
        self.sql(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state, notification_id)"
            " SELECT %s, %s, %s, %s, max(notification_id) + 1 FROM planfold.stored_events",
            stream,
            version,
            envelope["name"],
            json.dumps(envelope).encode(),
        )

    def append(self, stream: str, envelope: Mapping[str, Any]) -> int:
        """At the end of the stream, at its time and in its chain; the version there."""
        last = self.stream(stream)[-1]
        version = int(last["version"]) + 1
        self.insert(stream, version, {**envelope, "recorded_at": last["envelope"]["recorded_at"]})
        self.mend_chain(stream)
        return version

    def close_gap(self, stream: str, version: int) -> None:
        """The events behind that version, which was removed, move up."""
        for by in (1_000_000, -1_000_001):
            self.sql(
                "UPDATE planfold.stored_events SET originator_version = originator_version + %s"
                " WHERE originator_id = %s AND originator_version > %s",
                by,
                stream,
                version,
            )
        self.mend_chain(stream)

    def mend_chain(self, stream: str) -> None:
        """Every event names the digest of the one before it, whatever that is by now: nothing shows in the chain."""
        previous = GENESIS
        for row in self.stream(stream):
            if row["envelope"]["previous"] != previous:
                self.write(stream, row["version"], row["envelope"] | {"previous": previous})
            previous = digest(self._state(stream, row["version"]))

    def _state(self, stream: str, version: int) -> bytes:
        return next(bytes(row["state"]) for row in self.stream(stream) if row["version"] == version)

    def change_row(self, table: str, column: str, value: object) -> None:
        """In the rows of run `reported` and of agent scout."""
        is_json = column in {"drafts", "result", "state"}
        statement = SQL("UPDATE planfold.{} SET {} = %s WHERE tenant = 'default' AND {}").format(
            Identifier(table),
            Identifier(column),
            SQL("run_id = 'reported'" if table == "results" else "scope = 'agent:scout'"),
        )
        self.owner.execute(statement, [Jsonb(value) if is_json else value])

    def audit(self, tenant: str = "default") -> Audits:
        return audit_all(self.ports, tenant)


@pytest.fixture(scope="module")
def made(database_of_the_file: Endpoint) -> Iterator[Store]:
    """One store for all tests of a file."""
    endpoint = database_of_the_file
    with open_pool(endpoint.app, size=2) as pool, connect(endpoint.admin) as owner:
        store = Store(pool, owner)
        tell(store.ports, store.clock)
        store.fold()
        store.keep()
        yield store


@pytest.fixture
def store(made: Store) -> Iterator[Store]:
    yield made
    made.put_back()
