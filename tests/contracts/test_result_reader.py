"""Finding runs: by tenant, agent, outcome and words, newest first, a page by key."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from pydantic import JsonValue

from planfold.application.ports import UNFINISHED, Appending, ResultReader, RunQuery
from planfold.application.results import PlanGenerationResult, fold
from planfold.domain.inspection.finding import Code, finding
from planfold.domain.plan_generation import ContextBuilt, DraftFailed, MemoryRetrieved, PlanDrafted, PlanValidated
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.in_memory import FixedClock, InMemoryResults
from planfold.infrastructure.postgres.connect import Pool
from planfold.infrastructure.postgres.read_models.keeping import ReadModels
from planfold.infrastructure.postgres.recorder import Recorder
from planfold.infrastructure.postgres.results import PostgresResults

PLANNER = PlannerIdentity(name="offline", version="1", deterministic=True)
FAILED = DraftFailed(
    attempt=1, planner=PLANNER, code="no_skill", sentence="none", retryable=False, cost_micros=0, duration_ms=0
)

DRAFTED = PlanDrafted(attempt=1, plan={}, planner=PLANNER, cost_micros=0, duration_ms=0)


@pytest.fixture
def reader(application: Planfold) -> ResultReader:
    recorder = application.recorder
    if isinstance(recorder, Recorder):
        pool = cast("Pool", recorder.datastore.pool)
        return PostgresResults(lambda: pool, ReadModels(pool))
    return InMemoryResults(application)


def record(
    log: EventSourcingLog,
    run_id: str,
    *,
    agent: str = "scout",
    tenant: str = "default",
    goal: str = "g",
    ended: bool = True,
    found: Sequence[Code] = (),
    plan: JsonValue = None,
) -> int:
    """A run that failed, or has not, of whose draft so much was found; gives the position of its first event."""
    context = ContextBuilt(
        tenant=tenant,
        agent_id=agent,
        goal=goal,
        run_id=run_id,
        agent_budget_cents=None,
        budget_source="none",
        manifest_digest="a" * 64,
        rules_digest="b" * 64,
        planners=(PLANNER,),
        max_attempts=1,
    )
    memory = MemoryRetrieved(snippets=(), context_summary=None, retriever="none")
    facts = [context, memory, FAILED] if ended else [context, memory]
    if found:
        findings = tuple(finding(code, "no") for code in found)
        facts += [
            DRAFTED.model_copy(update={"plan": plan or {}}),
            PlanValidated(attempt=1, valid=False, findings=findings, rules_digest="b" * 64),
        ]
    recorded = log.append([Appending(f"{tenant}/run/{run_id}", EMPTY_STREAM, facts, run_id)])
    return recorded[0].position


def ids(found: Sequence[PlanGenerationResult]) -> list[str]:
    return [run.run_id for run in found]


@pytest.fixture
def positions(log: EventSourcingLog) -> Sequence[int]:
    return [
        record(log, "r1", goal="fetch the prices"),
        record(log, "r2", agent="other", goal="Look for whales, please"),
        record(log, "r3", tenant="acme"),
        record(log, "r4", goal="fetch whales' songs"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery("default"), ["r4", "r2", "r1"]),
        (RunQuery("default", limit=2), ["r4", "r2"]),
        (RunQuery("default", agent_id="other"), ["r2"]),
        (RunQuery("default", outcome="failed"), ["r4", "r2", "r1"]),
        (RunQuery("default", outcome="ready"), []),
        (RunQuery("default", search="whales"), ["r4", "r2"]),
        (RunQuery("default", search="fetch whales"), ["r4"]),
        (RunQuery("default", search=" \t\n"), ["r4", "r2", "r1"]),
        (RunQuery("default", agent_id="scout", outcome="failed", search="prices"), ["r1"]),
        (RunQuery("default", planner="offline"), ["r4", "r2", "r1"]),
        (RunQuery("default", planner="another"), []),
        (RunQuery("default", code="UNKNOWN_SKILL"), []),
        (RunQuery("default", run_id="r2"), ["r2"]),
        (RunQuery("default", run_id="r2", outcome="ready"), []),
        (RunQuery("default", run_id="r3"), []),
        (RunQuery("acme"), ["r3"]),
        (RunQuery("nobody"), []),
    ],
)
@pytest.mark.usefixtures("positions")
def test_runs_are_found_newest_first(reader: ResultReader, query: RunQuery, expected: list[str]) -> None:
    assert expected == ids(reader.find(query))


@pytest.mark.usefixtures("positions")
def test_runs_without_an_outcome_are_found(reader: ResultReader, log: EventSourcingLog) -> None:
    record(log, "r5", ended=False)

    assert ["r5"] == ids(reader.find(RunQuery("default", outcome=UNFINISHED)))
    assert ["r4", "r2", "r1"] == ids(reader.find(RunQuery("default", outcome="failed")))


def test_the_next_page_begins_before_the_last_run_seen(reader: ResultReader, positions: Sequence[int]) -> None:
    assert ["r1"] == ids(reader.find(RunQuery("default", before=positions[1])))


def test_runs_are_found_by_when_they_began(reader: ResultReader, log: EventSourcingLog, clock: FixedClock) -> None:
    for run_id in ("r1", "r2", "r3"):
        record(log, run_id)
        clock.advance(timedelta(hours=1))
    first = datetime(2026, 5, 1, 12, tzinfo=UTC)

    assert ["r3", "r2"] == ids(reader.find(RunQuery("default", since=first + timedelta(hours=1))))
    assert ["r1"] == ids(reader.find(RunQuery("default", until=first + timedelta(hours=1))))
    minute = timedelta(minutes=1)
    between = RunQuery("default", since=first + minute, until=first + timedelta(hours=1, microseconds=1))
    assert ["r2"] == ids(reader.find(between))


def test_runs_are_found_by_what_the_inspector_found_in_their_last_draft(
    reader: ResultReader, log: EventSourcingLog
) -> None:
    record(log, "r1", ended=False, found=["UNKNOWN_SKILL", "EMPTY_PLAN"])
    record(log, "r2", ended=False, found=["EMPTY_PLAN"])
    record(log, "r3", ended=False)

    assert ["r2", "r1"] == ids(reader.find(RunQuery("default", code="EMPTY_PLAN")))
    assert ["r1"] == ids(reader.find(RunQuery("default", code="UNKNOWN_SKILL", outcome="invalid")))


NASTY: JsonValue = {
    "floats": [1e-7, 0.1, 1.0, 1e16, 1e21, 1e22, 1e23, 1.7976931348623157e308, 5e-324, -1e300, 123456789.000001],
    "integers": [2**53 - 1, -(2**53) + 1, 0, 10**15],
    "texts": ["ü", "\U0001f600", "\u2028", "\\u0000", '"', "\x7f", ""],
    "others": [None, True, False, {}, [], {"z": 1, "a": {"b": []}}],
}


def test_what_is_found_is_the_run_as_its_events_tell_it(reader: ResultReader, log: EventSourcingLog) -> None:
    record(log, "r1", ended=False, found=["UNKNOWN_SKILL", "EMPTY_PLAN"], plan={"plan_id": "p", "steps": [NASTY]})
    record(log, "r2")

    assert [fold(log.read(f"default/run/{run}")) for run in ("r2", "r1")] == list(reader.find(RunQuery("default")))


def test_pages_neither_repeat_nor_lose_a_run_while_others_begin(reader: ResultReader, log: EventSourcingLog) -> None:
    for number in range(5):
        record(log, f"old-{number}")
    seen, before, new = list[str](), None, 0
    while page := reader.find(RunQuery("default", limit=2, before=before)):
        seen += ids(page)
        before = page[-1].started_position
        new += 1
        record(log, f"new-{new}")

    assert [f"old-{number}" for number in (4, 3, 2, 1, 0)] == seen


def test_what_was_recorded_is_waited_for(reader: ResultReader, log: EventSourcingLog) -> None:
    position = record(log, "r1")

    assert reader.wait(position, seconds=10)
    assert not reader.wait(position + 1_000, seconds=0)
    assert ["r1"] == ids(reader.find(RunQuery("default")))


@pytest.mark.parametrize(
    "search", ["prices", "prices.json", "example.com", "https://example.com/2026/prices.json", "ana", "ana@example.com"]
)
def test_a_run_is_found_by_the_words_within_an_address(
    reader: ResultReader, log: EventSourcingLog, search: str
) -> None:
    record(log, "r1", goal="Fetch https://example.com/2026/prices.json, and e-mail it to ana@example.com")
    record(log, "r2", goal="Sing a lullaby")

    assert ["r1"] == ids(reader.find(RunQuery("default", search=search)))


@pytest.mark.parametrize("search", ["'", "a & | !", '"', "(", "%", "\\", ":*", "\U0001f600"])
@pytest.mark.usefixtures("positions")
def test_whatever_is_searched_for_is_data(reader: ResultReader, search: str) -> None:
    assert [] == ids(reader.find(RunQuery("default", search=f"nothing {search}")))
