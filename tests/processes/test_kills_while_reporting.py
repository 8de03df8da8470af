"""A process that reports a run is killed at every moment: the report and its settlement are recorded both or neither."""

import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from planfold.application.ledgers import Ledgers
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.in_memory import InMemorySnapshots

HELD = 1_000_000
STREAMS = ("run/r1", "ledger/agent:scout", "ledger/tenant")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reported", "cost", "known"),
    [
        ('{"verdict": "good", "cost_micros": 700000, "note": "in time"}', 700_000, True),
        ('{"verdict": "bad", "cost_micros": null}', HELD, False),
    ],
    ids=["cost known", "cost unknown"],
)
def test_killed_at_any_moment_and_called_again_a_report_settles_once(
    *,
    run: Callable[..., subprocess.CompletedProcess[str]],
    answers: Callable[..., Any],
    found: Callable[[str, int], None],
    facts: Callable[[str, str], list[Any]],
    comparable: Callable[[dict[str, Any]], dict[str, Any]],
    provider: Callable[..., str],
    installation: Installation,
    reported: str,
    cost: int,
    known: bool,
) -> None:
    def ready(*tenants: str) -> None:
        for tenant in tenants:
            found(tenant, 98)  # so that the settlement is the hundredth event of the ledger, and a snapshot follows it
        answers("generate", provider(), 0, *tenants)

    ready("whole")
    generated = [facts("whole", stream) for stream in STREAMS]
    done = answers("report", reported, 0, "whole")
    moments, result = done["moments"], comparable(done["results"][0])
    whole = [facts("whole", stream) for stream in STREAMS]
    assert {"before the commit", "after the commit", "after snapshots.save"} <= set(moments)
    tenants = [f"killed-{number}" for number in range(1, len(moments) + 1)]
    ready(*tenants)

    for number, tenant in enumerate(tenants, 1):
        died = run("report", reported, number, tenant)
        assert died.returncode == -signal.SIGKILL, died.stderr
        committed = "after the commit" in moments[:number]
        assert (whole if committed else generated) == [facts(tenant, stream) for stream in STREAMS], moments[number - 1]
    # And once more, to see that the end is final.
    results = answers("report", reported, 0, *tenants, *tenants)["results"]

    assert [result] * 2 * len(tenants) == [comparable(each) for each in results]
    for tenant, moment in zip(tenants, moments, strict=True):
        assert whole == [facts(tenant, stream) for stream in STREAMS], moment
        for scope in ("agent:scout", "tenant"):
            settled = [
                (event["hold_id"], event["amount"], event["cost_known"])
                for event in facts(tenant, f"ledger/{scope}")
                if event["name"] == "HoldSettled"
            ]
            assert [("r1/execution", cost, known)] == settled, moment
            ledger = installation.ports.ledgers.open(tenant, scope).ledger
            assert ({}, cost) == (ledger.holds.open, ledger.spent), moment
            from_events = Ledgers(installation.ports.log, InMemorySnapshots(), installation.ports.clock)
            assert ledger == from_events.open(tenant, scope).ledger, moment
