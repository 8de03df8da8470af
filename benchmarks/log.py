"""A log of many runs, made at once: the real events of one plan, under other names, with their envelopes and digests.

By COPY, which fires the same checks and fills the same indexes as a save: a million runs take minutes instead of a day of
plans.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from benchmarks import story
from benchmarks.contenders.planfold import fact
from planfold.application.ids import new_id
from planfold.domain.frozen import Fact
from planfold.domain.names import run_stream
from planfold.domain.plan_generation import ContextBuilt
from planfold.domain.recorded import Head
from planfold.infrastructure.event_codec import Entry, encode
from planfold.infrastructure.postgres.connect import connect

TENANT, AGENTS = "default", 1_000
BEGAN, APART = datetime(2026, 1, 1, tzinfo=UTC), timedelta(seconds=1)
CHUNK = 2_000
SUBJECTS = ("heat pumps", "train times", "oat prices", "night ferries", "tide tables", "bee hives", "roof tiles")
_COPY = "COPY planfold.stored_events (originator_id, originator_version, topic, state) FROM STDIN"


def of_story() -> list[Fact]:
    """The facts that each run is made of."""
    return [fact(body) for body in story.bodies()]


def fill(conninfo: str, facts: Sequence[Fact], numbers: range) -> float:
    """The runs of these numbers stand at the end of the log, a second apart; how many seconds it took."""
    begun = time.monotonic()
    with connect(conninfo) as connection:
        for first in range(numbers.start, numbers.stop, CHUNK):
            with connection.cursor().copy(_COPY) as copy:
                for number in range(first, min(first + CHUNK, numbers.stop)):
                    for entry in run(facts, number):
                        copy.write_row((entry.originator_id, entry.originator_version, entry.topic, entry.state))
    return time.monotonic() - begun


def run(facts: Sequence[Fact], number: int) -> Iterator[Entry]:
    """One run's events as they are stored; what differs between runs is who asked for what, and when."""
    run_id = f"run-{number}"
    stream, head, at = run_stream(TENANT, run_id), Head(), BEGAN + number * APART
    for each, milliseconds in zip(facts, itertools.count()):
        mine = each
        if isinstance(each, ContextBuilt):
            goal = f"Search the web for {SUBJECTS[number % len(SUBJECTS)]} and summarise the results, page {number}"
            mine = each.model_copy(update={"run_id": run_id, "agent_id": f"agent-{number % AGENTS}", "goal": goal})
        entry = encode(
            mine,
            stream=stream,
            head=head,
            event_id=new_id(),
            now=at + timedelta(milliseconds=milliseconds),
            actor="planfold",
            correlation_id=run_id,
        )
        yield entry
        head = entry.head
