"""The chart of the README: runs a second, in percent of raw psycopg."""

from collections.abc import Mapping
from html import escape

from benchmarks import svg

WIDTH, BAR, GAP, LEFT, RIGHT = 760, 22, 12, 200, 70
HEADING, MANY = 40, 1.5

GROUPS = (("8_threads", "8 threads in one process"), ("16_writers", "16 writers: 4 processes x 4 threads"))
LABELS = {
    "raw": ("raw psycopg", svg.BLUE),
    "planfold": ("planfold", svg.GREEN),
    "stock": ("eventsourcing, stock", svg.GREY),
    "langgraph": ("LangGraph, Postgres", svg.GREY),
    "dbos": ("DBOS", svg.GREY),
}
TITLE = "Runs stored a second, in percent of raw psycopg on the same server"


def drawn(ratios: Mapping[str, Mapping[str, float]]) -> str:
    """`ratios`: by opponent and setting, as `ratios.figures` tells them; rates are the machine's, so none is drawn."""
    parts, top = list[str](), 30
    for setting, heading in GROUPS:
        ours = 1 / ratios["raw"][setting]
        shares = {name: ours / found[setting] for name, found in ratios.items() if setting in found}
        shares |= {"raw": 1.0, "planfold": ours}
        parts.append(f'<text x="0" y="{top + 24}">{escape(heading)}</text>')
        top += HEADING
        for name in sorted(shares, key=lambda name: -shares[name]):
            parts.append(_bar(top, name, shares[name], ours / shares[name]))
            top += BAR + GAP
    return svg.page(TITLE, WIDTH, top + 4, parts)


def _bar(top: int, name: str, share: float, times: float) -> str:
    label, colour = LABELS[name]
    length = max(2.0, share * (WIDTH - LEFT - RIGHT))
    middle, weight = top + BAR - 6, ' font-weight="600"' if name == "planfold" else ""
    beside = f"{share:.1%}, planfold: {times:.0f} times as many" if times > MANY else f"{share:.0%}"
    return (
        f'<text x="{LEFT - 12}" y="{middle}" text-anchor="end"{weight}>{escape(label)}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3" fill="{colour}"/>'
        f'<text x="{LEFT + length + 8:.1f}" y="{middle}"{weight}>{beside}</text>'
    )
