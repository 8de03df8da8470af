"""Moments as people write them."""

import re
from datetime import UTC, date, datetime, time

from planfold.infrastructure.cli.errors import Refused

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def moment(text: str, option: str, *, last: bool = False) -> datetime:
    """The moment in UTC: ISO 8601 with a zone, or a UTC date, which is its first moment, or its `last`. Raises Refused."""
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max if last else time.min, UTC)
        read = datetime.fromisoformat(text)
        if read.utcoffset() is not None:
            return read.astimezone(UTC)
        fault = "names no zone"
    except (ValueError, OverflowError):
        fault = "is no time"
    raise Refused(f"{option} {text[:40]!r} {fault}; write it as 2026-05-01T12:00:00Z, or a UTC date as 2026-05-01")
