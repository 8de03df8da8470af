"""`planfold export` and `schema`: the log as CloudEvents for other programs, once or for ever."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema_rs
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from planfold.application.cloud_events import stored_of
from planfold.application.results import fold
from planfold.domain.ledger import fold as fold_ledger
from planfold.domain.recorded import GENESIS, Recorded
from planfold.infrastructure.event_codec import decode, sealed
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.postgres.connect import connect
from planfold.infrastructure.postgres.embedded import Endpoint

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch the prices and summarise them, für \U0001f600"

pytestmark = pytest.mark.usefixtures("ready")


def read(lines: str) -> list[Recorded[Any]]:
    """What the cloudevents package reads, as events whose digests were taken anew."""
    found = []
    for each in lines.splitlines():
        event = JSONFormat().read(CloudEvent, each)
        given: dict[str, Any] = {**event.get_attributes(), "data": event.get_data()}
        recorded = decode(sealed(stored_of(given)))
        assert (event.get_id(), event.get_extension("digest")) == (recorded.event_id, recorded.digest)
        assert event.get_time() == recorded.recorded_at
        found.append(recorded)
    return found


def test_what_is_exported_folds_to_what_is_shown_and_its_chains_hold(planfold: Command) -> None:
    planfold("budget", "grant", "me", "0.008", "--id", "g1")
    planfold("plan", GOAL, "--run", "r1")
    assert 4 == planfold("plan", GOAL, "--run", "r2").returncode
    planfold("report", "r1", "good", "--cost", "0.001", "--note", "é")

    ended = planfold("export")

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.isascii()
    streams: dict[str, list[Recorded[Any]]] = {}
    for item in read(ended.stdout):
        streams.setdefault(item.stream, []).append(item)
    for events in streams.values():
        assert [GENESIS, *(item.digest for item in events[:-1])] == [item.previous for item in events]
    for run in ("r1", "r2"):
        shown = json.loads(planfold("show", run, "--json").stdout)
        assert shown == fold(streams[f"default/run/{run}"]).model_dump(mode="json")
    ledger = fold_ledger(item.fact for item in streams["default/ledger/agent:me"])
    money = json.loads(planfold("budget", "show", "me", "--json").stdout)
    assert (money["spent_micros"], money["remaining_micros"]) == (ledger.spent, ledger.available)


def test_an_export_goes_on_where_the_last_one_ended(planfold: Command) -> None:
    planfold("plan", GOAL, "--run", "r1")
    first = planfold("export").stdout
    planfold("plan", GOAL, "--run", "r2")
    last = json.loads(first.splitlines()[-1])["sequence"]

    assert planfold("export").stdout == first + planfold("export", "--since", last).stdout
    assert first == planfold("export", "--until", last).stdout
    assert "" == planfold("export", "--until", "2026-01-01").stdout
    assert planfold("export").stdout == planfold("export", "--since", "2026-01-01").stdout
    assert "" == planfold("export", "--tenant", "acme").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--since", "soon"], "--since 'soon' is neither a position, as the sequence of an event, nor a time"),
        (["--until", "-1"], "--until '-1' is neither a position"),
        (["--since", "9"], "cannot go on behind position 9: the log ends at 0"),
        (["--since", "9" * 25], f"--since '{'9' * 25}' is neither"),
        (["--follow", "--until", "9"], "--follow has no end, and --until is one"),
        (["--follow", "--since", "9"], "cannot go on behind position 9"),
        (["--source", "a b"], "the source is no URI"),
        (["--tenant", "a/b"], "tenant 'a/b' is not an identifier"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    planfold: Command, arguments: list[str], sentence: str
) -> None:
    ended = planfold("export", *arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert ended.stderr.startswith(f"planfold: {sentence}")


def test_damage_ends_an_export_where_it_stands_and_says_which_event_it_is(
    planfold: Command, database: Endpoint
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    whole = planfold("export").stdout.splitlines()
    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.stored_events SET state = '{}' WHERE topic = 'PlanDrafted'")

    ended = planfold("export")

    assert (7, whole[:2]) == (ended.returncode, ended.stdout.splitlines())
    assert ["planfold: this ends before position 3; with --since 3 it goes on behind it", True] == [
        ended.stderr.splitlines()[0],
        ended.stderr.splitlines()[1].startswith("planfold: cannot read event 3 (PlanDrafted) of default/run/r1: "),
    ]
    assert whole[3:] == planfold("export", "--since", "3").stdout.splitlines()


def test_events_carry_what_the_schemas_say(planfold: Command) -> None:
    planfold("budget", "grant", "me", "5", "--id", "g1")
    planfold("plan", GOAL, "--run", "r1")
    schemas = json.loads(planfold("schema", "--json").stdout)

    assert list(FACTS) == list(schemas)
    for each in planfold("export").stdout.splitlines():
        event = json.loads(each)
        schema = schemas[event["type"].removeprefix("planfold.")]
        assert schema["$id"] == event["dataschema"]
        jsonschema_rs.validate(schema, event["data"] | {"added_later": 1})


def test_a_schema_is_printed_by_name(planfold: Command) -> None:
    assert "planfold:schemas/CreditHeld/1" == json.loads(planfold("schema", "CreditHeld").stdout)["$id"]
    assert [*FACTS] == [line.split()[0] for line in planfold("schema").stdout.splitlines()]
    refused = planfold("schema", "Nobody")
    assert (2, "planfold: there is no event 'Nobody'; name one of these: ContextBuilt") == (
        refused.returncode,
        refused.stderr.partition(",")[0],
    )


# As a process of its own


@pytest.fixture
def follow(program: Path, environment: Mapping[str, str]) -> Callable[..., Any]:
    @contextmanager
    def begun(*arguments: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-W", "error", program, "export", "--follow", *arguments],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    return begun


@pytest.mark.parametrize(
    ("sent", "ends", "said"),
    [(signal.SIGTERM, 0, ""), (signal.SIGINT, 130, "planfold: interrupted; what was recorded stays\n")],
)
def test_it_follows_the_log_until_a_signal(
    planfold: Command, follow: Callable[..., Any], sent: int, ends: int, said: str
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with follow() as process:
        before = [process.stdout.readline() for _ in range(5)]
        planfold("plan", GOAL, "--run", "r2")
        after = [process.stdout.readline() for _ in range(5)]
        process.send_signal(sent)
        out, err = process.communicate(timeout=30)

    assert (ends, "", said) == (process.returncode, out, err)
    assert planfold("export").stdout == "".join(before + after)


def test_it_survives_a_lost_connection_and_no_line_comes_twice(
    planfold: Command, follow: Callable[..., Any], database: Endpoint
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with connect(database.owner) as owner, follow() as process:
        lines = [process.stdout.readline() for _ in range(5)]
        owner.execute("REVOKE SELECT ON planfold.stored_events FROM planfold_app")
        with connect(database.admin) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'planfold_app'"
            )
        lost = process.stderr.readline()
        owner.execute("GRANT SELECT ON planfold.stored_events TO planfold_app")
        while "the database answers again" not in process.stderr.readline():
            assert process.poll() is None
        planfold("plan", GOAL, "--run", "r2")
        lines += [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=30)

    assert "; the next try is in 0.5 s" in lost
    assert planfold("export").stdout == "".join(lines)


@pytest.mark.parametrize("further", [True, False], ids=["an event comes", "none comes"])
def test_it_ends_when_nobody_reads_any_more(planfold: Command, follow: Callable[..., Any], *, further: bool) -> None:
    planfold("plan", GOAL, "--run", "r1")
    with follow() as process:
        assert process.stdout.readline()
        process.stdout.close()
        if further:
            planfold("plan", GOAL, "--run", "r2")

        assert 141 == process.wait(timeout=30)
        assert "" == process.stderr.read()


def test_an_event_that_is_not_committed_yet_keeps_back_those_behind_it(
    planfold: Command, follow: Callable[..., Any], database: Endpoint
) -> None:
    planfold("plan", GOAL, "--run", "r1")
    state = json.dumps({"event_id": "e", "name": "N", "schema": 1, "recorded_at": "2026-01-01T00:00:00+00:00"})[:-1]
    state += ', "actor": "a", "correlation_id": "c", "previous": "p", "body": {}}'
    with follow() as process, connect(database.app) as slow:
        lines = [json.loads(process.stdout.readline()) for _ in range(5)]
        slow.execute("BEGIN")
        slow.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES ('default/run/slow', 1, 'N', %s)",
            [state.encode()],
        )
        planfold("plan", GOAL, "--run", "r2")
        slow.execute("COMMIT")
        lines += [json.loads(process.stdout.readline()) for _ in range(6)]
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=30)

    positions = [int(each["sequence"]) for each in lines]
    assert sorted(positions) == positions
    assert "default/run/slow" == lines[5]["partitionkey"]
