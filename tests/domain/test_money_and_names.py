"""Money is exact, and an identifier can stand in the name of a stream."""

import pytest

from planfold.domain.canonical import recordable
from planfold.domain.errors import InvalidIdentifier, InvalidMoney
from planfold.domain.memory import summary
from planfold.domain.money import LARGEST, cents, micros, micros_from_usd, usd
from planfold.domain.names import agent_scope, identifier, ledger_stream, run_stream, tenant_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.00", 5_000_000),
        ("0", 0),
        (" 1 ", 1_000_000),
        ("0.000001", 1),
        ("1e3", 10**9),
        ("9007199254.740991", LARGEST),
    ],
)
def test_an_amount_in_usd_is_exact(text: str, expected: int) -> None:
    assert expected == micros_from_usd(text)


@pytest.mark.parametrize("amount", [0, LARGEST])
def test_an_amount_in_micro_usd_is_itself(amount: int) -> None:
    assert amount == micros(amount, "a cost")


@pytest.mark.parametrize("amount", [-1, LARGEST + 1, 1.5, True, None, "5"])
def test_what_is_no_amount_in_micro_usd_is_named_and_refused(amount: object) -> None:
    with pytest.raises(InvalidMoney, match=r"^a cost of .* is not a whole number of micro-USD"):
        micros(amount, "a cost")


@pytest.mark.parametrize("text", ["", "five", "-1", "0.0000001", "NaN", "Infinity", "9007199254.740992", "1,5", "$5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidMoney, match="write it as"):
        micros_from_usd(text)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(5_000_000, "5.00"), (12_500, "0.0125"), (1, "0.000001"), (-1_500_000, "-1.50"), (0, "0.00")],
)
def test_an_amount_is_written_with_cents_and_no_digit_dropped(amount: int, expected: str) -> None:
    assert expected == usd(amount)


@pytest.mark.parametrize(("amount", "expected"), [(9_999, 0), (10_000, 1), (-1, -1)])
def test_cents_are_rounded_down(amount: int, expected: int) -> None:
    assert expected == cents(amount)


@pytest.mark.parametrize("good", ["a", "7", "A.b_c:d@e-f", "x" * 128])
def test_an_identifier_is_itself(good: str) -> None:
    assert good == identifier(good)


@pytest.mark.parametrize("bad", ["", ".a", "a/b", "a b", "x" * 129, "é", "a\n", None, 7])
def test_what_is_no_identifier_is_named_and_refused(bad: object) -> None:
    with pytest.raises(InvalidIdentifier, match="is not an identifier"):
        identifier(bad, "agent")  # type: ignore[arg-type]  # a host keeps no types


def test_a_stream_is_named_for_its_tenant() -> None:
    assert "acme/run/r1" == run_stream("acme", "r1")
    assert "acme/ledger/agent:scout" == ledger_stream("acme", agent_scope("scout"))
    assert "acme" == tenant_of("acme/run/r1")


def test_an_integer_beyond_any_text_is_still_recordable() -> None:
    recorded = recordable(10**10_000)

    assert isinstance(recorded, dict)
    assert str(recorded["$unrepresentable"]).startswith("0x")


def test_without_snippets_there_is_no_summary() -> None:
    assert summary((), "scout") is None
