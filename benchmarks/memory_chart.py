"""The chart of ADR 31: how long a recall takes against what it finds, by how many entries are looked at."""

from collections.abc import Mapping, Sequence

from benchmarks import svg

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 380, 60, 50, 40, 30
TITLE = "Milliseconds a recall by the largest agent, against the part of the ten nearest found"


def drawn(points: Sequence[Mapping[str, float]], chosen: int) -> str:
    """`points` by growing number of entries, whose label is bold where it is the `chosen` one."""
    lowest = min(point["recall_at_10"] for point in points) - 0.01
    highest = 1.15 * max(point["p95_ms"] for point in points)

    def place(share: float, spent: float) -> tuple[float, float]:
        x = LEFT + (share - lowest) / (1 - lowest) * (WIDTH - LEFT - RIGHT)
        return round(x, 1), round(HEIGHT - BOTTOM - spent / highest * (HEIGHT - BOTTOM - TOP), 1)

    left, floor = place(lowest, 0)
    right, top = place(1, highest)
    parts = [f'<path d="M{left} {top}V{floor}H{right}" fill="none" stroke="{svg.TEXT}"/>']
    for tenth in range(int(lowest * 20) + 1, 21):
        x, y = place(tenth / 20, 0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{tenth / 20:.2f}</text>')
    for step in range(0, int(highest) + 1, max(1, round(highest / 5))):
        _, y = place(lowest, step)
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{step}</text>')
    for name, colour in (("p50_ms", svg.GREEN), ("p95_ms", svg.BLUE)):
        line = [place(point["recall_at_10"], point[name]) for point in points]
        joined = " ".join(f"{x},{y}" for x, y in line)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in line]
        parts.append(f'<text x="{line[0][0] + 8}" y="{line[0][1] - 8}" fill="{colour}">{name[:3]}</text>')
    for point in points:
        x, y = place(point["recall_at_10"], point["p50_ms"])
        weight = ' font-weight="700"' if point["entries"] == chosen else ""
        parts.append(f'<text x="{x + 8}" y="{y + 16}"{weight}>{point["entries"]:,.0f}</text>')
    parts.append(
        f'<text x="{(left + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">recall@10; at the points: entries</text>'
    )
    return svg.page(TITLE, WIDTH, HEIGHT, parts, size=13)
