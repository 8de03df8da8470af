"""What a text names literally."""

import pytest
from pydantic import JsonValue

from planfold.infrastructure.planners.offline.values import values_in


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("see (https://en.example.org/Foo_(bar)).", [("url", "https://en.example.org/Foo_(bar)")]),
        ("see example.com/a, or e.g. foo", [("url", "https://example.com/a")]),
        ("'https://example.com/x'", [("url", "https://example.com/x")]),
        ("ana.b+c@mail.example.com.", [("email", "ana.b+c@mail.example.com")]),
        ("don't touch Ana's \u2018best\u2019 things", [("name", "Ana"), ("quoted", "best")]),
        ("'it\u2019s fine'", [("quoted", "it\u2019s fine")]),
        ("#sales and #12", [("channel", "#sales"), ("number", 12)]),
        (
            "notes/today.md and/or C:\\a\\b.txt 24/7",
            [("path", "notes/today.md"), ("path", "C:\\a\\b.txt"), ("number", 24), ("number", 7)],
        ),
        ("1,000.50 USD or $5", [("number", 1000.5), ("currency", "USD"), ("currency", "USD"), ("number", 5)]),
        ("20 euros", [("number", 20), ("currency", "EUR")]),
        ("next Friday at 3 p.m., 5th of June", [("day", "next Friday"), ("time", "3 p.m."), ("day", "5th of June")]),
        ("2026-05-04T10:00:00Z", [("day", "2026-05-04T10:00:00Z")]),
        ("from English into swahili", [("language", "English"), ("language", "Swahili")]),
        ("in Rio de Janeiro, Room 4", [("name", "Rio de Janeiro"), ("name", "Room 4")]),
        ("Ask Bob", [("name", "Bob")]),
        ("20 percent off 150, 17 times 23", [("formula", "20 percent off 150"), ("formula", "17 times 23")]),
        (
            "SELECT a, b FROM t WHERE x = 'y' and post it",
            [("statement", "SELECT a, b FROM t WHERE x = 'y'")],
        ),
        ("with [redacted:api_key]", [("secret", "[redacted:api_key]")]),
        ("15% of 80 and (3 + 4) * 12", [("formula", "15% of 80"), ("formula", "(3 + 4) * 12")]),
        (
            "timezone=Europe/Oslo or America/Argentina/Salta",
            [("name", "Europe/Oslo"), ("name", "America/Argentina/Salta")],
        ),
    ],
)
def test_literals_are_found_as_a_parameter_takes_them(text: str, values: list[tuple[str, JsonValue]]) -> None:
    assert values == [(value.kind, value.value) for value in values_in(text)]
