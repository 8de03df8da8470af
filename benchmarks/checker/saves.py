"""What is saved, and what its writer knows of it: a save is a line of text, its events are a function of that line."""

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from eventsourcing.persistence import StoredEvent

TOPIC = "Checked"
END_STREAM = "end/of/log"
"""Its only event is saved when everything is at rest, so it is the last of all."""


class Part(NamedTuple):
    """Events of one stream: so many, from this version on."""

    stream: str
    first: int
    many: int


class Save(NamedTuple):
    """Events that stand together or not at all."""

    id: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        return sum(part.many for part in self.parts)

    def event(self, number: int) -> StoredEvent:
        """The event of this number, from 1 on. Its body names both, and is now and then of some kilobytes."""
        before = 0
        for part in self.parts:
            if number <= before + part.many:
                break
            before += part.many
        body = f"{self.id} {number} ".encode()
        luck = crc32(body)
        body += b"." * (4000 if luck % 100 == 0 else luck % 200)
        return StoredEvent(part.stream, part.first + number - before - 1, TOPIC, body)

    def events(self) -> list[StoredEvent]:
        return [self.event(number) for number in range(1, self.size + 1)]

    def line(self) -> str:
        return " ".join([self.id, *(f"{part.stream}:{part.first}:{part.many}" for part in self.parts)])


def save_of(line: str) -> Save:
    name, *parts = line.split(" ")
    split = (part.rsplit(":", 2) for part in parts)
    return Save(name, tuple(Part(stream, int(first), int(count)) for stream, first, count in split))


def id_and_number(body: bytes) -> tuple[str, int]:
    name, number, _ = body.split(b" ", 2)
    return name.decode(), int(number)


class Journal:
    """What one writer sent and what it was told, as lines that outlive it: `sent`, then at most one of the others.

    `stands`: acknowledged. `found`: its answer was lost, and it stands. `refused`: somebody else's event has its place.
    `undone`: rolled back on purpose. `again`, in between: the answer was lost, so it is sent once more.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        whole_lines(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def __call__(self, word: str, save: Save) -> None:
        os.write(self._file, f"{word} {save.line()}\n".encode())

    def pending(self) -> Save | None:
        """What was sent last, if nobody knows whether it stands."""
        *_, last = ["", *self._path.read_text(encoding="utf-8").splitlines()]
        word, _, line = last.partition(" ")
        return save_of(line) if word in ("sent", "again") else None


def journals(folder: Path) -> Iterator[tuple[str, Save]]:
    for path in sorted(folder.glob("*.journal")):
        whole_lines(path)
        with path.open(encoding="utf-8") as file:
            for each in file:
                word, _, line = each.rstrip("\n").partition(" ")
                yield word, save_of(line)


def whole_lines(path: Path) -> bytes:
    """The last line of the file, whose author may have been killed within one: what is left of that is cut off."""
    if not path.exists():
        return b""
    with path.open("r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - 10_000)
        file.seek(start)
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        file.truncate(start + len(whole))
    return whole[:-1].rpartition(b"\n")[2]


def dice(*seed: object) -> random.Random:
    """The same for the same seed; what the machine makes of it still differs from run to run."""
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - no secret depends on it


def split(count: int, streams: Sequence[str], heads: dict[str, int], luck: random.Random) -> tuple[Part, ...]:
    """So many events on these streams, at least one on each, after the versions that stand there."""
    counts = [1] * len(streams)
    for _ in range(count - len(streams)):
        counts[luck.randrange(len(streams))] += 1
    return tuple(
        Part(stream, heads.get(stream, 0) + 1, many) for stream, many in zip(streams, counts, strict=True) if many
    )
