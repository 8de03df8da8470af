"""Redacting changes nothing a second time, keeps all else, and leaves no secret wherever it stands."""

import json

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.secrets import redact, redact_text

TOKEN = "gh" + "p_" + "a1B2c3D4e5F6" * 3
PIECES = st.sampled_from([
    TOKEN, "password", "is", "=", ":", " ", "hunter2pass", "[redacted:jwt]", "[redacted:x]", "[redacted:", "]", "Authorization",
    "Bearer", "Cookie", "sid", "https://", "ana:", "@example.com", "${a.b}", "DB_PASS", "?sig=", "aB3dE6gH9jK2mN5p", "curl -u ",
    "mysql -p", "PIN 1234", "4111 1111 1111 1111", "'", '"', ";", "key", "secret",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
NAMES = st.sampled_from([
    "password", "db_pass", "pass", "Authorization", "auth", "cookies", "token", "value", "name", "$redacted",
    "$unrepresentable", "pin", "x", "--password",
])  # fmt: skip
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**9) | st.floats(allow_nan=False) | TEXTS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(TEXTS)
def test_redacting_a_text_twice_is_redacting_it_once(text: str) -> None:
    assert redact_text(text) == redact_text(redact_text(text))


@given(JSON)
def test_redacting_json_twice_is_redacting_it_once(value: JsonValue) -> None:
    once = redact(value)

    assert json.dumps(once) == json.dumps(redact(once))


@given(NAMES | TEXTS, NAMES | TEXTS)
def test_no_token_is_left_under_any_name(name: str, inner: str) -> None:
    value: JsonValue = {name: [TOKEN, {"$redacted": TOKEN}, {inner: f"use {TOKEN}"}], f"my {TOKEN}": None}

    assert f"use {TOKEN}" not in json.dumps(redact(value))
    assert TOKEN not in json.dumps(redact([TOKEN, {"$redacted": TOKEN}, {f"my {TOKEN}": f"use {TOKEN}"}]))


@given(st.lists(NAMES, max_size=4), st.sampled_from(["password", "db_pass", "Passwort"]))
def test_a_password_is_redacted_however_deep_its_value_stands(wrappers: list[str], name: str) -> None:
    literal: JsonValue = "hunter2pass"
    for _ in wrappers:
        literal = {"value": [literal]}

    assert "hunter2pass" not in json.dumps(redact({name: literal}))
