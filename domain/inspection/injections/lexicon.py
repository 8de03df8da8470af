"""Which families may be found in a text, told by the first letters of its words: most texts hold none of them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from planfold.domain.inspection.injections.family import Injection

_LETTERS = 4
_WORDS = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128))
"""A table for `str.translate`: words are kept, and all else of ASCII parts them."""
_WORD = re.compile("[a-z0-9]+")
_SIGNS = re.compile(r"[<\[#]|\{ ?[\"']|--|\]\(")


class Lexicon:
    """Families in their order. Whatever ASCII text one of them is found in, it is among the likely ones.

    So its anchors are indexed by how their longest word begins, a shorter one than _LETTERS as it is or with an s behind it, and
    those with signs by any sign at all.
    """

    def __init__(self, *families: Injection) -> None:
        self._families = families
        self._by_start: dict[str, int] = defaultdict(int)
        self._with_signs = self._always = 0
        for place, family in enumerate(families):
            for anchor in family.ascii_anchors:
                self._add(anchor, 1 << place)
        self._starts = frozenset(self._by_start)

    def _add(self, anchor: str, family: int) -> None:
        word = max(_WORD.findall(anchor), key=len, default="")
        if _SIGNS.search(anchor):
            self._with_signs |= family
        elif not word:
            self._always |= family
        elif len(word) >= _LETTERS:
            self._by_start[word[:_LETTERS]] |= family
        else:
            for ending in ("", "s"):
                self._by_start[word + ending] |= family

    def __iter__(self) -> Iterator[Injection]:
        return iter(self._families)

    def likely(self, folded: str) -> Sequence[Injection]:
        """Those that may be found in a folded text; all of them where it is not ASCII, for their anchors are then no words."""
        if not folded.isascii():
            return self._families
        some = self._always
        for start in self._starts & {word[:_LETTERS] for word in folded.translate(_WORDS).split()}:
            some |= self._by_start[start]
        if self._with_signs & ~some and _SIGNS.search(folded):
            some |= self._with_signs
        return [family for place, family in enumerate(self._families) if some >> place & 1] if some else ()
