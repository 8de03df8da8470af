"""The command with a language model, which a server of the test stands in for: paid, mended, interrupted, looked at."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from pydantic_ai.models import override_allow_model_requests

from fake_provider import Failure, FakeProvider, Hang
from provider_wires import Answer

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch https://example.com/prices.json"
KEY = "sk-live-0123456789abcdef0123456789abcdef"
STEP = {"step_id": "get", "skill": "fetch_url", "params": {"url": "https://example.com/prices.json"}}
MODEL = ["--planner", "openai:gpt-5-mini"]


@pytest.fixture
def asking(provider: FakeProvider, tmp_path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of somebody who has a server and a price."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    return {
        **environment,
        "PLANFOLD_LLM_BASE_URL": f"{provider.url}/v1",
        "PLANFOLD_LLM_API_KEY_FILE": str(file),
        "PLANFOLD_LLM_INPUT_USD_PER_MTOK": "1.00",
        "PLANFOLD_LLM_OUTPUT_USD_PER_MTOK": "4.00",
    }


def events(run: Command, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("events", *arguments).stdout.splitlines()]


def test_a_model_drafts_is_mended_and_paid(run: Command, provider: FakeProvider, asking: dict[str, str]) -> None:
    provider.replies(Answer({"plan_id": "p", "steps": [{**STEP, "skill": "fetch"}]}), Answer({"steps": [STEP]}))
    run("budget", "grant", "me", "5.00")

    ended = run("plan", GOAL, "--run", "r1", *MODEL, **asking)

    assert (0, "") == (ended.returncode, ended.stderr)
    assert "openai:gpt-5-mini" in ended.stdout
    drafted = [event["body"] for event in events(run, "r1") if event["name"] == "PlanDrafted"]
    assert [(1_380, "the settings")] * 2 == [(body["cost_micros"], body["prices"]) for body in drafted]
    assert f"Bearer {KEY}" == provider.calls[0].headers["authorization"]
    assert KEY not in json.dumps(events(run, "r1"))
    assert 0 == run("audit", "r1").returncode


@pytest.mark.slow
def test_a_cost_that_cannot_be_known_from_what_was_counted_is_all_that_is_told(
    run: Command, provider: FakeProvider, asking: dict[str, str]
) -> None:
    provider.replies(Answer({"steps": [STEP]}, input_tokens=-5))
    run("budget", "grant", "me", "5.00")

    ended = run("plan", GOAL, "--run", "r1", *MODEL, **asking)

    assert (0, "") == (ended.returncode, ended.stderr)
    (drafted,) = [event["body"] for event in events(run, "r1") if event["name"] == "PlanDrafted"]
    assert drafted["cost_micros"] is None


@pytest.mark.slow
@pytest.mark.parametrize("ends", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_a_call_leaves_it_on_record_and_settled_in_full(
    ends: tuple[int, int], run: Command, program: Path, provider: FakeProvider, asking: dict[str, str]
) -> None:
    sent, status = ends
    provider.replies(Hang())
    run("budget", "grant", "me", "5.00")
    with subprocess.Popen(
        [program, "plan", GOAL, "--run", "r1", *MODEL],
        env=asking,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        provider.wait_for(1)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)

    assert (status, 1) == (process.returncode, err.count("\n"))
    (failed,) = [event["body"] for event in events(run, "r1") if event["name"] == "DraftFailed"]
    assert ("cancelled", None) == (failed["code"], failed["cost_micros"])
    shown = json.loads(run("budget", "show", "me", "--json").stdout)
    assert (failed["charged_micros"], 0) == (shown["spent_micros"], shown["held_micros"])


@pytest.fixture
def here(planfold: Command, asking: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The command of such somebody within this process."""
    for name, value in asking.items():
        monkeypatch.setenv(name, value)
    with override_allow_model_requests(allow_model_requests=True):
        yield planfold


def test_a_key_that_is_not_taken_is_told_without_it(here: Command, provider: FakeProvider) -> None:
    provider.replies(Failure(401, f"Incorrect API key provided: {KEY}."))

    ended = here("plan", GOAL, "--run", "r1", *MODEL)

    assert 5 == ended.returncode
    assert "openai:gpt-5-mini does not take the key (HTTP 401)" in ended.stderr
    assert KEY not in ended.stdout + ended.stderr + here("events", "r1").stdout


def test_a_doctor_shows_where_a_model_is_asked_and_sends_nothing(
    here: Command, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_PLANNER", "offline,openai:gpt-5-mini")

    ended = here("doctor", "--json")

    _, found = [check["found"] for check in json.loads(ended.stdout)["checks"] if check["name"] == "planner"]
    assert (
        f"at {provider.url}/v1 with the key of PLANFOLD_LLM_API_KEY, priced by the settings, as often as it allows"
        in found
    )
    assert KEY not in ended.stdout + ended.stderr
    assert not provider.calls


def test_a_model_without_a_key_is_not_asked(planfold: Command) -> None:
    ended = planfold("plan", GOAL, "--run", "r1", *MODEL)

    assert 7 == ended.returncode
    assert "planner openai:gpt-5-mini cannot be asked: there is no key for it; set PLANFOLD_LLM_API_KEY" in ended.stderr
    assert not events(planfold, "r1")


def test_a_model_of_a_provider_that_nobody_knows_is_refused(planfold: Command) -> None:
    ended = planfold("plan", GOAL, "--planner", "acme:large")

    assert 2 == ended.returncode
    assert "there is no planner 'acme:large'" in ended.stderr
