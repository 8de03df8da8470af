"""What queries are shown, row by row: as the events make it, and nothing for streams without events."""

from collections.abc import Callable

import pytest

from planfold.application.ports import Appending, ReadModelRows
from planfold.application.shown_rows import ledger_row, run_row
from planfold.domain.ledger import CreditGranted
from planfold.domain.plan_generation import ContextBuilt, MemoryRetrieved
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import FixedClock, InMemoryRows, in_memory_application
from planfold.infrastructure.postgres.connect import Pool
from planfold.infrastructure.postgres.datastore import Datastore, Factory
from planfold.infrastructure.postgres.read_models.keeping import ReadModels
from planfold.infrastructure.postgres.read_models.shown import PostgresRows
from planfold.infrastructure.postgres.recorder import Recorder

RUN, LEDGER = "default/run/r1", "default/ledger/agent:scout"
CONTEXT = ContextBuilt(
    tenant="default",
    agent_id="scout",
    goal="look",
    run_id="r1",
    agent_budget_cents=None,
    budget_source="none",
    manifest_digest="a" * 64,
    rules_digest="b" * 64,
    planners=(PlannerIdentity(name="offline", version="1", deterministic=True),),
    max_attempts=1,
)
MEMORY = MemoryRetrieved(snippets=(), context_summary=None, retriever="none")
CREDIT = CreditGranted(grant_id="g1", amount=7, reason="")


@pytest.fixture(params=["in_memory", "postgres"])
def world(request: pytest.FixtureRequest) -> tuple[Planfold, ReadModelRows, Callable[[], None]]:
    """The log, what is shown of it, and what folds it."""
    if request.param == "in_memory":
        application = in_memory_application()
        return application, InMemoryRows(application), lambda: None
    pool: Pool = request.getfixturevalue("pool")

    def fold() -> None:
        for name in ("results", "ledgers"):
            ReadModels(pool).bring_up(name)

    return Planfold(lambda env: Factory(env, Recorder(Datastore(pool)))), PostgresRows(pool), fold


def test_rows_are_what_the_events_make_them(world: tuple[Planfold, ReadModelRows, Callable[[], None]]) -> None:
    application, rows, fold = world
    log = EventSourcingLog(application, FixedClock(), "tester")
    run = log.append([Appending(RUN, EMPTY_STREAM, [CONTEXT, MEMORY], "r1")])
    ledger = log.append([Appending(LEDGER, EMPTY_STREAM, [CREDIT], "g1")])
    fold()

    runs, ledgers = rows.runs("default", ["r1", "r2"]), rows.ledgers("default", ["agent:scout", "tenant"])

    assert ({RUN: run_row(run)}, {LEDGER: ledger_row(ledger)}) == (runs.rows, ledgers.rows)
    assert (ledger[-1].position, {}) == (runs.checkpoint, runs.parked)
    assert (ledger[-1].position, {}) == (ledgers.checkpoint, ledgers.parked)


def test_a_log_without_events_has_no_rows(world: tuple[Planfold, ReadModelRows, Callable[[], None]]) -> None:
    _, rows, fold = world
    fold()

    shown = rows.runs("default", ["r1"])

    assert (0, {}, {}) == (shown.checkpoint, shown.rows, shown.parked)
    assert [] == list(rows.unrecorded("default", 10))


def test_of_another_tenant_nothing_is_shown(world: tuple[Planfold, ReadModelRows, Callable[[], None]]) -> None:
    application, rows, fold = world
    log = EventSourcingLog(application, FixedClock(), "tester")
    log.append([Appending(RUN, EMPTY_STREAM, [CONTEXT], "r1")])
    fold()

    assert {} == rows.runs("another", ["r1"]).rows
    assert [] == list(rows.unrecorded("another", 10))
