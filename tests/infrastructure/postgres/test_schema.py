"""The tables as the database keeps them: what they refuse, and what the running program may do."""

from typing import LiteralString

import psycopg
import pytest

from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint

STREAM = "acme/run/r1"
INSERT: LiteralString = (
    "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
)


def test_an_event_belongs_to_the_tenant_that_its_stream_names(database: Endpoint) -> None:
    with connect(database.app) as connection:
        connection.execute(INSERT, [STREAM, 1, "ContextBuilt", b"{}"])
        row = connection.execute("SELECT tenant, originator_id, notification_id FROM planfold.stored_events").fetchone()

    assert row == {"tenant": "acme", "originator_id": STREAM, "notification_id": 1}


@pytest.mark.parametrize("stream", ["", "acme", "/run/r1", "acme/"])
def test_a_stream_without_a_tenant_and_a_name_is_refused(database: Endpoint, stream: str) -> None:
    with connect(database.app) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(INSERT, [stream, 1, "ContextBuilt", b"{}"])
