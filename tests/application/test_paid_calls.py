"""What is recorded of a call that costs: by which list of prices, too."""

import pytest

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable
from planfold.application.world import Ports
from planfold.domain.plan_generation import DraftFailed, PlanDrafted
from planfold.infrastructure.in_memory import FixedPlanner

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
LIST = "genai-prices 0.2.3"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"plan_id": "p", "steps": []}, PlanDrafted),
        ("long" * 100_000, DraftFailed),
        (DraftUnavailable("timeout", "late", retryable=False, sent=True, cost_micros=5, prices=LIST), DraftFailed),
    ],
)
def test_the_list_of_prices_is_recorded_with_the_cost(ports: Ports, answer: object, kind: type) -> None:
    class Listed(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:
            return super().draft(request).model_copy(update={"prices": LIST})

    PlanGenerationEngine(ports, [Listed(answer, cost=5, worst=10)]).generate(ASKED)

    (fact,) = [item.fact for item in ports.log.read("default/run/r1") if isinstance(item.fact, kind)]
    assert isinstance(fact, PlanDrafted | DraftFailed)
    assert (5, LIST) == (fact.cost_micros, fact.prices)
