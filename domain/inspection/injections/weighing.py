"""Orders in whatever words: signs that are common in honest texts one by one, and rare together within two sentences.

A sign is a concept, not a wording: what agents are made of, an order, a place to send to, harm, all or always, contrast,
secrecy. Each counts once; the bound was set on honest texts, of which less than one in a hundred reaches it.
"""

import re
from itertools import islice

from planfold.domain.inspection.injections.family import DESTINATION, SKILL_NAME

WEIGHED = "weighs like an order to the model that reads it"
BOUND = 10
_LONGEST = 400
_WINDOWS = 200
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;]) ")

_ORDER = re.compile(
    r"(?:(?:^|[.!?:;,\"'>)-] |\b(?:and|then|first|please|so|now|also|instead|therefore|to|too) )(?:send|transfer|pay|"
    r"wire|post|upload|mail|e-?mail|forward|add|set|use|make|run|call|insert|put|"
    r"route|copy|attach|append|include|dump|move|execute|fetch|open|take|book|refund|delete|wipe|erase|let|rename|"
    r"do not|don't|never|always|write|give|grant|approve|disable|visit|share|export|"
    r"print|reveal|store|replace|skip|tell|say|act|treat|obey|follow|ignore|disregard|choose|pick|proceed)\b"
    r"|\b(?:must|shall|has to|have to|should now|are to|is to|needs? to|until further notice|effective (?:at once|"
    r"immediately))\b)"
)
_MACHINERY = re.compile(
    r"\b(?:planners?|(?:the )?next (?:plan|request|answer|reply|step)|this model|you were asked|your (?:next |whole |"
    r"entire )?(?:plans?|job|notes|goal|context|memory|memories|principal|instructions?|tools?|skills?|answer|report|"
    r"operator|task)|the (?:goal|planner|model|agent)|agents|each run|every run|any run|"
    r"(?:any|every|each|no|of the|in the|the) (?:plan|goal)|(?:list of|all|each|the|any|new|hidden) steps?|"
    r"skills?|this (?:memory|entry|note|instruction|text|message)|tool access|system prompt)\b|(?:observation|"
    r"thought|action) ?:|<<|<\|"
)
_FOR_WHOM = re.compile(
    r"\b(?:the user|the user's|your user|the human|the operator|your principal|your operator|your owner)\b"
)
_HARM = re.compile(
    r"\b(?:wire|transfer|pay|delete|wipe|erase|dump|purge|upload|uploads|exfiltrate|leak|refund|forged?|credentials|"
    r"passwords?|secrets?|api keys?|the keys|tokens?|salar(?:y|ies)|payroll|contacts|whole memory|entire memory|"
    r"all files|backups?|disable|skip(?:s|ping)? (?:the )?(?:approval|confirmation|check|review)|without (?:limits|"
    r"asking|confirmation|approval)|admin rights|gift cards?|lie about|database|money|balance|funds|"
    r"open the gate|release the funds|mailbox|card numbers?|ledger|vault|deletion|records|everything)\b"
)
_TOTAL = re.compile(
    r"\b(?:all|any|every|each|always|whenever|whoever|whatever|no matter|everything|everyone|from now on|"
    r"from this (?:point|moment)|at once|immediately|right after|before anything|first|in full|until further notice|"
    r"never)\b"
)
_CONTRAST = re.compile(
    r"\b(?:instead|in (?:the )?place of|rather than|aside|opposite|forged|compromised|only thing that counts|omits?|"
    r"widened|without limits|always wins|outdated|genuine one|real one|rather than what|as though|are off|"
    r"must be turned off|may ignore|has changed|is to hand over|not what|regardless|no matter|overrides?|supersedes?|"
    r"ignore|disregard|forget)\b"
)
_SECRECY = re.compile(
    r"\b(?:nobody but you|avoid questions|secretly|quietly|silently|unnoticed|hide|conceal|lie|omit|confidential|"
    r"do not (?:tell|mention|log|report)|without (?:telling|asking|logging)|"
    r"learn of this|no need (?:for|to)|between us|must not know)\b"
)
_PRETEXT = re.compile(
    r"\b(?:for (?:debugging|compliance|verification|security|testing|audit|maintenance|licen[cs]e)\b|"
    r"as part of (?:the |a |our )?(?:routine|regular)|on behalf of|routine verification|has decided|required by|"
    r"handling fee|telemetry|policy requires)\b"
)
_SIGNS = (
    (_MACHINERY, 4),
    (re.compile(DESTINATION), 3),
    (_HARM, 3),
    (_ORDER, 2),
    (re.compile(rf"\b{SKILL_NAME}"), 1),
    (_FOR_WHOM, 1),
    (_TOTAL, 1),
    (_CONTRAST, 2),
    (_SECRECY, 3),
    (_PRETEXT, 2),
)


def heaviest(folded: str) -> tuple[int, int, int]:
    """The greatest weight of two sentences that follow each other, and where they begin and end."""
    best = (0, 0, 0)
    starts = [0, *(match.end() for match in islice(_SENTENCE_ENDS.finditer(folded), _WINDOWS)), len(folded)]
    for at in range(max(1, len(starts) - 2)):
        begin, end = starts[at], min(starts[min(at + 2, len(starts) - 1)], starts[at] + _LONGEST)
        if (weight := _weight(folded[begin:end])) > best[0]:
            best = (weight, begin, end)
    return best


def _weight(said: str) -> int:
    return sum(weight for sign, weight in _SIGNS if sign.search(said))
