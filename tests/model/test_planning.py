"""A real model plans: its answer is bound to the skills it was offered, and what it counted is what is paid."""

import json
from datetime import UTC, datetime

import pytest

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.world import EnginePolicy
from planfold.domain.ledger import CreditHeld, HoldSettled
from planfold.domain.plan_generation import DraftFailed, PlanDrafted
from planfold.domain.schema import Schema
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.in_memory import in_memory_ports
from planfold.infrastructure.planners.llm.answers import Bounds
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.options import Limits, ModelName, Options
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.planners.offline.indexes import SkillIndexes

pytestmark = pytest.mark.slow

STATE: Schema = {"type": "object", "properties": {"state": {"enum": ["on", "off"]}}, "required": ["state"]}
MANIFEST = Manifest(skills=(Skill(name="set_lamp", description="Turn the lamp on or off", parameters=STATE, cost=1),))


def test_a_real_model_is_bound_to_its_skills_and_paid_by_its_own_count(
    model_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pydantic_ai_models = pytest.importorskip("pydantic_ai.models")
    monkeypatch.setattr(pydantic_ai_models, "ALLOW_MODEL_REQUESTS", True)
    ports, loop = in_memory_ports(MANIFEST, SystemClock()), LoopThread()
    Budgets(ports.ledgers, ports.clock).grant("scout", 1_000_000, "g1")
    options = Options(
        name=ModelName(provider="openai", model="smollm2-135m-instruct"),
        base_url=model_server,
        bounds=Bounds(steps=1),
        max_output_tokens=300,
        timeout=600,
        deadline=1_200,
        input_price=1_000_000,
        output_price=4_000_000,
    )
    planner = LlmPlanner(options, SkillIndexes(wordllama()), Pace("local", Limits()), loop, clock=SystemClock())

    PlanGenerationEngine(ports, [planner], EnginePolicy(max_attempts=1)).generate(
        PlanGenerationContext("scout", "Turn the lamp on", f"r{datetime.now(UTC):%H%M%S}")
    )
    planner.close()
    loop.stop()

    facts = [item.fact for item in ports.history.events("default", 0, ports.history.newest())]
    (attempt,) = [fact for fact in facts if isinstance(fact, PlanDrafted | DraftFailed)]
    assert attempt.usage is not None
    assert attempt.usage.input_tokens > 300
    assert 0 < attempt.usage.output_tokens <= 300
    assert attempt.cost_micros == attempt.usage.input_tokens + 4 * attempt.usage.output_tokens
    (held, *_) = [fact for fact in facts if isinstance(fact, CreditHeld)]
    (settled,) = [fact for fact in facts if isinstance(fact, HoldSettled)]
    assert (held.hold_id, attempt.cost_micros, True) == (settled.hold_id, settled.amount, settled.cost_known)
    assert settled.amount <= held.amount
    kept = json.loads(ports.artifacts.get("default", attempt.prompt_digest or "") or b"")
    assert ["set_lamp"] == list(kept["offered"])
    if isinstance(attempt, PlanDrafted):  # else its answer was cut off
        assert isinstance(attempt.plan, dict)
        steps = attempt.plan["steps"]
        assert isinstance(steps, list)
        assert {"set_lamp"} >= {step["skill"] for step in steps if isinstance(step, dict)}
