"""Whether an injection is spoken of and not spoken: a guide that quotes one, a report that tells of one.

Use and mention cannot be told apart for certain. A mention is believed only where the text speaks of attacks or of
wording, the words stand in quotation marks or are told of somebody, and no address or account number stands with them.
"""

import re

_SPEAKS_OF_IT = re.compile(
    r"\b(?:prompt[- ]injections?|injection (?:attacks?|attempts?|strings?|texts?)|"
    r"inject(?:ed|s)? (?:text|instructions|prompts?)|jail ?breaks?|jailbreaking|attack(?:er|ers|s)?\b|adversar\w{2,8}|"
    r"adversaries|owasp|red[- ]team\w{0,4}|researchers?|payloads?|guardrails? (?:should|must|catch|block)|"
    r"classifiers?|detect(?:s|ed|or|ors|ion)?|malicious|phish\w{2,5}|suspicious|untrusted|spoof\w{2,5}|scam\w{0,5}|"
    r"social engineer\w{2,4}|(?:phrases?|wording|sentences?|strings?|texts?|messages?|lines?|words|tokens?|keywords?|"
    r"prompts?|attempts?|inputs?) (?:like|such as|as|of the form|that (?:say|begin|start|contain)|containing|starting|"
    r"beginning)|test cases?|regex(?:es)?|security (?:guide|guideline|advisory|training|bulletin|review)|for example|"
    r"e\.g\.|the (?:phrase|sentence|string|words?|literal)|(?:chat (?:template|format)s?|stands for|placeholders?|"
    r"special|control) (?:tokens?|markers?)|exploits?|vulnerab\w{4,6}|mitigat\w{2,5}|hackers?|thriller|novel|"
    r"angriff\w{0,3}|angreifer\w{0,3}|attaques?|ataques?|attacchi|атак\w{0,3}|攻击|攻撃)"
)
_TOLD_OF = re.compile(
    r"(?:\b(?:try|tries|tried|trying|attempt(?:s|ed|ing)?|trick(?:s|ed|ing)?|persuad\w{1,3}|convinc\w{1,3}|"
    r"caus\w{1,3}|instruct(?:s|ed|ing)?|order(?:s|ed|ing)?|ask(?:s|ed|ing)?|tell(?:s|ing)?|told|mak(?:e|es|ing)|"
    r"get(?:s|ting)?|got|want(?:s|ed)?|lead(?:s|ing)?|cannot|can|could|may|might|should never|must never|must not|"
    r"will not|whether|how to|refus\w{1,4}|prevent\w{0,4}|protect\w{0,4}|against|aims?|designed|block\w{0,3}|"
    r"reject\w{0,3}|catch\w{0,3}|where|who|that|which)\b)[^.?!:;]{0,80}$"
)
_NAMED = re.compile(
    r"(?:\b(?:such as|like|called|named|(?:token|marker|tag|word|phrase|string|placeholder)s?)|[/(]) ?\W?$"
)
_EXPLAINED = re.compile(r"\W{0,3}(?:stands? for|means?|ends an?|begins an?|marks (?:an?|the))\b")
_MARKERS = "<["
_TARGET = re.compile(r"https?://|www\.|[\w.+-]@[\w-]|\d{6,}|[a-z]{2}\d{2}[a-z0-9]{8,}")
_CLOSED_BY = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
    "\u300c": "\u300d",
}
_LONGEST_QUOTE = 240
_AROUND = 120
_BEFORE = 600
"""So far before it a text may say that it speaks of attacks; behind it no farther than _AROUND, for a model has obeyed by then."""


def is_mention(folded: str, begin: int, end: int) -> bool:
    """Whether what stands from `begin` to `end` of the folded text is spoken of."""
    if _TARGET.search(folded, max(0, begin - _AROUND), end + _AROUND):
        return False
    quoted = _quotation(folded, begin, end)
    around = folded[max(0, begin - _BEFORE) : begin] + " \u2026 " + folded[end : end + _AROUND]
    if quoted is not None:
        around = folded[max(0, quoted[0] - _BEFORE) : quoted[0]] + " \u2026 " + folded[quoted[1] : quoted[1] + _AROUND]
    if folded[begin] in _MARKERS and _EXPLAINED.match(folded, end):
        return True
    if not _SPEAKS_OF_IT.search(around):
        return False
    return (
        quoted is not None
        or _NAMED.search(folded, max(0, begin - _AROUND), begin) is not None
        or _TOLD_OF.search(folded, max(0, begin - _AROUND), begin) is not None
    )


def speaks_of_attacks(folded: str, begin: int, end: int) -> bool:
    """Whether what stands from `begin` to `end`, or around it, speaks of attacks or of wording."""
    return _SPEAKS_OF_IT.search(folded, max(0, begin - _BEFORE), end + _AROUND) is not None


def _quotation(folded: str, begin: int, end: int) -> tuple[int, int] | None:
    """The narrowest quotation that holds the span, marks included."""
    for at in range(min(begin, len(folded) - 1), max(-1, begin - _LONGEST_QUOTE), -1):
        closing = _CLOSED_BY.get(folded[at])
        if closing is None or not _opens(folded, at):
            continue
        for mark in closing:
            to = folded.find(mark, max(end - 1, at + 1), begin + _LONGEST_QUOTE)
            if to >= 0:
                return at, to + 1
    return None


def _opens(folded: str, at: int) -> bool:
    return (at == 0 or not folded[at - 1].isalnum()) and at + 1 < len(folded) and not folded[at + 1].isspace()
