"""Whether a text speaks to a model instead of to its reader. A warning: it may well be an honest text about injections."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from planfold.domain.hosts import mapped
from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.injections import ANYWHERE, WHERE_FACTS_STAND, Lexicon
from planfold.domain.inspection.injections.weighing import BOUND, WEIGHED, heaviest
from planfold.domain.inspection.mentions import is_mention, speaks_of_attacks
from planfold.domain.inspection.readings import decoded, is_compound, plainer
from planfold.domain.inspection.shapes import hidden, misshapen
from planfold.domain.memory import Snippet

Place = Literal["parameter", "memory", "skill"]

_SHORTEST = 8
_BLANK = re.compile(r"\s")


def suspicious_prompts(draft: Draft) -> Iterator[Finding]:
    """One finding for each parameter, description or recalled memory that looks like an injection."""
    for (place, step, _), leaves in zip(draft.steps, draft.leaves, strict=True):
        texts = [(leaf.pointer, leaf.value) for leaf in leaves if isinstance(leaf.value, str) and not leaf.is_name]
        for pointer, text in (*texts, (f"{place}/description", step.description)):
            what = suspicion(text)
            if what is not None:
                yield finding(
                    "SUSPICIOUS_PROMPT",
                    f"step {step.step_id} carries a text that {what}; read it before the plan runs",
                    step_id=step.step_id,
                    path=pointer,
                )
    for snippet in draft.snippets:
        if (what := suspicion_of(snippet)) is not None:
            yield finding(
                "SUSPICIOUS_PROMPT",
                f"the memory {snippet.id} (trust {snippet.trust}), which the planner was shown, {what}; "
                "read the plan with that in mind, and forget the memory if it was planted",
            )


def suspicion_of(snippet: Snippet) -> str | None:
    """What makes a memory look like an injection; None if nothing does, or if its trust is high: somebody vouches for it."""
    return None if snippet.trust == "high" else suspicion(snippet.text, "memory")


def is_doubtful(snippet: Snippet) -> bool:
    """Whether nothing may be taken from it unasked: its trust is low, or it looks like an injection."""
    return snippet.trust == "low" or suspicion_of(snippet) is not None


def suspicion(text: str, place: Place = "parameter") -> str | None:
    """What makes `text` look like an injection, said of it; None if nothing does.

    A parameter may hold a question or a task of its own; a memory or the description of a skill may not.
    """
    return _spoken(text, ANYWHERE) if place == "parameter" else _told(text)


@lru_cache(maxsize=1_024)
def _told(text: str) -> str | None:
    what = _spoken(text, WHERE_FACTS_STAND)
    if what is not None or len(text) < _SHORTEST:
        return what
    folded = _folded(text)
    return misshapen(folded) or _weighed(folded)


def _weighed(folded: str) -> str | None:
    weight, begin, end = heaviest(folded)
    return WEIGHED if weight >= BOUND and not speaks_of_attacks(folded, begin, end) else None


def _spoken(text: str, families: Lexicon) -> str | None:
    if len(text) < _SHORTEST:
        return None
    if not text.isascii() and (what := hidden(text)) is not None:
        return what
    if (
        text.isascii() and not _BLANK.search(text) and not is_compound(text)
    ):  # a word or URL: only a marker or a blob can stand in it
        return (_asked(_folded(text), families) if "<" in text or "[" in text else None) or _encoded(text, families)
    folded = _folded(text)
    if (what := _asked(folded, families)) is not None:
        return what
    plain = plainer(folded)
    return (_asked(plain, families) if plain != folded else None) or _encoded(text, families)


def _asked(folded: str, families: Lexicon) -> str | None:
    for kind in families.likely(folded):
        for begin, end in kind.found(folded):
            if not is_mention(folded, begin, end):
                return kind.what
    return None


def _folded(text: str) -> str:
    return " ".join(mapped(text).split())


def _encoded(text: str, families: Lexicon) -> str | None:
    for code, says in decoded(text):
        if (what := _asked(_folded(says), families)) is not None:
            return f"encodes ({code}) a text that {what}"
    return None
