"""One run: who is started, killed, started again and told to stop, until everything is at rest."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection as processes
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent

from benchmarks.checker.board import PROCESSES, READERS, Board, Scene
from benchmarks.checker.foreign import visit
from benchmarks.checker.readers import MORTAL, tail
from benchmarks.checker.recorders import recorder
from benchmarks.checker.saves import END_STREAM, TOPIC, dice
from benchmarks.checker.writers import write
from planfold.infrastructure.postgres.connect import Connection, connect
from planfold.infrastructure.postgres.embedded import Endpoint

BETWEEN_KILLS = (5_000, 15_000)
"""Events between two kills of a writing process."""
BETWEEN_CUTS = (1_000, 5_000)
"""Events between two ends of somebody's session on the server."""
KILLS_OF_READER = 3
PROGRESS = 5.0
CATCHING_UP = 120.0
"""Seconds within which sessions end and then readers have read everything, after the last event."""
_CUT = """
SELECT count(pg_terminate_backend(pid)) AS cut FROM (
    SELECT pid FROM pg_stat_activity WHERE usename = 'planfold_app' ORDER BY random() LIMIT 1
) AS one
"""


@dataclass
class Run:
    """Its `asked` events or its seconds, whichever come first; what is counted on the way."""

    endpoint: Endpoint
    folder: Path
    kind: str
    asked: int
    seed: int
    limit_seconds: float
    kills_of_writers: int = 0
    kills_of_readers: int = 0
    sessions_cut: int = 0
    writing_seconds: float = 0.0
    catching_up_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = get_context("spawn")
        self._board = Board(self._context)
        self._scene = Scene(self.kind, self.endpoint.app, self.folder, self.seed, self._board)
        self._luck = dice(self.seed, "killer")
        self._started = time.monotonic()
        self._told = self._started
        self._writers: list[SpawnProcess] = []
        self._readers: list[SpawnProcess] = []
        self._lives = PROCESSES * [0]
        self._visitors: SpawnProcess | None = None

    def __call__(self) -> None:
        """All is at rest, every process has ended. KeyboardInterrupt passes through, after all were ended."""
        try:
            with connect(self.endpoint.admin) as admin:
                self._readers = [self._start(tail, number) for number in range(READERS)]
                self._visitors = self._start(visit)
                while not all(self._board.begun) and self._wait(self._all(), 0.1):
                    pass
                self._writers = [self._start_writer(number) for number in range(PROCESSES)]
                self._write(admin)
                self._catch_up()
        finally:
            for process in self._all():
                self._kill(process)

    def readers(self) -> list[dict[str, float]]:
        """How often each reader met a gap behind which more stood, and how it fared there."""
        board = self._board
        return [
            {"gaps": gaps, "waits": waits, "longest_wait_seconds": longest / 1000}
            for gaps, waits, longest in zip(board.gaps, board.waits, board.longest, strict=True)
        ]

    def _all(self) -> list[SpawnProcess]:
        return [*self._writers, *self._readers, *([self._visitors] if self._visitors else [])]

    def _start(self, deed: Callable[..., None], *numbers: int) -> SpawnProcess:
        process = self._context.Process(target=deed, args=(self._scene, *numbers))
        with _deaf():
            process.start()
        return process

    def _start_writer(self, number: int) -> SpawnProcess:
        self._lives[number] += 1
        return self._start(write, number, self._lives[number])

    def _write(self, admin: Connection) -> None:
        luck, begun = self._luck, time.monotonic()
        next_kill, next_cut = luck.randint(*BETWEEN_KILLS), luck.randint(*BETWEEN_CUTS)
        while (
            (written := self._written()) < self.asked
            and time.monotonic() - begun < self.limit_seconds
            and self._wait(self._all(), 0.02)
        ):
            if written > next_kill:
                next_kill = written + luck.randint(*BETWEEN_KILLS)
                number = luck.randrange(PROCESSES)
                self._kill(self._writers[number])
                self._writers[number] = self._start_writer(number)
                self.kills_of_writers += 1
            if written > next_cut:
                next_cut = written + luck.randint(*BETWEEN_CUTS)
                found: Any = admin.execute(_CUT).fetchone()
                self.sessions_cut += found["cut"]
            if self._board.read[MORTAL] > (self.kills_of_readers + 1) * self.asked / (KILLS_OF_READER + 1):
                self._kill(self._readers[MORTAL])
                self._readers[MORTAL] = self._start(tail, MORTAL)
                self.kills_of_readers += 1
        self._board.stop[0] = 1
        self.writing_seconds = time.monotonic() - begun

    def _catch_up(self) -> None:
        """The last event is saved when nobody else's can appear any more, and readers have time to come to it."""
        begun = time.monotonic()
        writing = [*self._writers, *([self._visitors] if self._visitors else [])]
        while any(process.is_alive() for process in writing) and time.monotonic() - begun < CATCHING_UP:
            self._wait([process for process in writing if process.is_alive()], 0.5)
        with connect(self.endpoint.owner) as owner, owner.transaction():
            # Who was killed may have left a session that is still at it: this lock waits for it.
            owner.execute("LOCK TABLE planfold.stored_events IN SHARE MODE")
        with recorder(self.kind, self.endpoint.app, 1) as last:
            last.insert_events([StoredEvent(END_STREAM, 1, TOPIC, b"end")])
        while (left := [process for process in self._readers if process.is_alive()]) and (
            time.monotonic() - begun < CATCHING_UP
        ):
            self._wait(left, 0.5)
        self.failed += [
            f"{process.name} did not end in {CATCHING_UP:.0f} s" for process in self._all() if process.is_alive()
        ]
        self.failed += [f"{process.name} ended with {code}" for process in self._all() if (code := process.exitcode)]
        self.catching_up_seconds = time.monotonic() - begun

    def _wait(self, for_processes: list[SpawnProcess], seconds: float) -> bool:
        """For the end of a process, so long at most; False if one ended. Tells how far all have come."""
        ended = processes.wait([process.sentinel for process in for_processes], timeout=seconds)
        now = time.monotonic()
        if now - self._told > PROGRESS:
            self._told = now
            read = " ".join(f"{count:,}" for count in self._board.read)
            told = f"{now - self._started:5.0f} s: {self._written():,} events stand, readers saw {read}"
            print(f"{told}; {self.kills_of_writers} kills", file=sys.stderr, flush=True)
        return not ended

    def _written(self) -> int:
        return sum(self._board.written)

    @staticmethod
    def _kill(process: SpawnProcess) -> None:
        process.kill()
        process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """A child that is started within does not hear Ctrl-C, which is for its parent."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
