"""A rule set is named by the digest of what it says."""

from planfold.domain.canonical import digest
from planfold.domain.inspection import RuleSet
from planfold.domain.inspection.rules import CODE_VERSION


def test_equal_rule_sets_have_one_digest() -> None:
    assert RuleSet().digest == RuleSet(max_steps=25, code_version=CODE_VERSION).digest == digest(RuleSet().document)


def test_another_setting_is_another_rule_set() -> None:
    assert 3 == len(
        {RuleSet().digest, RuleSet(max_steps=24).digest, RuleSet(forbidden_domains=("evil.example",)).digest}
    )


def test_a_rule_set_is_read_from_its_document() -> None:
    rules = RuleSet(max_iterations=3, allowed_domains=("wiki.internal",))

    assert rules == RuleSet.model_validate_json(rules.document)
