"""What clients get: plans, stories and judgements in the form that was promised; refusals in sentences."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import jsonschema_rs
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent
from pydantic import JsonValue

from planfold.application.budget import Budgets
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.world import Ports
from planfold.domain.plan_generation import reported
from planfold.infrastructure.mcp_server.tools import Service, tools_of

Ask = Callable[..., CallToolResult]
Converse = Callable[[Callable[[Client], Awaitable[Any]]], Any]

GOAL = "Fetch the prices"
PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}


def text(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def content(result: CallToolResult) -> dict[str, Any]:
    """The structured answer, which the second text repeats."""
    assert not result.is_error
    second = result.content[1]
    assert isinstance(second, TextContent)
    assert result.structured_content == json.loads(second.text)
    found = result.structured_content
    assert isinstance(found, dict)
    assert found.get("sentence", text(result)) == text(result)
    return found


def refusal(result: CallToolResult) -> str:
    assert (True, None, 1) == (result.is_error, result.structured_content, len(result.content))
    return text(result)


def test_the_tools_are_shown_with_schemas_and_hints(converse: Converse) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    shown = {tool.name: tool for tool in converse(listed)}

    assert ["generate_plan", "get_plan", "explain_plan", "check_plan"] == list(shown)
    assert {"get_plan", "explain_plan", "check_plan"} == {
        name for name, tool in shown.items() if tool.annotations.read_only_hint
    }
    for tool in shown.values():
        jsonschema_rs.meta.validate(tool.input_schema)
        jsonschema_rs.meta.validate(tool.output_schema)
        assert not tool.input_schema["additionalProperties"]
        assert (False, False) == (tool.annotations.destructive_hint, tool.annotations.open_world_hint)
        assert not {"tenant", "skills", "planner"} & tool.input_schema["properties"].keys()


def test_a_plan_whose_credit_is_held_no_more_may_not_run(ask: Ask, ports: Ports) -> None:
    budgets = Budgets(ports.ledgers, ports.clock, "acme")
    budgets.grant("scout", 50_000, "g1")
    begun = content(ask("generate_plan", goal=GOAL, run_id="r1"))
    budgets.release("scout", "r1", "not needed")

    again, read = content(ask("generate_plan", goal=GOAL, run_id="r1")), content(ask("get_plan", run_id="r1"))

    assert (True, False, False) == (begun["may_run"], again["may_run"], read["may_run"])
    assert "the credit for the run 'r1' is held no more; plan under a new run id" == read["sentence"]


def test_every_answer_has_the_form_that_was_promised(service: Service) -> None:
    offered = tools_of(service)
    asked: dict[str, dict[str, Any]] = {
        "generate_plan": {"goal": GOAL, "run_id": "r1"},
        "get_plan": {"run_id": "r1"},
        "explain_plan": {"run_id": "r1"},
        "check_plan": {"plan": {"steps": [{"step_id": "a", "skill": "no", "params": {"url": "http://10.0.0.1/"}}]}},
    }
    for name, tool in offered.items():
        jsonschema_rs.validator_for(tool.input_schema).validate(asked[name])
        answer = tool.call(tool.takes.model_validate(asked[name])).content.model_dump(mode="json")
        jsonschema_rs.validator_for(tool.output_schema).validate(answer)


def test_a_plan_is_generated_for_the_first_agent_and_recorded(ask: Ask, ports: Ports) -> None:
    answer = content(ask("generate_plan", goal=GOAL, run_id="r1"))

    assert "ready: 1 step under run 'r1', at most 0.02 USD to run" == answer["sentence"]
    assert (True, "ready", "scout", PLAN, "0.02") == (
        answer["may_run"], answer["outcome"], answer["agent"],
        {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}, answer["needed_usd"],
    )  # fmt: skip
    assert 5 == len(ports.log.read("acme/run/r1"))


def test_the_same_run_again_gives_the_same_answer(ask: Ask) -> None:
    first = ask("generate_plan", goal=GOAL, run_id="r1")

    assert content(first) == content(ask("generate_plan", goal=GOAL, run_id="r1"))
    assert content(first) == content(ask("get_plan", run_id="r1"))


def test_without_a_run_id_each_call_is_a_run_of_its_own(ask: Ask) -> None:
    one, other = (content(ask("generate_plan", goal=GOAL, agent="clerk")) for _ in range(2))

    assert one["run_id"] != other["run_id"]
    assert "clerk" == one["agent"]


def test_a_refused_plan_is_no_error_and_may_not_run(ask: Ask) -> None:
    answer = content(ask("generate_plan", goal=GOAL, run_id="r1", budget_cents=1))

    assert ("refused", False) == (answer["outcome"], answer["may_run"])
    assert answer["sentence"].startswith("cannot hold 20000 micro-USD (0.02 USD) for the execution of run 'r1'")


def test_a_plan_that_was_run_may_not_run_again(ask: Ask, service: Service) -> None:
    ask("generate_plan", goal=GOAL, run_id="r1")
    service.runs.report("r1", reported("good", 3, ""), "acme")

    answer = content(ask("get_plan", run_id="r1"))

    assert (False, "good") == (answer["may_run"], answer["reported"])


def test_a_story_has_a_sentence_for_each_event(ask: Ask) -> None:
    ask("generate_plan", goal=GOAL, run_id="r1")

    story = content(ask("explain_plan", run_id="r1"))

    assert ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"] == [
        item["event"] for item in story["sentences"]
    ]
    assert "scout is to reach: 'Fetch the prices'" in story["sentences"][0]["sentence"]


def test_a_plan_is_checked_and_nothing_is_recorded(ask: Ask, ports: Ports) -> None:
    good = content(ask("check_plan", plan=PLAN))
    bad = content(ask("check_plan", plan={"plan_id": "p", "steps": [{"step_id": "a", "skill": "fech"}]}))

    assert "the inspector would accept this plan, at most 0.02 USD to run; nothing was recorded" == good["sentence"]
    assert (True, False, ["UNKNOWN_SKILL"]) == (good["valid"], bad["valid"], [item["code"] for item in bad["findings"]])
    assert "UNKNOWN_SKILL: step a calls 'fech', which this agent does not have; perhaps fetch?" in bad["sentence"]
    assert 0 == ports.history.newest()


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_plan", {"run_id": "none"}, "tenant 'acme' has no run 'none'"),
        ("get_plan", {"run_id": "a b"}, "run_id cannot be used: must match [A-Za-z0-9]"),
        ("get_plan", {}, "run_id cannot be used"),
        ("get_plan", {"run_id": "r1", "tenant": "other"}, "tenant cannot be used"),
        ("explain_plan", {"run_id": "../r1"}, "run_id cannot be used"),
        ("generate_plan", {"goal": "  "}, "the goal is empty; say in a sentence what the agent is to reach"),
        ("generate_plan", {"goal": "x" * 40_001}, "goal cannot be used: it must have at most 40000 characters"),
        ("generate_plan", {"goal": "x" * 10_001}, "the goal has 10001 characters, 10000 are allowed; shorten it"),
        (
            "generate_plan",
            {"goal": "x", "agent": "mallory"},
            "agent 'mallory' is not served here; these are: scout, clerk",
        ),
        ("generate_plan", {"goal": "x", "budget_cents": -1}, "budget_cents cannot be used: it must be at least 0"),
        ("check_plan", {"plan": {"plan_id": "x" * 300_000}}, "the plan has 300014 bytes of JSON"),
        ("check_plan", {"plan": []}, "plan cannot be used"),
        ("delete_plan", {}, "there is no tool 'delete_plan'; these are: generate_plan, get_plan"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_the_tool_in_a_sentence(
    ask: Ask, tool: str, arguments: dict[str, Any], told: str
) -> None:
    assert told in refusal(ask(tool, **arguments))


def test_the_runs_of_agents_that_are_not_served_are_unknown(ask: Ask, engine: PlanGenerationEngine) -> None:
    engine.generate(PlanGenerationContext("treasurer", "Move the gold", "gold", tenant="acme"))
    engine.generate(PlanGenerationContext("scout", "Fetch the prices", "abroad", tenant="globex"))

    for run, tool in (("gold", "get_plan"), ("gold", "explain_plan"), ("abroad", "get_plan")):
        assert f"tenant 'acme' has no run '{run}'; `planfold runs` lists those it has" == refusal(ask(tool, run_id=run))


def test_whose_run_it_is_that_stands_in_the_way_is_not_told(ask: Ask, engine: PlanGenerationEngine) -> None:
    engine.generate(PlanGenerationContext("treasurer", "Move the gold", "gold", tenant="acme"))

    assert "run 'gold' is recorded already with another agent or goal; use a new run id" == refusal(
        ask("generate_plan", goal=GOAL, run_id="gold")
    )


def test_an_error_that_nobody_expects_is_told_without_its_words(
    ask: Ask, engine: PlanGenerationEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise KeyError("postgresql://user:secret@db")

    monkeypatch.setattr(engine, "generate", stumble)

    told = refusal(ask("generate_plan", goal=GOAL))
    assert "an error that planfold does not expect, KeyError" in told
    assert "secret" not in told


def test_many_calls_at_once_are_answered_each(converse: Converse) -> None:
    async def talk(client: Client) -> Any:
        answers: dict[str, Any] = {}

        async def call(run: str) -> None:
            answers[run] = content(await client.call_tool("generate_plan", {"goal": GOAL, "run_id": run}))["run_id"]

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(call, f"r{number}")
        return answers

    assert {f"r{number}": f"r{number}" for number in range(20)} == converse(talk)


def test_a_client_is_told_whom_it_may_plan_for(converse: Converse) -> None:
    async def instructions(client: Client) -> Any:
        return client.instructions

    assert "Agents served here: scout, clerk." in converse(instructions)
