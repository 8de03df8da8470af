"""What steps wait for, and what they take from each other's results."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Finding, RuleSet
from planfold.domain.skill import Skill

Inspect = Callable[..., tuple[Finding, ...]]


def _step(step_id: str, *depends_on: str, skill: str = "anything", **params: JsonValue) -> dict[str, JsonValue]:
    return {"step_id": step_id, "skill": skill, "depends_on": list(depends_on), "params": params}


def _looping(step: dict[str, JsonValue], over: str) -> JsonValue:
    loop: JsonValue = {"over": over, "max_iterations": 2}
    return {**step, "loop": loop}


def _plan(*steps: JsonValue) -> JsonValue:
    return {"plan_id": "p", "steps": list(steps)}


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(item.code, item.step_id, item.path) for item in findings]


def test_a_chain_a_fork_and_a_join_are_no_cycles(inspect_answer: Inspect) -> None:
    steps = [_step("a"), _step("b", "a"), _step("c", "a"), _step("d", "b", "c"), _step("e", x="${d} and ${a}")]

    assert () == inspect_answer(_plan(*steps))


def test_a_step_may_stand_before_what_it_depends_on(inspect_answer: Inspect) -> None:
    assert () == inspect_answer(_plan(_step("b", "a"), _step("a")))


def test_a_dependency_on_no_step_is_refused(inspect_answer: Inspect) -> None:
    assert [("UNKNOWN_DEPENDENCY", "b", "/steps/1/depends_on/1")] == _told(
        inspect_answer(_plan(_step("a"), _step("b", "a", "missing")))
    )


def test_a_step_that_depends_on_itself_is_refused(inspect_answer: Inspect) -> None:
    (found,) = inspect_answer(_plan(_step("a", "a")))

    assert found.message == "step a waits for itself; let it take its input from another step"


def test_a_step_that_takes_its_own_result_is_refused(inspect_answer: Inspect) -> None:
    assert [("CIRCULAR_DEPENDENCY", "a", "/steps/0")] == _told(inspect_answer(_plan(_step("a", x="${a.y}"))))


def test_a_loop_over_its_own_result_is_refused(inspect_answer: Inspect) -> None:
    step = _looping(_step("a"), over="${a}")

    assert [("CIRCULAR_DEPENDENCY", "a", "/steps/0")] == _told(inspect_answer(_plan(step)))


def test_a_cycle_is_told_once_in_the_order_of_waiting(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("x"), _step("a", "c"), _step("b", "a"), _step("c", "b", "x")))

    assert [("CIRCULAR_DEPENDENCY", "a", "/steps/1")] == _told(findings)
    assert findings[0].message == ("steps a -> c -> b -> a wait for each other; drop one of these dependencies")


def test_a_cycle_through_a_reference_is_told(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("a", x="${b}"), _step("b", "a", "a")))

    assert [("CIRCULAR_DEPENDENCY", "a", "/steps/0")] == _told(findings)


def test_each_of_several_cycles_is_told(inspect_answer: Inspect) -> None:
    findings = inspect_answer(
        _plan(_step("a", "b"), _step("b", "a"), _step("c", "d"), _step("d", "c"), _step("e", "e"))
    )

    assert ["a", "c", "e"] == [item.step_id for item in findings]


def test_cycles_that_share_a_step_are_each_told(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("hub", "a", "b"), _step("a", "hub"), _step("b", "hub")))

    assert [
        "steps hub -> a -> hub wait for each other; drop one of these dependencies",
        "steps hub -> b -> hub wait for each other; drop one of these dependencies",
    ] == [item.message for item in findings]


def test_a_cycle_longer_than_the_stack_is_deep_is_found(inspect_answer: Inspect) -> None:
    steps = [_step(f"s{index}", f"s{(index + 1) % 5_000}") for index in range(5_000)]

    findings = inspect_answer(_plan(*steps), rules=RuleSet(max_steps=1_000))

    assert ["TOO_MANY_STEPS", "CIRCULAR_DEPENDENCY"] == [item.code for item in findings]
    assert len(findings[1].message) < 400


@pytest.mark.parametrize(
    "text",
    [
        "${missing}",
        "${a.b} and ${missing}",
        "${item}",
        "${a b}",
        "${}",
        "${a",
        "${a.}",
        "${.a}",
        "${a[0]}",
        "$${a${b}}",
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(text: str, inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("a"), _step("c", x={"y": [text]})))

    assert {("UNKNOWN_REFERENCE", "c", "/steps/1/params/x/y/0")} == set(_told(findings))


@pytest.mark.parametrize("text", ["$5 {a}", "$ {a}", "{a}", "$a", "a $"])
def test_a_dollar_is_no_reference(text: str, inspect_answer: Inspect) -> None:
    assert () == inspect_answer(_plan(_step("a"), _step("c", x=text)))


def test_a_reference_in_the_name_of_a_parameter_is_one(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("a", x={"${missing}": 1})))

    assert [("UNKNOWN_REFERENCE", "a", "/steps/0/params/x/${missing}")] == _told(findings)


def test_a_loop_over_a_missing_result_is_refused(inspect_answer: Inspect) -> None:
    step = _looping(_step("a"), over="${missing.list}")

    assert [("UNKNOWN_REFERENCE", "a", "/steps/0/loop/over")] == _told(inspect_answer(_plan(step)))


def test_an_output_key_is_no_step(inspect_answer: Inspect) -> None:
    first = {**_step("a"), "output_key": "page"}

    assert ["UNKNOWN_REFERENCE"] == [item.code for item in inspect_answer(_plan(first, _step("b", x="${page}")))]


@pytest.mark.parametrize("path", ["", ".body", ".headers", ".headers.etag", ".links", ".links.0.href", ".body.x"])
def test_a_field_that_the_result_may_have_is_allowed(path: str, inspect_answer: Inspect) -> None:
    fetch = _step("a", skill="fetch", url="https://example.com/")

    assert () == inspect_answer(_plan(fetch, _step("b", x=f"${{a{path}}}")))


@pytest.mark.parametrize("path", [".title", ".headers.date", ".Body"])
def test_a_field_that_a_closed_result_cannot_have_is_refused(path: str, inspect_answer: Inspect) -> None:
    fetch = _step("a", skill="fetch", url="https://example.com/")

    (found,) = inspect_answer(_plan(fetch, _step("b", x=f"see ${{a{path}}}")))

    assert ("UNKNOWN_REFERENCE", "b", "/steps/1/params/x") == (found.code, found.step_id, found.path)


def test_the_sentence_names_the_fields_that_there_are(inspect_answer: Inspect) -> None:
    fetch = _step("a", skill="fetch", url="https://example.com/")

    (found,) = inspect_answer(_plan(fetch, _step("b", x="${a.title}")))

    assert found.message == ("step b: ${a.title} asks for 'title', but the result of fetch has body, headers, links")


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"type": "object"},
        {"properties": {"b": {}}},
        {"properties": {"b": {}}, "additionalProperties": True},
        {"properties": {"b": {}}, "additionalProperties": False, "patternProperties": {"^x": {}}},
        {"additionalProperties": False, "anyOf": [{"properties": {"x": {}}}], "properties": {}},
        {"additionalProperties": False},
        {"$ref": "#/$defs/r", "$defs": {"r": {"type": "object"}}},
        {"$ref": "#"},
        {"properties": {"x": {"$ref": "#"}}, "type": "object"},
        {"$ref": "#here", "$defs": {"r": {"$anchor": "here", "properties": {}, "additionalProperties": False}}},
    ],
)
def test_an_open_result_may_have_any_field(result: dict[str, JsonValue] | None, inspect_answer: Inspect) -> None:
    skill = Skill(name="open", result=result)

    assert () == inspect_answer(
        _plan(_step("a", skill="open"), _step("b", skill="open", x="${a.x.y}")), skills=(skill,)
    )


@pytest.mark.parametrize(
    "result",
    [
        {"properties": {}, "additionalProperties": False},
        {"properties": {"b": {"$ref": "#"}}, "additionalProperties": False},
        {"$ref": "#/$defs/r~1s", "$defs": {"r/s": {"properties": {"b": {}}, "additionalProperties": False}}},
    ],
)
def test_a_closed_result_is_closed_wherever_it_is_defined(
    result: dict[str, JsonValue], inspect_answer: Inspect
) -> None:
    skill = Skill(name="closed", result=result)
    plan = _plan(_step("a", skill="closed"), _step("b", skill="closed", x="${a.x}"))

    assert ["UNKNOWN_REFERENCE"] == [item.code for item in inspect_answer(plan, skills=(skill,))]


def test_the_result_of_a_loop_has_a_form_of_its_own(inspect_answer: Inspect) -> None:
    fetch = _looping(_step("a", skill="fetch", url="https://example.com/"), over="x")

    assert () == inspect_answer(_plan(fetch, _step("b", x="${a.0}")))


def test_the_result_of_an_unknown_skill_may_have_any_field(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan(_step("a", skill="nothing"), _step("b", x="${a.x}")))

    assert ["UNKNOWN_SKILL"] == [item.code for item in findings]
