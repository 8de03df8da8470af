"""What a call of a language model costs, and the most it can: from the prices that the package genai-prices carries.

Its data as installed, and never its updates over the network, so that the version names the figures. Prices are those of
the provider's own address and standard processing: whoever asks for another service tier, or leaves the tier to the
settings of an account, pays another price.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from unicodedata import normalize

from genai_prices.data import providers
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from planfold.domain.frozen import Frozen
from planfold.domain.money import LARGEST, MICROS_PER_USD, Micros
from planfold.domain.planner import Tokens, Usage

OVERHEAD = 2_048
"""Tokens that a provider may add to a request. Anthropic documents the most: some hundreds where tools are offered."""
_TOKENS = 1_000_000
"""Rates are those of so many tokens."""
_AHEAD, _STEP = timedelta(days=1), timedelta(minutes=15)
"""A call is sent within a day of its hold; no price is in force for less than a quarter of an hour."""

_COUNTED = {
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "output_reasoning_mtok",
    "requests_kcount",
}
_ONLY_IF_ASKED = ("audio", "image", "video", "document", "searches", "_1h_")
"""Charged for what no planner sends or asks for; with any other unit, the price of a call is not known here."""


class Rate(Frozen):
    """Micro-USD for a million tokens; those of the input that were neither read from a cache nor written to it."""

    input: Micros
    cache_read: Micros
    cache_write: Micros
    output: Micros
    reasoning: Micros


class Tier(Frozen):
    """What a request of more than `above` input tokens pays for all of its tokens."""

    above: Tokens
    rate: Rate


class Schedule(Frozen):
    """The prices of one model at one time; `tiers` begin higher and higher."""

    base: Rate
    tiers: tuple[Tier, ...] = ()
    per_request: Micros = 0

    def rate(self, input_tokens: Tokens) -> Rate:
        return [self.base, *(tier.rate for tier in self.tiers if input_tokens > tier.above)][-1]

    def rates(self, most_input_tokens: Tokens) -> list[Rate]:
        """Every rate that a request of at most so many input tokens may pay."""
        return [self.base, *(tier.rate for tier in self.tiers if most_input_tokens > tier.above)]


class Rates(Frozen):
    """What a model costs now, and may cost in the day to come; `source` names the list of prices and its version."""

    now: Schedule
    ahead: tuple[Schedule, ...] = ()
    source: str


def rates_of(provider: str, model: str, at: datetime) -> Rates | None:
    """The prices of `model` at `at`, by the names that pydantic-ai gives to providers; None if they are not known."""
    try:
        _, found = _prices().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    schedules = [_schedule(prices) for prices in _in_force(found, at)]
    known = [schedule for schedule in schedules if schedule is not None]
    if len(known) < len(schedules):
        return None
    return Rates(now=known[0], ahead=tuple(known[1:]), source=price_list())


def flat(input_rate: Micros, output_rate: Micros, source: str) -> Rates:
    """Prices that somebody configured, in micro-USD for a million tokens; whatever is cached costs as much."""
    rate = Rate(
        input=input_rate, cache_read=input_rate, cache_write=input_rate, output=output_rate, reasoning=output_rate
    )
    return Rates(now=Schedule(base=rate), source=source)


def cost(rates: Rates, usage: Usage) -> Micros:
    """What the call cost at the prices of now, rounded up to a whole micro-USD."""
    cached = usage.cache_read_tokens + usage.cache_write_tokens
    fresh = max(usage.input_tokens - cached, 0)
    answered = max(usage.output_tokens - usage.reasoning_tokens, 0)
    rate = rates.now.rate(fresh + cached)
    tokens = (
        fresh * rate.input
        + usage.cache_read_tokens * rate.cache_read
        + usage.cache_write_tokens * rate.cache_write
        + answered * rate.output
        + usage.reasoning_tokens * rate.reasoning
    )
    return _bounded(tokens, rates.now.per_request)


def worst_case(rates: Rates, request_bytes: int, max_output_tokens: Tokens) -> Micros:
    """Never less than a call may cost that is sent within a day: each byte a token, all of them the dearest there are.

    `request_bytes` are those that `bytes_of` counts, in everything that is sent; `max_output_tokens` includes reasoning.
    """
    most_input = request_bytes + OVERHEAD
    return max(
        _bounded(
            most_input * max(rate.input, rate.cache_read, rate.cache_write)
            + max_output_tokens * max(rate.output, rate.reasoning),
            schedule.per_request,
        )
        for schedule in (rates.now, *rates.ahead)
        for rate in schedule.rates(most_input)
    )


def bytes_of(text: str) -> int:
    """No tokenizer makes more tokens of the text: one a byte at most, some after NFKC, which makes one sign into many."""
    return max(len(form.encode("utf-8", "surrogatepass")) for form in (text, normalize("NFKC", text)))


@cache
def price_list() -> str:
    return f"genai-prices {version('genai-prices')}"


@cache
def _prices() -> DataSnapshot:
    """Not the package's own, which a host may replace by what it downloaded."""
    return DataSnapshot(providers=providers, from_auto_update=False)


def _in_force(model: ModelInfo, at: datetime) -> Iterator[ModelPrice]:
    """The prices at `at`, then those that come into force within a day."""
    if isinstance(model.prices, ModelPrice):
        yield model.prices
        return
    yield model.get_prices(at)
    prices = [model.get_prices(at + step * _STEP) for step in range(_AHEAD // _STEP + 1)]
    yield from (after for before, after in pairwise(prices) if after is not before)


def _schedule(prices: ModelPrice) -> Schedule | None:
    """None if there is no price for what a planner sends and gets."""
    units = {unit: price for unit, price in vars(prices).items() if price is not None}
    if not {"input_mtok", "output_mtok"} <= units.keys() or any(not _is_known(unit) for unit in units):
        return None
    starts = sorted({tier.start for price in units.values() if isinstance(price, TieredPrices) for tier in price.tiers})
    return Schedule(
        base=_rate(units, 0),
        tiers=tuple(Tier(above=start, rate=_rate(units, start + 1)) for start in starts),
        per_request=_micros(_at(units.get("requests_kcount", Decimal(0)), 0) / 1_000),
    )


def _is_known(unit: str) -> bool:
    return unit in _COUNTED or any(word in unit for word in _ONLY_IF_ASKED)


def _rate(units: dict[str, Decimal | TieredPrices], input_tokens: Tokens) -> Rate:
    """What has no price of its own costs what it is part of."""
    price = {unit: _micros(_at(value, input_tokens)) for unit, value in units.items()}
    return Rate(
        input=price["input_mtok"],
        cache_read=price.get("cache_read_mtok", price["input_mtok"]),
        cache_write=price.get("cache_write_mtok", price["input_mtok"]),
        output=price["output_mtok"],
        reasoning=price.get("output_reasoning_mtok", price["output_mtok"]),
    )


def _at(price: Decimal | TieredPrices, input_tokens: Tokens) -> Decimal:
    if isinstance(price, Decimal):
        return price
    return [price.base, *(tier.price for tier in price.tiers if input_tokens > tier.start)][-1]


def _micros(dollars: Decimal) -> Micros:
    return int((dollars * MICROS_PER_USD).to_integral_value(ROUND_CEILING))


def _bounded(tokens: int, per_request: Micros) -> Micros:
    """`tokens` are each multiplied by their rate."""
    return min(-(-tokens // _TOKENS) + per_request, LARGEST)
