"""What one engine works with: the ports of a host, its policy, and what one call is about."""

from dataclasses import dataclass, field
from datetime import timedelta

from planfold.application.context import PlanGenerationContext
from planfold.application.ledgers import Ledgers
from planfold.application.ports import (
    Artifacts,
    Clock,
    EventLog,
    EventSink,
    History,
    MemoryRetriever,
    MemoryStore,
    Planner,
    ReadModelRows,
    ResultReader,
    RunGuard,
    SkillCatalog,
)
from planfold.domain.inspection import RuleSet
from planfold.domain.skill import Manifest


@dataclass(frozen=True)
class Ports:
    """The world, as the application meets it."""

    log: EventLog
    artifacts: Artifacts
    ledgers: Ledgers
    catalog: SkillCatalog
    retriever: MemoryRetriever
    memories: MemoryStore
    reader: ResultReader
    guard: RunGuard
    clock: Clock
    history: History
    rows: ReadModelRows


@dataclass(frozen=True)
class EnginePolicy:
    """What a host may set; lengths in characters, times as they say, money in micro-USD."""

    rules: RuleSet = field(default_factory=RuleSet)
    max_goal_characters: int = 10_000
    max_attempts: int = 3
    memory_limit: int = 8
    memory_characters: int = 4_000
    execution_hold: timedelta = timedelta(hours=24)
    unknown_skill_price: int | None = None
    wait_seconds: float = 30.0


@dataclass(frozen=True)
class Work:
    """One call of the engine: `goal` is the context's without secrets, the planners are tried in their order."""

    context: PlanGenerationContext
    goal: str
    manifest: Manifest
    planners: tuple[Planner, ...]
    sink: EventSink | None
