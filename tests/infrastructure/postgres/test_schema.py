"""The tables as the database keeps them: what they refuse, and what the running program may do."""

import hashlib
from typing import LiteralString

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint

STREAM = "acme/run/r1"
INSERT: LiteralString = (
    "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
)
ARTIFACT: LiteralString = "INSERT INTO planfold.artifacts (tenant, digest, kind, body) VALUES ('acme', %s, 'k', %s)"


def test_an_event_belongs_to_the_tenant_that_its_stream_names(database: Endpoint) -> None:
    with connect(database.app) as connection:
        connection.execute(INSERT, [STREAM, 1, "ContextBuilt", b"{}"])
        row = connection.execute("SELECT tenant, originator_id, notification_id FROM planfold.stored_events").fetchone()

    assert {"tenant": "acme", "originator_id": STREAM, "notification_id": 1} == row


@pytest.mark.parametrize("stream", ["", "acme", "/run/r1", "acme/"])
def test_a_stream_without_a_tenant_and_a_name_is_refused(database: Endpoint, stream: str) -> None:
    with connect(database.app) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(INSERT, [stream, 1, "ContextBuilt", b"{}"])


def test_a_version_is_taken_once(database: Endpoint) -> None:
    with connect(database.app) as connection:
        connection.execute(INSERT, [STREAM, 1, "ContextBuilt", b"{}"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(INSERT, [STREAM, 1, "MemoryRetrieved", b"{}"])


@pytest.mark.parametrize(("version", "size"), [(0, 1), (1, 1024 * 1024 + 1)])
def test_an_event_out_of_bounds_is_refused(database: Endpoint, version: int, size: int) -> None:
    with connect(database.app) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(INSERT, [STREAM, version, "ContextBuilt", bytes(size)])


def test_the_runs_of_a_tenant_are_found_newest_first_by_an_index(database: Endpoint) -> None:
    with connect(database.owner) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT originator_id FROM planfold.stored_events WHERE tenant = 'acme' AND topic = 'ContextBuilt'"
            " AND notification_id < 9 ORDER BY notification_id DESC LIMIT 20"
        ).fetchall()

    lines = [line["QUERY PLAN"] for line in plan]
    assert any("stored_events_runs" in line for line in lines)
    assert not any("Sort" in line for line in lines)


def test_the_librarys_own_recorder_reads_and_writes_the_log(database: Endpoint) -> None:
    """Whoever leaves planfold can read all of it with eventsourcing alone (as the owner: its recorder locks the table)."""
    named = {name: str(value) for name, value in conninfo_to_dict(database.owner).items()}
    datastore = PostgresDatastore(
        named["dbname"], named["host"], named["port"], named["user"], "", schema="planfold", originator_id_type="text"
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    events = [StoredEvent(STREAM, version, "ContextBuilt", b"{}") for version in (1, 2)]
    with datastore:
        positions = recorder.insert_events(events)
        read = recorder.select_events(STREAM)
        notified = recorder.select_notifications(1, 10)

    assert events == list(read)
    assert positions == [each.id for each in notified]


def test_an_artifact_has_the_digest_of_its_body(database: Endpoint) -> None:
    with connect(database.app) as connection:
        connection.execute(ARTIFACT, [hashlib.sha256(b"body").hexdigest(), b"body"])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(ARTIFACT, [hashlib.sha256(b"body").hexdigest(), b"another"])


def test_a_memory_is_of_a_known_trust_and_its_embedding_names_a_model(database: Endpoint) -> None:
    insert: LiteralString = (
        "INSERT INTO planfold.memories (tenant, agent_id, memory_id, text, type, trust, created_at, model, embedding)"
        " VALUES ('acme', 'scout', 'm1', 'text', 'fact', %s, now(), %s, %s)"
    )
    with connect(database.app) as connection:
        for trust, model, embedding in (("utter", "m", "[1]"), ("low", None, "[1]"), ("low", "m", None)):
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(insert, [trust, model, embedding])


HISTORY = ["stored_events", "artifacts"]


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"]
)
def test_the_running_program_cannot_change_history(database: Endpoint, table: str, statement: str) -> None:
    query = statement.format(f"planfold.{table}").replace("tenant = tenant", "tenant = DEFAULT")
    with connect(database.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(query.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE planfold.mine ()",
        "CREATE TABLE public.mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE SCHEMA mine",
        "ALTER TABLE planfold.stored_events ADD COLUMN mine text",
        "ALTER TABLE planfold.stored_events DISABLE TRIGGER ALL",
        "DELETE FROM planfold.migrations",
        "INSERT INTO planfold.migrations VALUES ('0002_pre_mine', '')",
        "SET ROLE planfold_owner",
        "SET ROLE postgres",
        "COPY planfold.artifacts TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_running_program_has_no_right_beyond_its_work(database: Endpoint, statement: str) -> None:
    with connect(database.app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_a_position_that_is_given_by_mistake_is_refused(database: Endpoint) -> None:
    """By mistake only: OVERRIDING SYSTEM VALUE needs no other right than INSERT."""
    with connect(database.app) as connection, pytest.raises(psycopg.errors.GeneratedAlways):
        connection.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state, notification_id)"
            " VALUES ('acme/run/r1', 1, 'ContextBuilt', '', 1)"
        )


def test_every_table_has_the_tenant_as_its_first_key_column(database: Endpoint) -> None:
    with connect(database.admin) as connection:
        rows = connection.execute(
            "SELECT c.conrelid::regclass::text AS of_table, a.attname AS first"
            " FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'p' AND c.connamespace = 'planfold'::regnamespace"
        ).fetchall()

    found = {row["of_table"].removeprefix("planfold."): row["first"] for row in rows}
    assert "name" == found.pop("migrations")
    # How far the log of all tenants is read, and to what end.
    assert ("application_name", "name") == (found.pop("tracking"), found.pop("projections"))
    assert {"tenant"} == set(found.values())
    assert {"stored_events", "artifacts", "snapshots", "memories", "embedding_models"} <= set(found)
