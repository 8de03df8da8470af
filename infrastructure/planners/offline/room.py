"""What is left of a skill's score for what its parameters have no room for, or lack."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.asking import Asked
from planfold.infrastructure.planners.offline.slots import Slot, slots_of, takes_anything
from planfold.infrastructure.planners.offline.values import Kind

Vector = npt.NDArray[np.float64]

ABSENT = 0.65
"""What is left for each literal that the skill requires and the clause does not name; an earlier step may have it."""
NO_PLACE = 0.6
"""What is left for each kind of address that the clause names and that no parameter takes."""
NO_ROOM = 0.5
"""What is left if the clause speaks of what stands in a file or page, and the skill takes neither that nor a text."""

_ADDRESSES: tuple[Kind, ...] = ("email", "phone", "channel", "url", "path")
_DISTINCT: frozenset[Kind] = frozenset({"language", "currency", "formula"})
"""Literals that alone say what is to be done with them."""


class Room:
    """What the parameters of each skill take. `takes_anything` says where any words can be what the skill is about."""

    def __init__(self, skills: Sequence[Skill]) -> None:
        slots = [slots_of(skill) for skill in skills]
        self.takes_anything = np.array([takes_anything(skill) for skill in skills], dtype=bool)
        self._needing = _needing(slots)
        self._roomless = np.array([_is_roomless(found) for found in slots], dtype=bool)
        self._placeless = {
            kind: ~self.takes_anything & np.array([_is_placeless(found, kind) for found in slots], dtype=bool)
            for kind in _ADDRESSES
        }

    def fitness(self, wanted: Asked) -> Vector:
        factor: Vector = np.ones(len(self._roomless))
        if wanted.within:
            factor[self._roomless] *= NO_ROOM
        for kind in _ADDRESSES:
            if kind in wanted.kinds:
                factor[self._placeless[kind]] *= NO_PLACE
        for kinds, indexes in self._needing.items():
            if wanted.kinds.isdisjoint(kinds):
                factor[indexes] *= ABSENT
        return factor

    def meant(self, wanted: Asked) -> list[int]:
        """The skills that need just such literals as say by themselves what is to be done: "1000 JPY in USD"."""
        found = [at for kinds, at in self._needing.items() if _DISTINCT.intersection(kinds) & wanted.kinds]
        return sorted({index for indexes in found for index in indexes})


def _needing(skills: Sequence[Sequence[Slot]]) -> dict[tuple[Kind, ...], list[int]]:
    """Which skills require a literal of which kinds; a place or a person can be written in many ways."""
    found: dict[tuple[Kind, ...], list[int]] = {}
    for index, slots in enumerate(skills):
        for slot in slots:
            needs = slot.required and slot.literals and slot.sort not in ("place", "person")
            if needs and index not in found.setdefault(slot.literals, []):
                found[slot.literals].append(index)
    return found


def _is_placeless(slots: Sequence[Slot], kind: Kind) -> bool:
    """Whether no parameter takes such an address; a text can be what stands at an address, or in a file."""
    via_text = kind in ("url", "path") and any(slot.sort == "content" for slot in slots)
    return bool(slots) and not via_text and all(kind not in slot.literals for slot in slots)


def _is_roomless(slots: Sequence[Slot]) -> bool:
    """Whether no parameter takes a text, a file or an address; unknown of a skill that declares none."""
    return bool(slots) and not any(slot.sort in ("content", "path", "source", "url") for slot in slots)
