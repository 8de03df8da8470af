"""A rule set is named by the digest of what it says."""

from importlib.metadata import version

from planfold.domain.canonical import digest
from planfold.domain.inspection import RuleSet
from planfold.domain.inspection.rules import CODE_VERSION, LIBRARIES


def test_equal_rule_sets_have_one_digest() -> None:
    assert RuleSet().digest == RuleSet(max_steps=25, code_version=CODE_VERSION).digest == digest(RuleSet().document)


def test_another_setting_is_another_rule_set() -> None:
    assert 3 == len(
        {RuleSet().digest, RuleSet(max_steps=24).digest, RuleSet(forbidden_domains=("evil.example",)).digest}
    )


def test_a_rule_set_is_read_from_its_document() -> None:
    rules = RuleSet(max_iterations=3, allowed_domains=("wiki.internal",))

    assert rules == RuleSet.model_validate_json(rules.document)


def test_a_rule_set_tells_the_libraries_that_it_judges_with() -> None:
    assert LIBRARIES == tuple(f"{name} {version(name)}" for name in ("jsonschema-rs", "pydantic"))
    assert RuleSet().is_of_these_libraries


def test_other_libraries_are_another_rule_set() -> None:
    other = RuleSet(libraries=("jsonschema-rs 0.1", "pydantic 2.0"))

    assert other.digest != RuleSet().digest
    assert not RuleSet.model_validate_json(other.document).is_of_these_libraries


def test_a_rule_set_that_was_recorded_without_its_libraries_does_not_take_those_of_this_program() -> None:
    rules = RuleSet.model_validate_json('{"code_version": 1, "max_steps": 7}')

    assert (7, (), False) == (rules.max_steps, rules.libraries, rules.is_of_these_libraries)
