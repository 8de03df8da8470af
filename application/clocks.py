"""Positions are looked for by time, and the clocks of several machines are not in step."""

from datetime import UTC, datetime, timedelta

CLOCKS = timedelta(minutes=5)
"""How far they may be apart."""
_FIRST = datetime.min.replace(tzinfo=UTC)


def surely_before(at: datetime) -> datetime:
    """A time so much earlier that nothing recorded at `at` or later stands before what was recorded then."""
    return max(at, _FIRST + CLOCKS) - CLOCKS
