"""Every port without an outside world: for tests of hosts, and for trying planfold without a database.

They keep the same contracts as the real ones, but nothing outlives the process.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from eventsourcing.persistence import ApplicationRecorder, Notification
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory

from planfold.application.errors import GenerationInProgress
from planfold.application.ledgers import Ledgers
from planfold.application.ports import (
    UNFINISHED,
    Clock,
    DraftAnswer,
    DraftRequest,
    DraftUnavailable,
    MemoryUnavailable,
    Recall,
    RunQuery,
    Shown,
    ShownRow,
    Snapshot,
)
from planfold.application.results import PlanGenerationResult, fold
from planfold.application.shown_rows import ledger_row, run_row
from planfold.application.world import Ports
from planfold.domain.canonical import digest
from planfold.domain.memory import Memory, Snippet, fitting
from planfold.domain.names import ledger_stream, run_stream
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.history import LoggedHistory

POLL = 0.02
"""Seconds between two looks of whoever waits for a position."""


class _Recorder(POPOApplicationRecorder):
    def select_stream(self, stream: str, after: int) -> Sequence[Notification]:
        everything = self.select_notifications(start=1, limit=max(1, self.max_notification_id() or 1))
        return [item for item in everything if item.originator_id == stream and item.originator_version > after]


class _Factory(POPOFactory):
    def application_recorder(self) -> ApplicationRecorder:
        return _Recorder()


def in_memory_application() -> Planfold:
    """eventsourcing's application with nothing behind it; give it to EventSourcingLog."""
    return Planfold(_Factory)


class FixedClock:
    """A clock that stands still until it is moved. Raises ValueError if it is set to a time without a zone."""

    def __init__(self, at: datetime | None = None) -> None:
        if at is not None and at.utcoffset() is None:
            raise ValueError(f"{at} names no moment; give it a time zone, such as datetime.UTC")
        self.at = (at or datetime(2026, 1, 1, tzinfo=UTC)).astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by

    def sleep(self, seconds: float) -> None:
        """Nobody waits: the time moves on."""
        self.advance(timedelta(seconds=seconds))


class InMemoryArtifacts:
    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], bytes] = {}

    def put(self, tenant: str, kind: str, body: bytes) -> str:  # noqa: ARG002 - the port's
        named = digest(body)
        self.bodies[tenant, named] = body
        return named

    def get(self, tenant: str, digest: str) -> bytes | None:
        return self.bodies.get((tenant, digest))


class InMemorySnapshots:
    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}

    def load(self, stream: str) -> Snapshot | None:
        return self.snapshots.get(stream)

    def save(self, stream: str, snapshot: Snapshot) -> None:
        kept = self.snapshots.get(stream)
        if kept is None or kept.head.version < snapshot.head.version or kept.fold_version != snapshot.fold_version:
            self.snapshots[stream] = snapshot


class FixedCatalog:
    """The same manifest for everybody."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def manifest(self, tenant: str, agent_id: str) -> Manifest:  # noqa: ARG002 - the port's
        return self._manifest


class FixedPlanner:
    """Answers each request with what it was given: the same every time, or one answer after the other.

    A DraftUnavailable among the answers is raised. `cost` and `worst` are in micro-USD, None if nobody knows.
    """

    def __init__(
        self,
        *answers: Any,
        name: str = "fixed",
        deterministic: bool = True,
        cost: int | None = 0,
        worst: int | None = 0,
    ) -> None:
        self.answers, self.requests = answers, list[DraftRequest]()
        self.identity = PlannerIdentity(name=name, version="1", deterministic=deterministic)
        self._cost, self._worst = cost, worst

    def worst_case(self, request: DraftRequest) -> int | None:  # noqa: ARG002 - the port's
        return self._worst

    def draft(self, request: DraftRequest) -> DraftAnswer:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, DraftUnavailable):
            raise answer
        return DraftAnswer(answer=answer, cost_micros=self._cost)


class InMemoryMemories:
    """Recalls by words in common, the newest first among equals; fails with the sentence in `broken`, if there is one."""

    def __init__(self) -> None:
        self._memories: dict[tuple[str, str], dict[str, Memory]] = {}
        self.broken: str | None = None
        self.identity = "in-memory"

    def remember(self, memories: Sequence[Memory]) -> None:
        self._check()
        for memory in memories:
            self._memories.setdefault((memory.tenant, memory.agent_id), {}).setdefault(memory.memory_id, memory)

    def recall(self, asked: Recall) -> Sequence[Snippet]:
        self._check()
        goal = _words(asked.goal)
        found = [
            (len(goal & _words(memory.text)), memory)
            for memory in self._of(asked.tenant, asked.agent_id)
            if memory.run_id is None or memory.run_id != asked.run_id
        ]
        found.sort(key=lambda item: (-item[0], -item[1].created_at.timestamp(), item[1].memory_id))
        return fitting((_snippet(memory, score) for score, memory in found if score), asked.limit, asked.characters)

    def list(
        self, tenant: str, agent_id: str, search: str | None = None, limit: int = 50, before: str | None = None
    ) -> Sequence[Memory]:
        self._check()
        found = self._of(tenant, agent_id)
        if before is not None:
            places = [place for place, memory in enumerate(found) if memory.memory_id == before]
            found = found[places[0] + 1 :] if places else []
        words = (search or "").lower().split()
        return [memory for memory in found if all(word in memory.text.lower() for word in words)][: max(0, limit)]

    def find(self, tenant: str, agent_id: str, memory_id: str) -> Memory | None:
        self._check()
        return self._memories.get((tenant, agent_id), {}).get(memory_id)

    def forget(self, tenant: str, agent_id: str, memory_id: str | None = None) -> int:
        self._check()
        kept = self._memories.get((tenant, agent_id), {})
        gone = list(kept) if memory_id is None else [memory_id] if memory_id in kept else []
        for name in gone:
            del kept[name]
        return len(gone)

    def _of(self, tenant: str, agent_id: str) -> Sequence[Memory]:
        found = self._memories.get((tenant, agent_id), {}).values()
        return sorted(found, key=lambda memory: (memory.created_at, memory.memory_id), reverse=True)

    def _check(self) -> None:
        if self.broken is not None:
            raise MemoryUnavailable(self.broken)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _snippet(memory: Memory, score: float) -> Snippet:
    return Snippet(
        id=memory.memory_id,
        text=memory.text,
        type=memory.type,
        score=score,
        created_at=memory.created_at,
        trust=memory.trust,
    )


class InMemoryResults:
    """Folds every run of the tenant; fine for the few of a test."""

    def __init__(self, application: Planfold) -> None:
        self._application = application

    def find(self, query: RunQuery) -> Sequence[PlanGenerationResult]:
        recorder = self._application.recorder
        found: list[PlanGenerationResult] = []
        everything = recorder.select_notifications(start=1, limit=max(1, recorder.max_notification_id() or 1))
        for started in reversed([item for item in everything if item.topic == "ContextBuilt"]):
            if query.before is not None and started.id >= query.before:
                continue
            result = fold(decode(item) for item in everything if item.originator_id == started.originator_id)
            wanted = (
                result.tenant == query.tenant
                and query.run_id in {None, result.run_id}
                and query.agent_id in {None, result.agent_id}
                and query.outcome in {None, result.outcome or UNFINISHED}
                and all(word in result.goal.lower() for word in (query.search or "").lower().split())
                and query.planner in {None, result.planner and result.planner.name}
                and query.code in {None, *(finding.code for finding in result.findings)}
                and (query.since is None or (result.started_at is not None and query.since <= result.started_at))
                and (query.until is None or (result.started_at is not None and result.started_at < query.until))
            )
            if wanted:
                found.append(result)
        return found[: query.limit]

    def wait(self, position: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while (self._application.recorder.max_notification_id() or 0) < position:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        return True


class InMemoryRows:
    """Folds what is asked for as it is asked for, so that nothing is ever behind."""

    def __init__(self, application: Planfold) -> None:
        self._recorder = cast("_Recorder", application.recorder)

    def runs(self, tenant: str, run_ids: Sequence[str]) -> Shown:
        return self._shown([run_stream(tenant, each) for each in run_ids], run_row)

    def ledgers(self, tenant: str, scopes: Sequence[str]) -> Shown:
        return self._shown([ledger_stream(tenant, each) for each in scopes], ledger_row)

    def unrecorded(self, tenant: str, at_most: int) -> Sequence[str]:  # noqa: ARG002 - the port's
        return []

    def _shown(self, streams: Sequence[str], row: Callable[[Sequence[Recorded[Any]]], ShownRow]) -> Shown:
        recorded = {stream: [decode(item) for item in self._recorder.select_stream(stream, 0)] for stream in streams}
        rows = {stream: row(events) for stream, events in recorded.items() if events}
        return Shown(self._recorder.max_notification_id() or 0, rows, {})


class ProcessGuard:
    """One generation for a run within this process; the real guard adds one over all processes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: set[str] = set()

    @contextmanager
    def hold(self, stream: str, wait: float) -> Iterator[bool]:
        with self._changed:
            waited = stream in self._held
            if not self._changed.wait_for(lambda: stream not in self._held, timeout=wait):
                raise GenerationInProgress(stream, wait)
            self._held.add(stream)
        try:
            yield waited
        finally:
            with self._changed:
                self._held.discard(stream)
                self._changed.notify_all()


def in_memory_ports(manifest: Manifest, clock: Clock | None = None, actor: str = "test") -> Ports:
    """A whole world for one engine, forgotten with it."""
    clock = clock or FixedClock()
    application, memories = in_memory_application(), InMemoryMemories()
    log = EventSourcingLog(application, clock, actor)
    return Ports(
        log=log,
        artifacts=InMemoryArtifacts(),
        ledgers=Ledgers(log, InMemorySnapshots(), clock),
        catalog=FixedCatalog(manifest),
        retriever=memories,
        memories=memories,
        reader=InMemoryResults(application),
        guard=ProcessGuard(),
        clock=clock,
        history=LoggedHistory(application),
        rows=InMemoryRows(application),
    )
