"""A process whose threads save without a rest, until they are told to stop or the process is killed."""

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError

from benchmarks.checker.board import THREADS, Scene
from benchmarks.checker.recorders import Watched, recorder
from benchmarks.checker.saves import Journal, Save, dice, split

TRIES = 20
"""So often a save is sent while its answer is lost each time: whoever ends sessions does not pick one that often."""
FEW, MANY = (1, 8), (9, 20)
"""Events of a save: rows of a statement, or arrays."""
MANY_SHARE = 0.35
SHARED_SHARE = 0.06
"""Of all saves so many take a stream that others write too, so that some lose the race."""
SHARED_STREAMS = 6
LAG = 1000
"""Positions by which writers may be ahead of the slowest reader: what is read long after its save was never in doubt."""
LENGTH = 300
"""Events of a stream before its writer begins another one."""


class Writer:
    """One thread: every save is in the journal before it is sent, and its answer after it came."""

    def __init__(self, name: str, tenant: str, saves_by: Watched, journal: Journal, luck: random.Random) -> None:
        self._name, self._tenant, self._recorder = name, tenant, saves_by
        self._journal, self._luck = journal, luck
        self._saves = self._streams = 0
        self._own = [self._new_stream() for _ in range(4)]
        self._heads: dict[str, int] = {}
        self.newest = 0
        """The last position that it was given."""

    def go_on(self) -> int:
        """What a writer that was killed here had sent last now stands or is refused."""
        pending = self._journal.pending()
        if pending is None:
            return 0
        self._journal("again", pending)
        return self._send(pending)

    def save(self) -> int:
        """Events that stand now and did not before."""
        save = self._next()
        self._journal("sent", save)
        return self._send(save)

    def _next(self) -> Save:
        luck = self._luck
        count = luck.randint(*(MANY if luck.random() < MANY_SHARE else FEW))
        streams = luck.sample(self._own, min(count, luck.choice((1, 1, 2, 3))))
        if luck.random() < SHARED_SHARE:
            streams[-1] = f"{self._tenant}/shared/{luck.randrange(SHARED_STREAMS)}"
        self._saves += 1
        return Save(f"{self._name}-{self._saves}", split(count, streams, self._heads, luck))

    def _new_stream(self) -> str:
        self._streams += 1
        return f"{self._tenant}/{self._name}/{self._streams}"

    def _send(self, save: Save) -> int:
        events = save.events()
        for _ in range(TRIES):
            try:
                positions = self._recorder.insert_events(events)
            except (OperationalError, InterfaceError):
                self._journal("again", save)
                continue
            except IntegrityError:
                stands = self._stands(save)
                if stands is None:
                    continue
                word = "found" if stands else "refused"
            else:
                self._in_order(save, positions)
                word = "stands"
            self._journal(word, save)
            if word != "refused":
                self._heads.update({part.stream: part.first + part.many - 1 for part in save.parts})
                self._own = [
                    stream if self._heads.get(stream, 0) < LENGTH else self._new_stream() for stream in self._own
                ]
            return save.size if word != "refused" else 0
        raise RuntimeError(f"{save.id} had no answer {TRIES} times")

    def _stands(self, save: Save) -> bool | None:
        """Whether the events that stand there are ours; None if nobody answers. Learns how far others have come."""
        ours = {(event.originator_id, event.originator_version): event.state for event in save.events()}
        found = []
        try:
            for part in save.parts:
                standing = self._recorder.select_stream(part.stream, part.first - 1)
                if standing:
                    self._heads[part.stream] = standing[-1].originator_version
                found += [each.state == ours.get((part.stream, each.originator_version)) for each in standing]
        except (OperationalError, InterfaceError):
            return None
        return any(found)

    def _in_order(self, save: Save, positions: Sequence[int] | None) -> None:
        if positions is None or len(positions) != save.size or sorted(set(positions)) != list(positions):
            raise RuntimeError(f"{save.id} of {save.size} events was answered by positions {positions}")
        self.newest = positions[-1]


def write(scene: Scene, process: int, life: int) -> None:
    """One life of a writing process."""
    board, pause = scene.board, threading.Event()

    def thread(number: int) -> None:
        slot, name = process * THREADS + number, f"w{process}.{number}.{life}"
        journal = Journal(scene.folder / f"writer-{slot}.journal")
        writer = Writer(name, f"t{process % 2}", saves_by, journal, dice(scene.seed, name))
        board.written[slot] += writer.go_on()
        while not board.stop[0]:
            if board.lag() > LAG:
                pause.wait(0.002)
                continue
            board.written[slot] += writer.save()
            board.newest[slot] = max(board.newest[slot], writer.newest)

    with recorder(scene.kind, scene.conninfo, THREADS) as saves_by, ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(board.stopping_all, thread, number) for number in range(THREADS)]:
            done.result()
