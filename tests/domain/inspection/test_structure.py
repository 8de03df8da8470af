"""What is said of an answer's form, before any skill is looked at."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Finding, RuleSet, accepts

Inspect = Callable[..., tuple[Finding, ...]]

STEP: dict[str, JsonValue] = {"step_id": "a", "skill": "anything"}


def _plan(*steps: JsonValue, **more: JsonValue) -> JsonValue:
    return {"plan_id": "p", "steps": list(steps), **more}


def _steps(number: int) -> list[JsonValue]:
    return [{"step_id": f"s{index}", "skill": "anything"} for index in range(number)]


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(item.code, item.step_id, item.path) for item in findings]


def test_a_plan_without_fault_has_no_findings(inspect_answer: Inspect) -> None:
    assert () == inspect_answer(_plan(STEP))


@pytest.mark.parametrize("answer", [None, True, 5, 1.5, "a plan", [], [STEP]])
def test_an_answer_that_is_no_object_is_no_plan(answer: JsonValue, inspect_answer: Inspect) -> None:
    assert [("INVALID_PLAN", None, "")] == _told(inspect_answer(answer))


@pytest.mark.parametrize(
    ("answer", "step_id", "path"),
    [
        ({"plan_id": "p"}, None, "/steps"),
        ({"steps": [STEP]}, None, "/plan_id"),
        ({"plan_id": "", "steps": [STEP]}, None, "/plan_id"),
        ({"plan_id": "p", "steps": {"a": STEP}}, None, "/steps"),
        ({"plan_id": "p", "steps": "abc"}, None, "/steps"),
        (_plan("abc"), None, "/steps/0"),
        (_plan({"skill": "anything"}), None, "/steps/0/step_id"),
        (_plan({"step_id": 5, "skill": "anything"}), None, "/steps/0/step_id"),
        (_plan({"step_id": "a b", "skill": "anything"}), "a b", "/steps/0/step_id"),
        (_plan({"step_id": "x" * 65, "skill": "anything"}), "x" * 65, "/steps/0/step_id"),
        (_plan({"step_id": "a"}), "a", "/steps/0/skill"),
        (_plan(STEP, {**STEP, "step_id": "b", "params": []}), "b", "/steps/1/params"),
        (_plan({**STEP, "depends_on": "b"}), "a", "/steps/0/depends_on"),
        (_plan({**STEP, "depends_on": [5]}), "a", "/steps/0/depends_on/0"),
        (_plan({**STEP, "on_error": "panic"}), "a", "/steps/0/on_error"),
        (_plan({**STEP, "retry_count": -1}), "a", "/steps/0/retry_count"),
        (_plan({**STEP, "retry_count": "3"}), "a", "/steps/0/retry_count"),
        (_plan({**STEP, "retry_count": True}), "a", "/steps/0/retry_count"),
        (_plan({**STEP, "retry_count": 1.5}), "a", "/steps/0/retry_count"),
        (_plan({**STEP, "loop": {"over": "x"}}), "a", "/steps/0/loop/max_iterations"),
        (_plan({**STEP, "loop": {"over": 5, "max_iterations": 1}}), "a", "/steps/0/loop/over"),
        (_plan({**STEP, "loop": {"over": "x", "max_iterations": True}}), "a", "/steps/0/loop/max_iterations"),
        (_plan({**STEP, "a/b~c": 1}), "a", "/steps/0/a~1b~0c"),
        (_plan({**STEP, "description": {"$redacted": "password"}}), "a", "/steps/0/description"),
        (_plan(STEP, extra=1), None, "/extra"),
        (_plan(STEP, metadata=[]), None, "/metadata"),
    ],
)
def test_a_departure_from_the_form_is_told_where_it_is(
    answer: JsonValue, step_id: str | None, path: str, inspect_answer: Inspect
) -> None:
    assert [("INVALID_PLAN", step_id, path)] == _told(inspect_answer(answer))


def test_each_place_that_departs_is_told_once(inspect_answer: Inspect) -> None:
    findings = inspect_answer({"steps": [{"skill": 5}], "x": 1})

    assert ["/plan_id", "/steps/0/skill", "/steps/0/step_id", "/x"] == [item.path for item in findings]


def test_a_whole_number_written_as_a_fraction_is_a_number(inspect_answer: Inspect) -> None:
    assert () == inspect_answer(_plan({**STEP, "retry_count": 2.0}))


def test_the_sentence_says_what_stands_against_the_answer(inspect_answer: Inspect) -> None:
    sentences = [
        inspect_answer(answer)[0].message
        for answer in (
            {"plan_id": "p"},
            _plan(STEP, extra=1),
            _plan({**STEP, "params": 5}),
            5,
            _plan({**STEP, "depends_on": 5}),
            _plan({**STEP, "description": {"$redacted": "password"}}),
            _plan({**STEP, "on_error": "panic"}),
        )
    ]

    assert [
        "the answer is no plan: /steps is missing; give it",
        "the answer is no plan: /extra is not a field of a plan; leave it out",
        "the answer is no plan: /steps/0/params must be an object",
        "the answer is no plan: the whole must be an object",
        "the answer is no plan: /steps/0/depends_on must be a list",
        (
            "the answer is no plan: /steps/0/description held a secret (password) where a text without one must stand; "
            "leave it out"
        ),
        "the answer is no plan: /steps/0/on_error is refused: input should be 'abort', 'continue' or 'retry'",
    ] == sentences


def test_what_could_not_be_recorded_makes_the_plan_invalid(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan({**STEP, "params": {"a": [{"$unrepresentable": "nan"}]}}))

    assert [("INVALID_PLAN", "a", "/steps/0/params/a/0")] == _told(findings)


def test_what_could_not_be_recorded_is_told_once_where_a_text_must_stand(inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan({**STEP, "description": {"$unrepresentable": "\\x00"}}))

    assert [("INVALID_PLAN", "a", "/steps/0/description")] == _told(findings)


def test_an_answer_that_could_not_be_recorded_at_all_is_invalid(inspect_answer: Inspect) -> None:
    assert [("INVALID_PLAN", None, "")] == _told(inspect_answer({"$unrepresentable": "set()"}))


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 2**53, -(2**53), "a\0b", "\ud800", {"\ud800": 1}])
def test_what_should_have_been_replaced_is_refused_all_the_same(value: JsonValue, inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan({**STEP, "params": {"a": value}}))

    assert ("INVALID_PLAN", "a", "/steps/0/params/a") in _told(findings)


def test_an_answer_nested_beyond_any_stack_is_no_plan(inspect_answer: Inspect) -> None:
    deep: JsonValue = []
    for _ in range(100_000):
        deep = [deep]

    (found,) = inspect_answer(_plan({**STEP, "params": {"a": deep}}))

    assert ("INVALID_PLAN", "a") == (found.code, found.step_id)


def test_an_answer_of_the_deepest_nesting_is_a_plan(inspect_answer: Inspect) -> None:
    deep: JsonValue = []
    for _ in range(60):
        deep = [deep]

    assert () == inspect_answer(_plan({**STEP, "params": {"a": deep}}))


def test_a_plan_without_steps_is_refused(inspect_answer: Inspect) -> None:
    assert [("EMPTY_PLAN", None, "/steps")] == _told(inspect_answer(_plan()))


def test_the_most_steps_are_allowed(inspect_answer: Inspect) -> None:
    assert () == inspect_answer(_plan(*_steps(25)))


def test_a_step_more_than_the_most_is_refused(inspect_answer: Inspect) -> None:
    (found,) = inspect_answer(_plan(*_steps(26)))

    assert ("TOO_MANY_STEPS", "/steps") == (found.code, found.path)
    assert found.message == "the plan has 26 steps of at most 25; merge steps, or loop over a list"


def test_a_rule_set_may_allow_fewer_steps(inspect_answer: Inspect) -> None:
    assert ["TOO_MANY_STEPS"] == [item.code for item in inspect_answer(_plan(*_steps(3)), rules=RuleSet(max_steps=2))]


def test_each_step_after_the_first_of_its_id_is_refused(inspect_answer: Inspect) -> None:
    other: JsonValue = {**STEP, "step_id": "b"}

    assert [
        ("DUPLICATE_STEP_ID", "a", "/steps/2/step_id"),
        ("DUPLICATE_STEP_ID", "a", "/steps/3/step_id"),
    ] == _told(inspect_answer(_plan(STEP, other, STEP, STEP)))


@pytest.mark.parametrize(("times", "expected"), [(0, []), (10, []), (11, ["EXCESSIVE_LOOP"])])
def test_a_loop_runs_at_most_ten_times(times: int, expected: list[str], inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan({**STEP, "loop": {"over": "a list", "max_iterations": times}}))

    assert expected == [item.code for item in findings]


@pytest.mark.parametrize(("times", "expected"), [(0, []), (3, []), (4, ["EXCESSIVE_RETRIES"])])
def test_a_step_is_retried_at_most_three_times(times: int, expected: list[str], inspect_answer: Inspect) -> None:
    findings = inspect_answer(_plan({**STEP, "retry_count": times}))

    assert expected == [item.code for item in findings]


def test_excess_is_told_where_it_stands(inspect_answer: Inspect) -> None:
    findings = inspect_answer(
        _plan({**STEP, "retry_count": 9, "loop": {"over": "x", "max_iterations": 99}}),
        rules=RuleSet(max_iterations=5, max_retries=0),
    )

    assert [
        ("EXCESSIVE_LOOP", "a", "/steps/0/loop/max_iterations"),
        ("EXCESSIVE_RETRIES", "a", "/steps/0/retry_count"),
    ] == _told(findings)


def test_errors_refuse_and_warnings_do_not(inspect_answer: Inspect) -> None:
    warned = inspect_answer(_plan({"step_id": "a", "skill": "delete_file"}))
    refused = inspect_answer(_plan())

    assert (["warning"], True) == ([item.severity for item in warned], accepts(warned))
    assert (["error"], False) == ([item.severity for item in refused], accepts(refused))


def test_no_more_is_told_than_the_rule_set_allows(inspect_answer: Inspect) -> None:
    steps: list[JsonValue] = [{"step_id": f"s{index}", "skill": "nothing"} for index in range(200)]

    assert 100 == len(inspect_answer(_plan(*steps)))
    assert 7 == len(inspect_answer(_plan(*steps), rules=RuleSet(max_findings=7)))


def test_errors_are_kept_before_warnings_in_the_order_of_the_rules(inspect_answer: Inspect) -> None:
    deletions: list[JsonValue] = [{"step_id": f"d{index}", "skill": "delete_file"} for index in range(3)]
    unknown: JsonValue = {"step_id": "u", "skill": "nothing"}

    findings = inspect_answer(_plan(*deletions, unknown), rules=RuleSet(max_findings=3), recorded_manifest="0" * 64)

    assert ["UNKNOWN_SKILL", "DESTRUCTIVE_STEP", "MANIFEST_CHANGED"] == [item.code for item in findings]
