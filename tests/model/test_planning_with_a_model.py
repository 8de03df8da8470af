"""`planfold plan` with a real model behind it: the wire, true token counts, answers in form, and what the ledger was told.

What the model plans is its own affair: it is small, and seldom right.
"""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from urllib.request import Request, urlopen

import pytest
from psycopg import connect

from planfold.domain.canonical import digest
from planfold.infrastructure.postgres.embedded import Endpoint

pytestmark = pytest.mark.slow

Command = Callable[..., CompletedProcess[str]]
GOAL = "Send a small parcel to Ana"
RUN = ("--agent", "scout", "--run", "r1")
IN_MTOK, OUT_MTOK = 100_000, 400_000
SKILLS = """
[[skills]]
name = "send_parcel"
description = "Send a parcel by courier"
cost = "0.01"
[skills.parameters]
type = "object"
required = ["size"]
additionalProperties = false
[skills.parameters.properties.size]
enum = ["small", "large"]

[[skills]]
name = "write_letter"
description = "Write a letter to somebody"
cost = "0.01"
[skills.parameters]
type = "object"
additionalProperties = false
"""


@pytest.fixture
def skills(tmp_path: Path) -> str:
    file = tmp_path / "skills.toml"
    file.write_text(SKILLS, encoding="utf-8")
    return str(file)


def attempts(planfold: Command) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in planfold("events", "r1").stdout.splitlines()]
    return [event["body"] for event in events if event["name"] in {"PlanDrafted", "DraftFailed"}]


def cost(usage: dict[str, int]) -> int:
    """By the prices that the fixture sets, rounded up."""
    return -(-(usage["input_tokens"] * IN_MTOK + usage["output_tokens"] * OUT_MTOK) // 1_000_000)


def counted_by_the_server(model_server: str, prompt: dict[str, Any]) -> int:
    """The tokens of a prompt, as the model's own template and tokenizer make them."""
    said = [{"role": "system", "content": prompt["instructions"]}, {"role": "user", "content": prompt["message"]}]
    written = posted(model_server, "apply-template", {"messages": said})["prompt"]
    made = posted(model_server, "tokenize", {"content": written, "add_special": True, "parse_special": True})
    return len(made["tokens"])


def posted(model_server: str, path: str, body: object) -> dict[str, Any]:
    address = f"{model_server.removesuffix('/v1')}/{path}"
    with urlopen(Request(address, json.dumps(body).encode()), timeout=60) as answer:  # noqa: S310 - the server of this test
        told: dict[str, Any] = json.load(answer)
    return told


def test_a_model_plans_by_the_documented_command_and_is_paid_what_it_counted(
    planfold: Command, model_server: str, skills: str, database: Endpoint
) -> None:
    planfold("budget", "grant", "scout", "5")

    planned = planfold("plan", GOAL, *RUN, "--skills", skills)

    money = json.loads(planfold("budget", "show", "scout", "--json").stdout)
    asked = attempts(planfold)
    assert planned.returncode in {0, 3, 5}, planned.stderr
    assert [1, 2][: len(asked)] == [each["attempt"] for each in asked]
    for each in asked:  # a server that breaks off counts nothing, and is paid in full
        counted = (None, None) if each["usage"] is None else ("the settings", cost(each["usage"]))
        assert counted == (each["prices"], each["cost_micros"])
    assert money["spent_micros"] == sum(each["charged_micros"] for each in asked) > 0
    assert [hold["hold_id"] for hold in money["holds"]] == (["r1/execution"] if planned.returncode == 0 else [])
    prompt = recorded_prompt(database, asked[0]["prompt_digest"])
    assert counted_by_the_server(model_server, prompt) == asked[0]["usage"]["input_tokens"]
    assert 0 < asked[0]["usage"]["output_tokens"] <= 300
    assert 0 == planfold("audit", "r1").returncode


def recorded_prompt(database: Endpoint, named: str) -> dict[str, Any]:
    with connect(database.admin) as admin:
        bodies = [bytes(body) for (body,) in admin.execute("SELECT body FROM planfold.artifacts WHERE kind = 'prompt'")]
    found: dict[str, Any] = json.loads(next(body for body in bodies if digest(body) == named))
    return found


@pytest.mark.parametrize("output", ["native", "tool", "prompted"])
def test_a_form_of_answers_that_is_kept_by_the_server_names_only_skills_that_exist(
    planfold: Command, skills: str, output: str
) -> None:
    planfold("plan", GOAL, *RUN, "--skills", skills, PLANFOLD_LLM_OUTPUT=output, PLANFOLD_MAX_ATTEMPTS="1")

    (asked,) = attempts(planfold)
    if output == "native" and asked.get("plan") is not None:
        steps = asked["plan"]["steps"]
        assert {step["skill"] for step in steps} <= {"send_parcel", "write_letter"}
        sizes = {step["params"]["size"] for step in steps if step["skill"] == "send_parcel"}
        assert sizes <= {"small", "large"}
    assert asked.get("code") in {None, "bad_answer", "cut_off", "unavailable"}
    assert asked["usage"] is None or asked["usage"]["input_tokens"] > 0


def test_a_model_without_a_price_is_refused_by_a_budget_and_asked_nothing(planfold: Command, skills: str) -> None:
    unset = {"PLANFOLD_LLM_INPUT_USD_PER_MTOK": "", "PLANFOLD_LLM_OUTPUT_USD_PER_MTOK": ""}
    planfold("budget", "grant", "scout", "5")

    planned = planfold("plan", GOAL, *RUN, "--skills", skills, **unset)

    assert 4 == planned.returncode
    assert "the planner has no price" in planned.stderr
    assert [] == attempts(planfold)


def test_a_plan_of_the_offline_planner_never_reaches_the_model(planfold: Command) -> None:
    planned = planfold("plan", "Fetch https://example.com/", *RUN, "--planner", "offline,openai:smollm2-135m-instruct")

    assert 0 == planned.returncode
    assert ["offline"] == [each["planner"]["name"] for each in attempts(planfold)]


def test_a_goal_that_the_offline_planner_cannot_serve_reaches_the_model(planfold: Command, skills: str) -> None:
    named = "offline,openai:smollm2-135m-instruct"

    planfold("plan", "Sing a lullaby", *RUN, "--skills", skills, "--planner", named, PLANFOLD_MAX_ATTEMPTS="1")

    assert named.split(",") == [each["planner"]["name"] for each in attempts(planfold)]
