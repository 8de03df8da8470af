"""Whether a parameter came from what is not trusted: it stands there, and not in the goal.

That is a memory of low trust, and any other memory and description of a skill that looks like an injection.

Compared word by word, in lower case, so that spelling and punctuation do not matter. A memory of high trust that says
the same excuses it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from planfold.domain.hosts import mapped
from planfold.domain.inspection.descriptions import suspicious_descriptions, texts_of
from planfold.domain.inspection.draft import Draft
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.prompts import is_doubtful

_SHORTEST = 4
_RUN = 6
"""So many words in a row are no coincidence."""
_FEWEST = 4
"""A whole value of so many words counts too."""
_FEWEST_DIGITS = 4
_SHORTEST_ID = 6
_SHORTEST_UNSPACED = 8
_SHOWN = 80

_WORD = re.compile(r"[^\W_]+")
_GROUPED = re.compile(r"(?<=\d)[,.'\u2019\u00a0 ](?=\d{3}(?!\d))")
_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]{1,2000}")
_DOTTED = re.compile(r"(?:[\w.+-]{1,64}@)?[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[^\W\d_]{2,24}(?![\w.]*\()")
_PATH = re.compile(
    r"(?<![^\s\"'(=,:])(?:~|\.{1,2})?/[\w.-]{2,64}(?:/[\w.-]{1,64}){0,20}|(?<!\w)[a-z]:\\[^\s\"']{2,200}"
)
_ADDRESS = re.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![\w:])[0-9a-f]{1,4}(?:::?[0-9a-f]{1,4}){2,7}(?![\w:])"
)
"""Of IP: its numbers by themselves say nothing."""
_HANDLE = re.compile(r"(?<!\S)[@#][\w-]{3,64}")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")


class _Read(NamedTuple):
    """A text in lower case, and its words with one blank before and after each."""

    folded: str
    words: str


def tainted_parameters(draft: Draft) -> Iterator[Finding]:
    """One finding for each parameter with something in it that only a doubtful text can have brought."""
    doubtful = _Doubtful(tuple((source, _read(text)) for source, text in _doubtful_texts(draft)))
    if not doubtful.texts:
        return
    known = _read("\n".join([draft.goal, *(snippet.text for snippet in draft.snippets if snippet.trust == "high")]))
    for leaves in draft.leaves:
        for leaf in leaves:
            if leaf.is_name or isinstance(leaf.value, bool | dict) or len(text := str(leaf.value)) < _SHORTEST:
                continue
            found = _tainted(_read(text), known, doubtful)
            if found is not None:
                piece, source = found
                yield finding(
                    "TAINTED_PARAM",
                    f"step {leaf.step.step_id} takes {piece[:_SHOWN]!r} from {source}, "
                    "and the goal does not say it; let a person confirm it",
                    step_id=leaf.step.step_id,
                    path=leaf.pointer,
                )


def _doubtful_texts(draft: Draft) -> Iterator[tuple[str, str]]:
    for snippet in draft.snippets:
        if is_doubtful(snippet):
            looks = "" if snippet.trust == "low" else ", which looks like an injection"
            yield f"the memory {snippet.id} of {snippet.trust} trust{looks}", snippet.text
    by_name = draft.manifest.by_name
    for name in suspicious_descriptions(draft.manifest):
        yield f"the description of the skill {name}, which looks like an injection", "\n".join(texts_of(by_name[name]))


def _tainted(value: _Read, known: _Read, doubtful: "_Doubtful") -> tuple[str, str] | None:
    for piece in dict.fromkeys(_telling(value)):
        source = doubtful.holder(piece)
        if source is not None and not _holds(known, piece):
            return piece.strip(), source
    return None


@dataclass(frozen=True)
class _Doubtful:
    """The texts that are not trusted, each with what it is. Their words are indexed, so that a long parameter costs no more than its length."""

    texts: tuple[tuple[str, _Read], ...]

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(word for _, text in self.texts for word in text.words.split())

    @cached_property
    def _runs(self) -> dict[str, str]:
        """Each run of the lengths that are looked for, and the first text that holds it."""
        found: dict[str, str] = {}
        for source, text in self.texts:
            for run in range(_FEWEST, _RUN + 1):
                for piece in _in_a_row(text.words.split(), run):
                    found.setdefault(piece, source)
        return found

    def holder(self, piece: str) -> str | None:
        """The first text in which the piece stands."""
        if piece.startswith(" "):
            words = piece.split()
            if words[0] not in self._vocabulary:
                return None
            if _FEWEST <= len(words) <= _RUN:
                return self._runs.get(piece)
        return next((source for source, text in self.texts if _holds(text, piece)), None)


def _in_a_row(words: list[str], run: int) -> Iterator[str]:
    for first in range(len(words) - run + 1):
        yield f" {' '.join(words[first : first + run])} "


def _read(text: str) -> _Read:
    folded = _GROUPED.sub("", mapped(text))
    return _Read(folded, f" {' '.join(_WORD.findall(folded))} ")


def _holds(text: _Read, piece: str) -> bool:
    return piece in (text.words if piece.startswith(" ") else text.folded)


def _telling(value: _Read) -> Iterator[str]:
    """What tells where a value came from: words between blanks, or a handle or unspaced text as it is written."""
    if any(mark in value.folded for mark in "./\\:"):
        for pattern in (_URL, _DOTTED, _PATH, _ADDRESS):
            for found in pattern.findall(value.folded):
                yield f" {' '.join(_WORD.findall(found))} "
    yield from _HANDLE.findall(value.folded)
    words = value.words.split()
    if _DIGIT.search(value.words):
        yield from (f" {word} " for word in words if _is_number_or_id(word))
    if len(words) >= _FEWEST:
        yield from _in_a_row(words, min(_RUN, len(words)))
    elif not value.folded.isascii() and len(value.folded) >= _SHORTEST_UNSPACED:
        yield value.folded


def _is_number_or_id(word: str) -> bool:
    digits = sum(char.isdigit() for char in word)
    if digits == len(word):
        return digits >= _FEWEST_DIGITS and not _YEAR.fullmatch(word)
    return digits > 0 and len(word) >= _SHORTEST_ID
