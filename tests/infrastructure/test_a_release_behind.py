"""A program one release behind beside a newer one: new fields are passed over, a new kind of event stops its stream alone.

A kind is read one release before any release writes it, so that programs that run side by side never meet an unknown one.
Who is further behind, or went back, must not guess what it says: the stream is left alone, by name.
"""

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from eventsourcing.persistence import StoredEvent

from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.ports import Appending
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.ledger import CreditGranted
from planfold.domain.plan_generation import reported
from planfold.domain.recorded import EMPTY_STREAM, GENESIS, Head
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.errors import EventKindUnknown
from planfold.infrastructure.event_codec import decode, encode
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, in_memory_ports

SENTENCE = "this release knows no such event, a later one does; upgrade planfold here"
MANIFEST = Manifest(skills=(Skill(name="fetch", description="Fetch a URL", cost=100),))


@pytest.fixture
def ports() -> Ports:
    return in_memory_ports(MANIFEST)


@pytest.fixture
def planner() -> FixedPlanner:
    return FixedPlanner({"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]})


@pytest.fixture
def engine(ports: Ports, planner: FixedPlanner) -> PlanGenerationEngine:
    return PlanGenerationEngine(ports, [planner])


@pytest.fixture
def runs(ports: Ports) -> Runs:
    return Runs(ports.log, ports.reader, ports.ledgers, ports.clock)


@pytest.fixture
def _newer_and_older(ports: Ports, engine: PlanGenerationEngine, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer program has paused the ledger of `held` and reported `r1`; from now on this one knows no such events."""
    engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    runs.report("r1", reported("good", 50))
    money = Budgets(ports.ledgers, ports.clock)
    money.grant("held", 1_000, "g1")
    money.pause("held", "no more")
    monkeypatch.delitem(FACTS, "RunReported")
    monkeypatch.delitem(FACTS, "ScopePaused")


@pytest.mark.usefixtures("_newer_and_older")
def test_a_run_with_an_event_of_an_unknown_kind_is_not_folded_without_it(ports: Ports, runs: Runs) -> None:
    with pytest.raises(EventKindUnknown, match=SENTENCE) as raised:
        runs.result("r1")

    assert ("default/run/r1", 6, "RunReported") == (raised.value.stream, raised.value.version, raised.value.name)
    with pytest.raises(EventKindUnknown, match="cannot read event 6"):
        Auditor(ports).audit("r1")


@pytest.mark.usefixtures("_newer_and_older")
def test_the_engine_neither_drafts_nor_records_where_it_knows_not_all(
    ports: Ports, engine: PlanGenerationEngine, planner: FixedPlanner
) -> None:
    before, asked = ports.history.newest(), len(planner.requests)

    with pytest.raises(EventKindUnknown):
        engine.generate(PlanGenerationContext("scout", "fetch it", "r1"))
    with pytest.raises(EventKindUnknown, match=r"cannot read event 2 \(ScopePaused\) of default/ledger/agent:held"):
        engine.generate(PlanGenerationContext("held", "fetch it", "r2"))

    assert (before, asked) == (ports.history.newest(), len(planner.requests))


@pytest.mark.usefixtures("_newer_and_older")
def test_other_runs_and_other_ledgers_go_on(ports: Ports, engine: PlanGenerationEngine, runs: Runs) -> None:
    Budgets(ports.ledgers, ports.clock).grant("other", 1_000, "g2")

    assert "ready" == engine.generate(PlanGenerationContext("other", "fetch it", "r3")).outcome
    assert "ready" == runs.result("r3").outcome


@pytest.mark.usefixtures("_newer_and_older")
def test_a_time_is_found_in_the_log_whatever_kinds_of_events_are_there(ports: Ports) -> None:
    clock = cast("FixedClock", ports.clock)

    assert (0, ports.history.newest()) == (
        ports.history.before(clock.at),
        ports.history.before(clock.at + timedelta(seconds=1)),
    )


def test_fields_and_forms_of_a_later_release_are_read_and_written_behind(ports: Ports) -> None:
    """Each release appends behind what the other wrote, and both read the whole chain."""
    stream, now = "default/ledger/agent:a", FixedClock().now()
    entry = encode(
        CreditGranted(grant_id="g1", amount=5, reason=""),
        stream=stream,
        head=EMPTY_STREAM,
        event_id="0199a1b2-0000-7000-8000-000000000001",
        now=now,
        actor="newer",
        correlation_id="g1",
    )
    envelope: dict[str, Any] = json.loads(entry.state)
    envelope |= {"schema": 7, "signature": "x", "body": envelope["body"] | {"currency": "USD"}}
    recorder = ports.log._application.recorder  # type: ignore[attr-defined] # past this release's encoder
    recorder.insert_events([StoredEvent(stream, 1, entry.topic, json.dumps(envelope).encode())])

    (newer,) = ports.log.read(stream)
    (older,) = ports.log.append(
        [Appending(stream, Head.of(newer), [CreditGranted(grant_id="g2", amount=6, reason="")], "g2")]
    )

    assert (5, 6) == tuple(item.fact.amount for item in ports.log.read(stream))  # type: ignore[attr-defined] # both grants
    assert (GENESIS, newer.digest) == (newer.previous, older.previous)


def test_an_event_of_an_unknown_kind_is_told_from_a_damaged_one() -> None:
    state = b'{"event_id":"1","name":"Nobody","schema":1,"recorded_at":"2026-01-01T00:00:00+00:00","actor":"a",'
    state += b'"correlation_id":"c","previous":"p","body":{}}'

    with pytest.raises(EventKindUnknown, match=r"cannot read event 3 \(Nobody\) of default/run/r1: this release knows"):
        decode(StoredEvent("default/run/r1", 3, "Nobody", state))
