"""No text keeps the detector busy: its time grows with the length of the text and not faster."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planfold.domain.inspection.injections import WHERE_FACTS_STAND
from planfold.domain.inspection.injections.weighing import heaviest
from planfold.domain.inspection.prompts import suspicion
from planfold.domain.inspection.readings import decoded, plainer
from planfold.domain.inspection.shapes import misshapen
from planfold.domain.memory import MAX_MEMORY_CHARACTERS

MOST_SECONDS = 1.0
"""Of CPU for all families on the longest memory; it takes some hundredths."""
LONG = 100_000
PIECES = sorted(
    {anchor for kind in WHERE_FACTS_STAND for anchor in kind.anchors}
    | {word for kind in WHERE_FACTS_STAND if kind.pattern for word in re.findall(r"[a-z]{3,12}", kind.pattern.pattern)}
)


def _seconds(text: str) -> float:
    """Every pattern on the whole text, as if no family had been found before."""
    begun = time.thread_time()
    for kind in WHERE_FACTS_STAND:
        kind.found(text)
    misshapen(text)
    heaviest(text)
    plainer(text)
    for _ in decoded(text):
        pass
    return time.thread_time() - begun


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.sampled_from(["", " ", ". ", "' ", ", "]))
def test_pieces_over_and_over_take_no_longer_than_the_bound(pieces: list[str], between: str) -> None:
    unit = between.join(pieces) + between

    assert _seconds((unit * MAX_MEMORY_CHARACTERS)[:MAX_MEMORY_CHARACTERS]) < MOST_SECONDS


@pytest.mark.parametrize(
    "unit", ["imagine you are ", "send it all to a", '"a" ', "q: a a: b ", "i ", "1a", "%41", "ab ", "<!-- say "]
)
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    times = [min(_seconds((unit * length)[:length]) for _ in range(3)) for length in (4_000, 8_000, 16_000)]

    assert all(longer < 4 * max(shorter, 0.005) for shorter, longer in pairwise(times)), times


@pytest.mark.parametrize(
    "unit",
    ["ignore the user's ", "i-g", "the user must not ", "end of memory ", "a_b_c_", "\u00e9ne dis ", '{"a": "the ai '],
)
def test_a_long_parameter_is_judged_within_the_bound(unit: str) -> None:
    text = (unit * LONG)[:LONG]
    begun = time.thread_time()

    suspicion(text)

    assert time.thread_time() - begun < MOST_SECONDS


@pytest.mark.parametrize(
    "unit", ["zip inbox send ", "every plan must ", "whatever call a_b ", "aa11aaaaaaaaaa ", "1.1.1.", "a@b."]
)
def test_no_sign_of_an_order_keeps_the_scale_busy(unit: str) -> None:
    assert _seconds((unit * MAX_MEMORY_CHARACTERS)[:MAX_MEMORY_CHARACTERS]) < MOST_SECONDS


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    for place in ("parameter", "memory", "skill"):
        what = suspicion(text, place)
        assert what is None or what == suspicion(text, place)
