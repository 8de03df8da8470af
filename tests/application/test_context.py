"""What is asked for is checked when it is asked, in a sentence, before anything is recorded."""

import pytest

from planfold.application import DomainError, PlanGenerationContext
from planfold.domain.errors import InvalidGoal, InvalidIdentifier, InvalidMoney


@pytest.mark.parametrize("cents", [None, 0, 1, 500])
def test_a_budget_in_whole_cents_is_taken(cents: int | None) -> None:
    assert cents == PlanGenerationContext("scout", "fetch it", "r1", cents).agent_budget_cents


@pytest.mark.parametrize("cents", [True, False, 1.5, "5", -1, 2**53, float("nan")])
def test_a_budget_that_is_no_number_of_cents_is_refused(cents: object) -> None:
    with pytest.raises(InvalidMoney, match=r"an agent budget of .* cents is not a whole number from 0 to"):
        PlanGenerationContext("scout", "fetch it", "r1", cents)  # type: ignore[arg-type]  # a host keeps no types


@pytest.mark.parametrize("goal", [None, 7, b"fetch it"])
def test_a_goal_that_is_no_text_is_refused(goal: object) -> None:
    with pytest.raises(InvalidGoal, match="and no text"):
        PlanGenerationContext("scout", goal, "r1")  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(("agent_id", "run_id"), [(None, "r1"), ("scout", 7)])
def test_an_id_that_is_no_text_is_refused(agent_id: object, run_id: object) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        PlanGenerationContext(agent_id, "fetch it", run_id)  # type: ignore[arg-type]  # as above
    assert isinstance(refused.value, DomainError)
