"""From slices to figures: ratios of what ran in the same round, their medians and quartiles, and what is far off."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.crew import Setting, Slice

Found = Mapping[str, Mapping[str, Sequence[Slice]]]
"""Slices of each contender of each setting."""

RATIOS = (
    ("raw", "1_thread"),
    ("raw", "4_processes"),
    ("raw", "8_threads"),
    ("raw", "16_writers"),
    ("stock", "16_writers"),
    ("langgraph", "8_threads"),
    ("dbos", "8_threads"),
)
AT_MOST = {
    "ratios.raw.1_thread": 2.5,
    "ratios.raw.4_processes": 2.5,
    "ratios.raw.8_threads": 3.0,
    "engine.cpu_ms": 10.0,
    "inspection.5_steps_ms": 3.0,
    "inspection.25_steps_ms": 10.0,
}
AT_LEAST = {"ratios.stock.16_writers": 2.0, "ratios.langgraph.8_threads": 5.0, "ratios.dbos.8_threads": 4.0}
"""Beyond these bounds something is broken: far enough off that no busy machine gets there."""


def ratio(against: str, slices: Mapping[str, Sequence[Slice]]) -> tuple[float, float, float]:
    """First quartile, median and third quartile over the rounds.

    Against raw: how many times as long planfold takes. Against others: how many times as many runs it stores a second.
    """
    pairs = zip(slices["planfold"], slices[against], strict=True)
    if against == "raw":
        found = [other.rate / ours.rate for ours, other in pairs]
    else:
        found = [ours.rate / other.rate for ours, other in pairs]
    low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
    return low, middle, high


def figures(settings: Sequence[Setting], found: Found) -> dict[str, Any]:
    """`ratios`, `spread` (quartiles) by opponent and setting; `rates` and `cpu_us` by setting and contender."""
    told: dict[str, Any] = {"ratios": {}, "spread": {}, "rates": {}, "cpu_us": {}}
    for against, name in RATIOS:
        if against in found[name]:
            low, middle, high = ratio(against, found[name])
            told["ratios"].setdefault(against, {})[name] = round(middle, 2)
            told["spread"].setdefault(against, {})[name] = [round(low, 2), round(high, 2)]
    for setting in settings:
        slices = found[setting.name]
        told["rates"][setting.name] = {
            name: round(statistics.median(slice_.rate for slice_ in slices[name]), 1) for name in setting.contenders
        }
        told["cpu_us"][setting.name] = {
            name: round(statistics.median(slice_.cpu_us for slice_ in slices[name])) for name in setting.contenders
        }
    return told


def far_off(told: Mapping[str, Any]) -> list[str]:
    """A sentence for each figure beyond its bound; a figure that was not measured has none."""
    found = []
    for bounds, word in ((AT_MOST, "more"), (AT_LEAST, "less")):
        for place, bound in bounds.items():
            value: Any = told
            for name in place.split("."):
                value = value.get(name) if isinstance(value, dict) else None
            if value is not None and (value > bound if word == "more" else value < bound):
                found.append(f"{place} is {value}, {word} than {bound}")
    return found
