"""A plan's steps as a graph: a mark for each step, and a lane for each result that a later step waits for."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from planfold.domain.plan import Step, dependencies


class Node(NamedTuple):
    """One step with what it depends on, in the order of the plan; `step` is as it was drafted, valid or not."""

    step: dict[str, Any]
    step_id: str
    after: tuple[str, ...]


class Row(NamedTuple):
    """A node, the lanes on its own line, and the lanes that go on below it."""

    node: Node
    joining: str
    below: str


class Glyphs(NamedTuple):
    node: str
    lane: str
    across: str
    ends_right: str
    ends_left: str
    ends_between: str
    goes_on_right: str
    goes_on_left: str
    goes_on_between: str


LINES = Glyphs("●", "│", "─", "╯", "╰", "┴", "┤", "├", "┼")
ASCII = Glyphs("*", "|", "-", "'", "`", "'", "+", "+", "+")


def nodes(steps: Sequence[dict[str, Any]]) -> list[Node]:
    """Each step after those it depends on, else in the plan's order; what depends on itself comes last."""
    known = {step["step_id"] for step in steps if isinstance(step.get("step_id"), str)}
    waiting = [_node(step, number, known) for number, step in enumerate(steps, 1)]
    found: list[Node] = []
    done: set[str] = set()
    while waiting:
        node = next((each for each in waiting if done.issuperset(each.after)), waiting[0])
        waiting.remove(node)
        found.append(node)
        done.add(node.step_id)
    return found


def _node(step: dict[str, Any], number: int, known: set[str]) -> Node:
    step_id = step.get("step_id")
    try:
        after = dependencies(Step.model_validate(step))
    except ValidationError:
        after = frozenset()
    return Node(step, step_id if isinstance(step_id, str) else f"#{number}", tuple(sorted(after & known)))


def rows(drawn: Sequence[Node], glyphs: Glyphs) -> Iterator[Row]:
    """The graph, a row a node; all lanes are equally wide in all rows."""
    lines = list(_Lanes(drawn, glyphs).lines())
    width = max((len(text) for pair in lines for text in pair), default=0)
    for node, (joining, below) in zip(drawn, lines, strict=True):
        yield Row(node, joining.ljust(width), below.ljust(width))


class _Lanes:
    """A lane belongs to the step whose result runs in it, until the last step that waits for it has come."""

    def __init__(self, drawn: Sequence[Node], glyphs: Glyphs) -> None:
        self._drawn, self._glyphs = drawn, glyphs
        self._lanes: list[str | None] = []
        self._awaited = {node.step_id: 0 for node in drawn}
        for node in drawn:
            for name in node.after:
                self._awaited[name] += 1

    def lines(self) -> Iterator[tuple[str, str]]:
        for node in self._drawn:
            joined = [place for place, owner in enumerate(self._lanes) if owner is not None and owner in node.after]
            for place in joined:
                self._awaited[self._lanes[place] or ""] -= 1
            ending = [place for place in joined if not self._awaited[self._lanes[place] or ""]]
            column = self._column(ending)
            joining = self._row(column, joined, ending)
            for place in ending:
                self._lanes[place] = None
            self._lanes[column] = node.step_id if self._awaited[node.step_id] > 0 else None
            while self._lanes and self._lanes[-1] is None:
                self._lanes.pop()
            yield joining, " ".join(self._glyphs.lane if owner is not None else " " for owner in self._lanes)

    def _column(self, ending: list[int]) -> int:
        """Where the node stands: in a lane that ends in it, else in a free one."""
        if ending:
            return ending[0]
        if None not in self._lanes:
            self._lanes.append(None)
        return self._lanes.index(None)

    def _row(self, column: int, joined: list[int], ending: list[int]) -> str:
        left, right = min([column, *joined]), max([column, *joined])
        cells = []
        for place, owner in enumerate(self._lanes):
            inside = left <= place <= right
            if place == column:
                cell = self._glyphs.node
            elif place in joined:
                cell = self._joint(place, left, right, ends=place in ending)
            elif owner is not None:
                cell = self._glyphs.lane
            else:
                cell = self._glyphs.across if inside else " "
            cells.append(cell + (self._glyphs.across if left <= place < right else " "))
        return "".join(cells).rstrip()

    def _joint(self, place: int, left: int, right: int, *, ends: bool) -> str:
        glyphs = self._glyphs
        if place == right:
            return glyphs.ends_right if ends else glyphs.goes_on_right
        if place == left:
            return glyphs.ends_left if ends else glyphs.goes_on_left
        return glyphs.ends_between if ends else glyphs.goes_on_between
