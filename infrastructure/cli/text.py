"""Texts of others, as a terminal may show them."""

import re
import sys
import unicodedata

_BLANKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_JOINERS = "\u200c\u200d"
"""Not printable by themselves, but Persian and emoji are not legible without them."""


def plain(text: str) -> str:
    """`text` in one line; what would move the cursor, change colours, hide or reverse text is written out as an escape.

    Line breaks become blanks, so that nobody's text can pose as a line of ours.
    """
    return "".join(each if _is_harmless(each) else _written_out(each) for each in _BLANKS.sub(" ", text))


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def complain(sentence: str) -> None:
    """One line on standard error, after all that was printed before."""
    sys.stdout.flush()
    sys.stderr.write(f"planfold: {plain(sentence)}\n")
