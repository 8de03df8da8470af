"""Real processes on a real PostgreSQL: they race for runs and money, and are killed at every moment of a generation."""

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from planfold.application.audit import Auditor
from planfold.application.ledgers import Ledgers
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import InMemorySnapshots

PRICE, WORST = 300_000, 2_000_000
RUN, AGENT, TENANT = "run/r1", "ledger/agent:scout", "ledger/tenant"

Run = Callable[..., subprocess.CompletedProcess[str]]
Answers = Callable[..., Any]
Provider = Callable[..., str]
Found = Callable[[str, int], None]
Facts = Callable[[str, str], list[Any]]
Comparable = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.slow
def test_called_by_eight_processes_at_once_a_run_has_one_record_and_one_draft(
    answers: Answers, provider: Provider, requests: Path, installation: Installation
) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = [done["results"] for done in pool.map(lambda _: answers("generate", provider(), 0, "acme"), range(8))]

    assert [results[0]] * 8 == results
    assert ["acme 1"] == requests.read_text().splitlines()
    assert len(installation.ports.log.read("acme/run/r1")) == 5


@pytest.mark.slow
def test_processes_that_race_for_one_ledger_never_hold_more_than_it_has(
    answers: Answers, found: Found, installation: Installation
) -> None:
    found("default", 17)

    with ThreadPoolExecutor(8) as pool:
        outcomes = [
            outcome
            for done in pool.map(lambda number: answers("spend", "scout", f"p{number}", 5), range(8))
            for outcome in done
        ]

    assert (outcomes.count("ready"), outcomes.count("refused")) == (17, 23)
    ledger = installation.ports.ledgers.open("default", "agent:scout").ledger
    assert (ledger.held, ledger.available) == (17_000_000, 0)


# Kills


@dataclass(frozen=True)
class Story:
    """What there is at the end: the result, the run and its two ledgers event by event, the attempts the provider saw."""

    result: dict[str, Any]
    run: list[Any]
    agent: list[Any]
    tenant: list[Any]
    received: list[int]

    def count(self, name: str) -> int:
        return sum(event["name"] == name for event in self.run)


def after(whole: Story, moments: Sequence[str], struck: int, *, paid: bool) -> Story:
    """What there must be if the first process was killed at moment `struck`, and another one was called.

    A paid call is under way from the commit of its hold to the commit of its end. Killed in between, whether the
    provider was asked or not, it is settled in full, and what it was asked is asked again under the next number.
    """
    commits = [index for index, moment in enumerate(moments) if moment == "after the commit"]
    asked = [index for index, moment in enumerate(moments) if moment == "after planner.draft"]
    received = [attempt for attempt, index in enumerate(asked, 1) if index <= struck]
    if struck >= commits[-1]:
        return whole
    if not paid or struck < commits[0]:
        return replace(whole, received=[*received, *whole.received])
    lost = sum(commit <= struck for commit in commits)
    return Story(
        _with_a_lost_attempt(whole.result) | {"attempts": whole.result["attempts"] + 1, "planning_cost_micros": None},
        _interrupted(whole.run, lost),
        _settled_in_full(whole.agent, lost),
        _settled_in_full(whole.tenant, lost),
        [*received, *(attempt + 1 for attempt in whole.received if attempt >= lost)],
    )


def _interrupted(run: Sequence[Any], lost: int) -> list[Any]:
    """The run with one attempt more, which failed."""
    at = next(index for index, event in enumerate(run) if event["name"] == "PlanDrafted" and event["attempt"] == lost)
    failed = {
        "version": at + 1,
        "name": "DraftFailed",
        "attempt": lost,
        "planner": run[at]["planner"],
        "code": "interrupted",
        "sentence": ANY,
        "retryable": True,
        "prompt_digest": None,
        "usage": None,
        "cost_micros": None,
        "charged_micros": WORST,
        "prices": None,
    }
    later = [
        _with_a_lost_attempt(event) | ({"attempt": event["attempt"] + 1} if "attempt" in event else {})
        for event in run[at:]
    ]
    return [*run[:at], failed, *later]


def _with_a_lost_attempt(told: Mapping[str, Any]) -> dict[str, Any]:
    """An event or a result one version later, its look at the money as well."""
    if told.get("budget"):
        return {**told, "version": told["version"] + 1, "budget": _with_less(told["budget"])}
    return (_with_less(told) if "available_before" in told else {**told}) | {"version": told["version"] + 1}


def _with_less(checked: Mapping[str, Any]) -> dict[str, Any]:
    ledgers = [
        seen | {"version": seen["version"] + 2, "available": seen["available"] - WORST} for seen in checked["ledgers"]
    ]
    return {**checked, "available_before": checked["available_before"] - WORST, "ledgers": ledgers}


def _settled_in_full(ledger: Sequence[Any], lost: int) -> list[Any]:
    """The ledger with one attempt more, whose hold was settled in full."""
    at = next(index for index, event in enumerate(ledger) if event.get("hold_id") == f"r1/{lost}")
    held, settled, *_ = ledger[at:]
    later = [
        event
        | {"version": event["version"] + 2}
        | ({} if event["hold_id"] == "r1/execution" else {"hold_id": f"r1/{int(event['hold_id'][3:]) + 1}"})
        for event in ledger[at:]
    ]
    in_full = settled | {"version": at + 2, "amount": WORST, "cost_known": False}
    return [*ledger[:at], held, in_full, *later]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("price", "worst", "errs", "grants"),
    [(0, 0, False, 99), (PRICE, WORST, False, 98), (PRICE, WORST, True, 96)],
    ids=["free", "paid", "corrected"],
)
def test_killed_at_any_moment_and_called_again_a_run_ends_whole(
    *,
    run: Run,
    answers: Answers,
    provider: Provider,
    found: Found,
    facts: Facts,
    comparable: Comparable,
    requests: Path,
    installation: Installation,
    price: int,
    worst: int,
    errs: bool,
    grants: int,
) -> None:
    # So many grants that the hundredth event of the ledger, and with it a snapshot, falls into the last save.
    found("whole", grants)
    asked = provider(price, worst, errs=errs)
    done = answers("generate", asked, 0, "whole")
    moments, (result,) = done["moments"], done["results"]
    assert {"after guard.hold", "before the commit", "after snapshots.save", "after planner.draft"} <= set(moments)
    run_events, agent, tenants_own = (facts("whole", stream) for stream in (RUN, AGENT, TENANT))
    whole = Story(comparable(result), run_events, agent, tenants_own, [1, 2] if errs else [1])
    tenants = [f"killed-{number}" for number in range(1, len(moments) + 1)]

    for number, tenant in enumerate(tenants, 1):
        found(tenant, grants)
        died = run("generate", asked, number, tenant)
        assert died.returncode == -signal.SIGKILL, died.stderr
    # And once more, to see that the end is final.
    results = answers("generate", asked, 0, *tenants, *tenants)["results"]

    assert results[: len(tenants)] == results[len(tenants) :]
    received = [line.split() for line in requests.read_text().splitlines()]
    for struck, (tenant, result) in enumerate(zip(tenants, results, strict=False)):
        expected = after(whole, moments, struck, paid=price > 0)
        attempts = [int(attempt) for asked_by, attempt in received if asked_by == tenant]
        run_events, agent, tenants_own = (facts(tenant, stream) for stream in (RUN, AGENT, TENANT))
        ended = Story(comparable(result), run_events, agent, tenants_own, attempts)
        assert expected == ended, moments[struck]
        _check_money(installation, tenant, ended, price)
        assert _audited(installation, tenant), moments[struck]


def _check_money(installation: Installation, tenant: str, story: Story, price: int) -> None:
    """Nothing is held but the execution; each answer was paid at its price, each lost call at the worst, nothing twice.

    So the provider, who asks the price of every request that it received, never asks for more than was spent.
    """
    ports = installation.ports
    spent = price * story.count("PlanDrafted") + WORST * story.count("DraftFailed")
    assert price * len(story.received) <= spent, tenant
    for scope in ("agent:scout", "tenant"):
        ledger = ports.ledgers.open(tenant, scope).ledger
        held = {name: hold.amount for name, hold in ledger.holds.open.items()}
        assert ({"r1/execution": 1_000_000}, spent) == (held, ledger.spent), tenant
        assert ledger == Ledgers(ports.log, InMemorySnapshots(), ports.clock).open(tenant, scope).ledger, tenant


def _audited(installation: Installation, tenant: str) -> bool:
    return Auditor(installation.ports).audit("r1", tenant).holds


def test_killed_while_a_provider_is_asked_a_run_pays_for_both_calls(
    *,
    run: Run,
    answers: Answers,
    provider: Provider,
    found: Found,
    facts: Facts,
    requests: Path,
    installation: Installation,
) -> None:
    found("whole", 10)
    found("killed", 10)
    paid = provider(PRICE, WORST)
    moments = answers("generate", paid, 0, "whole")["moments"]

    died = run("generate", paid, moments.index("after planner.draft") + 1, "killed")
    (result,) = answers("generate", paid, 0, "killed")["results"]

    assert (-signal.SIGKILL, "ready", 2) == (died.returncode, result["outcome"], result["attempts"])
    assert ["whole 1", "killed 1", "killed 2"] == requests.read_text().splitlines()
    story = Story(result, facts("killed", RUN), facts("killed", AGENT), facts("killed", TENANT), [1, 2])
    _check_money(installation, "killed", story, PRICE)
