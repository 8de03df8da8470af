"""One stored event of each kind, as the first release wrote it: read by every release for ever.

The files are never changed. A new field of a fact gets a default, so that they are still read; a new event adds a file.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from eventsourcing.persistence import Notification, StoredEvent

from planfold.domain.canonical import digest
from planfold.domain.frozen import Fact
from planfold.domain.inspection import Finding
from planfold.domain.ledger import (
    CreditGranted,
    CreditHeld,
    CreditRevoked,
    HoldExtended,
    HoldReleased,
    HoldSettled,
    LimitsChanged,
    ScopePaused,
    ScopeResumed,
    SettlementCorrected,
)
from planfold.domain.memory import Snippet
from planfold.domain.plan_generation import (
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    LedgerSeen,
    MemoryRetrieved,
    PlanDrafted,
    PlanValidated,
    RunReported,
)
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.domain.recorded import Head
from planfold.infrastructure.errors import StoredEventUnreadable
from planfold.infrastructure.event_codec import decode, encode
from planfold.infrastructure.event_names import FACTS, belongs

GOLDEN = Path(__file__).with_name("golden")
AT = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)
OFFLINE = PlannerIdentity(name="offline", version="1", model=None, deterministic=True)
MODEL = PlannerIdentity(name="model", version="2", model="small-1", deterministic=False)
USAGE = Usage(input_tokens=900, output_tokens=120, cache_read_tokens=400, cache_write_tokens=20, reasoning_tokens=30)

EVENTS: list[Fact] = [
    ContextBuilt(
        tenant="default",
        agent_id="scout",
        goal="Fetch https://example.com/ü and summarise it",
        run_id="run-1",
        agent_budget_cents=500,
        budget_source="ledger",
        manifest_digest="1" * 64,
        rules_digest="2" * 64,
        planners=(OFFLINE, MODEL),
        max_attempts=3,
    ),
    MemoryRetrieved(
        snippets=(Snippet(id="m1", text="Ana likes tea", type="fact", score=0.75, created_at=AT, trust="low"),),
        context_summary="scout remembers:\n- (fact, trust low) Ana likes tea",
        retriever="pgvector+fulltext/table/256",
        degraded=None,
    ),
    PlanDrafted(
        attempt=1,
        plan={"plan_id": "p1", "steps": [{"step_id": "s1", "skill": "fetch_url", "params": {"retries": 2, "x": 0.5}}]},
        planner=MODEL,
        prompt_digest="3" * 64,
        usage=USAGE,
        cost_micros=1234,
        charged_micros=1234,
        duration_ms=987,
    ),
    DraftFailed(
        attempt=2,
        planner=MODEL,
        code="timeout",
        sentence="no answer within 30 seconds",
        retryable=True,
        prompt_digest="3" * 64,
        usage=USAGE,
        cost_micros=None,
        charged_micros=5000,
        duration_ms=30000,
    ),
    PlanValidated(
        attempt=1,
        valid=False,
        findings=(
            Finding(
                code="MISSING_PARAMETER",
                severity="error",
                message="send_email needs to",
                step_id="s1",
                path="/steps/0/params/to",
                question="Who is to get the e-mail?",
            ),
        ),
        rules_digest="2" * 64,
    ),
    BudgetChecked(
        purpose="execution",
        verdict="refused",
        breach="total",
        scope="agent:scout",
        limit=5_000_000,
        used=4_000_000,
        needed=4_000_000,
        available_before=1_000_000,
        ledgers=(LedgerSeen(scope="agent:scout", version=7, available=1_000_000),),
        hold_id=None,
    ),
    RunReported(verdict="good", cost_micros=3_900_000, note="delivered"),
    CreditGranted(grant_id="g1", amount=5_000_000, reason="November"),
    CreditRevoked(grant_id="g2", amount=1_000_000, reason="typo"),
    LimitsChanged(per_run=1, per_day=2, per_model={"small-1": 3}, alert_percent=90),
    CreditHeld(
        hold_id="run-1/execution",
        run_id="run-1",
        purpose="execution",
        model=None,
        amount=4_000_000,
        day=date(2026, 11, 22),
        expires_at=AT,
    ),
    HoldExtended(hold_id="run-1/execution", expires_at=AT),
    HoldSettled(hold_id="run-1/1", amount=1234, cost_known=True),
    SettlementCorrected(
        hold_id="run-1/1",
        amount=1234,
        settled=5000,
        day=date(2026, 11, 22),
        model="small-1",
        before_credit=False,
        reason="bill of November",
    ),
    HoldReleased(hold_id="run-1/execution", reason="expired"),
    ScopePaused(reason="overdraft"),
    ScopeResumed(reason="paid"),
]


def stored(fact: Fact) -> bytes:
    entry = encode(
        fact,
        stream="default/run/run-1" if belongs(type(fact).__name__, "default/run/run-1") else "default/ledger/tenant",
        head=Head(2, "f" * 64, AT),
        event_id="0199a1b2-0000-7000-8000-000000000001",
        now=AT,
        actor="planfold",
        correlation_id="run-1",
    )
    return entry.state


@pytest.mark.parametrize("fact", EVENTS, ids=lambda fact: type(fact).__name__)
def test_an_event_of_the_first_release_is_read_as_it_was_meant(fact: Fact) -> None:
    state = (GOLDEN / f"{type(fact).__name__}.json").read_bytes()

    recorded = decode(StoredEvent("default/run/run-1", 3, type(fact).__name__, state))

    assert fact == recorded.fact
    assert (AT, "planfold", "run-1", "f" * 64) == (
        recorded.recorded_at,
        recorded.actor,
        recorded.correlation_id,
        recorded.previous,
    )
    assert digest(state) == recorded.digest


@pytest.mark.parametrize("fact", EVENTS, ids=lambda fact: type(fact).__name__)
def test_what_is_written_is_read_back(fact: Fact) -> None:
    assert fact == decode(StoredEvent("default/run/run-1", 3, type(fact).__name__, stored(fact))).fact


def test_every_event_has_its_golden_file() -> None:
    assert set(FACTS) == {path.stem for path in GOLDEN.glob("*.json")} == {type(fact).__name__ for fact in EVENTS}


@pytest.mark.parametrize("fact", EVENTS, ids=lambda fact: type(fact).__name__)
def test_a_field_of_a_later_release_is_left_out(fact: Fact) -> None:
    envelope = json.loads(stored(fact))
    envelope["body"]["added_later"] = {"by": "release 2"}
    envelope["signature"] = "of release 3"

    recorded = decode(StoredEvent("default/run/run-1", 3, envelope["name"], json.dumps(envelope).encode()))

    assert fact == recorded.fact


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "CreditRevoked", "it is stored as CreditGranted, and 'CreditRevoked' inside"),
        ("event_id", None, "its event_id is no text"),
        ("schema", "1", "its schema is no whole number"),
        ("recorded_at", "2026-01-01T00:00:00", "its recorded_at is no time with a zone"),
        ("recorded_at", "soon", "its recorded_at is no time with a zone"),
    ],
)
def test_an_envelope_that_no_release_writes_is_refused_by_what_is_wrong(
    field: str, value: object, sentence: str
) -> None:
    envelope = json.loads((GOLDEN / "CreditGranted.json").read_bytes()) | {field: value}

    with pytest.raises(StoredEventUnreadable, match=sentence) as raised:
        decode(Notification("default/ledger/tenant", 3, "CreditGranted", json.dumps(envelope).encode(), id=42))
    assert 42 == raised.value.position


@pytest.mark.parametrize(
    "state", [b"", b"{}", b"[]", b"not json", b'{"name": "Nobody", "body": {}}', b'{"name": "CreditGranted"}', b"\xff"]
)
def test_damaged_bytes_are_named_by_stream_and_version(state: bytes) -> None:
    with pytest.raises(StoredEventUnreadable, match=r"cannot read event 3 .* of default/run/run-1"):
        decode(StoredEvent("default/run/run-1", 3, "CreditGranted", state))
