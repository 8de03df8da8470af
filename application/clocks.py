"""Times as callers give them; and positions looked for by time, though the clocks of several machines are not in step."""

from datetime import UTC, datetime, timedelta

CLOCKS = timedelta(minutes=5)
"""How far they may be apart."""
_FIRST = datetime.min.replace(tzinfo=UTC)


def in_utc(at: datetime | None) -> datetime | None:
    """A time without a zone is one of UTC, so that every machine answers alike."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def surely_before(at: datetime) -> datetime:
    """A time so much earlier that nothing recorded at `at` or later stands before what was recorded then."""
    return max(at, _FIRST + CLOCKS) - CLOCKS
