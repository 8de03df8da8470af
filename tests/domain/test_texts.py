"""What people write into facts is bounded, storable and without secrets, or refused in a sentence."""

import pytest

from planfold.domain.errors import DomainError, InvalidText
from planfold.domain.texts import MAX_TEXT_CHARACTERS, recorded_text


def test_a_text_is_recorded_as_it_is() -> None:
    assert "monthly, for Ümit" == recorded_text("monthly, for Ümit", "reason")


def test_a_secret_is_replaced_and_the_rest_stays_within_its_bound() -> None:
    text = "x " * (MAX_TEXT_CHARACTERS // 2 - 5) + "pwd=abc12"

    assert (MAX_TEXT_CHARACTERS, False) == (len(recorded_text(text, "note")), "abc12" in recorded_text(text, "note"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x" * (MAX_TEXT_CHARACTERS + 1), "has 2001 characters, 2000 can be recorded; shorten it"),
        ("half an emoji \ud83d", "holds a NUL character or a lone surrogate"),
        ("a\0b", "holds a NUL character or a lone surrogate"),
        (None, "is NoneType and no text"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_sentence(text: str, fault: str) -> None:
    with pytest.raises(InvalidText, match=f"^the note {fault}") as refused:
        recorded_text(text, "note")
    assert isinstance(refused.value, DomainError)
    assert refused.value.what == "note"
