"""The chart of the README: runs a second, in percent of raw psycopg, as plain SVG that can be read on light and dark."""

from collections.abc import Mapping
from html import escape
from string import Template

WIDTH, BAR, GAP, LEFT, RIGHT = 760, 22, 12, 200, 70
HEADING, MANY = 40, 1.5
TEXT, OURS, THEIRS, LIMIT = "#73808c", "#2f8f6b", "#8b95a1", "#5b7fbf"
"""Each stands out from white and from near black, since a picture in a README cannot know which it is on."""

GROUPS = (("8_threads", "8 threads in one process"), ("16_writers", "16 writers: 4 processes x 4 threads"))
LABELS = {
    "raw": ("raw psycopg", LIMIT),
    "planfold": ("planfold", OURS),
    "stock": ("eventsourcing, stock", THEIRS),
    "langgraph": ("LangGraph, Postgres", THEIRS),
    "dbos": ("DBOS", THEIRS),
}
_PAGE = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img"
 font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="14" fill="$colour">
<title>$title</title>
$drawn
</svg>
"""
)
TITLE = "Runs stored a second, in percent of raw psycopg on the same server"


def drawn(ratios: Mapping[str, Mapping[str, float]]) -> str:
    """`ratios`: by opponent and setting, as `ratios.figures` tells them; rates are the machine's, so none is drawn."""
    parts, top = [f'<text x="0" y="16" font-weight="600">{escape(TITLE)}</text>'], 30
    for setting, heading in GROUPS:
        ours = 1 / ratios["raw"][setting]
        shares = {name: ours / found[setting] for name, found in ratios.items() if setting in found}
        shares |= {"raw": 1.0, "planfold": ours}
        parts.append(f'<text x="0" y="{top + 24}">{escape(heading)}</text>')
        top += HEADING
        for name in sorted(shares, key=lambda name: -shares[name]):
            parts.append(_bar(top, name, shares[name], ours / shares[name]))
            top += BAR + GAP
    return _PAGE.substitute(width=WIDTH, height=top + 4, colour=TEXT, title=escape(TITLE), drawn="\n".join(parts))


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
