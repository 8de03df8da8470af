"""Facts to stored bytes and back: the envelope and its digest chain."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

import pydantic_core
from eventsourcing.persistence import Notification, StoredEvent
from pydantic import ValidationError

from planfold.domain.canonical import digest
from planfold.domain.frozen import Fact
from planfold.domain.recorded import Head, Recorded, Stored
from planfold.infrastructure.errors import EventKindUnknown, StoredEventUnreadable
from planfold.infrastructure.event_names import FACTS, NAMES, belongs
from planfold.infrastructure.upcasts import newest, upcast
from planfold.infrastructure.wording import first_problem

MAX_BODY_BYTES = 256 * 1024
ENVELOPE_BYTES = 4 * 1024
_ENVELOPE = ("event_id", "name", "schema", "recorded_at", "actor", "correlation_id", "previous", "body")


class Entry(NamedTuple):
    """A fact in its envelope, encoded: what a recorder saves.

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
        "schema": newest(name),
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


def opened(stored: StoredEvent) -> Stored:
    """The envelope opened, and the body as it was written, whether this release knows such an event or not.

    Raises StoredEventUnreadable.
    """
    try:
        envelope = _envelope(stored)
        return Stored(
            stream=cast("str", stored.originator_id),
            version=stored.originator_version,
            position=_position(stored) or 0,
            event_id=envelope["event_id"],
            name=envelope["name"],
            schema=envelope["schema"],
            recorded_at=envelope["recorded_at"],
            actor=envelope["actor"],
            correlation_id=envelope["correlation_id"],
            previous=envelope["previous"],
            digest=digest(stored.state),
            body=envelope["body"],
        )
    except _Unlike as error:
        raise _unreadable(stored, str(error)) from None


class _Unlike(ValueError):
    """The envelope is none that a release writes; the sentence says what is wrong with it."""


def _envelope(stored: StoredEvent) -> dict[str, Any]:
    """Raises _Unlike."""
    try:
        envelope = pydantic_core.from_json(stored.state)
    except ValueError as error:
        raise _Unlike(f"its bytes are no JSON ({error})") from None
    if not isinstance(envelope, dict):
        raise _Unlike("its bytes are no JSON object")
    missing = next((name for name in _ENVELOPE if name not in envelope), None)
    if missing is not None:
        raise _Unlike(f"it has no {missing}")
    if envelope["name"] != stored.topic:
        raise _Unlike(f"it is stored as {stored.topic}, and {envelope['name']!r:.80} inside")
    for text in ("event_id", "actor", "correlation_id", "previous"):
        if not isinstance(envelope[text], str):
            raise _Unlike(f"its {text} is no text")
    if type(envelope["schema"]) is not int:  # True is none
        raise _Unlike("its schema is no whole number")
    if not _is_moment(envelope["recorded_at"]):
        raise _Unlike("its recorded_at is no time with a zone")
    return envelope


def _is_moment(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def recorded_at(stored: StoredEvent) -> datetime:
    """When it was recorded, whatever its kind. Raises StoredEventUnreadable."""
    return datetime.fromisoformat(opened(stored).recorded_at)


def sealed(found: Stored) -> Notification:
    """The stored form of what was opened, byte for byte, so that its digest can be taken again from an export."""
    envelope = {
        "event_id": found.event_id,
        "name": found.name,
        "schema": found.schema,
        "recorded_at": found.recorded_at,
        "actor": found.actor,
        "correlation_id": found.correlation_id,
        "previous": found.previous,
        "body": found.body,
    }
    return Notification(found.stream, found.version, found.name, pydantic_core.to_json(envelope), id=found.position)


def decode(stored: StoredEvent) -> Recorded[object]:
    """The event as it was meant, in this release's form; fields that this release does not know are left out.

    Raises EventKindUnknown, StoredEventUnreadable.
    """
    found = opened(stored)
    try:
        kind = FACTS.get(found.name)
        if kind is None:
            raise EventKindUnknown(found.stream, found.version, found.name, _position(stored))
        fact = kind.model_validate(upcast(found.name, found.schema, found.body), extra="ignore")
        return Recorded(
            stream=found.stream,
            version=found.version,
            position=found.position,
            event_id=found.event_id,
            name=found.name,
            recorded_at=datetime.fromisoformat(found.recorded_at),
            actor=found.actor,
            correlation_id=found.correlation_id,
            previous=found.previous,
            digest=found.digest,
            fact=fact,
        )
    except ValidationError as error:
        where, what = first_problem(error)
        raise _unreadable(stored, f"in its body, {where}: {what}" if where else f"its body: {what}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(stored, f"its body has not the form of {stored.topic}") from error


def _unreadable(stored: StoredEvent, what: str) -> StoredEventUnreadable:
    place = (str(stored.originator_id), stored.originator_version, stored.topic)
    reason = f"{what}; it was damaged, or written by a release that this one does not understand"
    return StoredEventUnreadable(*place, reason, _position(stored))


def _position(stored: StoredEvent) -> int | None:
    return stored.id if isinstance(stored, Notification) else None
