"""Queries and saves go through PgBouncer in transaction mode; what needs a session of the server goes past it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.ports import RunQuery
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import connect, leads_to_pooler, open_pool, refuse_pooler
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.postgres.stock_recorder import StockRecorder
from planfold.infrastructure.settings import Settings

Through = Callable[[str], str]

MANIFEST = Manifest(skills=(Skill(name="fetch", cost=1_000_000),))
STEPS = [{"step_id": "s1", "skill": "fetch"}]
RUNS = 40


def url(conninfo: str) -> str:
    named = conninfo_to_dict(conninfo)
    where = f"host={quote(str(named['host']), safe='')}&port={named['port']}"
    return f"postgresql://{named['user']}@/{named['dbname']}?{where}"


def installed(app: str, **others: object) -> Installation:
    return Installation(Settings.model_validate({"database_url": url(app), "pool_size": 8, **others}))


def engine(installation: Installation, planner: FixedPlanner | None = None) -> PlanGenerationEngine:
    return PlanGenerationEngine(installation.ports, [planner or FixedPlanner({"plan_id": "p", "steps": STEPS})])


def outcome(plans: PlanGenerationEngine, run_id: str) -> str | None:
    return plans.generate(PlanGenerationContext("scout", "fetch it", run_id), skills=MANIFEST).outcome


@pytest.mark.parametrize("recorder", ["planfold", "stock"])
def test_plans_of_eight_threads_are_whole_and_spend_no_more_than_was_granted(
    database: Endpoint, through_pooler: Through, recorder: str
) -> None:
    direct = url(database.app)
    with installed(through_pooler(database.app), direct_database_url=direct, recorder=recorder) as installation:
        ports, plans = installation.ports, engine(installation)
        Budgets(ports.ledgers, ports.clock).grant("scout", 25_000_000, "g1")

        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(lambda number: outcome(plans, f"r{number}"), range(RUNS)))

        status = Budgets(ports.ledgers, ports.clock).get_status("scout")
        recorder_of_a_reader = Recorder(Datastore(installation.pool))
        read = recorder_of_a_reader.select_notifications(None, 1_000)
        assert (25, RUNS - 25) == (outcomes.count("ready"), outcomes.count("refused"))
        assert (25_000_000, 0) == (status.held_micros, status.remaining_micros)
        assert len(ports.reader.find(RunQuery("default", limit=100))) == RUNS
        assert sorted(each.id for each in read) == [each.id for each in read]
        assert {5} == {len(ports.log.read(f"default/run/r{number}")) for number in range(RUNS)}


def test_a_run_of_two_processes_behind_a_pooler_is_drafted_once(database: Endpoint, through_pooler: Through) -> None:
    app, direct = through_pooler(database.app), url(database.app)
    planner = FixedPlanner({"plan_id": "p", "steps": STEPS}, deterministic=False, cost=300_000, worst=2_000_000)
    with (
        installed(app, direct_database_url=direct) as first,
        installed(app, direct_database_url=direct) as second,
        ThreadPoolExecutor(8) as threads,
    ):
        Budgets(first.ports.ledgers, first.ports.clock).grant("scout", 25_000_000, "g1")
        both = [engine(first, planner), engine(second, planner)]

        outcomes = list(threads.map(lambda number: outcome(both[number % 2], "r1"), range(8)))

    assert (["ready"] * 8, 1) == (outcomes, len(planner.requests))


def test_a_pooler_is_known_by_its_process_numbers(database: Endpoint, through_pooler: Through) -> None:
    with connect(database.app) as direct, connect(through_pooler(database.app), pooled=True) as pooled:
        assert (False, True) == (leads_to_pooler(direct), leads_to_pooler(pooled))
        refuse_pooler(direct)
        with pytest.raises(StoreUnavailable, match="PLANFOLD_DIRECT_DATABASE_URL name the server itself"):
            refuse_pooler(pooled)
        assert (False, True) == (direct.closed, pooled.closed)


def test_no_statement_is_prepared_behind_a_pooler_whatever_its_caller_says(
    database: Endpoint, through_pooler: Through
) -> None:
    count = "SELECT count(*) AS prepared FROM pg_prepared_statements"
    found = []
    for conninfo in (database.app, through_pooler(database.app)):
        with installed(conninfo) as installation, installation.pool.connection() as connection:
            connection.execute("SELECT 1", prepare=True)
            found.append(connection.execute(count, prepare=False).fetchone())

    assert [{"prepared": 1}, {"prepared": 0}] == found


def test_without_another_address_a_pooler_serves_queries_and_refuses_plans_and_migrations(
    database: Endpoint, through_pooler: Through
) -> None:
    told = "a pooler is in between; let PLANFOLD_DIRECT_DATABASE_URL name the server itself"
    with installed(through_pooler(database.app)) as installation:
        assert [] == installation.ports.reader.find(RunQuery("default"))
        with pytest.raises(StoreUnavailable, match=told):
            outcome(engine(installation), "r1")
        with pytest.raises(StoreUnavailable, match=told):
            installation.connect_owner()
        assert [] == installation.ports.log.read("default/run/r1")


def test_a_pooler_refuses_startup_options_and_it_is_said_what_to_do(
    database: Endpoint, through_pooler: Through
) -> None:
    options = make_conninfo(through_pooler(database.app), options="-c work_mem=1MB")

    with pytest.raises(StoreUnavailable, match="write no `options` into a URL of the pooler"):
        connect(options, pooled=True)


def test_the_timeout_of_the_role_holds_behind_a_pooler(database: Endpoint, through_pooler: Through) -> None:
    with connect(database.admin) as admin:
        name = conninfo_to_dict(database.app)["dbname"]
        admin.execute(f"ALTER ROLE planfold_app IN DATABASE {name} SET statement_timeout = 20".encode())
    with (
        open_pool(through_pooler(database.app), size=1, pooled=True) as pool,
        pool.connection() as connection,
        pytest.raises(Exception, match="statement timeout"),
    ):
        connection.execute("SELECT pg_sleep(10)")


# Queries on a server of their own


def test_queries_go_to_the_server_for_them_and_saves_do_not(database: Endpoint, empty_database: Endpoint) -> None:
    with connect(empty_database.admin) as admin:
        admin.execute("CREATE EXTENSION vector")
    with connect(empty_database.owner) as owner:
        migrations.upgrade(owner)
    with installed(empty_database.app) as copy:
        outcome(engine(copy), "copied")
        copy.read_models.bring_up("results")
    only_reads = url(empty_database.app) + "&options=" + quote("-c default_transaction_read_only=on")

    with installed(database.app, read_database_url=only_reads) as installation:
        done = outcome(engine(installation), "r1")

        ports = installation.ports
        assert ("ready", 5) == (done, len(ports.log.read("default/run/r1")))
        assert ["copied"] == [run.run_id for run in ports.reader.find(RunQuery("default"))]
        assert [] == ports.log.read("default/run/copied")


def test_plans_go_on_while_the_server_for_queries_is_away(database: Endpoint) -> None:
    away = "postgresql://planfold_app@127.0.0.1:1/planfold"
    with installed(database.app, read_database_url=away) as installation:
        assert "ready" == outcome(engine(installation), "r1")
        with pytest.raises(StoreUnavailable, match="PLANFOLD_READ_DATABASE_URL names it"):
            installation.ports.reader.find(RunQuery("default"))


def test_a_server_that_only_reads_takes_no_saves_and_it_is_said_what_to_do(database: Endpoint) -> None:
    only_reads = url(database.app) + "&options=" + quote("-c default_transaction_read_only=on")
    with (
        Installation(Settings.model_validate({"database_url": only_reads})) as installation,
        pytest.raises(StoreUnavailable, match="PLANFOLD_DATABASE_URL leads to a server or role that only reads"),
    ):
        installation.ports.artifacts.put("default", "manifest", b"{}")


def test_the_recorder_is_that_of_the_settings(database: Endpoint) -> None:
    found = {}
    for name in ("planfold", "stock"):
        with installed(database.app, recorder=name) as installation:
            found[name] = type(installation._recorder(installation.pool))

    assert {"planfold": Recorder, "stock": StockRecorder} == found
