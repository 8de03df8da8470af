"""What `planfold doctor` says of a server that answers: room for connections, stalled readers, other addresses."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from planfold.infrastructure.cli import store_checks
from planfold.infrastructure.postgres.connect import Connection, connect
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.stalling import Stalling, stalling

Command = Callable[..., CompletedProcess[str]]
UNREACHABLE = "postgresql://somebody:hunter2@127.0.0.1:1/planfold?connect_timeout=2"


def checks(ended: CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(ended.stdout)["checks"]}


def url(conninfo: str) -> str:
    named = conninfo_to_dict(conninfo)
    return f"postgresql://{named['user']}@/{named['dbname']}?host={quote(str(named['host']))}&port={named['port']}"


@contextmanager
def a_save_under_way(conninfo: str) -> Iterator[Connection]:
    with connect(conninfo) as other, other.transaction(force_rollback=True):
        other.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES ('a/run/1', 1, 'topic', '')"
        )
        yield other


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction of any age keeps readers waiting."""

    def look(connection: Connection) -> list[Stalling]:
        return stalling(connection, timedelta(0))

    monkeypatch.setattr(store_checks, "stalling", look)


def test_a_doctor_shows_the_connections_of_a_process_beside_those_of_the_server(planfold: Command) -> None:
    found = checks(planfold("doctor", "--json"))["capacity"]

    assert "ok" == found["state"]
    assert re.fullmatch(
        r"this process opens 6 to the server at most; there, \d+ of 100 are in use, 3 kept for administrators",
        found["found"],
    )


def test_a_doctor_warns_where_there_is_no_room_for_another_process(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, database: Endpoint
) -> None:
    monkeypatch.setenv("PLANFOLD_POOL_SIZE", "90")
    open_ones = [connect(database.app) for _ in range(7)]
    try:
        ended = planfold("doctor", "--json")
    finally:
        for each in open_ones:
            each.close()

    found = checks(ended)["capacity"]
    assert (0, "pending") == (ended.returncode, found["state"])
    assert "this process opens 91 to the server at most" in found["found"]
    assert "lower PLANFOLD_POOL_SIZE" in found["mend"]


@pytest.mark.usefixtures("at_once")
def test_a_doctor_names_who_keeps_readers_waiting_and_how_to_end_it(planfold: Command, database: Endpoint) -> None:
    with a_save_under_way(database.app) as other:
        pid = other.info.backend_pid
        ended, shown = planfold("doctor", "--json"), planfold("doctor").stdout

    found = checks(ended)["readers"]
    assert (0, "pending") == (ended.returncode, found["state"])
    assert f"those who follow the log wait for pid {pid} (0 s old, idle in transaction)" == found["found"]
    assert f"SELECT pg_terminate_backend({pid})" in found["mend"]
    assert "! readers " in shown


def test_a_doctor_says_that_it_is_not_shown_the_age_of_another_role(planfold: Command, database: Endpoint) -> None:
    with a_save_under_way(database.owner) as other:
        pid = other.info.backend_pid
        found = checks(planfold("doctor", "--json"))["readers"]

    assert "pending" == found["state"]
    assert f"pid {pid} (a session of another role: its age and state are not shown to this one)" in found["found"]


def test_a_doctor_lists_five_at_most_of_those_who_keep_readers_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Stalling(pid, timedelta(hours=2), "active") for pid in range(1, 8)]
    monkeypatch.setattr(store_checks, "stalling", lambda _: many)

    found = store_checks.readers(object())  # type: ignore[arg-type] # nobody asks it

    assert isinstance(found, store_checks.Pending)
    assert found.found.endswith("pid 5 (7,200 s old, active) and 2 more")


def test_a_doctor_tells_a_pooler_and_the_timeout_that_it_does_not_pass_on(
    planfold: Command,
    monkeypatch: pytest.MonkeyPatch,
    database: Endpoint,
    through_pooler: Callable[[str], str],
) -> None:
    alone = url(through_pooler(database.app))
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", alone)
    refused = planfold("doctor", "--json")
    monkeypatch.setenv("PLANFOLD_DIRECT_DATABASE_URL", url(database.app))
    without = checks(planfold("doctor", "--json"))
    with connect(database.admin) as admin:
        name = conninfo_to_dict(database.app)["dbname"]
        admin.execute(f"ALTER ROLE planfold_app IN DATABASE {name} SET statement_timeout = 30000".encode())
        ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'planfold_app'"
        admin.execute(ended)
    within = checks(planfold("doctor", "--json"))

    assert 7 == refused.returncode
    assert "let PLANFOLD_DIRECT_DATABASE_URL name the server itself" in checks(refused)["server"]["mend"]
    assert "pending" == without["pooler"]["state"]
    assert "may take any time, not the 30000 ms of PLANFOLD_STATEMENT_TIMEOUT_MS" in without["pooler"]["found"]
    assert "ALTER ROLE planfold_app SET statement_timeout = 30000" in without["pooler"]["mend"]
    assert ("ok", None) == (within["pooler"]["state"], within["pooler"]["mend"])
    assert "this process opens 1 to the server at most, 5 to the pooler; there" in within["capacity"]["found"]


def test_a_doctor_says_that_there_is_no_pooler_where_one_was_told_of(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, database: Endpoint
) -> None:
    monkeypatch.setenv("PLANFOLD_DIRECT_DATABASE_URL", url(database.app))

    found = checks(planfold("doctor", "--json"))

    assert "PLANFOLD_DATABASE_URL leads to the server itself" == found["pooler"]["found"]
    assert "this process opens 6 to the server at most" in found["capacity"]["found"]


def test_a_doctor_looks_at_the_server_for_queries(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, database: Endpoint
) -> None:
    monkeypatch.setenv("PLANFOLD_READ_DATABASE_URL", url(make_conninfo(database.app, user="planfold_owner")))
    there = checks(planfold("doctor", "--json"))
    monkeypatch.setenv("PLANFOLD_READ_DATABASE_URL", UNREACHABLE)
    ended = planfold("doctor", "--json")

    assert "no standby, answers planfold_owner" in there["queries"]["found"]
    assert "5 to PLANFOLD_READ_DATABASE_URL" in there["capacity"]["found"]
    assert (7, "missing") == (ended.returncode, checks(ended)["queries"]["state"])
    assert "PLANFOLD_READ_DATABASE_URL names it" in checks(ended)["queries"]["mend"]
    assert "hunter2" not in ended.stdout
