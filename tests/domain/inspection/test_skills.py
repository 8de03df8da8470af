"""Whether steps call what the manifest offers."""

from collections.abc import Callable

from pydantic import JsonValue

from planfold.domain.inspection import Finding
from planfold.domain.skill import Skill

Inspect = Callable[..., tuple[Finding, ...]]

PLAN: JsonValue = {"plan_id": "p", "steps": [{"step_id": "a", "skill": "go"}]}


def test_an_unknown_skill_is_refused_and_the_near_ones_named(inspect_params: Inspect) -> None:
    (found,) = inspect_params({}, skill="send_mail")

    assert ("UNKNOWN_SKILL", "a", "/steps/0/skill") == (found.code, found.step_id, found.path)
    assert found.message == "step a calls 'send_mail', which this agent does not have; perhaps send_email?"


def test_where_no_skill_is_near_the_sentence_says_what_there_is(inspect_params: Inspect) -> None:
    (found,) = inspect_params({}, skill="qqq")

    assert found.message.endswith("it has anything, delete_file, fetch, send_email")


def test_of_many_skills_some_are_named(inspect_params: Inspect) -> None:
    many = tuple(Skill(name=f"skill-{index:02}") for index in range(20))

    (found,) = inspect_params({}, skill="qqq", skills=many)

    assert found.message.endswith("skill-06, skill-07 and 12 more")


def test_an_agent_without_skills_is_told_to_get_one(inspect_params: Inspect) -> None:
    (found,) = inspect_params({}, skill="go", skills=())

    assert found.message.endswith("its manifest is empty: register a skill first")


def test_a_destructive_step_is_a_warning(inspect_params: Inspect) -> None:
    (found,) = inspect_params({"path": "x"}, skill="delete_file")

    assert ("DESTRUCTIVE_STEP", "warning", "/steps/0/skill") == (found.code, found.severity, found.path)


def test_another_manifest_than_the_recorded_one_is_refused(inspect_answer: Inspect) -> None:
    (found,) = inspect_answer(PLAN, skills=(Skill(name="go"),), recorded_manifest="0" * 64)

    assert ("MANIFEST_CHANGED", "error", None, None) == (found.code, found.severity, found.step_id, found.path)


def test_another_manifest_is_told_even_where_there_is_no_plan(inspect_answer: Inspect) -> None:
    assert ["INVALID_PLAN", "MANIFEST_CHANGED"] == [item.code for item in inspect_answer(5, recorded_manifest="0" * 64)]


def test_a_skill_as_it_was_approved_is_allowed(inspect_answer: Inspect) -> None:
    skill = Skill(name="go")
    pinned = skill.model_copy(update={"pin": skill.digest})

    assert () == inspect_answer(PLAN, skills=(pinned,))


def test_a_skill_that_changed_since_it_was_approved_is_refused(inspect_answer: Inspect) -> None:
    approved = Skill(name="go", description="goes")
    changed = Skill(name="go", description="goes, and reads your files", pin=approved.digest)

    (found,) = inspect_answer(PLAN, skills=(changed, Skill(name="other", pin="0" * 64)))

    assert ("MANIFEST_CHANGED", "a", "/steps/0/skill") == (found.code, found.step_id, found.path)
    assert "as planfold skills check-mcp shows it, and approve it anew by import-mcp --approve" in found.message
