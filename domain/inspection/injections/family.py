"""A family of wordings: what it is called in a finding, and how it is found."""

import re
from itertools import islice
from typing import NamedTuple

MOST_FOUND = 8
"""So many places of one family are looked at; a text with more is suspicious for the last of them."""
_NEAR = 40


class Injection(NamedTuple):
    """Found in folded text (lower case, one blank between words) that holds an anchor.

    `pattern` is enough by itself; of a set, all must be found, in any order. What stands near an `unless` is left alone.
    """

    what: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str] | None
    sets: tuple[tuple[re.Pattern[str], ...], ...] = ()
    unless: re.Pattern[str] | None = None
    ascii_anchors: tuple[str, ...] = ()

    def found(self, folded: str) -> list[tuple[int, int]]:
        """Where it begins and ends, the first MOST_FOUND times."""
        anchors = self.ascii_anchors if folded.isascii() else self.anchors
        for anchor in anchors:  # a loop, since most texts hold none, and a generator costs as much again
            if anchor in folded:
                return self._searched(folded)
        return []

    def _searched(self, folded: str) -> list[tuple[int, int]]:
        matches = islice(self.pattern.finditer(folded), MOST_FOUND) if self.pattern else ()
        spans = [match.span() for match in matches if not self._is_excused(folded, *match.span())]
        for patterns in self.sets:
            first = patterns[0].search(folded)
            if first is not None and all(pattern.search(folded) for pattern in patterns[1:]):
                spans.append(first.span())
        return spans

    def _is_excused(self, folded: str, begin: int, end: int) -> bool:
        return self.unless is not None and self.unless.search(folded, max(0, begin - _NEAR), end + _NEAR) is not None


def family(what: str, anchors: str, *wordings: str | tuple[str, ...], unless: str | None = None) -> Injection:
    """A wording is a pattern, or several that must all be found."""
    alone = [wording for wording in wordings if isinstance(wording, str)]
    sets = [wording for wording in wordings if not isinstance(wording, str)]
    found_by = tuple(anchors.split("|"))
    return Injection(
        what,
        found_by,
        re.compile("|".join(alone)) if alone else None,
        tuple(tuple(re.compile(pattern) for pattern in patterns) for patterns in sets),
        re.compile(unless) if unless else None,
        tuple(anchor for anchor in found_by if anchor.isascii()),
    )


WORDS = r"(?:[\w'\u2019.-]{1,20},? )"
ORDERS = (
    r"(?:\w{2,3}structions?|prompts?|rules|directions|directives?|guidelines|guidance|commands|constraints|"
    r"restrictions|guardrails|programming|safeguards|safety (?:measures|protocols|filters)|"
    r"content (?:checks|filters|policies))"
)
ASSISTANT = (
    r"(?:a\.?i\.?(?: (?:assistants?|agents?|models?|systems?|reviewers?|chatbots?|code reviewers))?|llms?|"
    r"(?:large )?language models?|chat ?bots?|chatgpt|gpt(?:-?\d\w?)?|claude|gemini|copilot|"
    r"(?:automated|virtual|digital|shopping|browsing|e-?mail|coding) (?:assistants?|agents?|systems?))"
)
KEPT = (
    r"(?:pass ?words?|pass ?phrases?|pass ?codes?|(?:secret|hidden|confidential|forbidden|protected|classified|magic|"
    r"access|vault|unlock|security|private|api|encryption) (?:words?|keys?|codes?|phrases?|values?|tokens?|notes?|"
    r"information|info)|code ?words?|api keys?)"
)
DESTINATION = (
    r"(?:(?:https?|ftps?|wss?)://|\bwww\.|['\"]?[\w.+-]{1,60}@[\w-]{1,40}\.|\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b|"
    r"\b0x[0-9a-f]{16,64}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:account|iban) (?:number |"
    r"no\.? ?)?[a-z]{0,4}\d[\d -]{1,20})"
)
"""Where something can be sent: a URL, an address of mail or IP, an account, a wallet."""
SKILL_NAME = r"[a-z][a-z0-9]{1,20}(?:_[a-z0-9]{1,20}){1,4}\b"
USER = (
    r"(?:the|your) (?:\w{1,12} )?(?:user|human|operator|owner|principal|account holder|"
    r"person (?:you (?:work|act|plan) for|in front of you|who (?:asked|asks|wrote)))"
)
"""Whom an agent works for. Not a customer: what customers are told is a matter of any office."""
