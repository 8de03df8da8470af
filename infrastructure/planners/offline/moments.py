"""Dates and times as one parameter takes them: as written, or in ISO form where the schema asks and the text allows it."""

import re
from collections.abc import Mapping, Sequence

from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.slots import Slot
from planfold.infrastructure.planners.offline.values import COUNTED, OPAQUE, Value
from planfold.infrastructure.planners.offline.words import words

_BETWEEN = re.compile(r"[\s,]*(?:at|on|in the|from|around|by)?\s*")
_RECURRING = re.compile(r"(?:every|each|daily|weekly|monthly)\b", re.IGNORECASE)
_ADVERB = re.compile(r"daily|weekly|monthly", re.IGNORECASE)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WRITTEN_DAY = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)? )?([a-z]{3})[a-z]*\.?(?: (\d{1,2})(?:st|nd|rd|th)?)?,? (\d{4})",
    re.IGNORECASE,
)


_UNITS = {"second": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86_400}
_SPELT: Mapping[str, float] = {"half an": 0.5, "a": 1, "an": 1, "one": 1, **COUNTED}
_LENGTH = re.compile(rf"\b(\d+|{'|'.join(_SPELT)})[ -](second|minute|min|hour|day)s?\b", re.IGNORECASE)


def duration_for(scene: Scene, slot: Slot, clause: Clause) -> tuple[int, int, int] | None:
    """How long, in the unit of the parameter's name, and from where to where the goal says it."""
    unit = next((_UNITS[stem] for word in words(slot.name) if (stem := word.removesuffix("s")) in _UNITS), None)
    found = _LENGTH.search(scene.open_text(clause, OPAQUE)) if unit else None
    if unit is None or found is None:
        return None
    number = found[1].lower()
    amount = (int(number) if number.isdecimal() else _SPELT[number]) * _UNITS[found[2].lower()] / unit
    return (int(amount), clause.start + found.start(), clause.start + found.end()) if amount == int(amount) else None


def moment_for(scene: Scene, slot: Slot, values: Sequence[Value]) -> tuple[str, list[Value]] | None:
    """The text for a slot of the sort day or moment, and the values it is made of; None if nothing here suits it."""
    runs = [
        run for run in _runs(scene, values) if slot.sort == "moment" or run[0].kind == "day" or run[-1].kind == "day"
    ]
    suited = [run for run in runs if slot.fits(scene.before(run[0])) > 0] or (
        [run for run in runs if scene.before(run[0]) not in ("to", "until", "till")] if not _ends(slot) else []
    )
    if slot.sort == "day":  # a date is one day: "every day" is none
        suited = [run for run in suited if not any(_RECURRING.match(scene.said, value.start) for value in run)]
    if not suited:
        return None
    run = next((run for run in suited if not _ADVERB.fullmatch(str(run[0].value)) or len(run) > 1), suited[0])
    if slot.sort == "day":
        run = [value for value in run if value.kind == "day"][:1]
    elif len(run) == 1 and run[0].kind == "day":
        run += [value for other in suited[1:] if other[0].kind == "time" for value in other][:1]
    text = _in_form(str(slot.schema.get("format", "")), _joined(scene, run))
    return None if text is None else (text, run)


def _runs(scene: Scene, values: Sequence[Value]) -> list[list[Value]]:
    """Dates and times that stand together, such as "Friday at 9am"."""
    runs: list[list[Value]] = []
    for value in values:
        if value.kind in ("day", "time"):
            last = runs[-1][-1] if runs else None
            if (
                last
                and len(runs[-1]) == 1
                and last.kind != value.kind
                and _BETWEEN.fullmatch(scene.said, last.end, value.start)
            ):
                runs[-1].append(value)
            else:
                runs.append([value])
    return runs


def _ends(slot: Slot) -> bool:
    return slot.name.lower().startswith(("end", "until", "to"))


def _joined(scene: Scene, run: Sequence[Value]) -> str:
    if len(run) == 2 and _BETWEEN.fullmatch(scene.said, run[0].end, run[1].start):  # noqa: PLR2004 - a day and a time
        return scene.goal[run[0].start : run[1].end]
    return " at ".join(str(value.value) for value in run)


def _in_form(form: str, text: str) -> str | None:
    """A relative date has no ISO form here: only the executor has a clock."""
    if form == "date":
        found = _ISO_DAY.match(text)
        return found[0] if found else _iso_day(text)
    return text


def _iso_day(text: str) -> str | None:
    found = _WRITTEN_DAY.fullmatch(text)
    day = found and (found[1] or found[3])
    if not found or not day or found[2].lower() not in _MONTHS:
        return None
    return f"{found[4]}-{_MONTHS.index(found[2].lower()) + 1:02d}-{int(day):02d}"
