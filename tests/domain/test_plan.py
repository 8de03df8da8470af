"""What a plan is, and what its steps depend on."""

import pytest
from pydantic import JsonValue, ValidationError

from planfold.domain.plan import Loop, Plan, Step, dependencies, plan_json


def step(**fields: object) -> Step:
    return Step.model_validate({"step_id": "s9", "skill": "fetch", **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, set()),
        ({"depends_on": ["s1"]}, {"s1"}),
        ({"params": {"text": "${s1}"}}, {"s1"}),
        ({"params": {"text": "from ${s1.a.b} to ${s2}"}}, {"s1", "s2"}),
        ({"params": {"deep": [{"x": ["${s3.items}"]}], "n": 4, "none": None}}, {"s3"}),
        ({"params": {"${s4}": "a name"}}, {"s4"}),
        ({"loop": Loop(over="${s5.list}", max_iterations=3)}, {"s5"}),
        ({"params": {"text": "$s1 {s2} ${} ${a b}"}}, set()),
    ],
)
def test_a_step_depends_on_those_it_names_and_those_it_refers_to(fields: dict[str, object], expected: set[str]) -> None:
    assert expected == dependencies(step(**fields))


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65, "ä", "a.b"])
def test_a_step_id_can_be_referred_to(bad: str) -> None:
    with pytest.raises(ValidationError):
        step(step_id=bad)


def test_a_field_that_no_step_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="retries"):
        step(retries=3)


def test_equal_plans_are_written_alike() -> None:
    first: JsonValue = {"steps": [], "plan_id": "p", "metadata": {"b": 1.0, "a": "é"}}
    second: JsonValue = {"metadata": {"a": "é", "b": 1}, "plan_id": "p", "steps": []}

    assert plan_json(first) == plan_json(second) == '{"metadata":{"a":"é","b":1},"plan_id":"p","steps":[]}'


def test_a_plan_keeps_its_steps_in_order() -> None:
    plan = Plan.model_validate({"plan_id": "p", "steps": [{"step_id": name, "skill": "x"} for name in "cab"]})

    assert ["c", "a", "b"] == [item.step_id for item in plan.steps]
