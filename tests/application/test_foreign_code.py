"""Planners, retrievers, sinks and snapshots are foreign code: whatever they do, money and record stay right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from planfold.application import PlanGenerationContext, PlanGenerationEngine, PlannerUnknown
from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.ledgers import SNAPSHOT_EVERY, Ledgers
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable, MemoryUnavailable, Recall, Snapshot
from planfold.application.recalling import MAX_IDENTITY_CHARACTERS
from planfold.application.world import Ports
from planfold.domain.errors import UnknownHold
from planfold.domain.ledger import FOLD_VERSION
from planfold.domain.memory import Snippet
from planfold.domain.plan_generation import MemoryRetrieved
from planfold.domain.recorded import Head
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedPlanner, InMemorySnapshots

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}
Answer = Callable[[DraftRequest], object]


class Paid(FixedPlanner):
    """A planner whose call may cost 2 USD, and which does what it likes."""

    def __init__(self, answer: Answer, worst: object = 2_000_000) -> None:
        super().__init__(None, name="paid")
        self._answer, self._worst_case = answer, worst

    def worst_case(self, request: DraftRequest) -> int:  # noqa: ARG002 - the port's
        if isinstance(self._worst_case, Exception):
            raise self._worst_case
        return self._worst_case  # type: ignore[return-value]  # foreign code keeps no types

    def draft(self, request: DraftRequest) -> DraftAnswer:
        self.requests.append(request)
        return self._answer(request)  # type: ignore[return-value]  # as above


def failing(error: DraftUnavailable) -> Answer:
    def answer(_: DraftRequest) -> object:
        raise error

    return answer


def names(ports: Ports, stream: str) -> list[str]:
    return [event.name for event in ports.log.read(stream)]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: None,
        lambda _: {"a": "plain dict"},
        lambda _: DraftAnswer.model_construct(answer=PLAN, cost_micros=-1, usage=None, prompt_digest=None),
        lambda _: DraftAnswer(answer=PLAN, cost_micros=1, prompt_digest="sha256:abc"),
        failing(DraftUnavailable("x" * 65, "no", retryable=True, sent=True, cost_micros=1)),
        failing(DraftUnavailable("x", "no", retryable=True, sent=True, cost_micros=-5)),
        failing(DraftUnavailable("x", "a\ud800\0", retryable=False, sent=True)),
    ],
)
def test_an_answer_that_cannot_be_recorded_is_a_failed_attempt_settled_in_full(
    ports: Ports, tracker: Budgets, answer: Answer
) -> None:
    tracker.grant("scout", 5_000_000, "g1")

    result = PlanGenerationEngine(ports, [Paid(answer)]).generate(ASKED)

    assert (result.outcome, tracker.get_status("scout").held_micros) == ("failed", 0)
    assert tracker.get_status("scout").spent_micros == 2_000_000


@pytest.mark.parametrize("worst", [ConnectionError("no prices"), -5, 0.5, 2**60, True])
def test_a_worst_case_that_is_none_is_a_failed_attempt_that_was_never_sent(
    ports: Ports, tracker: Budgets, worst: object
) -> None:
    tracker.grant("scout", 5_000_000, "g1")
    planner = Paid(lambda _: DraftAnswer(answer=PLAN, cost_micros=0), worst)

    result = PlanGenerationEngine(ports, [planner]).generate(ASKED)

    assert result.failure is not None
    assert ("failed", "planner_error", []) == (result.outcome, result.failure.code, planner.requests)
    assert ["CreditGranted"] == names(ports, "default/ledger/agent:scout")


def test_a_call_that_was_to_be_free_and_was_not_is_recorded_on_the_ledger(
    ports: Ports, tracker: Budgets, auditor: Auditor
) -> None:
    tracker.grant("scout", 5_000_000, "g1")

    PlanGenerationEngine(ports, [Paid(lambda _: DraftAnswer(answer=PLAN, cost_micros=900_000), 0)]).generate(ASKED)

    assert tracker.get_status("scout").spent_micros == 900_000
    assert auditor.audit("r1").holds


def test_a_cost_that_nobody_knows_counts_in_full_towards_the_hosts_cap(ports: Ports) -> None:
    planner = Paid(lambda _: DraftAnswer(answer=None, cost_micros=None))
    planner.identity = planner.identity.model_copy(update={"deterministic": False})

    result = PlanGenerationEngine(ports, [planner]).generate(replace(ASKED, agent_budget_cents=300))

    assert ("refused", 1) == (result.outcome, len(planner.requests))


def test_a_run_resumed_with_other_skills_pays_for_nothing(ports: Ports, tracker: Budgets) -> None:
    def killed(_: DraftRequest) -> object:
        raise KeyboardInterrupt

    tracker.grant("scout", 9_000_000, "g1")
    with pytest.raises(KeyboardInterrupt):
        PlanGenerationEngine(ports, [Paid(killed, 0)]).generate(ASKED)
    planner = Paid(lambda _: DraftAnswer(answer=PLAN, cost_micros=1))

    result = PlanGenerationEngine(ports, [planner]).generate(ASKED, skills=Manifest(skills=(Skill(name="other"),)))

    assert result.failure is not None
    assert ("failed", "manifest_changed", []) == (result.outcome, result.failure.code, planner.requests)


def test_planners_have_a_name_each(ports: Ports, planner: FixedPlanner) -> None:
    with pytest.raises(ValueError, match="stands more than once in fixed, fixed"):
        PlanGenerationEngine(ports, [planner, planner])


def test_without_any_planner_nothing_is_recorded(ports: Ports) -> None:
    with pytest.raises(PlannerUnknown):
        PlanGenerationEngine(ports, []).generate(ASKED)
    assert [] == names(ports, "default/run/r1")


class Retriever:
    """A host's own, which keeps to no bounds."""

    identity = "own"

    def __init__(self, *snippets: object, error: Exception | None = None) -> None:
        self._snippets, self._error = snippets, error

    def recall(self, asked: Recall) -> tuple[Snippet, ...]:  # noqa: ARG002 - the port's
        if self._error is not None:
            raise self._error
        return self._snippets  # type: ignore[return-value]  # foreign code keeps no types


class Nothing(Retriever):
    def recall(self, asked: Recall) -> tuple[Snippet, ...]:  # noqa: ARG002 - the port's
        return None  # type: ignore[return-value]  # as above


class Nameless(Retriever):
    @property
    def identity(self) -> str:  # type: ignore[override]  # as above
        raise KeyError("password=hunter2hunter2")


WRONG = Snippet.model_construct(
    id="m", text="t", type="fact", score=float("nan"), created_at=datetime(2026, 1, 1, tzinfo=UTC), trust="low"
)


@pytest.mark.parametrize(
    ("retriever", "said", "named"),
    [
        (Retriever(error=RuntimeError("boom")), "the memory retriever broke with RuntimeError: boom", "own"),
        (Nothing(), "the memory retriever broke with TypeError", "own"),
        (Retriever("no snippet"), "the memory retriever broke with AttributeError", "own"),
        (Retriever(WRONG), "the memory retriever broke with ValidationError", "own"),
        (Nameless(), "the memory retriever broke with KeyError", "unnamed"),
        (Nameless(error=MemoryUnavailable("closed")), "closed", "unnamed"),
    ],
)
def test_a_retriever_that_breaks_does_not_fail_the_plan(
    ports: Ports, planner: FixedPlanner, retriever: Retriever, said: str, named: str
) -> None:
    result = PlanGenerationEngine(replace(ports, retriever=retriever), [planner]).generate(ASKED)

    recorded = ports.log.read("default/run/r1")[1].fact
    assert isinstance(recorded, MemoryRetrieved)
    assert ("ready", 0, named) == (result.outcome, result.memory_snippet_count, recorded.retriever)
    assert str(recorded.degraded).startswith(said)
    assert "hunter2" not in str(recorded.degraded)


def test_what_a_retriever_calls_itself_is_bounded(ports: Ports, planner: FixedPlanner) -> None:
    retriever = Retriever()
    retriever.identity = "x" * 100_000

    PlanGenerationEngine(replace(ports, retriever=retriever), [planner]).generate(ASKED)

    recorded = ports.log.read("default/run/r1")[1].fact
    assert isinstance(recorded, MemoryRetrieved)
    assert "x" * MAX_IDENTITY_CHARACTERS == recorded.retriever


def test_what_a_memory_holds_that_no_store_keeps_is_replaced(ports: Ports, planner: FixedPlanner) -> None:
    snippet = Snippet(id="m", text="NUL \0", type="fact", score=1, created_at=ports.clock.now(), trust="low")

    result = PlanGenerationEngine(replace(ports, retriever=Retriever(snippet)), [planner]).generate(ASKED)

    assert ["NUL \\x00"] == [item.text for item in result.memory_snippets]


def test_a_recall_beyond_its_bounds_is_cut_to_them(ports: Ports, planner: FixedPlanner) -> None:
    snippet = Snippet(id="m", text="x" * 3_000, type="fact", score=1, created_at=ports.clock.now(), trust="low")

    result = PlanGenerationEngine(replace(ports, retriever=Retriever(*[snippet] * 60)), [planner]).generate(ASKED)

    assert (result.outcome, result.memory_snippet_count) == ("ready", 1)


def test_why_a_recall_failed_is_recorded_whatever_it_says(ports: Ports, planner: FixedPlanner) -> None:
    retriever = Retriever(error=MemoryUnavailable("bad \ud800 \0 password=hunter2hunter2"))

    result = PlanGenerationEngine(replace(ports, retriever=retriever), [planner]).generate(ASKED)

    assert result.outcome == "ready"
    assert "hunter2" not in str(result.memory_degraded)


class ClosedSink:
    def recorded(self, events: object) -> None:  # noqa: ARG002 - the port's
        raise BrokenPipeError("nobody reads")


def test_who_looks_on_stops_nothing(ports: Ports, tracker: Budgets) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    planner = Paid(lambda _: DraftAnswer(answer=PLAN, cost_micros=1))

    result = PlanGenerationEngine(ports, [planner]).generate(ASKED, sink=ClosedSink())

    assert ("ready", 1) == (result.outcome, len(planner.requests))


class BrokenSnapshots(InMemorySnapshots):
    def load(self, stream: str) -> Snapshot | None:  # noqa: ARG002 - the port's
        return Snapshot(Head(7, "a" * 64), FOLD_VERSION, b"not compressed")

    def save(self, stream: str, snapshot: Snapshot) -> None:  # noqa: ARG002 - the port's
        raise ConnectionError("the disk is full")


def test_a_snapshot_that_is_lost_costs_time_and_never_truth(ports: Ports) -> None:
    tracker = Budgets(Ledgers(ports.log, BrokenSnapshots(), ports.clock), ports.clock)

    for number in range(SNAPSHOT_EVERY + 1):
        tracker.grant("scout", 1, f"g{number}")

    assert tracker.get_status("scout").budget_micros == SNAPSHOT_EVERY + 1


def test_a_hold_is_settled_only_for_the_agent_of_its_run(ports: Ports, planner: FixedPlanner, tracker: Budgets) -> None:
    tracker.grant("scout", 9_000_000, "g1")
    tracker.grant(None, 9_000_000, "g2")
    PlanGenerationEngine(ports, [planner]).generate(ASKED)

    with pytest.raises(UnknownHold):
        tracker.settle("another", "r1", 1)
    assert tracker.get_status(None).spent_micros == 0


def test_a_ledger_that_limits_nothing_takes_an_unknown_price(ports: Ports, tracker: Budgets) -> None:
    tracker.pause(None, "holiday")
    tracker.resume(None, "back")
    unpriced = Manifest(skills=(Skill(name="fetch"),))

    result = PlanGenerationEngine(ports, [FixedPlanner(PLAN)]).generate(ASKED, skills=unpriced)

    assert result.outcome == "ready"
