"""Money in integer micro-USD: 1 USD = 1_000_000, 1 cent = 10_000. Never a float."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import Field

from planfold.domain.canonical import LARGEST_INTEGER
from planfold.domain.errors import InvalidMoney

MICROS_PER_USD = 1_000_000
MICROS_PER_CENT = 10_000
LARGEST = LARGEST_INTEGER
"""The largest integer that I-JSON (RFC 7493) carries exactly: about 9 billion USD."""

Micros = Annotated[int, Field(ge=0, le=LARGEST)]


def micros(amount: object, what: str) -> int:
    """`amount`, if it is one in whole micro-USD. Raises InvalidMoney, which calls it `what`."""
    if type(amount) is not int or not 0 <= amount <= LARGEST:  # True is no amount
        raise InvalidMoney(f"{what} of {amount!r:.40} is not a whole number of micro-USD from 0 to {LARGEST}")
    return amount


def micros_from_usd(text: str) -> int:
    """The amount in micro-USD, exactly. Raises InvalidMoney for anything below a millionth, negative or not a number."""
    try:
        amount = Decimal(text.strip()) * MICROS_PER_USD
    except InvalidOperation as error:
        raise InvalidMoney(f"{text[:40]!r} is not an amount in USD; write it as 5.00") from error
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= LARGEST:
        raise InvalidMoney(
            f"{text[:40]!r} USD is not from 0 to 9007199254.740991 in steps of 0.000001; write it as 5.00"
        )
    return int(amount)


def usd(micros: int) -> str:
    """As people read it: `5.00`, `0.0125`, `-1.50`; at least cents, no digit dropped."""
    sign = "-" if micros < 0 else ""
    whole, rest = divmod(abs(micros), MICROS_PER_USD)
    return f"{sign}{whole}.{f'{rest:06d}'.rstrip('0').ljust(2, '0')}"


def cents(micros: int) -> int:
    """Whole cents, rounded down (towards minus infinity), for the outer API; never used to decide."""
    return micros // MICROS_PER_CENT
