"""What a server was given is recognised in whatever it says, and an ordinary variable is no secret."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from planfold.infrastructure.errors import InvalidSetting
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.secrets import Given, given_to, repeated
from planfold.infrastructure.skills.mcp.sources import Server

Define = Callable[..., Definition]

SECRET = "kX9vQ2mL7pR4tZ8w"


@pytest.mark.parametrize(
    ("given", "said", "shown"),
    [
        (Given({"TOKEN": f"  {SECRET}\n"}), f"no {SECRET}!", "no [redacted:given]!"),
        (Given({"TOKEN": "first-line\nsecond-line\r\n"}), "is second-line it?", "is [redacted:given] it?"),
        (Given({"NODE_ENV": "production"}), "deploys to production", "deploys to [redacted:given]"),
        (Given({"HOME": "/home/ana"}), "in /home/ana", "in /home/ana"),
        (Given({"TOKEN": "short"}), "in short", "in short"),
        (Given(headers={"Authorization": f"Bearer {SECRET}"}), f"bad {SECRET}", "bad [redacted:given]"),
        (Given(headers={"Authorization": "Basic dXNlcjpw"}), "bad dXNlcjpw.", "bad [redacted:given]."),
        (Given(headers={"Authorization": "token s3cret"}), "bad s3cret.", "bad [redacted:given]."),
        (Given(headers={"Authorization": "token s3cret"}), "bad token s3cret.", "bad [redacted:given]."),
        (Given({"AUTH": "Basic dXNlcjpw"}), "bad dXNlcjpw.", "bad [redacted:given]."),
    ],
)
def test_what_was_given_is_not_shown(given: Given, said: str, shown: str) -> None:
    assert shown == given.without(said)


@generated(st.text("ab", min_size=6, max_size=12), st.text("abc", max_size=30), st.integers(1, 11))
def test_where_a_text_was_cut_the_part_of_a_secret_is_taken_off(secret: str, around: str, cut: int) -> None:
    given = Given({"TOKEN": secret})

    assert given.without(f"c{around}") == given.without(f"{secret[cut:]}c{around}", begins_cut=True)
    assert given.without(f"{around}c") == given.without(f"{around}c{secret[:-cut]}", ends_cut=True)


def test_a_character_that_was_cut_hides_no_secret() -> None:
    given = Given({"TOKEN": "ä-secret-ü"})
    raw = "ä-secret-ü".encode()

    assert " x" == given.without(raw[1:].decode("utf-8", "replace") + " x", begins_cut=True)
    assert "x " == given.without("x " + raw[:-1].decode("utf-8", "replace"), ends_cut=True)


@pytest.mark.parametrize(
    ("env", "text", "told"),
    [
        ({"NODE_ENV": "production"}, "deploys to production", None),
        ({"BASE_URL": "https://api.example.com/v2"}, "asks https://api.example.com/v2", None),
        ({"ZONE": "europe-west1-b"}, "runs in europe-west1-b", None),
        ({"T": "abcdef0123456789\n"}, "token is abcdef0123456789!", "the value of the variable T"),
        ({"GIT_AUTHOR": "Ada Lovelace"}, "signs as Ada Lovelace", None),
        ({"SENTRY_KEY": "abcdefgh"}, "with abcdefgh", "the value of the variable SENTRY_KEY"),
        ({"NEXTAUTH_SECRET": "abcdefgh"}, "with abcdefgh", "the value of the variable NEXTAUTH_SECRET"),
        ({"GITHUB_PAT": "abcdefgh"}, "with abcdefgh", "the value of the variable GITHUB_PAT"),
        ({"DB": "postgres://ann:Hx7pQ2@db/x"}, "at postgres://ann:Hx7pQ2@db/x", "the value of the variable DB"),
        ({"PLAIN": "plain1", "API_KEY": "abcdefgh"}, "plain1 abcdefgh", "the value of the variable API_KEY"),
    ],
)
def test_only_a_secret_makes_a_definition_repeat_one(
    defined: Define, env: Mapping[str, str], text: str, told: str | None
) -> None:
    sentence = None if told is None else f"its definition repeats a secret that the server was given, {told}"

    assert sentence == repeated(defined(description=text), Given(env))


@pytest.mark.parametrize(
    "leak",
    [
        {"title": SECRET},
        {"name": f"get_{SECRET}"},
        {"inputSchema": {"type": "object", "properties": {SECRET: {}}}},
        {"outputSchema": {"type": "object", "default": {"a": [SECRET]}}},
        {"annotations": {"own": f"line\n{SECRET}"}},
    ],
)
def test_a_secret_is_found_wherever_it_stands_in_a_definition(defined: Define, leak: dict[str, object]) -> None:
    told = "its definition repeats a secret that the server was given, the value of the header X-Key"

    assert told == repeated(defined(**leak), Given(headers={"X-Key": SECRET}))


def test_a_value_from_a_file_is_a_secret_whatever_it_is_called(
    defined: Define, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mode").write_text("production\n", encoding="utf-8")
    monkeypatch.setenv("MODE_FILE", str(tmp_path / "mode"))
    monkeypatch.setenv("STAGE", "production")
    server = Server(name="s", command=("serve",), env=("STAGE", "MODE"))

    told = repeated(defined(description="deploys to production"), given_to(server))

    assert told is not None
    assert told.endswith("the value of the variable MODE")


def test_a_variable_and_a_file_for_it_are_not_both_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("TOKEN", "another")

    with pytest.raises(InvalidSetting, match="TOKEN_FILE cannot be used: TOKEN is set too") as refused:
        given_to(Server(name="s", command=("serve",), env=("TOKEN",)))

    assert "another" not in str(refused.value)
