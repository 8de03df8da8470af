"""No sentence of a library's reaches anybody: what a value lacks is said in our own words."""

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from planfold.domain.money import Micros
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.mcp_server.tools import GenerateArguments
from planfold.infrastructure.settings import Settings
from planfold.infrastructure.wording import first_problem

WORDS_OF_PYDANTIC = re.compile(r"input|should|unable|valid\b|Value error", re.IGNORECASE)


@pytest.mark.parametrize("value", ["x", "\udcff", "-1", "1.5", "9" * 5_000, "nan", "", "x" * 5_000])
@pytest.mark.parametrize("name", Settings.model_fields)
def test_whatever_a_setting_lacks_is_told_without_pydantics_words(name: str, value: str) -> None:
    try:
        Settings.model_validate({name: value})
    except ValidationError as error:
        where, problem = first_problem(error)

        assert name == where.partition(".")[0]
        assert not WORDS_OF_PYDANTIC.search(problem)
        assert "it has not the form that it must have" != problem


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (Micros, -1, "it must be at least 0"),
        (Annotated[float, Field(le=0.5)], 1, "it must be at most 0.5"),
        (Annotated[str, Field(min_length=2)], "x", "it must have at least 2 characters"),
        (Annotated[float, Field(gt=0)], 0, "it must be more than 0"),
        (Annotated[float, Field(lt=1.5)], 2, "it must be less than 1.5"),
        (Literal["a", "b", "c"], "d", "it must be 'a', 'b' or 'c'"),
        (Annotated[str, Field(pattern="^a+$")], "b", "it must fit the pattern ^a+$"),
        (Annotated[tuple[int, ...], Field(min_length=2)], (1,), "it must have at least 2 entries"),
        (Annotated[list[int], Field(max_length=0)], [1], "it must have at most 0 entries; leave some out"),
        (bool, "perhaps", "it is neither true nor false"),
        (str, 5, "it is not text"),
        (dict[str, int], 5, "it is not an object"),
        (list[int], 5, "it is not a list"),
    ],
)
def test_a_bound_is_named_as_people_write_it(kind: Any, value: object, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)

    assert ("", problem) == first_problem(refused.value)


@pytest.mark.parametrize(
    ("given", "place", "problem"),
    [
        ({}, "goal", "it is missing"),
        ({"goal": "x", "gaol": "y"}, "gaol", "it is not known here; leave it out, or correct its name"),
        ({"goal": 5}, "goal", "it is not text"),
        ({"goal": "x", "budget_cents": -1}, "budget_cents", "it must be at least 0"),
    ],
)
def test_what_a_tool_is_not_given_or_does_not_know_is_said(given: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        GenerateArguments.model_validate(given)

    assert (place, problem) == first_problem(refused.value)


def test_it_is_said_where_the_problem_is() -> None:
    with pytest.raises(ValidationError) as refused:
        RunReported(verdict="good", cost_micros=None, note="x" * 2_001)

    assert ("note", "it must have at most 2000 characters; shorten it") == first_problem(refused.value)
