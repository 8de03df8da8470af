"""Every interleaving of three writers, or four, and one reader: what the reader's wait at a gap is worth.

A writer's save is five steps that others may come between: it takes a lock on the table, a position, and a transaction
id; it commits, so that its event can be seen, or rolls back; its lock is given back. The reader reads, and where
positions have a gap it waits in its own way and reads again. An event is missed if it appears below what the reader has
passed. The model is small enough to try all ways; it must find what is wrong with the waits that do not work.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import pytest

Step = Literal["lock", "position", "xid", "end", "unlock"]
POSITION_FIRST: tuple[Step, ...] = ("lock", "position", "xid", "end", "unlock")
"""An INSERT whose default takes the position: the transaction has no id before its first row is written."""
XID_FIRST: tuple[Step, ...] = ("lock", "xid", "position", "end", "unlock")


class Writer(NamedTuple):
    todo: tuple[Step, ...]
    position: int = 0
    awaited: bool = False
    """The reader waits until it has ended, in the way that the reader can tell."""

    def locks(self) -> bool:
        return "lock" not in self.todo and "unlock" in self.todo

    def has_open_xid(self) -> bool:
        return "xid" not in self.todo and "end" in self.todo


class World(NamedTuple):
    writers: tuple[Writer, ...]
    given: int = 0
    """The newest position that was given."""
    seen: frozenset[int] = frozenset()
    """Positions of events that can be seen."""
    read: frozenset[int] = frozenset()
    passed: int = 0
    """The reader will not look again at what is at or below."""
    noted: int = 0
    """The newest position that the reader saw when it came to the gap, if it notes that in a step of its own."""
    until: int = 0
    """Up to where the reader will have passed when it has waited; 0: it does not wait."""


Awaits = Callable[[Writer], bool]


class Wait(NamedTuple):
    """The reader's steps at a gap: it notes the newest position and whom it waits for, in one order or the other."""

    awaits: Awaits
    newest_first: bool = True
    at_once: bool = False
    """Both are of one snapshot."""


def after_a_writers_step(world: World) -> Iterator[World]:
    for number, writer in enumerate(world.writers):
        if not writer.todo:
            continue
        moved = writer._replace(todo=writer.todo[1:])
        others = world.writers[:number] + world.writers[number + 1 :]
        match writer.todo[0]:
            case "position":
                moved = moved._replace(position=world.given + 1)
                yield world._replace(writers=_alike(*others, moved), given=moved.position)
            case "end":
                rolled_back = world._replace(writers=_alike(*others, moved))
                yield rolled_back
                yield rolled_back._replace(seen=world.seen | {moved.position})
            case _:
                yield world._replace(writers=_alike(*others, moved))


def after_the_readers_step(world: World, wait: Wait) -> Iterator[World]:
    beyond = max(world.seen, default=0) > world.passed
    if world.until:
        if not any(writer.awaited and wait.awaits(writer) for writer in world.writers):
            yield _having_read(world, world.until)
    elif world.passed + 1 in world.seen:
        yield _having_read(world, world.passed)
    elif world.noted:
        yield _waiting(world, wait, world.noted) if wait.newest_first else world._replace(until=max(world.seen))
    elif beyond and wait.at_once:
        yield _waiting(world, wait, max(world.seen))
    elif beyond:
        noting = world if wait.newest_first else _waiting(world, wait, 0)
        yield noting._replace(noted=max(world.seen))


def _waiting(world: World, wait: Wait, until: int) -> World:
    writers = (writer._replace(awaited=wait.awaits(writer)) for writer in world.writers)
    return world._replace(writers=_alike(*writers), noted=0, until=until)


def _having_read(world: World, passed: int) -> World:
    while passed + 1 in world.seen:
        passed += 1
    read = world.read | {each for each in world.seen if world.passed < each <= passed}
    writers = (writer._replace(awaited=False) for writer in world.writers)
    return world._replace(writers=_alike(*writers), read=read, passed=passed, noted=0, until=0)


def _alike(*writers: Writer) -> tuple[Writer, ...]:
    """Worlds that differ in the order of their writers only are one."""
    return tuple(sorted(writers))


def worlds(order: tuple[Step, ...], wait: Wait, writers: int) -> Iterator[World]:
    """All that can come about."""
    first = World((Writer(order),) * writers)
    known, ahead = {first}, [first]
    while ahead:
        world = ahead.pop()
        yield world
        for following in (*after_a_writers_step(world), *after_the_readers_step(world, wait)):
            if following not in known:
                known.add(following)
                ahead.append(following)


def misses_an_event(order: tuple[Step, ...], wait: Wait, writers: int = 3) -> bool:
    possible = worlds(order, wait, writers)
    return any(each <= world.passed and each not in world.read for world in possible for each in world.seen)


OURS = Wait(Writer.locks)
NOT_AT_ALL = Wait(lambda _: False)
LOCKS_BEFORE_THE_NEWEST = Wait(Writer.locks, newest_first=False)
XIDS_OF_THE_SAME_SNAPSHOT = Wait(Writer.has_open_xid, at_once=True)
XIDS_BEFORE_A_FRESH_ONE = Wait(Writer.has_open_xid)
"""The reader takes a transaction id after it saw the gap: whoever has one by then has an older one."""


@pytest.mark.parametrize("writers", [3, 4])
@pytest.mark.parametrize("order", [POSITION_FIRST, XID_FIRST])
def test_waiting_for_the_locks_seen_after_the_newest_position_misses_nothing(
    order: tuple[Step, ...], writers: int
) -> None:
    assert not misses_an_event(order, OURS, writers)


@pytest.mark.parametrize("wait", [NOT_AT_ALL, XIDS_OF_THE_SAME_SNAPSHOT, XIDS_BEFORE_A_FRESH_ONE])
def test_other_waits_miss_an_event_of_writers_that_take_their_position_first(wait: Wait) -> None:
    assert misses_an_event(POSITION_FIRST, wait)


def test_locks_seen_before_the_newest_position_miss_an_event_of_a_fourth_writer() -> None:
    assert misses_an_event(POSITION_FIRST, LOCKS_BEFORE_THE_NEWEST, writers=4)


def test_a_fresh_transaction_id_is_enough_if_writers_take_theirs_before_the_position() -> None:
    assert not misses_an_event(XID_FIRST, XIDS_BEFORE_A_FRESH_ONE)


@pytest.mark.parametrize("order", [POSITION_FIRST, XID_FIRST])
def test_when_all_writers_have_ended_every_event_is_read(order: tuple[Step, ...]) -> None:
    at_rest = [
        world
        for world in worlds(order, OURS, writers=3)
        if not any(writer.todo for writer in world.writers) and not list(after_the_readers_step(world, OURS))
    ]

    assert at_rest
    assert all(world.seen == world.read for world in at_rest)
