"""Runs as a list: one row each. On a terminal the goal is cut to what is left of the line, in few columns if need be."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.text import Text

from planfold.application import PlanGenerationResult
from planfold.application.ports import UNFINISHED
from planfold.domain.money import usd
from planfold.infrastructure.cli.page import STYLES
from planfold.infrastructure.cli.screen import Screen, shown


class _Column(NamedTuple):
    name: str
    cell: Callable[[PlanGenerationResult], Text]


_STARTED = _Column("started (UTC)", lambda run: _at(run, "%Y-%m-%d %H:%M"))
_THIS_YEAR = _Column("at (UTC)", lambda run: _at(run, "%m-%d %H:%M"))
_RUN = _Column("run", lambda run: shown(run.run_id, "cyan"))
_OUTCOME = _Column("outcome", lambda run: Text(run.outcome or UNFINISHED, STYLES[run.outcome]))
_COST = _Column("at most", lambda run: Text("-" if run.needed_micros is None else f"{usd(run.needed_micros)} USD"))
_AGENT = _Column("agent", lambda run: shown(run.agent_id))
_GOAL = _Column("goal", lambda run: shown(run.goal))

_LAYOUTS = (
    (_STARTED, _RUN, _OUTCOME, _COST, _AGENT),
    (_THIS_YEAR, _RUN, _OUTCOME, _COST, _AGENT),
    (_THIS_YEAR, _RUN, _OUTCOME, _AGENT),
    (_THIS_YEAR, _RUN, _OUTCOME),
)
"""What stands before the goal, in the order of preference; `planfold show` and --json tell the rest."""
_GOAL_COLUMNS = 24
"""So much of a goal is worth another column."""


def print_runs(screen: Screen, runs: Sequence[PlanGenerationResult]) -> None:
    if not runs:
        screen.line("no runs")
        return
    columns, room = _fitting(screen, runs)
    rows = [[*(column.cell(run) for column in columns), screen.cut(_GOAL.cell(run), room)] for run in runs]
    screen.table(rows, [column.name for column in (*columns, _GOAL)])


def _fitting(screen: Screen, runs: Sequence[PlanGenerationResult]) -> tuple[Sequence[_Column], int | None]:
    """The columns before the goal, and how many of the terminal's are left for it; None: as many as it needs."""
    for columns in _LAYOUTS:
        taken = 2 + sum(max(len(name), *(cell(run).cell_len for run in runs)) + 2 for name, cell in columns)
        room = screen.room(taken)
        if room is None or room >= _GOAL_COLUMNS:
            return columns, room
    return columns, max(room or 0, _GOAL_COLUMNS // 2)


def _at(run: PlanGenerationResult, form: str) -> Text:
    return Text("" if run.started_at is None else f"{run.started_at:{form}}", "dim")
