"""What a host calls: functions over one engine, which is found through the entry point group `planfold`.

A host that composes its own hands it in with `use_engine`; the application itself imports no infrastructure.
The awaitable forms run the same calls in a worker thread.
"""

import threading
from asyncio import to_thread
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import entry_points

from planfold.application.audit import Audit, Auditor
from planfold.application.audit_all import Audits, audit_all
from planfold.application.backtest import Backtest, Backtester, Progress
from planfold.application.backtest_money import LimitsChange, Policy, RulesChange
from planfold.application.budget import Budgets
from planfold.application.checking import NO_GOAL, PlanCheck, PlanChecker
from planfold.application.cloud_events import CloudEvent
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine, SkillSource
from planfold.application.errors import BudgetRefused, PlanInvalid, PlanningFailed
from planfold.application.export import Exporter
from planfold.application.ids import new_id
from planfold.application.memories import Memories
from planfold.application.offering import PlannerSource
from planfold.application.ports import RunQuery
from planfold.application.results import PlanGenerationResult
from planfold.application.runs import Runs
from planfold.domain.memory import Memory, Trust
from planfold.domain.plan_generation import PlanEvent, reported
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest


class _Current:
    """The engine in use, made when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: PlanGenerationEngine | None = None

    def get(self) -> PlanGenerationEngine:
        with self._lock:
            if self._engine is None:
                (found,) = entry_points(group="planfold", name="engine")
                engine = found.load()()
                if not isinstance(engine, PlanGenerationEngine):
                    raise TypeError(f"the entry point {found.value} made no PlanGenerationEngine")
                self._engine = engine
            return self._engine

    def put(self, engine: PlanGenerationEngine | None) -> None:
        with self._lock:
            self._engine = engine


_current = _Current()


def use_engine(engine: PlanGenerationEngine | None) -> None:
    """Every function here works on `engine` from now on; None goes back to the installed one."""
    _current.put(engine)


def generate_plan_for_run(
    agent_id: str,
    goal: str,
    run_id: str,
    *,
    tenant: str = "default",
    skills: SkillSource | None = None,
    planner: PlannerSource | None = None,
) -> PlanGenerationResult:
    """The inspected, budgeted and recorded plan of this run, which may start; anything else raises.

    The same run again gives the same result and records nothing. Raises PlanInvalid, BudgetRefused, PlanningFailed,
    which carry the recorded result; RunConflict if the run exists with another agent or goal; and what
    `PlanGenerationEngine.generate` raises.
    """
    context = PlanGenerationContext(agent_id, goal, run_id, tenant=tenant)
    result = _current.get().generate(context, skills=skills, planner=planner)
    match result.outcome:
        case "ready":
            return result
        case "invalid":
            raise PlanInvalid(result)
        case "refused":
            raise BudgetRefused(result)
        case _:
            raise PlanningFailed(result)


async def agenerate_plan_for_run(
    agent_id: str,
    goal: str,
    run_id: str,
    *,
    tenant: str = "default",
    skills: SkillSource | None = None,
    planner: PlannerSource | None = None,
) -> PlanGenerationResult:
    """`generate_plan_for_run` in a worker thread."""
    return await to_thread(generate_plan_for_run, agent_id, goal, run_id, tenant=tenant, skills=skills, planner=planner)


class BudgetTracker(Budgets):
    """The money of one tenant's agents, in the engine in use."""

    def __init__(self, tenant: str = "default") -> None:
        ports = _current.get().ports
        super().__init__(ports.ledgers, ports.clock, tenant)


def report(
    run_id: str, verdict: str, *, cost_micros: int | None = None, note: str = "", tenant: str = "default"
) -> PlanGenerationResult:
    """The end of a run that was ready is recorded as "good" or "bad", and its hold settled at the true cost.

    Raises RunUnknown, IllegalTransition, InvalidReport, InvalidMoney, InvalidText.
    """
    return _runs().report(run_id, reported(verdict, cost_micros, note), tenant)


async def areport(
    run_id: str, verdict: str, *, cost_micros: int | None = None, note: str = "", tenant: str = "default"
) -> PlanGenerationResult:
    """`report` in a worker thread."""
    return await to_thread(report, run_id, verdict, cost_micros=cost_micros, note=note, tenant=tenant)


def remember(
    agent_id: str,
    text: str,
    *,
    tenant: str = "default",
    type: str = "fact",  # noqa: A002 - the word that people use for it
    trust: Trust = "medium",
    run_id: str | None = None,
    made_from: Sequence[Memory] = (),
    memory_id: str | None = None,
) -> Memory:
    """The agent can recall it from now on; see `Memories.remember`."""
    ports = _current.get().ports
    return Memories(ports.memories, ports.clock).remember(
        agent_id, text, memory_id or new_id(), tenant=tenant, type=type, trust=trust, run_id=run_id, made_from=made_from
    )


def read_result(
    run_id: str, *, tenant: str = "default", at: int | None = None, as_of: datetime | None = None
) -> PlanGenerationResult:
    """The run as its events tell it, finished or not; those up to version `at`, or recorded up to `as_of`, if one is given.

    Raises RunUnknown, NoSuchVersion, NotYetRecorded.
    """
    return _runs().result(run_id, tenant, at=at, as_of=as_of)


def read_events(run_id: str, *, tenant: str = "default") -> Sequence[Recorded[PlanEvent]]:
    """The run's events, in order. Raises RunUnknown."""
    return _runs().events(run_id, tenant)


def find_runs(query: RunQuery) -> list[PlanGenerationResult]:
    """The runs that match, newest first, a page at a time."""
    return _runs().page(query)


def export_events(
    since: int = 0, until: int | None = None, *, tenant: str = "default", source: str | None = None
) -> Iterator[CloudEvent]:
    """The tenant's events behind position `since`, up to `until` or to the newest one, as CloudEvents; see `Exporter`."""
    return Exporter(_current.get().ports.history, tenant, source).events(since, until)


def wait_for(position: int, seconds: float = 10.0) -> bool:
    """Whether `find_runs` shows what was recorded up to `position` from now on; it is waited for so long.

    Whoever wrote it somewhere else, and was told its position, reads it here after that.
    """
    return _current.get().ports.reader.wait(position, seconds)


def audit_run(run_id: str, *, tenant: str = "default") -> Audit:
    """Whether the run's record holds, and its story in sentences. Raises RunUnknown."""
    return Auditor(_current.get().ports).audit(run_id, tenant)


def audit_runs(*, tenant: str = "default", since: datetime | None = None, progress: Progress | None = None) -> Audits:
    """Whether the record of every run and ledger holds; of `since`, which is aware, only runs begun then or later.

    Raises InvalidIdentifier.
    """
    ports = _current.get().ports
    return audit_all(ports, tenant, since=since, progress=progress or (lambda _position, _newest: None))


def check_plan(plan: object, agent_id: str, *, goal: str = NO_GOAL, tenant: str = "default") -> PlanCheck:
    """What the inspector would find in this plan of the agent's, and the most that it would cost; nothing is recorded.

    Raises InvalidIdentifier, InvalidGoal, InvalidManifest, InvalidText.
    """
    engine = _current.get()
    return PlanChecker(engine.ports.catalog, engine.policy).check(plan, agent_id, goal=goal, tenant=tenant)


def backtest(
    *,
    rules: RulesChange | None = None,
    limits: LimitsChange | None = None,
    skills: Manifest | None = None,
    tenant: str = "default",
    agent_id: str | None = None,
    since: datetime | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Which recorded runs would have ended otherwise, had rules, limits or skills been others; nothing is written.

    `rules` and `limits` make what is put in place of what each run, and each agent's ledger, had; what is not given stays
    as it was recorded. `since` is aware: only runs begun then or later. Raises InvalidIdentifier, InvalidPolicy.
    """
    engine = _current.get()
    ports, price = engine.ports, engine.policy.unknown_skill_price
    return Backtester(ports.history, ports.log, ports.artifacts, price).backtest(
        Policy(rules, limits, skills), tenant, agent_id=agent_id, since=since, progress=progress
    )


def _runs() -> Runs:
    ports = _current.get().ports
    return Runs(ports.log, ports.reader, ports.ledgers, ports.clock)
