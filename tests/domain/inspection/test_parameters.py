"""Whether steps give skills what these ask for, and nothing that is secret."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Finding
from planfold.domain.skill import Skill

Inspect = Callable[..., tuple[Finding, ...]]

BODY: dict[str, JsonValue] = {"to": "ana@example.com", "body": "hello"}


def _told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(item.code, item.path) for item in findings]


def test_fitting_parameters_are_allowed(inspect_params: Inspect) -> None:
    assert () == inspect_params({**BODY, "priority": 3}, skill="send_email")


def test_a_required_parameter_that_is_absent_is_asked_for(inspect_params: Inspect) -> None:
    (found,) = inspect_params({"body": "hello"}, skill="send_email")

    assert ("MISSING_PARAMETER", "a", "/steps/0/params/to") == (found.code, found.step_id, found.path)
    assert found.question == "What is the recipient's e-mail address (to) for send_email?"
    assert found.message == "step a calls send_email without to, which it requires; give it, or ask for it"


def test_each_absent_parameter_is_asked_for(inspect_params: Inspect) -> None:
    assert [("MISSING_PARAMETER", "/steps/0/params/body"), ("MISSING_PARAMETER", "/steps/0/params/to")] == _told(
        inspect_params({}, skill="send_email")
    )


def test_a_required_name_further_down_is_asked_for(inspect_params: Inspect) -> None:
    skill = Skill(
        name="book",
        parameters={
            "properties": {"guests": {"type": "array", "items": {"$ref": "#/$defs/guest"}}},
            "$defs": {
                "guest": {
                    "type": "object",
                    "required": ["na/me"],
                    "properties": {"na/me": {"title": "Full name"}},
                }
            },
        },
    )

    (found,) = inspect_params({"guests": [{"na/me": "Ana"}, {}]}, skill="book", skills=(skill,))

    assert found.path == "/steps/0/params/guests/1/na~1me"
    assert found.question == "What is the full name (guests.1.na/me) for book?"


@pytest.mark.parametrize(
    ("schema", "asked"),
    [
        ({}, "What is x for go?"),
        ({"title": "X"}, "What is x for go?"),
        ({"title": "City"}, "What is the city (x) for go?"),
        (
            {"title": "City", "description": "Name of the city. As in an atlas."},
            "What is the name of the city (x) for go?",
        ),
        ({"description": "A list of names;\n one a line"}, "What is a list of names (x) for go?"),
        ({"description": "Your account's number"}, "What is your account's number (x) for go?"),
        ({"description": "User's name"}, "What is user's name (x) for go?"),
        ({"description": "URL of the page (https)"}, "What is the URL of the page (x) for go?"),
        ({"description": "Whether to overwrite."}, "What is x for go (Whether to overwrite)?"),
        ({"description": "Use metric units"}, "What is x for go (Use metric units)?"),
        ({"title": "Size", "enum": ["s", "m"]}, "What is the size (x) for go: s, m?"),
        ({"title": "Size", "enum": list(range(50))}, "What is the size (x) for go?"),
        ({"description": 5, "enum": "no"}, "What is x for go?"),
        ({"description": "x" * 500}, f"What is the {'x' * 157}... (x) for go?"),
        (True, "What is x for go?"),
    ],
)
def test_the_question_is_made_of_what_the_schema_says(schema: JsonValue, asked: str, inspect_params: Inspect) -> None:
    is_schema = not isinstance(schema, dict) or not isinstance(schema.get("description"), int)
    parameters: dict[str, JsonValue] = (
        {"required": ["x"], "properties": {"x": schema}} if is_schema else {"required": ["x"]}
    )
    skill = Skill(name="go", parameters=parameters)

    (found,) = inspect_params({}, skill="go", skills=(skill,))

    assert asked == found.question


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({**BODY, "priority": "high"}, "/steps/0/params/priority"),
        ({**BODY, "priority": 6}, "/steps/0/params/priority"),
        ({**BODY, "to": None}, "/steps/0/params/to"),
        ({**BODY, "to": ["ana@example.com"]}, "/steps/0/params/to"),
        ({**BODY, "attachment": "x"}, "/steps/0/params"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    params: dict[str, JsonValue], path: str, inspect_params: Inspect
) -> None:
    assert [("INVALID_PARAMS", path)] == _told(inspect_params(params, skill="send_email"))


def test_a_required_parameter_that_is_null_is_asked_for(inspect_params: Inspect) -> None:
    (found,) = inspect_params({**BODY, "to": None}, skill="send_email")

    assert ("INVALID_PARAMS", "/steps/0/params/to") == (found.code, found.path)
    assert found.question == "What is the recipient's e-mail address (to) for send_email?"


@pytest.mark.parametrize("params", [{**BODY, "priority": None}, {**BODY, "to": 5}])
def test_what_is_not_required_or_not_null_is_not_asked_for(params: JsonValue, inspect_params: Inspect) -> None:
    (found,) = inspect_params(params, skill="send_email")

    assert (found.code, found.question) == ("INVALID_PARAMS", None)


def test_a_null_is_asked_for_once_and_below_lists_too(inspect_params: Inspect) -> None:
    guest: JsonValue = {
        "type": "object",
        "required": ["na/me"],
        "properties": {"na/me": {"type": "string", "enum": ["A"]}},
    }
    skill = Skill(name="book", parameters={"properties": {"guests": {"type": "array", "items": guest}}})

    findings = inspect_params({"guests": [{"na/me": "A"}, {"na/me": None}]}, skill="book", skills=(skill,))

    assert {"/steps/0/params/guests/1/na~1me"} == {item.path for item in findings}
    assert [("What is guests.1.na/me for book: A?")] == [item.question for item in findings if item.question]


def test_a_null_that_the_schema_allows_is_not_asked_for(inspect_params: Inspect) -> None:
    skill = Skill(name="go", parameters={"required": ["x"], "properties": {"x": {"type": ["string", "null"]}}})

    assert () == inspect_params({"x": None}, skill="go", skills=(skill,))


def _with_reference(inspect_answer: Inspect, **params: JsonValue) -> list[tuple[str, str | None]]:
    steps: list[JsonValue] = [
        {"step_id": "s", "skill": "anything"},
        {"step_id": "a", "skill": "send_email", "params": params},
    ]
    return _told(inspect_answer({"plan_id": "p", "steps": steps}))


def test_a_reference_fits_wherever_it_stands(inspect_answer: Inspect) -> None:
    assert [] == _with_reference(inspect_answer, to="${s.mail}", body="${s}", priority="${s.priority}")


def test_a_text_around_a_reference_is_a_text(inspect_answer: Inspect) -> None:
    assert [("INVALID_PARAMS", "/steps/1/params/priority")] == _with_reference(
        inspect_answer, to="${s}", body="Dear ${s.name}", priority="about ${s.priority}"
    )


def test_what_else_is_wrong_beside_a_reference_is_told(inspect_answer: Inspect) -> None:
    assert [("INVALID_PARAMS", "/steps/1/params"), ("MISSING_PARAMETER", "/steps/1/params/body")] == _with_reference(
        inspect_answer, to="${s}", attachment="${s}"
    )


def test_the_parameters_of_an_unknown_skill_are_not_judged(inspect_params: Inspect) -> None:
    assert ["UNKNOWN_SKILL"] == [item.code for item in inspect_params({"x": 1}, skill="nothing")]


@pytest.mark.parametrize(
    "value",
    [
        {"$redacted": "github_token"},
        "use [redacted:github_token] here",
        ["x", {"$redacted": "github_token"}],
        "my password is hunter2",
        "https://ana:hunter2@example.com/",
    ],
)
def test_a_secret_in_the_parameters_is_refused(value: JsonValue, inspect_params: Inspect) -> None:
    path = "/steps/0/params/note/1" if isinstance(value, list) else "/steps/0/params/note"

    assert [("SECRET_IN_PARAMS", path)] == _told(inspect_params({"note": value}))


def test_a_secret_in_the_name_of_a_parameter_is_refused(inspect_params: Inspect) -> None:
    assert [("SECRET_IN_PARAMS", "/steps/0/params/[redacted:jwt]")] == _told(inspect_params({"[redacted:jwt]": 1}))


def test_a_secret_in_what_is_looped_over_is_refused(inspect_params: Inspect) -> None:
    findings = inspect_params({}, loop={"over": "[redacted:jwt]", "max_iterations": 1})

    assert [("SECRET_IN_PARAMS", "/steps/0/loop/over")] == _told(findings)


def test_a_redacted_parameter_is_told_as_a_secret_only(inspect_params: Inspect) -> None:
    findings = inspect_params({**BODY, "to": {"$redacted": "jwt"}}, skill="send_email")

    assert [("SECRET_IN_PARAMS", "/steps/0/params/to")] == _told(findings)


@pytest.mark.parametrize("value", ["${login.password}", "<password>", "reset your password", {"redacted": "x"}, 5])
def test_what_is_no_secret_is_allowed(value: JsonValue, inspect_params: Inspect) -> None:
    assert "SECRET_IN_PARAMS" not in {item.code for item in inspect_params({"note": value})}
