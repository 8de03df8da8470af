"""A process that reads on and writes down what it saw; where it ends, its last line says where it is to go on."""

import threading
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from eventsourcing.persistence import InterfaceError, Notification, OperationalError

from benchmarks.checker.board import Scene
from benchmarks.checker.recorders import Watched, recorder
from benchmarks.checker.saves import END_STREAM, whole_lines

PAGES = (1000, 200, None)
"""How many events each reader asks for; the last one subscribes."""
MORTAL = 1
"""The reader that is killed."""
INTERVAL = 0.005
"""Seconds between two looks where there was nothing more."""


def line(position: int, stream: str, version: int, topic: str, state: bytes) -> str:
    """An event as it was seen, or as it stands."""
    digest = blake2b(state, digest_size=12, key=topic.encode()).hexdigest()
    return f"{position} {stream} {version} {digest}\n"


def tail(scene: Scene, number: int) -> None:
    """Everything from the last line on, until the end of the log; one write for each answer."""
    path = scene.folder / f"reader-{number}.seen"
    board = scene.board
    gaps, waits = board.gaps[number], board.waits[number]  # of the lives before
    last = int(whole_lines(path).split(b" ")[0] or 0)
    with recorder(scene.kind, scene.conninfo, 1) as reads_by, path.open("ab", buffering=0) as file:
        board.begun[number] = 1
        for page in _pages(reads_by, PAGES[number], last):
            lines = [
                line(each.id, str(each.originator_id), each.originator_version, each.topic, each.state) for each in page
            ]
            file.write("".join(lines).encode())
            board.read[number] += len(page)
            board.passed[number] = page[-1].id
            order = reads_by.order
            board.gaps[number], board.waits[number] = gaps + order.gaps, waits + order.waits
            board.longest[number] = max(board.longest[number], round(order.longest_wait * 1000))
            if page[-1].originator_id == END_STREAM:
                break


def _pages(reads_by: Watched, limit: int | None, last: int) -> Iterator[Sequence[Notification]]:
    """Answers that are not empty. A lost session is no reason to begin anew."""
    subscription = reads_by.subscribe(gt=last)
    pause = threading.Event()
    while True:
        try:
            if limit is None:
                page: Sequence[Notification] = [next(subscription)]
            else:
                page = reads_by.select_notifications(last, limit, inclusive_of_start=False)
        except (OperationalError, InterfaceError):
            continue
        if page:
            last = page[-1].id
            yield page
        else:
            pause.wait(INTERVAL)
