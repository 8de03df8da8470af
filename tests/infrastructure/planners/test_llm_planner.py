"""A language model in the engine: its drafts are inspected and mended, its calls paid and cancelled, from many threads."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import override_allow_model_requests
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage

from fake_provider import Cut, Failure, FakeProvider, Hang, Reply
from planfold.application import PlanGenerationContext, PlanGenerationEngine, PlanGenerationResult
from planfold.application.budget import Budgets
from planfold.application.ports import DraftUnavailable
from planfold.application.world import Ports
from planfold.domain.ledger import CreditHeld, HoldReleased, HoldSettled
from planfold.domain.plan_generation import DraftFailed, PlanDrafted, PlanValidated
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.in_memory import in_memory_ports
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.models import LanguageModel
from planfold.infrastructure.planners.llm.options import Limits, Options, model_named
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from provider_wires import Answer

INDEXES = SkillIndexes(wordllama())
MANIFEST = Manifest(
    skills=(
        Skill(
            name="send_parcel",
            description="Send a parcel to an address",
            parameters={"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
            cost=1_000,
        ),
        Skill(name="send_letter", description="Send a letter", cost=1_000),
    )
)
GOOD = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "send_parcel", "params": {"to": "Ana"}}]}
PRICES = {"input_price": 1_000_000, "output_price": 4_000_000}
Function = Callable[[list[ModelMessage], AgentInfo], ModelResponse]


def asked(run_id: str = "r1") -> PlanGenerationContext:
    return PlanGenerationContext("scout", "Send a parcel to Ana", run_id)


@pytest.fixture
def ports() -> Ports:
    return in_memory_ports(MANIFEST, SystemClock())


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop()


@pytest.fixture
def of_function(loop: LoopThread) -> Callable[..., LlmPlanner]:
    def made(function: Function, **options: Any) -> LlmPlanner:
        settings = {"name": model_named("openai:fake"), "base_url": "http://127.0.0.1:9", **PRICES, **options}
        return LlmPlanner(
            Options.model_validate(settings),
            INDEXES,
            Pace("fake", Limits()),
            loop,
            clock=SystemClock(),
            opened=lambda chosen: LanguageModel(chosen, FunctionModel(function), {}, None),
        )

    return made


@pytest.fixture
def of_provider(loop: LoopThread, provider: FakeProvider) -> Iterator[Callable[..., LlmPlanner]]:
    planners = list[LlmPlanner]()

    def made(**options: Any) -> LlmPlanner:
        settings = {
            "name": model_named("openai:gpt-5-mini"),
            "key": SecretStr("sk-0123456789abcdef"),
            "base_url": f"{provider.url}/v1",
            **PRICES,
            **options,
        }
        pace = Pace("openai", Limits(), spread=lambda: -1.0)  # it pauses for no time
        planners.append(LlmPlanner(Options.model_validate(settings), INDEXES, pace, loop, clock=SystemClock()))
        return planners[-1]

    with override_allow_model_requests(allow_model_requests=True):
        yield made
    for planner in planners:
        planner.close()


def told(messages: list[ModelMessage]) -> dict[str, Any]:
    """The document that the model was sent."""
    (part,) = messages[-1].parts
    found: dict[str, Any] = json.loads(str(part.content))  # type: ignore[union-attr] # a prompt of the user
    return found


def said(answer: Any, finish: Any = "stop") -> ModelResponse:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    usage = RequestUsage(input_tokens=900, output_tokens=100)
    return ModelResponse(parts=[TextPart(text)], usage=usage, finish_reason=finish)


def facts(ports: Ports, stream: str = "default/run/r1") -> list[Any]:
    return [item.fact for item in ports.log.read(stream)]


def test_a_draft_that_was_refused_is_mended_by_its_findings(
    ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    seen: list[dict[str, Any]] = []

    def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        seen.append(told(messages))
        wrong = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "send_parcle", "params": {"to": "Ana"}}]}
        return said(wrong if len(seen) == 1 else GOOD)

    result = PlanGenerationEngine(ports, [of_function(answer)]).generate(asked())

    assert ("ready", 2) == (result.outcome, result.attempts)
    kinds = [type(fact).__name__ for fact in facts(ports)]
    assert ["PlanDrafted", "PlanValidated", "PlanDrafted", "PlanValidated"] == kinds[2:6]
    assert "findings" not in seen[0]
    assert "send_parcle" == seen[1]["former_draft"]["steps"][0]["skill"]
    (finding,) = seen[1]["findings"]
    assert "UNKNOWN_SKILL" == finding["code"]
    assert "perhaps send_parcel" in finding["says"]


def test_a_draft_that_stays_wrong_is_asked_for_no_more_than_it_may_be(
    ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    result = PlanGenerationEngine(ports, [of_function(lambda *_: said({"plan_id": "p", "steps": []}))]).generate(
        asked()
    )

    assert ("invalid", 3) == (result.outcome, result.attempts)
    assert 3 == sum(isinstance(fact, PlanValidated) for fact in facts(ports))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said("I would rather not."), "bad_answer"),
        (said('{"steps": [{"step', "length"), "cut_off"),
        (said("", "content_filter"), "refused"),
    ],
)
def test_what_is_no_json_is_a_failure_with_its_cost(
    answer: ModelResponse, code: str, ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    PlanGenerationEngine(ports, [of_function(lambda *_: answer)]).generate(asked())

    failures = [fact for fact in facts(ports) if isinstance(fact, DraftFailed)]
    assert {(code, 900 + 400)} == {(failure.code, failure.cost_micros) for failure in failures}
    assert (1 if code == "refused" else 3) == len(failures)


@pytest.mark.parametrize("answer", [[], "text", 7, None, {"steps": "none"}])
def test_any_json_is_a_draft_for_the_inspector(
    answer: Any, ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    result = PlanGenerationEngine(ports, [of_function(lambda *_: said(json.dumps(answer)))]).generate(asked())

    assert "invalid" == result.outcome
    assert 3 == sum(isinstance(fact, PlanDrafted) for fact in facts(ports))


def test_a_model_without_structured_output_calls_a_tool(ports: Ports, of_function: Callable[..., LlmPlanner]) -> None:
    def answer(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        (tool,) = info.output_tools
        return ModelResponse(parts=[ToolCallPart(tool.name, GOOD)])

    result = PlanGenerationEngine(ports, [of_function(answer, output="tool")]).generate(asked())

    assert "ready" == result.outcome


def test_a_model_that_cannot_be_asked_like_that_is_not_asked(
    ports: Ports, of_function: Callable[..., LlmPlanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FunctionModel, "profile", {"supports_json_schema_output": False})

    PlanGenerationEngine(ports, [of_function(lambda *_: said(GOOD), output="native")]).generate(asked())

    (failure,) = [fact for fact in facts(ports) if isinstance(fact, DraftFailed)]
    assert ("unsupported", 0) == (failure.code, failure.cost_micros)
    assert "Native structured output is not supported by this model" in failure.sentence


def test_what_a_provider_did_not_count_costs_nobody_knows_how_much(
    ports: Ports, provider: FakeProvider, of_provider: Callable[..., LlmPlanner]
) -> None:
    provider.replies(Answer(GOOD, 0, 0))

    PlanGenerationEngine(ports, [of_provider()]).generate(asked())

    (drafted,) = [fact for fact in facts(ports) if isinstance(fact, PlanDrafted)]
    assert (None, None, None) == (drafted.usage, drafted.cost_micros, drafted.prices)


def test_what_was_asked_and_offered_can_be_had_by_its_digest(
    ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    PlanGenerationEngine(ports, [of_function(lambda *_: said(GOOD))]).generate(asked())

    (drafted,) = [fact for fact in facts(ports) if isinstance(fact, PlanDrafted)]
    kept = json.loads(ports.artifacts.get("default", drafted.prompt_digest or "") or b"")
    assert {skill.name: skill.digest for skill in MANIFEST.skills} == kept["offered"]
    assert ("openai:fake", "Send a parcel to Ana") == (kept["model"], json.loads(kept["message"])["goal"])


def test_a_model_of_unknown_price_is_refused_by_a_budget_and_served_without_one(
    ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    planner = of_function(lambda *_: said(GOOD), input_price=None, output_price=None)
    engine = PlanGenerationEngine(ports, [planner])
    assert "ready" == engine.generate(asked("r1")).outcome

    Budgets(ports.ledgers, ports.clock).grant("scout", 1_000_000, "g1")

    assert "refused" == engine.generate(asked("r2")).outcome


def test_a_model_that_is_free_needs_no_hold(ports: Ports, of_function: Callable[..., LlmPlanner]) -> None:
    Budgets(ports.ledgers, ports.clock).grant("scout", 1_000_000, "g1")
    planner = of_function(lambda *_: said(GOOD), input_price=0, output_price=0)

    PlanGenerationEngine(ports, [planner]).generate(asked())

    held = [fact for fact in facts(ports, "default/ledger/agent:scout") if isinstance(fact, CreditHeld)]
    assert ["execution"] == [fact.purpose for fact in held]


def test_the_time_for_a_run_is_over_once_its_attempts_have_used_it(
    ports: Ports, of_function: Callable[..., LlmPlanner]
) -> None:
    planner = of_function(lambda *_: said(GOOD), deadline=1e-9)

    result = PlanGenerationEngine(ports, [planner]).generate(asked())

    (failure,) = [fact for fact in facts(ports) if isinstance(fact, DraftFailed)]
    assert ("failed", "deadline", 0) == (result.outcome, failure.code, failure.cost_micros)


def test_an_error_of_the_program_is_not_told_as_one_of_the_provider(of_function: Callable[..., LlmPlanner]) -> None:
    def broken(*_: object) -> ModelResponse:
        raise ZeroDivisionError

    ports = in_memory_ports(MANIFEST)
    PlanGenerationEngine(ports, [of_function(broken)]).generate(asked())

    (failure,) = [fact for fact in facts(ports) if isinstance(fact, DraftFailed)]
    assert ("planner_error", None) == (failure.code, failure.cost_micros)


def test_fifty_threads_at_once_get_a_plan_each(
    ports: Ports, provider: FakeProvider, of_provider: Callable[..., LlmPlanner]
) -> None:
    provider.replies(Answer(GOOD))
    engine = PlanGenerationEngine(ports, [of_provider()])

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(lambda number: engine.generate(asked(f"r{number}")), range(50)))

    assert ["ready"] * 50 == [result.outcome for result in results]
    assert 50 == len(provider.calls)


class Stopped(BaseException):
    """As a signal raises it in the main thread."""


def test_an_interrupted_call_is_cancelled_and_settled_in_full(
    ports: Ports, provider: FakeProvider, of_provider: Callable[..., LlmPlanner]
) -> None:
    Budgets(ports.ledgers, ports.clock).grant("scout", 1_000_000, "g1")
    provider.replies(Hang())
    engine = PlanGenerationEngine(ports, [of_provider()])

    def stop(*_: object) -> None:
        raise Stopped

    def interrupt() -> None:
        provider.wait_for(1)
        signal.pthread_kill(main, signal.SIGUSR1)

    main = threading.main_thread().ident or 0
    before = signal.signal(signal.SIGUSR1, stop)
    waiting = threading.Thread(target=interrupt)
    waiting.start()
    try:
        with pytest.raises(Stopped):
            engine.generate(asked())
    finally:
        waiting.join()
        signal.signal(signal.SIGUSR1, before)

    (failure,) = [fact for fact in facts(ports) if isinstance(fact, DraftFailed)]
    assert ("cancelled", None) == (failure.code, failure.cost_micros)
    ledger = facts(ports, "default/ledger/agent:scout")
    (held,) = [fact for fact in ledger if isinstance(fact, CreditHeld)]
    (settled,) = [fact for fact in ledger if isinstance(fact, HoldSettled)]
    assert (held.amount, False) == (settled.amount, settled.cost_known)
    assert failure.charged_micros == held.amount


REPLIES: list[Reply] = [
    Answer(GOOD),
    Failure(500),
    Failure(429, retry_after=0),
    Failure(401),
    Cut(),
    Answer("no"),
    Hang(),
]


def test_fifty_runs_on_credit_for_ten_send_nothing_without_a_hold(
    ports: Ports, provider: FakeProvider, of_provider: Callable[..., LlmPlanner]
) -> None:
    planner = of_provider(timeout=2.0, deadline=60.0)
    engine, budgets = PlanGenerationEngine(ports, [planner]), Budgets(ports.ledgers, ports.clock)
    worst = _worst(planner, ports)
    budgets.grant("scout", 10 * worst, "g1")
    numbers = iter(range(10_000))
    provider.replies_by(lambda _: REPLIES[next(numbers) % len(REPLIES)])

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(lambda number: engine.generate(asked(f"r{number}")), range(50)))

    ledger = facts(ports, "default/ledger/agent:scout")
    planning = [fact for fact in ledger if isinstance(fact, CreditHeld) and fact.purpose == "planning"]
    released = {fact.hold_id for fact in ledger if isinstance(fact, HoldReleased)}
    sent = [fact.hold_id for fact in planning if fact.hold_id not in released]
    assert len(provider.calls) == len(sent) == len(set(sent))
    assert not [hold for hold in budgets.get_status("scout").holds if hold.purpose == "planning"]
    assert {"ready", "refused"} <= {result.outcome for result in results}
    assert _charged(results) == sum(
        fact.amount for fact in ledger if isinstance(fact, HoldSettled) and fact.hold_id in set(sent)
    )


def _worst(planner: LlmPlanner, ports: Ports) -> int:
    """What one call may cost, as the engine reckons it."""
    seen: list[int | None] = []

    class Seeing(LlmPlanner):
        def worst_case(self, request: Any) -> int | None:
            seen.append(planner.worst_case(request))
            raise DraftUnavailable("seen", "seen", retryable=False, sent=False)

    looking = Seeing(planner.options, INDEXES, planner.pace, LoopThread(), clock=SystemClock())
    PlanGenerationEngine(ports, [looking]).generate(asked("seeing"))
    (worst,) = seen
    assert worst is not None
    return worst


def _charged(results: list[PlanGenerationResult]) -> int:
    return sum(result.generation.charged for result in results)
