"""The event log over eventsourcing's recorders: all or nothing, exactly once, each event chained to the one before."""

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Protocol, cast

from eventsourcing.application import Application
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.utils import Environment, EnvType

from planfold.application.ids import new_id
from planfold.application.ports import Appending, Clock, StreamMoved
from planfold.domain.frozen import Fact
from planfold.domain.recorded import Recorded
from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.event_codec import Entry, decode, encode

TRIES = 5
"""After a lost answer the same events are sent again, under the same ids: what stands there tells what happened."""

MakeFactory = Callable[[Environment], InfrastructureFactory[Any]]


class Planfold(Application[str]):
    """eventsourcing's application, told everything by us: nothing is read from the host's environment."""

    name = "planfold"

    def __init__(self, make_factory: MakeFactory) -> None:
        self._make_factory = make_factory
        try:
            super().__init__()
        except PersistenceError as error:
            raise _unavailable("open the event log", error) from error

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        return self._make_factory(env)


class StreamRecorder(Protocol):
    """What the log asks of a recorder beside the library's interface."""

    def select_stream(self, stream: str, after: int) -> Sequence[Notification]: ...


class EventSourcingLog:
    """The port EventLog, on whatever recorder the application was given."""

    def __init__(self, application: Planfold, clock: Clock, actor: str) -> None:
        self._application, self._clock, self._actor = application, clock, actor

    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        recorder = cast("StreamRecorder", self._application.recorder)
        try:
            try:
                stored = recorder.select_stream(stream, after)
            except (OperationalError, InterfaceError):  # a connection that was lost while it was idle
                stored = recorder.select_stream(stream, after)
        except PersistenceError as error:
            raise _unavailable(f"read {stream}", error) from error
        return [decode(item) for item in stored]

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        entries = self._encoded(appendings)
        if not entries:
            return []
        lost: PersistenceError | None = None
        for _ in range(TRIES):
            try:
                positions = self._application.recorder.insert_events(cast("list[StoredEvent]", entries))
            except IntegrityError as error:
                return self._stands(appendings, entries, error)
            except (OperationalError, InterfaceError) as error:
                lost = error
            except PersistenceError as error:
                raise _unavailable("record events", error) from error
            else:
                return [entry.recorded(position) for entry, position in zip(entries, positions or (), strict=True)]
        raise _unavailable("record events", lost) from lost

    def _encoded(self, appendings: Sequence[Appending]) -> list[Entry]:
        now, entries = self._clock.now().astimezone(UTC), []
        for appending in appendings:
            head = appending.head
            for fact in appending.facts:
                entry = encode(
                    cast("Fact", fact),
                    stream=appending.stream,
                    head=head,
                    event_id=new_id(),
                    now=now,
                    actor=self._actor,
                    correlation_id=appending.correlation_id,
                )
                entries.append(entry)
                head = entry.head
        return entries

    def _stands(
        self, appendings: Sequence[Appending], entries: Sequence[Entry], error: IntegrityError
    ) -> Sequence[Recorded[object]]:
        """What stands where these events were to go: ours, then the answer was lost; somebody else's, then we lost."""
        ours = {entry.event_id for entry in entries}
        found: list[Recorded[object]] = []
        for appending in appendings:
            last = appending.head.version + len(appending.facts)
            standing = [item for item in self.read(appending.stream, appending.head.version) if item.version <= last]
            if any(item.event_id not in ours for item in standing):
                raise StreamMoved(appending.stream) from error
            found += standing
        if len(found) != len(entries):
            raise _unavailable("record events", error) from error
        return found


def _unavailable(deed: str, error: PersistenceError | None) -> StoreUnavailable:
    reason = str(error).strip().splitlines()[0] if error is not None and str(error).strip() else "no answer"
    return StoreUnavailable(f"cannot {deed}: the store answers {reason!r}; `planfold doctor` says what is missing")
