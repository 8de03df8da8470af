"""Texts of others on a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.infrastructure.cli.text import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zürich, 東京, עברית", "Zürich, 東京, עברית"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202efdp.exe", r"abc\u202efdp.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("👩\u200d👧 \u00a0", "👩\u200d👧 \u00a0"),
        ("[bold]not ours[/bold]", "[bold]not ours[/bold]"),
    ],
)
def test_what_could_deceive_is_written_out(text: str, shown: str) -> None:
    assert shown == plain(text)


@given(st.text())
def test_nothing_is_left_that_moves_hides_or_reverses(text: str) -> None:
    left = plain(text)

    assert all(each.isprintable() or each in "\u200c\u200d" or unicodedata.category(each) == "Zs" for each in left)
    assert left == plain(left)
