"""Facts to stored bytes and back: the envelope, its digest chain, and eventsourcing's mapper over both."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import pydantic_core
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from planfold.domain.canonical import digest
from planfold.domain.frozen import Fact
from planfold.domain.recorded import Head, Recorded
from planfold.infrastructure.errors import StoredEventUnreadable
from planfold.infrastructure.event_names import FACTS, NAMES, SCHEMA, belongs

MAX_BODY_BYTES = 256 * 1024
ENVELOPE_BYTES = 4 * 1024


class Entry(NamedTuple):
    """A fact in its envelope, encoded: what eventsourcing's event store is given to put, and what a recorder saves.

    A tuple, since one is made for each event of each save: a frozen dataclass takes four times as long.
    """

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    event_id: str
    recorded_at: datetime
    actor: str
    correlation_id: str
    previous: str
    digest: str
    fact: Fact

    @property
    def head(self) -> Head:
        return Head(self.originator_version, self.digest, self.recorded_at)

    def recorded(self, position: int) -> Recorded[object]:
        return Recorded(
            stream=self.originator_id,
            version=self.originator_version,
            position=position,
            event_id=self.event_id,
            name=self.topic,
            recorded_at=self.recorded_at,
            actor=self.actor,
            correlation_id=self.correlation_id,
            previous=self.previous,
            digest=self.digest,
            fact=self.fact,
        )


def encode(
    fact: Fact, *, stream: str, head: Head, event_id: str, now: datetime, actor: str, correlation_id: str
) -> Entry:
    """The stored form of `fact` as the event after `head`; its time is `now` (UTC), or that of `head` if it is later."""
    at = now if head.recorded_at is None else max(now, head.recorded_at)
    name = NAMES[type(fact)]
    if not belongs(name, stream):
        raise ValueError(f"{name} does not belong into {stream}")
    envelope = {
        "event_id": event_id,
        "name": name,
        "schema": SCHEMA,
        "recorded_at": _as_text(at),
        "actor": actor,
        "correlation_id": correlation_id,
        "previous": head.digest,
        "body": fact,
    }
    state = pydantic_core.to_json(envelope)
    if len(state) > MAX_BODY_BYTES + ENVELOPE_BYTES:
        raise ValueError(f"{name} has {len(state)} bytes, {MAX_BODY_BYTES} are stored at most; shorten what it carries")
    return Entry(
        originator_id=stream,
        originator_version=head.version + 1,
        topic=name,
        state=state,
        event_id=event_id,
        recorded_at=at,
        actor=actor,
        correlation_id=correlation_id,
        previous=head.digest,
        digest=digest(state),
        fact=fact,
    )


@lru_cache(maxsize=16)
def _as_text(at: datetime) -> str:
    """One for all events of a save."""
    return at.isoformat(timespec="microseconds")


def decode(stored: StoredEvent) -> Recorded[object]:
    """The event as it was recorded; fields that this release does not know are left out. Raises StoredEventUnreadable."""
    position = stored.id if isinstance(stored, Notification) else None
    try:
        envelope: dict[str, Any] = pydantic_core.from_json(stored.state)
        name = envelope["name"]
        _check(envelope, stored.topic)
        fact = FACTS[name].model_validate(envelope["body"], extra="ignore")
        return Recorded(
            stream=cast("str", stored.originator_id),
            version=stored.originator_version,
            position=position or 0,
            event_id=envelope["event_id"],
            name=name,
            recorded_at=datetime.fromisoformat(envelope["recorded_at"]),
            actor=envelope["actor"],
            correlation_id=envelope["correlation_id"],
            previous=envelope["previous"],
            digest=digest(stored.state),
            fact=fact,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoredEventUnreadable(
            str(stored.originator_id), stored.originator_version, stored.topic, error, position
        ) from error


def _check(envelope: dict[str, Any], topic: str) -> None:
    """Raises ValueError where the envelope is none that `encode` writes."""
    if envelope["name"] != topic:
        raise ValueError(f"its name: stored as {topic}, it is {envelope['name']!r:.80} inside")
    for text in ("event_id", "actor", "correlation_id", "previous"):
        if not isinstance(envelope[text], str):
            raise TypeError(f"{text}: no text")
    if datetime.fromisoformat(envelope["recorded_at"]).tzinfo is None:
        raise ValueError("recorded_at: no time zone")


class EntryMapper(Mapper[str]):
    """eventsourcing's mapper for entries that are encoded already.

    The library's own revives pydantic models past their validation; see ADR 2.
    """

    def __init__(self) -> None:
        super().__init__(transcoder=JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        return cast("StoredEvent", domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        return cast("DomainEventProtocol[str]", decode(stored_event))
