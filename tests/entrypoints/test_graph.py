"""The graph of a plan's steps, drawn in lines of text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.infrastructure.cli.graph import ASCII, LINES, nodes, rows


def step(name: str, *after: str, **params: str) -> dict[str, Any]:
    return {"step_id": name, "skill": "look", "params": params, "depends_on": list(after)}


def drawn(*steps: dict[str, Any], ascii_only: bool = False) -> list[str]:
    lines = []
    for row in rows(nodes(steps), ASCII if ascii_only else LINES):
        lines += [f"{row.joining} {row.node.step_id}", row.below]
    return [line.rstrip() for line in lines]


def test_a_chain_is_one_lane() -> None:
    assert ["● a", "│", "● b", "│", "● c", ""] == drawn(step("a"), step("b", "a"), step("c", "b"))


def test_results_that_are_awaited_twice_run_in_lanes_of_their_own_until_they_meet() -> None:
    diamond = step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c")

    assert ["●   a", "│", "├─● b", "│ │", "● │ c", "│ │", "●─╯ d", ""] == drawn(*diamond)
    assert ["*   a", "|", "+-* b", "| |", "* | c", "| |", "*-' d", ""] == drawn(*diamond, ascii_only=True)


def test_a_lane_that_is_only_crossed_is_not_joined() -> None:
    crossing = step("a"), step("b"), step("c"), step("d", "a", "c"), step("e", "b", "a", "d")

    assert "├─│─● d" in drawn(*crossing)


def test_steps_that_share_nothing_stand_under_each_other() -> None:
    assert ["● a", "", "● b", ""] == drawn(step("a"), step("b"))


def test_a_reference_is_a_dependency() -> None:
    assert [(), ("a",)] == [node.after for node in nodes([step("a"), step("b", text="see ${a.text}")])]


def test_a_step_that_stands_before_what_it_needs_is_drawn_after_it() -> None:
    assert ["a", "b"] == [node.step_id for node in nodes([step("b", "a"), step("a")])]


@pytest.mark.parametrize(
    "steps",
    [
        [step("a", "b"), step("b", "a")],
        [step("a", "a")],
        [step("a"), step("a"), step("b", "a")],
        [step("a", "nowhere")],
        [{}, {"step_id": 7, "params": "none"}, {"step_id": "a", "depends_on": "b"}],
    ],
    ids=["a circle", "itself", "twice the same id", "an unknown step", "no steps at all"],
)
def test_what_is_no_graph_is_drawn_all_the_same(steps: list[dict[str, Any]]) -> None:
    assert 2 * len(steps) == len(drawn(*steps))


@st.composite
def graphs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps in an order in which each stands after those it depends on."""
    names = [f"s{number}" for number in range(draw(st.integers(0, 12)))]
    return [
        step(name, *draw(st.sets(st.sampled_from(names[:place]), max_size=4) if place else st.just(set())))
        for place, name in enumerate(names)
    ]


@given(graphs(), st.randoms())
def test_each_step_is_drawn_once_and_after_all_it_depends_on(steps: list[dict[str, Any]], chance: Any) -> None:
    chance.shuffle(steps)

    seen: set[str] = set()
    for node in nodes(steps):
        assert seen.issuperset(node.after)
        assert node.step_id not in seen
        seen.add(node.step_id)
    assert {each["step_id"] for each in steps} == seen


@given(graphs())
def test_every_row_has_one_node_and_all_are_equally_wide(steps: list[dict[str, Any]]) -> None:
    found = list(rows(nodes(steps), LINES))

    assert all(row.joining.count(LINES.node) == 1 for row in found)
    assert len({len(text) for row in found for text in (row.joining, row.below)}) <= 1


@given(graphs())
def test_below_a_step_runs_a_lane_for_each_result_that_is_still_awaited(steps: list[dict[str, Any]]) -> None:
    order = nodes(steps)
    for place, row in enumerate(rows(order, LINES), 1):
        drawn_before = {node.step_id for node in order[:place]}
        awaited = {name for node in order[place:] for name in node.after} & drawn_before
        assert len(awaited) == row.below.count(LINES.lane)
