"""The processes of all contenders, and slices of their work that follow each other."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, Self

from benchmarks.contenders import Body

LEAST_WARM_UP = 0.5
"""Seconds before the first slice: connections are made and statements prepared."""
FEWEST = 3
PATIENCE = 10.0
"""Seconds that a process has to end when it is told to."""


class Setting(NamedTuple):
    """Who stores runs with how many writers at a time."""

    name: str
    processes: int
    threads: int
    contenders: tuple[str, ...]


class Effort(NamedTuple):
    """How often and how long each contender of a setting has its turn; times in seconds.

    Once a setting took `most`, it ends after the round that is under way, but not before FEWEST rounds.
    """

    rounds: int
    slice_: float
    most: float


class Slice(NamedTuple):
    """Runs a second of all processes together, and microseconds of their CPU for each run."""

    rate: float
    cpu_us: float


class WorkerEnded(RuntimeError):
    """A contender's process is gone; what it said stands above."""


class Crew:
    """Some processes for each contender; use it as a context, and none of them is left."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._bodies = [(body.name, body.state.decode()) for body in bodies]
        self._workers: dict[str, list[subprocess.Popen[str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        everybody = [worker for workers in self._workers.values() for worker in workers]
        for worker in everybody:
            worker.terminate()  # what it has stored goes with the server, and taking a library down takes its time
        for worker in everybody:
            try:
                worker.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                worker.kill()
            with suppress(BrokenPipeError):
                worker.communicate()

    def start(self, processes: Mapping[str, int], conninfos: Mapping[str, str]) -> None:
        for name, count in processes.items():
            self._workers[name] = [
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )
                for _ in range(count)
            ]
            for worker in self._workers[name]:
                _send(worker, contender=name, conninfo=conninfos[name], bodies=self._bodies)
        for name, workers in self._workers.items():
            for worker in workers:
                _answer(name, worker)
            self._all(name, 1, prepare=True)

    def rounds(
        self, setting: Setting, effort: Effort, order: random.Random, tell: Callable[[str], None]
    ) -> dict[str, list[Slice]]:
        """For each contender one slice of each round; their order within a round is drawn anew."""
        names = list(setting.contenders)
        found: dict[str, list[Slice]] = {name: [] for name in names}
        begun = time.monotonic()
        with self._opened(setting):
            for name in names:
                self._slice(name, setting, max(LEAST_WARM_UP, effort.slice_))
            for number in range(1, effort.rounds + 1):
                tell(f"{setting.name}: round {number} of {effort.rounds}")
                order.shuffle(names)
                for name in names:
                    found[name].append(self._slice(name, setting, effort.slice_))
                if number >= FEWEST and time.monotonic() - begun > effort.most:
                    break
        return found

    @contextmanager
    def _opened(self, setting: Setting) -> Iterator[None]:
        for name in setting.contenders:
            self._all(name, setting.processes, open=setting.threads)
        yield
        for name in setting.contenders:
            self._all(name, setting.processes, close=True)

    def _slice(self, name: str, setting: Setting, seconds: float) -> Slice:
        answers = self._all(name, setting.processes, go=seconds)
        cpu, runs = sum(answer["cpu"] for answer in answers), sum(answer["runs"] for answer in answers)
        return Slice(sum(answer["rate"] for answer in answers), cpu / runs * 1e6)

    def _all(self, name: str, processes: int, **order: Any) -> list[dict[str, Any]]:
        workers = self._workers[name][:processes]
        for worker in workers:
            _send(worker, **order)
        return [_answer(name, worker) for worker in workers]


def _send(worker: subprocess.Popen[str], **order: Any) -> None:
    assert worker.stdin is not None  # noqa: S101 - it was asked for
    worker.stdin.write(json.dumps(order) + "\n")
    worker.stdin.flush()


def _answer(name: str, worker: subprocess.Popen[str]) -> dict[str, Any]:
    assert worker.stdout is not None  # noqa: S101 - it was asked for
    line = worker.stdout.readline()
    if not line:
        raise WorkerEnded(f"a process of {name} ended with status {worker.wait()}; what it said stands above")
    answer: dict[str, Any] = json.loads(line)
    return answer
