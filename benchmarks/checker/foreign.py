"""Sessions of others on the same table, by plain SQL: slow, idle in transaction, and such as take back what they wrote."""

import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from benchmarks.checker.board import Scene
from benchmarks.checker.saves import Journal, Save, dice, split
from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.postgres.connect import Connection, connect

INSERT = "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
# With a transaction id and locks of its own, on other tables and to read this one.
ELSEWHERE = "SELECT pg_current_xact_id(), (SELECT max(notification_id) FROM planfold.stored_events)"


class Session:
    """One foreign session; each deed begins a transaction and ends it."""

    def __init__(self, name: str, connection: Connection, journal: Journal, luck: random.Random) -> None:
        self._name, self._connection, self._journal, self._luck = name, connection, journal, luck
        self._saves = 0

    def rolls_back(self) -> int:
        return self._writes(seconds=self._luck.uniform(0, 0.01), commits=False, rest=0.05)

    def commits_late(self) -> int:
        return self._writes(seconds=self._luck.uniform(0.005, 0.15), commits=True, rest=1)

    def writes_and_idles(self) -> int:
        return self._writes(seconds=self._luck.uniform(0.5, 1.5), commits=self._luck.choice((True, False)), rest=10)

    def idles(self) -> int:
        with self._connection.transaction(force_rollback=True):
            self._connection.execute(ELSEWHERE)
            time.sleep(self._luck.uniform(0.5, 1.5))
        return 0

    def _writes(self, *, seconds: float, commits: bool, rest: float) -> int:
        """What it wrote can be seen so many seconds after it has its positions, or never; then it rests for a while."""
        self._saves += 1
        name = f"{self._name}-{self._saves}"
        save = Save(name, split(self._luck.randint(1, 3), [f"f/{name}"], {}, self._luck))
        self._journal("sent", save)
        with self._connection.transaction(force_rollback=not commits):
            for event in save.events():
                self._connection.execute(
                    INSERT, [event.originator_id, event.originator_version, event.topic, event.state]
                )
            time.sleep(seconds)
        self._journal("stands" if commits else "undone", save)
        time.sleep(self._luck.uniform(0, rest))
        return save.size if commits else 0


DEEDS: tuple[Callable[[Session], int], ...] = (
    Session.rolls_back,
    Session.rolls_back,
    Session.commits_late,
    Session.commits_late,
    Session.writes_and_idles,
    Session.idles,
    Session.idles,
)


def visit(scene: Scene) -> None:
    """The sessions do what they do until they are told to stop; one that was ended from outside begins anew."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns of each session that is ended from outside
    board, written = scene.board, [0] * len(DEEDS)
    there: set[int] = set()

    def session(number: int) -> None:
        life, luck = 0, dice(scene.seed, "foreign", number)
        journal = Journal(scene.folder / f"foreign-{number}.journal")
        while not board.stop[0]:
            life += 1
            try:
                with connect(scene.conninfo) as connection:
                    there.add(number)
                    board.begun[-1] = len(there) == len(DEEDS)
                    visitor = Session(f"f{number}.{life}", connection, journal, luck)
                    while not board.stop[0]:
                        written[number] += DEEDS[number](visitor)
                        board.written[-1] = sum(written)
            except (psycopg.OperationalError, StoreUnavailable):
                continue

    with ThreadPoolExecutor(len(DEEDS)) as threads:
        for done in [threads.submit(board.stopping_all, session, number) for number in range(len(DEEDS))]:
            done.result()
