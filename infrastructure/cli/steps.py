"""A plan's steps, drawn: what each one calls, with what, after which, and what it takes from earlier results."""

import json
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from planfold.domain.plan import REFERENCE
from planfold.infrastructure.cli.graph import ASCII, LINES, Node, nodes, rows
from planfold.infrastructure.cli.screen import Screen, shown

MOST_STEPS = 100
"""A draft that the inspector refused may have any number of steps."""
MOST_CHARACTERS = 1_000
"""Of one parameter."""


def print_steps(screen: Screen, steps: list[dict[str, Any]]) -> None:
    drawn = nodes(steps)[:MOST_STEPS]
    for number, row in enumerate(rows(drawn, LINES if screen.signs else ASCII), 1):
        lanes = (f"  {row.below}  ", "dim")
        screen.hanging(Text.assemble((f"  {row.joining}  ", "cyan")), _title(row.node), Text.assemble(lanes))
        described = row.node.step.get("description")
        if isinstance(described, str) and described.strip():
            screen.hanging(Text.assemble(lanes, "  "), shown(described.strip(), "dim"))
        details = [*_details(row.node.step)]
        width = max((name.cell_len for name, _ in details), default=0)
        for name, value in details:
            first = Text.assemble(lanes, "  ", name, " " * (width - name.cell_len + 2))
            screen.hanging(first, value, Text.assemble(lanes, " " * (width + 4)))
        if number < len(drawn):
            screen.line(Text.assemble(lanes))
    if len(steps) > MOST_STEPS:
        screen.line(f"  {screen.sign('more')} and {len(steps) - MOST_STEPS} more steps: add --json to see them")


def _title(node: Node) -> Text:
    skill = node.step.get("skill")
    called = shown(skill, "bold") if isinstance(skill, str) else Text("no skill", "bold red")
    title = Text.assemble(shown(node.step_id, "cyan"), "  ", called)
    if node.after:
        title.append_text(shown(f"  after {', '.join(node.after)}", "dim"))
    return title


def _details(step: dict[str, Any]) -> Iterator[tuple[Text, Text]]:
    params = step.get("params")
    for name, value in params.items() if isinstance(params, dict) else ():
        yield shown(name, "dim"), _value(value)
    loop = step.get("loop")
    if isinstance(loop, dict):
        at_most = Text(f", at most {loop.get('max_iterations')} times")
        yield Text("for each", "yellow"), _value(loop.get("over")).append_text(at_most)
    on_error, retries = step.get("on_error", "abort"), step.get("retry_count", 0)
    if on_error != "abort" or retries:
        again = [f"{retries} more {'try' if retries == 1 else 'tries'}"] if retries else []
        yield (
            Text("on error", "yellow"),
            shown(", then ".join(again + ([] if on_error == "retry" else [str(on_error)]))),
        )
    if isinstance(step.get("output_key"), str):
        yield Text("kept as", "yellow"), shown(step["output_key"])


def _value(value: Any) -> Text:
    """A text as it stands, anything else as JSON; a text that reads as JSON keeps its quotes."""
    text = value if isinstance(value, str) and not _reads_as_json(value) else json.dumps(value, ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}... ({len(text)} characters)"
    written = shown(text)
    written.highlight_regex(REFERENCE, "magenta")
    return written


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return not text.strip()
    return True
