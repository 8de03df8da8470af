"""Canonical JSON, money and the form in which drafts are recorded."""

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.canonical import canonical, digest, recordable
from planfold.domain.money import LARGEST, cents, micros_from_usd, usd

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not 2**53 <= abs(value) < 1e21)
    | TEXT
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
ANYTHING = st.recursive(
    SCALARS | st.floats() | st.integers() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=4),
)


@given(JSON)
def test_what_can_be_stored_is_recorded_as_it_is(value: JsonValue) -> None:
    assert value == recordable(value)


@given(ANYTHING)
def test_whatever_a_planner_answers_can_be_recorded(value: object) -> None:
    recorded = recordable(value)

    text = canonical(recorded).decode()
    assert "\0" not in text
    assert recorded == recordable(recorded)


@given(JSON)
def test_equal_values_have_equal_bytes_however_they_were_written(value: JsonValue) -> None:
    again = json.loads(json.dumps(value, sort_keys=True))

    assert digest(canonical(value)) == digest(canonical(again))


@given(JSON | st.dictionaries(st.text(), st.text() | st.integers()))
def test_the_short_way_to_write_is_that_of_rfc_8785(value: JsonValue) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        with pytest.raises(type(error)):
            canonical(value)
    else:
        assert expected == canonical(value)


@given(JSON)
def test_canonical_json_reads_back_as_the_same_value(value: JsonValue) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.integers(0, LARGEST))
def test_an_amount_survives_being_written_for_people(micros: int) -> None:
    assert micros == micros_from_usd(usd(micros))


@given(st.integers(-LARGEST, LARGEST))
def test_cents_are_never_more_than_the_amount(micros: int) -> None:
    assert (
        cents(micros) == math.floor(micros / 10_000) or cents(micros) * 10_000 <= micros < (cents(micros) + 1) * 10_000
    )
