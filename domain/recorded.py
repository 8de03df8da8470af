"""A fact in its envelope: what the store adds when it writes, and hands back when it reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from pydantic import JsonValue

F_co = TypeVar("F_co", covariant=True)

GENESIS = "0" * 64
"""What the first event of a stream names as the one before it."""


@dataclass(frozen=True, slots=True)
class Recorded(Generic[F_co]):
    """One event of one stream.

    `position` orders the whole log, with gaps; `version` counts the stream from 1 without gaps. `recorded_at` (UTC)
    never goes backwards within a stream. `digest` is the SHA-256 of the stored bytes, `previous` that of the event
    before it (GENESIS for the first).
    """

    stream: str
    version: int
    position: int
    event_id: str
    name: str
    recorded_at: datetime
    actor: str
    correlation_id: str
    previous: str
    digest: str
    fact: F_co


class Stored(NamedTuple):
    """One event as it stands in the log, whatever release wrote it: `body` is not read as a fact yet.

    `schema` counts the forms that bodies of this name have had. `recorded_at` is as it was written, in RFC 3339. The
    other fields are those of Recorded.
    """

    stream: str
    version: int
    position: int
    event_id: str
    name: str
    schema: int
    recorded_at: str
    actor: str
    correlation_id: str
    previous: str
    digest: str
    body: JsonValue


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream ends: what the next event must follow."""

    version: int = 0
    digest: str = GENESIS
    recorded_at: datetime | None = None

    @staticmethod
    def of(recorded: Recorded[object]) -> "Head":
        return Head(recorded.version, recorded.digest, recorded.recorded_at)


EMPTY_STREAM = Head()
