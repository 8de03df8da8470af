"""Who is asked for drafts, in which order: planners that a host hands in, or names them."""

from collections.abc import Callable, Sequence

from planfold.application.errors import PlannerRepeated, PlannerUnknown
from planfold.application.ports import Planner

PlannerSource = Planner | str | Sequence[Planner | str]
"""A planner, names parted by commas, or several of either: tried in their order."""


def planner_names(text: str) -> list[str]:
    """The names in `text`, which commas part."""
    return [name.strip() for name in text.split(",")]


class Offering:
    """The planners of one engine, and where it finds others by their names."""

    def __init__(self, planners: Sequence[Planner], named: Callable[[str], Planner] | None) -> None:
        """Raises PlannerRepeated."""
        self._planners, self._named = _each_once(planners), named

    def of(self, asked: PlannerSource | None) -> tuple[Planner, ...]:
        """Those that were asked for, else all of the engine. Raises PlannerUnknown, PlannerRepeated."""
        if asked is None:
            found = list(self._planners)
        elif isinstance(asked, str):
            found = [self._find(name) for name in planner_names(asked)]
        elif isinstance(asked, Sequence):
            found = [self._find(each) if isinstance(each, str) else each for each in asked]
        else:
            found = [asked]
        if not found:
            raise PlannerUnknown("", self._known())
        return _each_once(found)

    def _find(self, name: str) -> Planner:
        for known in self._planners:
            if known.identity.name == name:
                return known
        if self._named is None:
            raise PlannerUnknown(name, self._known())
        return self._named(name)

    def _known(self) -> list[str]:
        return [known.identity.name for known in self._planners]


def _each_once(planners: Sequence[Planner]) -> tuple[Planner, ...]:
    names = [planner.identity.name for planner in planners]
    for name in names:
        if names.count(name) > 1:
            raise PlannerRepeated(name, names)
    return tuple(planners)
