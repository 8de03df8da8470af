"""How definitions look that were made to steer a model past its user ("tool poisoning"), beside what any text may hold.

Attack classes after Invariant Labs, "MCP Security Notification: Tool Poisoning Attacks" (2025): orders dressed as markup, what
is to be done with other tools, and files where secrets are kept. An honest tool may do so, too: it is named, not refused.
"""

import re

from planfold.domain.inspection.prompts import suspicion

LONGEST = 20_000
"""Characters of one text that are looked at."""

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "holds markup that poses as an order",
        re.compile(r"<\s?/?\s?(?:important|system|instructions?|critical|hidden|secret|assistant|user)\b"),
    ),
    (
        "names a file where secrets are kept",
        re.compile(
            r"(?:^|[\s`'\"(/~])\.(?:ssh|aws|gnupg|kube|netrc|npmrc|pypirc|env|git-credentials)\b|\bid_(?:rsa|ed25519|ecdsa)\b|"
            r"/etc/(?:passwd|shadow)\b|\bmcp\.json\b|\bclaude_desktop_config\b"
        ),
    ),
    (
        "says how other tools are to be used",
        re.compile(
            r"\b(?:when|while|if|once) this tool is (?:available|present|installed|loaded)\b|"
            r"\b(?:do not|don't|never) (?:use|call) (?:any|the|all) other (?:tools?|functions?)\b|"
            r"\b(?:must|always|should) (?:be )?(?:used?|call(?:ed)?) (?:this (?:tool )?)?(?:first|before (?:any|every|all|using|calling))\b|"
            r"\b(?:the|every|any|all|other) (?:[\w-]{1,30} ){0,2}tools? (?:must|shall)\b"
        ),
    ),
)


def poisoned(text: str) -> str | None:
    """What makes a text of a definition look planted, said of it; None if nothing does."""
    text = text[:LONGEST]
    if (what := suspicion(text, "skill")) is not None:
        return what
    folded = " ".join(text.lower().split())
    return next((what for what, form in _FORMS if form.search(folded)), None)
