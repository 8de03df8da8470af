"""What is taken for a secret in JSON, by its name too, and what markers are trusted. The credentials are made up."""

import pytest
from pydantic import JsonValue

from planfold.domain.secrets import KINDS, redact, redact_text, secret_kind

TOKEN, OTHER = "gh" + "p_" + "a1B2c3D4e5F6" * 3, "gh" + "p_" + "0123456789ab" * 3


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("password=swordfish", {"$redacted": "password"}),
        ({"note": "my password is hunter2"}, {"note": {"$redacted": "password"}}),
        (["x", "password=swordfish"], ["x", {"$redacted": "password"}]),
        ({"password": "letmein"}, {"password": {"$redacted": "password"}}),
        ({"db-Password": "letmein"}, {"db-Password": {"$redacted": "password"}}),
        ({"userPassword": ["letmein", "${x}"]}, {"userPassword": [{"$redacted": "password"}, "${x}"]}),
        ({"password": 845123}, {"password": {"$redacted": "password"}}),
        ({"Authorization": "Bearer abcdef123456"}, {"Authorization": {"$redacted": "authorization"}}),
        ({"authorization": "Basic dXNlcjpwYXNz"}, {"authorization": {"$redacted": "authorization"}}),
        ({"api_key": "abcdefghijklmnopqrst"}, {"api_key": {"$redacted": "api_key"}}),
        ({"API-Key": "a1b2c3d4e5f6"}, {"API-Key": {"$redacted": "api_key"}}),
        ({"accessToken": "a1b2c3d4e5f6"}, {"accessToken": {"$redacted": "api_key"}}),
        ({"credentials": "a1b2c3d4e5f6"}, {"credentials": {"$redacted": "api_key"}}),
        ({"Authorization": "Bearer supersecrettoken"}, {"Authorization": {"$redacted": "authorization"}}),
        ({"Authorization": "Token abcdefgh"}, {"Authorization": {"$redacted": "authorization"}}),
        ({"proxy-authorization": "Digest response=1"}, {"proxy-authorization": {"$redacted": "authorization"}}),
        ({"Cookie": "sid=abc123def456ghi"}, {"Cookie": {"$redacted": "cookie"}}),
        ({"Set-Cookie": "sid=abcd; Path=/"}, {"Set-Cookie": {"$redacted": "cookie"}}),
        ({"cookies": {"sid": "abc123def456ghi"}}, {"cookies": {"sid": {"$redacted": "cookie"}}}),
        ({"X-Auth-Token": "0f9e8d7c"}, {"X-Auth-Token": {"$redacted": "api_key"}}),
        ({"pass": "hunter2pass"}, {"pass": {"$redacted": "password"}}),
        ({"pw": "hunter2pass"}, {"pw": {"$redacted": "password"}}),
        ({"db_pass": "hunter"}, {"db_pass": {"$redacted": "password"}}),
        ({"smtpPass": "hunter"}, {"smtpPass": {"$redacted": "password"}}),
        ({"password2": "hunter"}, {"password2": {"$redacted": "password"}}),
        ({"passwords": ["hunter"]}, {"passwords": [{"$redacted": "password"}]}),
        ({"passwort": "geheim"}, {"passwort": {"$redacted": "password"}}),
        ({"contrase\u00f1a": "secreto"}, {"contrase\u00f1a": {"$redacted": "password"}}),
        ({"password": {"value": "hunter"}}, {"password": {"value": {"$redacted": "password"}}}),
        ({"password": 845123.0}, {"password": {"$redacted": "password"}}),
        ({"password": "hunter2${a.b}"}, {"password": {"$redacted": "password"}}),
        ({"secret": "hunter2pass"}, {"secret": {"$redacted": "api_key"}}),
        ({"basic_auth": "bob:hunter"}, {"basic_auth": {"$redacted": "password"}}),
        ({"auth": "bob:hunter2pass"}, {"auth": {"$redacted": "password"}}),
        ({"auth": ["bob", "hunter"]}, {"auth": ["bob", {"$redacted": "password"}]}),
        ({"pin": 8392}, {"pin": {"$redacted": "pin"}}),
        ({"cvv": "123"}, {"cvv": {"$redacted": "pin"}}),
        (
            {"name": "Authorization", "value": "Bearer abcdefgh"},
            {"name": "Authorization", "value": {"$redacted": "authorization"}},
        ),
        ([["Cookie", "sid=abcdefgh"]], [["Cookie", {"$redacted": "cookie"}]]),
        (["--password", "hunter", "-v"], ["--password", {"$redacted": "password"}, "-v"]),
    ],
)
def test_a_string_that_holds_a_secret_is_replaced_as_a_whole(value: JsonValue, shown: JsonValue) -> None:
    assert shown == redact(value)


@pytest.mark.parametrize(
    "value",
    [
        {"password": "${login.password}"},
        {"password": "<password>"},
        {"password": "env:DB_PASSWORD"},
        {"password": "your password here"},
        {"password": "my password"},
        {"password": ""},
        {"password": None},
        {"password": True},
        {"password": 8},
        {"password": {"type": "string", "minLength": 8}},
        {"password": {"$redacted": "password"}},
        {"token": "BTC"},
        {"token": "hello"},
        {"secret": "santa"},
        {"page_token": "a1b2c3d4e5f6a1b2"},
        {"token_count": 12},
        {"max_tokens": "100000"},
        {"authorization": "approved by the board in 2026"},
        {"api_key": "weather"},
        {"api_key": "PROD_API_KEY_1"},
        {"tokens": ["hello", "world"]},
        {"$redacted": "password"},
        {"authorization": "basic"},
        {"Authorization": "Bearer ${login.token}"},
        {"Authorization": "Bearer <token>"},
        {"Authorization": "required"},
        {"cookie": "chocolate chip"},
        {"cookie": "session=${login.session}"},
        {"cookies": {"theme": "dark"}},
        {"boarding_pass": "XKJ82H"},
        {"ski_pass": "day2024x"},
        {"pass": "boarding"},
        {"bypass": "always1234"},
        {"compass": "n123456"},
        {"passenger": "Bob12345"},
        {"auth": "oauth2"},
        {"auth": ["basic", "bearer"]},
        {"auth": ["ana", "${login.password}"]},
        {"auth_method": "basic1234"},
        {"authority": "city2024hall"},
        {"author": "Bob1987"},
        {"name": "author", "value": "x123456789012"},
        {"name": "password", "type": "string"},
        {"field": "password", "text": "at least 8 characters"},
        {"secret_ingredient": "cardamom123"},
        {"token": "ERC20"},
        {"tokens": ["covid-19", "hello"]},
        {"password": "${a.b}-${c.d}"},
        {"pin": 13},
        {"pin_code": "560001"},
        {"password": {"value": "${login.password}"}},
        {"commit": "3f2504e04f8911d39a0c0305e82c3301aabbccdd"},
        {"idempotency_key": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
        ["author", "Bob12345"],
        ["--verbose", "hunter2"],
        [1, 2.5, None, False],
        7,
    ],
)
def test_what_stands_for_a_secret_is_none(value: JsonValue) -> None:
    assert value == redact(value)


def test_a_name_that_holds_a_secret_is_redacted_and_none_is_lost() -> None:
    assert {"[redacted:github_token]": 1, "[redacted:github_token]'": 2} == redact({TOKEN: 1, OTHER: 2})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("password=swordfish", "password"),
        ("see [redacted:jwt] there", "jwt"),
        ({"$redacted": "jwt"}, "jwt"),
        ({"$redacted": 5}, None),
        ({"a": "b"}, None),
        ("nothing", None),
        (["password=swordfish"], None),
        (5, None),
    ],
)
def test_the_kind_of_a_secret_is_told_before_and_after_it_was_redacted(value: JsonValue, kind: str | None) -> None:
    assert kind == secret_kind(value)


@pytest.mark.parametrize("inside", [TOKEN, "password is hunter2", "${a} password=hunter2"])
def test_a_marker_of_a_kind_that_is_not_given_here_is_a_text_like_any_other(inside: str) -> None:
    forged = redact({"$redacted": inside})

    assert isinstance(forged, dict)
    assert isinstance(forged["$redacted"], dict)
    assert inside not in str(redact({"x": [{"$redacted": inside}]}))


@pytest.mark.parametrize(
    "text", ["hunter2 [redacted:x]", "hunter2 [redacted:jwt]", "[redacted:hunter2]", "[redacted:jwt] hunter2"]
)
def test_a_placeholder_beside_a_secret_does_not_excuse_it(text: str) -> None:
    assert {"password": {"$redacted": "password"}} == redact({"password": text})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_marker_of_a_kind_that_is_given_here_stays(kind: str) -> None:
    marker: JsonValue = {"password": {"$redacted": kind}}

    assert marker == redact(marker)
    assert f"[redacted:{kind}]" == redact_text(f"[redacted:{kind}]")
    assert kind == secret_kind({"$redacted": kind}) == secret_kind(f"a [redacted:{kind}]")


def test_a_marker_beside_another_name_is_none() -> None:
    assert {"$redacted": "jwt", "password": {"$redacted": "password"}} == redact(
        {"$redacted": "jwt", "password": "hunter"}
    )
    assert secret_kind({"$redacted": "jwt", "x": 1}) is None
    assert secret_kind({"$redacted": "no-kind"}) is None
