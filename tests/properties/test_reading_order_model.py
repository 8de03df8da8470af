"""Every interleaving of three writers, or four, and the readers of one process: what the wait at a gap is worth.

A writer's save is five steps that others may come between: it takes a lock on the table, a position, and a transaction
id; it commits, so that its event can be seen, or rolls back; its lock is given back. Readers ask for what is behind any
position that was given, also in the middle of what is under way, and are answered up to a gap; where nothing is left of an
answer, its reader waits in its own way and asks again. What readers learn they share; another process begins with nothing,
and can be told the checkpoint of a reader of the whole log. An event is missed if it appears within what an answer went past without
it. The model is small enough to try all ways; it must find what is wrong with the orders that do not work.
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
    passed_over: frozenset[int] = frozenset()
    """Positions that an answer went past without an event."""
    settled: int = 0
    """Up to where nothing more can appear, as the process knows."""
    checkpoint: int = 0
    """How far a reader has come that began with the first position."""
    noted: int = 0
    """The newest position that the reader saw when it came to the gap, if it notes that in a step of its own."""
    until: int = 0
    """What is settled once the reader has waited; 0: it does not wait."""


Awaits = Callable[[Writer], bool]


class Order(NamedTuple):
    """The reader's steps at a gap: it notes the newest position and whom it waits for, in one order or the other."""

    awaits: Awaits
    newest_first: bool = True
    at_once: bool = False
    """Both are of one snapshot."""
    begins: Literal["where it is asked", "where it finds the first"] = "where it is asked"
    """From where an answer has to be without a gap."""
    settles: Literal["what follows the settled", "what was answered"] = "what follows the settled"


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


def after_a_readers_step(world: World, order: Order) -> Iterator[World]:
    """Somebody asks for what is behind a position; or one who was answered nothing waits, one at a time."""
    for begun in range(world.given):
        if whole := answer(world, begun, order):
            yield _answered(world, begun, whole[-1], order)
        elif max(world.seen, default=0) > begun and not world.noted and not world.until:
            if order.at_once:
                yield _waiting(world, order, max(world.seen))
            else:
                noting = world if order.newest_first else _waiting(world, order, 0)
                yield noting._replace(noted=max(world.seen))
    if world.noted:
        newest = world.noted if order.newest_first else max(world.seen)
        yield _waiting(world, order, newest) if order.newest_first else world._replace(noted=0, until=newest)
    if world.until and not any(writer.awaited and order.awaits(writer) for writer in world.writers):
        yield _knowing(world, max(world.settled, world.until))


def after_another_process_began(world: World) -> World:
    return _knowing(world, 0)


def after_it_was_told_the_checkpoint(world: World) -> World:
    return world._replace(settled=max(world.settled, world.checkpoint))


def answer(world: World, begun: int, order: Order) -> list[int]:
    found = sorted(each for each in world.seen if each > begun)
    at = max(begun, world.settled)
    if found and order.begins == "where it finds the first":
        at = max(at, found[0])
    whole: list[int] = []
    for each in found:
        if each > at + 1:
            break
        at = max(at, each)
        whole.append(each)
    return whole


def _answered(world: World, begun: int, last: int, order: Order) -> World:
    passed_over = world.passed_over | (frozenset(range(begun + 1, last)) - world.seen)
    follows = begun <= world.settled or order.settles == "what was answered"
    return world._replace(
        passed_over=passed_over,
        settled=max(world.settled, last) if follows else world.settled,
        checkpoint=last if begun == world.checkpoint else world.checkpoint,
    )


def _waiting(world: World, order: Order, until: int) -> World:
    writers = (writer._replace(awaited=order.awaits(writer)) for writer in world.writers)
    return world._replace(writers=_alike(*writers), noted=0, until=until)


def _knowing(world: World, settled: int) -> World:
    """Nobody waits."""
    writers = (writer._replace(awaited=False) for writer in world.writers)
    return world._replace(writers=_alike(*writers), settled=settled, noted=0, until=0)


def _alike(*writers: Writer) -> tuple[Writer, ...]:
    """Worlds that differ in the order of their writers only are one."""
    return tuple(sorted(writers))


def worlds(steps: tuple[Step, ...], order: Order, writers: int) -> Iterator[World]:
    """All that can come about."""
    first = World((Writer(steps),) * writers)
    known, ahead = {first}, [first]
    while ahead:
        world = ahead.pop()
        yield world
        by_others = (after_another_process_began(world), after_it_was_told_the_checkpoint(world))
        for following in (*after_a_writers_step(world), *after_a_readers_step(world, order), *by_others):
            if following not in known:
                known.add(following)
                ahead.append(following)


def misses_an_event(steps: tuple[Step, ...], order: Order, writers: int = 3) -> bool:
    return any(world.passed_over & world.seen for world in worlds(steps, order, writers))


OURS = Order(Writer.locks)
NOT_AT_ALL = Order(lambda _: False)
LOCKS_BEFORE_THE_NEWEST = Order(Writer.locks, newest_first=False)
XIDS_OF_THE_SAME_SNAPSHOT = Order(Writer.has_open_xid, at_once=True)
XIDS_BEFORE_A_FRESH_ONE = Order(Writer.has_open_xid)
"""The reader takes a transaction id after it saw the gap: whoever has one by then has an older one."""
BEGINS_WITH_WHAT_IT_FINDS = Order(Writer.locks, begins="where it finds the first")
"""As if the first event that can be seen behind a position were the first there is."""
SETTLES_WHAT_IT_ANSWERS = Order(Writer.locks, settles="what was answered")
"""As if who begins in the middle knew of what is before it, for all others."""


@pytest.mark.parametrize("writers", [3, 4])
@pytest.mark.parametrize("steps", [POSITION_FIRST, XID_FIRST])
def test_waiting_for_the_locks_seen_after_the_newest_position_misses_nothing(
    steps: tuple[Step, ...], writers: int
) -> None:
    assert not misses_an_event(steps, OURS, writers)


@pytest.mark.parametrize("order", [NOT_AT_ALL, XIDS_OF_THE_SAME_SNAPSHOT, XIDS_BEFORE_A_FRESH_ONE])
def test_other_waits_miss_an_event_of_writers_that_take_their_position_first(order: Order) -> None:
    assert misses_an_event(POSITION_FIRST, order)


def test_locks_seen_before_the_newest_position_miss_an_event_of_a_fourth_writer() -> None:
    assert misses_an_event(POSITION_FIRST, LOCKS_BEFORE_THE_NEWEST, writers=4)


def test_a_fresh_transaction_id_is_enough_if_writers_take_theirs_before_the_position() -> None:
    assert not misses_an_event(XID_FIRST, XIDS_BEFORE_A_FRESH_ONE)


@pytest.mark.parametrize("order", [BEGINS_WITH_WHAT_IT_FINDS, SETTLES_WHAT_IT_ANSWERS])
def test_who_takes_more_for_settled_than_it_has_read_misses_an_event(order: Order) -> None:
    assert misses_an_event(POSITION_FIRST, order)


def test_who_begins_in_the_middle_is_answered_what_follows_there_without_a_gap() -> None:
    world = World((), given=5, seen=frozenset({3, 4}))

    assert [[], [], [3, 4], [4]] == [answer(world, begun, OURS) for begun in range(4)]


@pytest.mark.parametrize("steps", [POSITION_FIRST, XID_FIRST])
def test_when_all_writers_have_ended_every_event_is_read(steps: tuple[Step, ...]) -> None:
    at_rest = [
        world
        for world in worlds(steps, OURS, writers=3)
        if not any(writer.todo for writer in world.writers) and not {*after_a_readers_step(world, OURS)} - {world}
    ]

    assert at_rest
    assert all(sorted(world.seen) == answer(world, 0, OURS) for world in at_rest)
