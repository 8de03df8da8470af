"""Whether a text speaks to a model instead of to its reader. A warning: it may well be an honest text about injections."""

import base64
import binascii
import re
from collections.abc import Iterator

from planfold.domain.hosts import mapped
from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.injections import INJECTIONS

_SHORTEST = 8
_LONGEST_BLOB = 8_000
_BLOBS_AT_MOST = 5
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}", re.ASCII)
_BLANK = re.compile(r"\s")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,7}\U000e007f")
_HIDDEN_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("holds invisible tag characters", re.compile("[\U000e0000-\U000e007f]")),
    ("holds data in variation selectors", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}")),
    ("splits words by invisible characters", re.compile("[A-Za-z][\u200b\u2060\ufeff\u180e\u200c\u200d]+[A-Za-z]")),
    ("holds a run of invisible characters", re.compile("[\u200b-\u200d\u2060-\u2064\ufeff]{4}")),
    ("reverses the order of its letters", re.compile("[\u202d\u202e]")),
)
_ISOLATES = re.compile("[\u202a\u202b\u2066\u2067\u2068]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


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
        if snippet.trust != "high" and (what := suspicion(snippet.text)) is not None:
            yield finding(
                "SUSPICIOUS_PROMPT",
                f"the memory {snippet.id} (trust {snippet.trust}), which the planner was shown, {what}; "
                "read the plan with that in mind, and forget the memory if it was planted",
            )


def suspicion(text: str) -> str | None:
    """What makes `text` look like an injection, said of it; None if nothing does."""
    if len(text) < _SHORTEST:
        return None
    if not text.isascii() and (hidden := _hidden(text)) is not None:
        return hidden
    if text.isascii() and not _BLANK.search(text):  # one word or URL: only a role marker or a blob can stand in it
        return (_asked(text) if "<" in text or "[" in text else None) or _encoded(text)
    return _asked(text) or _encoded(text)


def _asked(text: str) -> str | None:
    folded = " ".join(mapped(text).split())
    for what, anchors, pattern in INJECTIONS:
        for anchor in anchors:
            if anchor in folded:
                if pattern.search(folded):
                    return what
                break
    return None


def _hidden(text: str) -> str | None:
    shown = _FLAG.sub("", text)
    for what, pattern in _HIDDEN_FORMS:
        if pattern.search(shown):
            return what
    if _ISOLATES.search(shown) and not _RIGHT_TO_LEFT.search(shown):
        return "changes the direction of its letters, but has none that run from right to left"
    return None


def _encoded(text: str) -> str | None:
    for _, match in zip(range(_BLOBS_AT_MOST), _BLOB.finditer(text), strict=False):
        blob = match[0][:_LONGEST_BLOB].rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            decoded = base64.b64decode(blob + "=" * (-len(blob) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if (what := _asked(decoded)) is not None:
            return f"encodes (base64) a text that {what}"
    return None
