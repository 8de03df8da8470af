"""Whatever platforms do with runs and money, in whatever order, is audited clean; and one event less is not."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any
from unittest.mock import patch

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine, audit_ledger, audit_pass
from planfold.application.audit import Auditor
from planfold.application.audit_all import audit_all
from planfold.application.budget import Budgets
from planfold.application.errors import RunUnknown
from planfold.application.ports import Appending, DraftRequest, DraftUnavailable
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.errors import DomainError
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import RunReported
from planfold.domain.recorded import Recorded
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, in_memory_ports

MANIFEST = Manifest(skills=(Skill(name="fetch", description="Fetch", cost=4_000), Skill(name="guess", description="?")))
DRAFTS: list[JsonValue] = [
    {"plan_id": "p", "steps": [{"step_id": "s1", "skill": skill}]} for skill in ("fetch", "guess", "fly")
]
AGENTS, RUNS = ["a", "b"], ["r1", "r2", "r3", "r4"]

Deed = Callable[[Ports, FixedClock], object]

agents, runs, amounts = st.sampled_from(AGENTS), st.sampled_from(RUNS), st.integers(0, 12_000)
costs = st.none() | amounts


class Gone(BaseException):
    """The process has ended."""


class Dying(FixedPlanner):
    def draft(self, request: DraftRequest) -> Any:
        self.requests.append(request)
        raise Gone


class Silenced:
    """A log to which a process that is gone appends nothing more."""

    def __init__(self, ports: Ports, dying: Dying) -> None:
        self._log, self._dying = ports.log, dying

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        return self._log.read(stream, after)

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        if self._dying.requests:
            raise Gone
        return self._log.append(appendings)


def money(ports: Ports) -> Budgets:
    return Budgets(ports.ledgers, ports.clock)


def planned(run: str, agent: str, drafts: list[JsonValue], prices: tuple[int | None, int], cap: int | None) -> Deed:
    cost, worst = prices
    silent = DraftUnavailable("timeout", "no answer", retryable=True, sent=True)

    def do(ports: Ports, _: FixedClock) -> None:
        answers = [silent if item is None else item for item in drafts]
        planner = FixedPlanner(*answers, deterministic=False, cost=cost, worst=worst)
        asked = PlanGenerationContext(agent, "look", run, agent_budget_cents=cap)
        PlanGenerationEngine(ports, [planner]).generate(asked)

    return do


def died(run: str, agent: str) -> Deed:
    def do(ports: Ports, _: FixedClock) -> None:
        planner = Dying(None, deterministic=False, cost=1, worst=3_000)
        silenced = replace(ports, log=Silenced(ports, planner))
        with suppress(Gone):
            PlanGenerationEngine(silenced, [planner]).generate(PlanGenerationContext(agent, "look", run))

    return do


def reported(run: str, cost: int | None) -> Deed:
    said = RunReported(verdict="good", cost_micros=cost)
    return lambda ports, _: Runs(ports.log, ports.reader, ports.ledgers, ports.clock).report(run, said)


deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(
        planned,
        runs,
        agents,
        st.lists(st.sampled_from([*DRAFTS, None]), min_size=1, max_size=3),
        st.tuples(costs, st.sampled_from([0, 3_000])),
        st.none() | st.integers(0, 2),
    ),
    st.builds(died, runs, agents),
    st.builds(reported, runs, costs),
    st.builds(
        lambda who, n, name: lambda ports, _: money(ports).grant(who, n + 1, name), st.none() | agents, amounts, runs
    ),
    st.builds(lambda who, n, name: lambda ports, _: money(ports).revoke(who, n + 1, name), agents, amounts, runs),
    st.builds(lambda who, n: lambda ports, _: money(ports).limits(who, LimitsChanged(per_day=n)), agents, amounts),
    st.builds(lambda who: lambda ports, _: money(ports).pause(who), agents),
    st.builds(lambda who: lambda ports, _: money(ports).resume(who), agents),
    st.builds(lambda who, run, n: lambda ports, _: money(ports).settle(who, run, n), agents, runs, costs),
    st.builds(lambda who, run: lambda ports, _: money(ports).release(who, run, "by hand"), agents, runs),
    st.builds(
        lambda who, run: lambda ports, clock: money(ports).extend(who, run, clock.now() + timedelta(hours=48)),
        agents,
        runs,
    ),
    st.builds(lambda hours: lambda _, clock: clock.advance(timedelta(hours=hours)), st.integers(1, 30)),
)


def history(done: Sequence[Deed]) -> Ports:
    clock = FixedClock()
    ports = in_memory_ports(MANIFEST, clock)
    money(ports).grant("a", 20_000, "first")
    for deed in done:
        with suppress(DomainError, RunUnknown, ValueError, LookupError, RuntimeError):
            deed(ports, clock)
    return ports


def most_of_a_save(ports: Ports) -> int:
    """The most events that have the same cause and stand together: no save has more."""
    events = ports.history.events("default", 0, ports.history.newest())
    return max(len(list(together)) for _, together in groupby(events, key=lambda item: item.correlation_id))


@settings(deadline=None, max_examples=60)
@given(st.lists(deeds, max_size=12))
def test_whatever_was_done_is_audited_clean(done: list[Deed]) -> None:
    ports = history(done)

    found = audit_all(ports)
    with (
        patch.multiple(audit_pass, IN_MIND=most_of_a_save(ports), AT_ONCE=1),
        patch.object(audit_ledger, "VERSIONS", 1),
    ):
        forgetful = audit_all(ports)

    assert found.model_dump(exclude={"rows_compared"}) == forgetful.model_dump(exclude={"rows_compared"})
    assert (None, 0, 0) == (found.first_broken, found.rows_behind, found.inspections_not_repeated)
    for run in RUNS:
        with suppress(RunUnknown):
            assert () == Auditor(ports).audit(run).problems


class Without:
    """A history in which the event at one position is not there, and says so to nobody."""

    def __init__(self, ports: Ports, position: int) -> None:
        self._ports, self._position = ports, position

    def newest(self) -> int:
        return self._ports.history.newest()

    def events(self, tenant: str, after: int, until: int) -> Any:
        return (item for item in self._ports.history.events(tenant, after, until) if item.position != self._position)

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        return [item for item in self._ports.log.read(stream, after) if item.position != self._position]


@settings(deadline=None, max_examples=40)
@given(st.lists(deeds, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_stream_with_one_event_less_is_always_missed(done: list[Deed], random: Any) -> None:
    ports = history(done)
    events = list(ports.history.events("default", 0, ports.history.newest()))
    many = {item.stream for item in events if item.version > 1}
    some = [item.position for item in events if item.stream in many]
    assume(some)
    less = Without(ports, random.choice(some))

    found = audit_all(replace(ports, history=less, log=less))  # type: ignore[arg-type]

    assert found.holds is False
