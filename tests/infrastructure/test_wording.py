"""No sentence of a library's reaches anybody: what a value lacks is said in our own words."""

import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from planfold.domain.money import Micros
from planfold.domain.plan_generation import RunReported
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


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (Micros, -1, "it must be at least 0"),
        (Annotated[float, Field(le=0.5)], 1, "it must be at most 0.5"),
        (Annotated[str, Field(min_length=2)], "x", "it must have at least 2 characters"),
        (Literal["a", "b"], "c", "it has not the form that it must have"),
    ],
)
def test_a_bound_is_named_as_people_write_it(kind: Any, value: object, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)

    assert ("", problem) == first_problem(refused.value)


def test_it_is_said_where_the_problem_is() -> None:
    with pytest.raises(ValidationError) as refused:
        RunReported(verdict="good", cost_micros=None, note="x" * 2_001)

    assert ("note", "it must have at most 2000 characters; shorten it") == first_problem(refused.value)
