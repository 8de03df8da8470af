"""What every planner keeps, the offline one and the public fake: one answer to one request, at a price told before."""

import json
import socket
from asyncio import sleep
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pydantic_ai.exceptions import ModelHTTPError, ModelRateLimitError
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable, Planner
from planfold.domain.canonical import canonical, recordable
from planfold.domain.planner import PlannerIdentity
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.in_memory import FixedPlanner
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.models import LanguageModel
from planfold.infrastructure.planners.llm.options import Limits, ModelName, Options
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from planfold.infrastructure.planners.offline.planner import OfflinePlanner

LOOP = LoopThread()
LOOP.run(lambda: sleep(0))
"""It runs already: a loop has sockets of its own to be woken by."""
PLAN = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "send_parcel"}]}
MANIFEST = Manifest(skills=(Skill(name="send_parcel", description="Send a parcel to an address by courier"),))
TIMEOUT = DraftUnavailable("timeout", "no answer within 30 s", retryable=True, sent=True)


@dataclass(frozen=True)
class Case:
    """A planner; with a goal that it can plan for and one that it cannot, None where it always or never can."""

    planner: Planner
    served: str | None = "Send a parcel"
    unserved: str | None = None
    received: Callable[[], int] | None = None
    """How many requests came to the provider; None: it has none, so nothing may leave the process."""


def fixed(planner: FixedPlanner, *, fails: bool = False) -> Case:
    goal = "Send a parcel"
    return Case(planner, None if fails else goal, goal if fails else None, lambda: len(planner.requests))


def modelled(*, fails: bool = False, priced: bool = True) -> Case:
    """A language model that a function stands in for."""
    requests: list[object] = []

    def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        requests.append(messages)
        if fails:
            raise ModelHTTPError.for_category(ModelRateLimitError, status_code=429, model_name="fake")
        return ModelResponse(parts=[TextPart(json.dumps(PLAN))])

    options = Options(
        name=ModelName(provider="openai", model="fake"),
        base_url="http://127.0.0.1:9",
        input_price=1_000_000 if priced else None,
        output_price=4_000_000 if priced else None,
    )
    planner = LlmPlanner(
        options,
        SkillIndexes(wordllama()),
        Pace("openai", Limits()),
        LOOP,
        clock=SystemClock(),
        opened=lambda chosen: LanguageModel(chosen, FunctionModel(answer), {}, None),
    )
    goal = "Send a parcel"
    return Case(planner, None if fails else goal, goal if fails else None, lambda: len(requests))


CASES: dict[str, Callable[[], Case]] = {
    "offline": lambda: Case(OfflinePlanner(wordllama()), unserved="Sing a lullaby"),
    "free": lambda: fixed(FixedPlanner(PLAN)),
    "paid": lambda: fixed(FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=2_000_000)),
    "paid, its cost untold": lambda: fixed(FixedPlanner(PLAN, deterministic=False, cost=None, worst=2_000_000)),
    "of unknown price": lambda: fixed(FixedPlanner(PLAN, deterministic=False, cost=300_000, worst=None)),
    "different every time": lambda: fixed(FixedPlanner(None, PLAN, deterministic=False)),
    "out of order": lambda: fixed(FixedPlanner(TIMEOUT, deterministic=False, worst=2_000_000), fails=True),
    "language model": modelled,
    "language model of unknown price": lambda: modelled(priced=False),
    "language model that is over its limit": lambda: modelled(fails=True),
}
every = pytest.mark.parametrize("name", CASES)
OUT_OF_ORDER = ["out of order", "language model that is over its limit"]
able = pytest.mark.parametrize("name", [name for name in CASES if name not in OUT_OF_ORDER])
unable = pytest.mark.parametrize("name", ["offline", *OUT_OF_ORDER])


def asked(goal: str | None, run_id: str = "r1") -> DraftRequest:
    assert goal is not None
    return DraftRequest(
        tenant="default",
        agent_id="scout",
        run_id=run_id,
        goal=goal,
        snippets=(),
        context_summary=None,
        manifest=MANIFEST,
        attempt=1,
    )


def attempt(planner: Planner, request: DraftRequest) -> DraftAnswer | DraftUnavailable:
    try:
        return planner.draft(request)
    except DraftUnavailable as error:
        return error


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a socket in this process fails."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)


@every
def test_a_planner_is_the_same_for_all_its_life(name: str) -> None:
    case = CASES[name]()
    before: PlannerIdentity = case.planner.identity

    case.planner.worst_case(asked(case.served or case.unserved))
    attempt(case.planner, asked(case.served or case.unserved))

    assert before == case.planner.identity
    assert before == CASES[name]().planner.identity


@every
@pytest.mark.usefixtures("_no_network")
def test_asking_for_the_worst_case_sends_nothing(name: str) -> None:
    case = CASES[name]()

    case.planner.worst_case(asked(case.served or case.unserved))

    assert case.received is None or case.received() == 0


@every
def test_a_call_costs_no_more_than_its_worst_case(name: str) -> None:
    case = CASES[name]()
    request = asked(case.served or case.unserved)
    worst = case.planner.worst_case(request)

    answer = attempt(case.planner, request)

    assert worst is None or (type(worst) is int and 0 <= (answer.cost_micros or 0) <= worst)


@able
def test_only_a_free_call_is_told_as_costing_nothing(name: str) -> None:
    case = CASES[name]()
    request = asked(case.served)

    assert (case.planner.worst_case(request) == 0) == (case.planner.draft(request).cost_micros == 0)


@pytest.mark.parametrize("name", ["of unknown price", "language model of unknown price"])
def test_a_price_that_nobody_knows_is_none_and_not_0(name: str) -> None:
    case = CASES[name]()

    assert case.planner.worst_case(asked(case.served)) is None


@pytest.mark.parametrize(("name", "cost"), [("paid", 300_000), ("paid, its cost untold", None), ("free", 0)])
def test_a_cost_that_was_not_told_is_none_and_not_0(name: str, cost: int | None) -> None:
    case = CASES[name]()

    assert cost == case.planner.draft(asked(case.served)).cost_micros


@able
@pytest.mark.usefixtures("_no_network")
def test_one_request_gets_one_answer_and_the_same_request_another(name: str) -> None:
    case = CASES[name]()

    for times in (1, 2):
        assert isinstance(case.planner.draft(asked(case.served)), DraftAnswer)
        assert case.received is None or case.received() == times


@unable
@pytest.mark.usefixtures("_no_network")
def test_a_call_that_brought_no_answer_is_told_and_not_repeated(name: str) -> None:
    case = CASES[name]()

    with pytest.raises(DraftUnavailable) as refused:
        case.planner.draft(asked(case.unserved))

    assert case.received is None or case.received() == 1
    assert "" not in {refused.value.code, refused.value.sentence}


@unable
def test_a_call_that_was_never_sent_cost_nothing(name: str) -> None:
    case = CASES[name]()

    with pytest.raises(DraftUnavailable) as refused:
        case.planner.draft(asked(case.unserved))

    assert refused.value.sent or not refused.value.cost_micros


@pytest.mark.parametrize("name", ["offline", "free"])
def test_a_deterministic_planner_answers_the_same_request_with_the_same_bytes(name: str) -> None:
    case, fresh = CASES[name](), CASES[name]()
    request = asked(case.served)

    first = case.planner.draft(request)
    attempt(case.planner, asked("Send a parcel to ana@example.com", run_id="r2"))
    others = [case.planner.draft(request), fresh.planner.draft(request)]

    assert case.planner.identity.deterministic
    assert [canonical(first.answer)] * 2 == [canonical(other.answer) for other in others]


@able
def test_an_answer_can_be_recorded_as_it_is(name: str) -> None:
    case = CASES[name]()

    answer = case.planner.draft(asked(case.served)).answer

    assert answer == recordable(answer)
