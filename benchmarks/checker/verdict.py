"""At rest: what stands is what writers were told, and each reader saw all of it once, in its order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.checker.readers import line
from benchmarks.checker.saves import END_STREAM, TOPIC, Save, id_and_number

EXAMPLES = 5
"""Of each kind of fault so many are told."""


class Row(NamedTuple):
    """A stored event at rest."""

    position: int
    stream: str
    version: int
    topic: str
    state: bytes


@dataclass
class Faults:
    """How often each kind of thing went wrong, and the first of them."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, example: str, times: int = 1) -> None:
        self.counts[kind] += times
        found = self.examples.setdefault(kind, [])
        if len(found) < EXAMPLES:
            found.append(example)


class Told:
    """What writers know of their saves, and how much of each stands."""

    def __init__(self, journal: Iterable[tuple[str, Save]]) -> None:
        self.saves: dict[str, Save] = {}
        self.words: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        for word, save in journal:
            self.counts[word] += 1
            self.saves[save.id] = save
            self.words[save.id] = "sent" if word == "again" else word
        self._standing: Counter[str] = Counter()
        self._heads: Counter[str] = Counter()

    def meet(self, row: Row, faults: Faults) -> None:
        """The next stored event, in the order of positions."""
        where = f"{row.stream} {row.version} at {row.position}"
        if row.version != self._heads[row.stream] + 1:
            faults.add("versions with a gap", f"{where} comes after version {self._heads[row.stream]}")
        self._heads[row.stream] = row.version
        if row.stream == END_STREAM:
            return
        name, number = id_and_number(row.state)
        if number != self._standing[name] + 1:
            faults.add(
                "saves in disorder or doubled", f"{where}: event {number} of {name} after {self._standing[name]}"
            )
        self._standing[name] += 1
        save = self.saves.get(name)
        if save is None or number > save.size:
            faults.add("events that nobody sent", where)
            return
        sent = save.event(number)
        if (sent.originator_id, sent.originator_version, TOPIC, sent.state) != row[1:]:
            faults.add("events that stand otherwise than they were sent", where)

    def judge(self, faults: Faults) -> None:
        """After the last stored event: no save in part, none that stands although it was refused, none lost."""
        for name, word in self.words.items():
            standing, save = self._standing[name], self.saves[name]
            told = f"{name}: {standing} of {save.size} events stand, its writer knows: {word}"
            if standing not in (0, save.size):
                faults.add("saves in part", told)
            elif word in ("stands", "found") and not standing:
                faults.add("acknowledged saves that do not stand", told)
            elif word in ("refused", "undone") and standing:
                faults.add("saves that were taken back and stand", told)
            if word == "refused" and not any("/shared/" in part.stream for part in save.parts):
                faults.add("saves refused without a rival", told)

    def unanswered(self) -> tuple[int, int]:
        """Saves whose writer never learned what became of them: how many stand, how many do not."""
        unknown = [name for name, word in self.words.items() if word == "sent"]
        standing = sum(1 for name in unknown if self._standing[name])
        return standing, len(unknown) - standing


class Seen:
    """One reader's lines, compared with the stored events one after the other."""

    def __init__(self, name: str, lines: Iterator[str]) -> None:
        self._name, self._lines = name, lines
        self._last = 0
        self._next = self._advance(Faults())

    def _advance(self, faults: Faults) -> tuple[int, str] | None:
        for text in self._lines:
            position = int(text.partition(" ")[0])
            if position > self._last:
                self._last = position
                return position, text
            faults.add("doubled or out of order", f"{self._name}: position {position} after {self._last}")
        return None

    def meet(self, row: Row, expected: str, faults: Faults) -> None:
        while self._next is not None and self._next[0] < row.position:
            faults.add("seen and not stored", f"{self._name}: {self._next[1].strip()}")
            self._next = self._advance(faults)
        if self._next is None or self._next[0] > row.position:
            faults.add("missed", f"{self._name}: {expected.strip()}")
            return
        if self._next[1] != expected:
            faults.add(
                "seen otherwise than stored", f"{self._name}: {self._next[1].strip()}, stored: {expected.strip()}"
            )
        self._next = self._advance(faults)

    def end(self, faults: Faults) -> None:
        while self._next is not None:
            faults.add("seen and not stored", f"{self._name}: {self._next[1].strip()}")
            self._next = self._advance(faults)


def compare(rows: Iterable[Row], told: Told, readers: Mapping[str, Iterable[str]]) -> Faults:
    """All that is wrong with the log at rest, with what writers were told and with what readers saw."""
    faults = Faults()
    seen = [Seen(name, iter(lines)) for name, lines in readers.items()]
    for row in rows:
        told.meet(row, faults)
        expected = line(*row)
        for each in seen:
            each.meet(row, expected, faults)
    told.judge(faults)
    for each in seen:
        each.end(faults)
    return faults


def lines_of(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from file
