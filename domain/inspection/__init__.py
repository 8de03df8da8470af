"""The inspector: what is wrong with a draft, said by pure functions in one list."""

from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Code, Finding, accepts
from planfold.domain.inspection.rules import RuleSet

__all__ = ["Code", "Draft", "Finding", "RuleSet", "accepts"]
