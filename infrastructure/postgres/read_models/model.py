"""What a projection is: streams of one kind, folded into rows of one table."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from eventsourcing.persistence import Notification
from psycopg import Cursor

from planfold.domain.recorded import Recorded

State = TypeVar("State")

Rows = Cursor[dict[str, Any]]
"""A cursor of the transaction that also moves the checkpoint."""


class ReadModel(Protocol[State]):
    """One projection. Whatever an event makes it raise parks that event's stream, unless the database itself is away."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """Grows with every change of what is made of the same events: a program that is newer builds anew."""
        ...

    def takes(self, stream: str) -> bool:
        """Whether the stream's events are folded here."""
        ...

    def load(self, rows: Rows, build: int, before: Mapping[str, int]) -> Mapping[str, State]:
        """The states of these streams before these versions, of those that have one."""
        ...

    def evolve(self, state: State | None, event: Recorded[Any]) -> State:
        """The state after one more event."""
        ...

    def store(self, rows: Rows, build: int, states: Mapping[str, State]) -> None:
        """These states stand in the build's rows, under their streams' names, whatever the events say of themselves."""
        ...

    def clear(self, rows: Rows, build: int, at_most: int) -> int:
        """At most so many rows of a build that nobody is shown are gone; how many they were."""
        ...


def notification(row: Mapping[str, Any]) -> Notification:
    """A row of `stored_events` as recorders give it."""
    return Notification(
        row["originator_id"],
        row["originator_version"],
        row["topic"],
        bytes(row["state"]),
        id=row["notification_id"],
    )
