"""Each event is told in one sentence that a person understands."""

import pytest

from planfold.application.story import told
from planfold.domain.plan_generation import (
    BudgetChecked,
    ContextBuilt,
    DraftFailed,
    MemoryRetrieved,
    PlanDrafted,
    RunReported,
)
from planfold.domain.planner import PlannerIdentity

OFFLINE = PlannerIdentity(name="offline", version="1", deterministic=True)


def checked(**fields: object) -> BudgetChecked:
    return BudgetChecked.model_validate(
        {"purpose": "execution", "verdict": "refused", "needed": 4_000_000, "available_before": None, **fields}
    )


def context(cents: int | None, source: str) -> ContextBuilt:
    return ContextBuilt.model_validate(
        {
            "tenant": "default",
            "agent_id": "scout",
            "goal": "look",
            "run_id": "r1",
            "agent_budget_cents": cents,
            "budget_source": source,
            "manifest_digest": "a" * 64,
            "rules_digest": "b" * 64,
            "planners": [OFFLINE, OFFLINE.model_copy(update={"name": "model"})],
            "max_attempts": 3,
        }
    )


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (context(None, "none"), "scout is to reach: 'look'; no budget limits it; planned by offline, then model."),
        (context(5, "host"), "scout is to reach: 'look'; the host allows 0.05 USD; planned by offline, then model."),
        (context(0, "ledger"), "scout is to reach: 'look'; its ledgers have 0.00 USD; planned by offline, then model."),
        (
            MemoryRetrieved(snippets=(), context_summary=None, retriever="r", degraded="no table"),
            "Recall failed, so nothing was remembered: no table",
        ),
        (
            PlanDrafted(attempt=2, plan="x", planner=OFFLINE, cost_micros=None, duration_ms=1),
            "Attempt 2: offline drafted no list of steps (cost unknown).",
        ),
        (
            DraftFailed(
                attempt=1, planner=OFFLINE, code="x", sentence="none", retryable=False, cost_micros=5, duration_ms=1
            ),
            "Attempt 1: offline had no draft (x): none (0.000005 USD).",
        ),
        (
            checked(breach="paused", scope="agent:bud"),
            "For execution, 4.00 USD: refused, bud is paused.",
        ),
        (
            checked(breach="unknown_price", scope="tenant", needed=None),
            "For execution, an unknown price: refused, a price is unknown and the tenant has a budget.",
        ),
        (
            checked(breach="total", scope="agent:bud", limit=5_000_000, used=2_000_000, available_before=3_000_000),
            (
                "For execution, 4.00 USD of 3.00 USD available: refused, the credit of bud is 5.00 USD, "
                "2.00 USD of it are used or held."
            ),
        ),
        (
            checked(breach="per_run", limit=10_000, used=0),
            "For execution, 4.00 USD: refused, the limit for one run of the host is 0.01 USD.",
        ),
        (
            RunReported(verdict="bad", cost_micros=None, note="rain"),
            "The run was reported bad, at an unknown cost: rain.",
        ),
    ],
)
def test_an_event_is_told_in_one_sentence(fact: ContextBuilt, expected: str) -> None:
    assert expected == told(fact)
