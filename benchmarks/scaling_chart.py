"""The curves of docs/scaling.md: a panel for each figure, over the number of runs in the store."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from benchmarks import svg

WIDTH, HEIGHT, ACROSS = 760, 190, 2
LEFT, RIGHT, TOP, BOTTOM = 64, 40, 44, 30
TITLE = "What a growing store costs"
PANELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("one run, ms", ("run_ms_p50", "run_ms_p95")),
    ("a new event is seen after, ms", ("seen_ms_p50", "seen_ms_p95")),
    ("audit of one run, ms", ("audit_of_one_ms_p50", "audit_of_one_ms_p95")),
    ("audit of all, events/s", ("audit_events_per_second",)),
    ("an agent's newest runs, ms", ("runs_of_agent_ms_p50", "runs_of_agent_ms_p95")),
    ("runs by words of the goal, ms", ("runs_by_words_ms_p50", "runs_by_words_ms_p95")),
    ("events folded, events/s", ("folded_events_per_second",)),
    ("bytes a run: events, results", ("events_bytes_per_run", "results_bytes_per_run")),
)
"""Each with what is drawn in it: the first in green, the second in blue."""


def drawn(found: Sequence[Mapping[str, float]]) -> str:
    """`found`: the figures for each size, smallest first."""
    parts = []
    for number, (heading, names) in enumerate(PANELS):
        x, y = (number % ACROSS) * WIDTH / ACROSS, 24 + (number // ACROSS) * HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *_panel(heading, names, found), "</g>"]
    return svg.page(TITLE, WIDTH, 24 + HEIGHT * math.ceil(len(PANELS) / ACROSS), parts, size=13)


def _panel(heading: str, names: Sequence[str], found: Sequence[Mapping[str, float]]) -> list[str]:
    right, floor = WIDTH / ACROSS - RIGHT, HEIGHT - BOTTOM
    highest = 1.1 * max(each[name] for each in found for name in names)
    least, most = (math.log10(found[end]["runs"]) for end in (0, -1))

    def place(runs: float, figure: float) -> tuple[float, float]:
        share = (math.log10(runs) - least) / (most - least or 1)
        return round(LEFT + 8 + share * (right - LEFT - 8), 1), round(floor - figure / highest * (floor - TOP), 1)

    parts = [
        f'<text x="{LEFT}" y="26" font-weight="600">{escape(heading)}</text>',
        f'<path d="M{LEFT} {TOP}V{floor}H{right + 8}" fill="none" stroke="{svg.TEXT}"/>',
        f'<text x="{LEFT - 6}" y="{floor}" text-anchor="end">0</text>',
        f'<text x="{LEFT - 6}" y="{TOP + 8}" text-anchor="end">{_short(highest)}</text>',
    ]
    for each in found:
        x, _ = place(each["runs"], 0)
        parts.append(f'<text x="{x}" y="{floor + 18}" text-anchor="middle">{each["runs"]:,.0f}</text>')
    for name, colour in zip(names, (svg.GREEN, svg.BLUE), strict=False):
        line = [place(each["runs"], each[name]) for each in found]
        joined = " ".join(f"{x},{y}" for x, y in line)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in line]
        label = name.rpartition("_")[2]
        if label.startswith("p"):
            # The median below its line and the other above: they may come close.
            y = line[-1][1] + (12 if label == "p50" else -3)
            parts.append(f'<text x="{line[-1][0] + 8}" y="{y}" fill="{colour}">{label}</text>')
    return parts


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 10 else f"{figure:.1f}"  # noqa: PLR2004 - two digits either way
