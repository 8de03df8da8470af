"""What calls cost, against the package's own sums; and that no call costs more than what was held for it."""

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices.data import providers
from genai_prices.types import Usage as PackageUsage
from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.money import LARGEST, MICROS_PER_USD
from planfold.domain.planner import Usage
from planfold.infrastructure.planners.llm.prices import (
    OVERHEAD,
    Rate,
    Rates,
    Schedule,
    Tier,
    bytes_of,
    cost,
    flat,
    price_list,
    rates_of,
    worst_case,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MODELS = [(provider, model) for provider in providers for model in provider.models]
PRICED = [
    (provider.id, model.id) for provider, model in MODELS if rates_of(provider.id, model.id, NOON) is not None
]  # by its id, a model may be taken for another one of its provider; then so is it where it is called
DAYS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware here


@st.composite
def usages(draw: st.DrawFn, most_input: int, most_output: int) -> Usage:
    tokens = draw(st.integers(0, most_input))
    read = draw(st.integers(0, tokens))
    output = draw(st.integers(0, most_output))
    return Usage(
        input_tokens=tokens,
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=draw(st.integers(0, tokens - read)),
        reasoning_tokens=draw(st.integers(0, output)),
    )


def rate(dollars: int) -> Rate:
    micros = dollars * MICROS_PER_USD
    return Rate(input=micros, cache_read=micros, cache_write=micros, output=micros, reasoning=micros)


@given(st.data())
def test_no_call_costs_more_than_its_worst_case_whatever_the_model_the_text_and_the_cache(data: st.DataObject) -> None:
    provider, model = data.draw(st.sampled_from(PRICED))
    at, sent_after = data.draw(DAYS), data.draw(st.timedeltas(min_value=NOON - NOON, max_value=DAY))
    text = data.draw(st.text() | st.sampled_from(["ﷺ" * 40, "a" * 300_000]))
    most_output = data.draw(st.integers(0, 200_000))
    usage = data.draw(usages(len(text.encode()) + OVERHEAD, most_output))
    held, paid = rates_of(provider, model, at), rates_of(provider, model, at + sent_after)
    assert held is not None
    assert paid is not None

    assert worst_case(held, bytes_of(text), most_output) >= cost(paid, usage)


DAY = datetime(2026, 1, 2, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("tokens", [0, 1, 100_000, 272_001, 2_000_000])
def test_a_worst_case_is_never_below_the_cost_of_any_model(tokens: int) -> None:
    for name in PRICED:
        rates = rates_of(*name, NOON)
        assert rates is not None
        for read, write in ((0, 0), (tokens, 0), (0, tokens)):
            usage = Usage(
                input_tokens=tokens,
                output_tokens=5_000,
                cache_read_tokens=read,
                cache_write_tokens=write,
                reasoning_tokens=5_000 if read else 0,
            )

            assert worst_case(rates, tokens, 5_000) >= cost(rates, usage)


@given(st.data())
def test_a_cost_is_that_of_the_package_rounded_up(data: st.DataObject) -> None:
    provider, model = data.draw(st.sampled_from(MODELS))
    at, usage = data.draw(DAYS), data.draw(usages(400_000, 50_000))
    rates = rates_of(provider.id, model.id, at)
    if rates is None:
        return
    its = PackageUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_reasoning_tokens=usage.reasoning_tokens,
    )
    meant = provider.find_model(model.id)
    assert meant is not None
    dollars = meant.calc_price(its, provider, genai_request_timestamp=at).total_price

    exact = (dollars * MICROS_PER_USD).quantize(Decimal(1), ROUND_CEILING)
    assert exact <= cost(rates, usage) <= exact + 2  # some lists have a rate that is no whole micro-USD


def test_what_was_read_from_a_cache_and_what_was_thought_are_charged_as_such_and_only_once() -> None:
    prices = Rate(input=10_000_000, cache_read=1_000_000, cache_write=20_000_000, output=5_000_000, reasoning=3_000_000)
    rates = Rates(now=Schedule(base=prices, per_request=7), source="here")
    usage = Usage(input_tokens=100, cache_read_tokens=40, cache_write_tokens=10, output_tokens=30, reasoning_tokens=20)

    assert 7 + 50 * 10 + 40 * 1 + 10 * 20 + 10 * 5 + 20 * 3 == cost(rates, usage)


def test_a_fraction_of_a_micro_usd_is_a_whole_one() -> None:
    assert cost(flat(1, 0, "here"), Usage(input_tokens=1)) == 1


def test_beyond_its_threshold_a_tier_is_paid_for_every_token() -> None:
    rates = Rates(now=Schedule(base=rate(1), tiers=(Tier(above=1_000, rate=rate(2)),)), source="here")

    assert cost(rates, Usage(input_tokens=1_000)) == 1_000
    assert cost(rates, Usage(input_tokens=1_001, output_tokens=1)) == 2_004


def test_a_tier_that_a_short_request_cannot_reach_is_not_held_for() -> None:
    rates = Rates(now=Schedule(base=rate(1), tiers=(Tier(above=100_000, rate=rate(2)),)), source="here")

    assert OVERHEAD + 500 + 10 == worst_case(rates, 500, 10)
    assert 2 * (OVERHEAD + 100_000 + 10) == worst_case(rates, 100_000, 10)


def test_what_costs_more_within_a_day_is_held_for_now() -> None:
    rates = Rates(now=Schedule(base=rate(1)), ahead=(Schedule(base=rate(3)), Schedule(base=rate(2))), source="here")

    assert 3 * (OVERHEAD + 10) == worst_case(rates, 10, 0)
    assert cost(rates, Usage(input_tokens=10)) == 10


def test_a_provider_that_counts_cached_tokens_beside_the_others_is_charged_for_them_all_the_same() -> None:
    rates = Rates(now=Schedule(base=rate(1)), source="here")

    assert cost(rates, Usage(input_tokens=10, cache_read_tokens=50)) == 50


def test_a_sign_that_normalization_makes_into_many_counts_as_many() -> None:
    assert len("صلى الله عليه وسلم".encode()) == bytes_of("ﷺ")
    assert bytes_of("plain") == 5
    assert bytes_of("\ud800") == 3


def test_what_is_beyond_counting_is_the_largest_amount_there_is() -> None:
    assert LARGEST == worst_case(flat(LARGEST, LARGEST, "here"), LARGEST, LARGEST)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("vllm", "gpt-4o"),
        ("openai", "no-such-model-1"),
        ("openai", "text-embedding-3-small"),  # makes no answers
        ("openrouter", "deepseek/deepseek-chat:free"),  # listed, but without a price
        ("perplexity", "sonar-deep-research"),  # charges for citations, which nobody counts
    ],
)
def test_a_price_that_is_not_known_is_none_and_not_zero(provider: str, model: str) -> None:
    assert rates_of(provider, model, NOON) is None


@pytest.mark.parametrize("provider", ["openai", "openai-chat", "openai-responses"])
def test_a_provider_is_known_by_the_names_of_its_interfaces(provider: str) -> None:
    rates = rates_of(provider, "gpt-4o-mini", NOON)

    assert rates is not None
    assert (150_000, 75_000, 600_000) == (rates.now.base.input, rates.now.base.cache_read, rates.now.base.output)
    assert price_list() == rates.source
