"""Processes that ask a language model on one budget, and one that is killed while it waits for the answer."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from fake_provider import Cut, Failure, FakeProvider, Filtered, Hang, NoJson, Reply, fake_provider
from planfold.application.audit import Auditor
from planfold.application.budget import Budgets
from planfold.application.runs import Runs
from planfold.domain import ledger as ledgers
from planfold.domain.ledger import CreditHeld, HoldReleased, HoldSettled, LedgerEvent
from planfold.domain.plan_generation import DraftFailed
from planfold.infrastructure.bootstrap import Installation
from provider_wires import Answer

pytestmark = pytest.mark.slow

WORKER = Path(__file__).with_name("worker.py")
GOOD = Answer({"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch", "params": {}}]})
REPLIES: list[Reply] = [GOOD, GOOD, Failure(500), Failure(429, retry_after=0), Cut(), NoJson(), Filtered(), Hang()]
PROCESSES, RUNS, CREDIT_FOR = 5, 10, 10


@pytest.fixture
def model() -> Iterator[FakeProvider]:
    with fake_provider() as served:
        served.replies(GOOD)
        yield served


@pytest.fixture
def asking(url: str, model: FakeProvider) -> Callable[..., subprocess.Popen[str]]:
    """A process of worker.py that asks the model for so many plans of scout at once."""
    variables = {
        "PLANFOLD_PLANNER": "openai:small",
        "PLANFOLD_LLM_BASE_URL": f"{model.url}/v1",
        "PLANFOLD_LLM_INPUT_USD_PER_MTOK": "1.00",
        "PLANFOLD_LLM_OUTPUT_USD_PER_MTOK": "4.00",
        "PLANFOLD_MAX_ATTEMPTS": "2",
    }

    def started(prefix: str, times: int, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(WORKER), "ask", url, "scout", prefix, str(times)]
        return subprocess.Popen(command, env={**os.environ, **variables, **more}, stdout=subprocess.PIPE, text=True)

    return started


def ended(process: subprocess.Popen[str]) -> list[str]:
    with process:
        out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    outcomes: list[str] = json.loads(out)
    return outcomes


def history(installation: Installation) -> list[LedgerEvent]:
    return [cast("LedgerEvent", item.fact) for item in installation.ports.log.read("default/ledger/agent:scout")]


@pytest.fixture
def budgets(installation: Installation) -> Budgets:
    return Budgets(installation.ports.ledgers, installation.ports.clock)


def test_processes_that_race_for_credit_for_ten_calls_send_none_without_a_hold(
    asking: Callable[..., subprocess.Popen[str]], model: FakeProvider, installation: Installation, budgets: Budgets
) -> None:
    budgets.grant("scout", 10**9, "much")
    ended(asking("seeing", 1))
    worst = next(fact.amount for fact in history(installation) if isinstance(fact, CreditHeld))
    budgets.revoke("scout", (budgets.get_status("scout").remaining_micros or 0) - CREDIT_FOR * worst, "most")
    before, chance = len(history(installation)), random.Random(7)  # noqa: S311 - no secret
    model.calls.clear()
    model.replies_by(lambda _: chance.choice(REPLIES))

    racing = [asking(f"p{number}", RUNS, PLANFOLD_LLM_TIMEOUT_SECONDS="2") for number in range(PROCESSES)]
    outcomes = Counter(outcome for process in racing for outcome in ended(process))

    facts = history(installation)
    held = [fact for fact in facts[before:] if isinstance(fact, CreditHeld) and fact.purpose == "planning"]
    released = {fact.hold_id for fact in facts[before:] if isinstance(fact, HoldReleased)}
    settled = [fact for fact in facts[before:] if isinstance(fact, HoldSettled)]
    sent = [fact.hold_id for fact in held if fact.hold_id not in released]
    assert PROCESSES * RUNS == outcomes.total()
    assert len(model.calls) == len(sent) > CREDIT_FOR
    assert sorted(sent) == sorted(fact.hold_id for fact in settled)
    assert [1] * len(held) == [*Counter(fact.hold_id for fact in held).values()]
    assert min(_left(facts)) >= 0
    assert [] == [hold for hold in budgets.get_status("scout").holds if hold.purpose == "planning"]
    assert outcomes["ready"] > 0
    assert outcomes["refused"] > 0
    assert {True, False} == {fact.cost_known for fact in settled}


def _left(facts: list[LedgerEvent]) -> Iterator[int]:
    """What was available after each event, since credit was granted."""
    state = ledgers.EMPTY
    for fact in facts:
        state = ledgers.evolve(state, fact)
        yield state.available or 0


def test_a_process_killed_in_the_middle_of_a_call_leaves_a_hold_that_is_settled_in_full_and_corrected_later(
    asking: Callable[..., subprocess.Popen[str]], model: FakeProvider, installation: Installation, budgets: Budgets
) -> None:
    budgets.grant("scout", 10**9, "g1")
    model.replies(Hang())
    with asking("lost", 1) as process:
        model.wait_for(calls=1)
        process.kill()
    (held,) = budgets.get_status("scout").holds
    model.replies(GOOD)

    outcomes = ended(asking("lost", 1))

    runs = Runs(installation.ports.log, installation.ports.reader, installation.ports.ledgers, installation.ports.clock)
    settled = [fact for fact in history(installation) if isinstance(fact, HoldSettled)]
    failed = [item.fact for item in runs.events("lost-0") if isinstance(item.fact, DraftFailed)]
    auditor = Auditor(installation.ports)
    assert (["ready"], 2) == (outcomes, len(model.calls))
    assert ["interrupted"] == [fact.code for fact in failed]
    assert installation.ports.artifacts.get("default", failed[0].prompt_digest or "") is not None
    assert [("lost-0/1", held.amount_micros, False), ("lost-0/2", 1_380, True)] == [
        (fact.hold_id, fact.amount, fact.cost_known) for fact in settled
    ]
    assert 2_380 == budgets.correct("scout", "lost-0", 1_000, reason="bill").spent_micros
    assert () == auditor.audit("lost-0").problems
