"""What `planfold doctor` looks at of planners: where they ask, how often, and what the record says of their last attempts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pydantic_core

from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.store_checks import Pending
from planfold.infrastructure.planners.llm.pace import OPEN_SECONDS, OPENS_AFTER
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.postgres.connect import store_errors

_LAST = """
    SELECT topic, state FROM (
        SELECT topic, state, notification_id FROM planfold.stored_events ORDER BY notification_id DESC LIMIT 2000
    ) AS last
    WHERE topic IN ('PlanDrafted', 'DraftFailed')
    ORDER BY notification_id DESC
"""
_TOLD = 20
_OF_THE_PROVIDER = frozenset({"rate_limited", "unavailable", "timeout", "lost", "unreachable"})
_LATELY = timedelta(hours=1)


class _Attempt(NamedTuple):
    planner: str
    at: datetime
    code: str | None
    """None: it answered."""


def planner(installation: Installation, name: str) -> str:
    """Raises PlannerUnknown, PlannerNotReady, InvalidSetting."""
    found = installation.planner_named(name)
    identity = found.identity
    model = f" with {identity.model}" if identity.model is not None else ""
    asked = f", {found.told()}" if isinstance(found, LlmPlanner) else ""
    return f"{identity.name} {identity.version}{model}{asked}"


def circuits(installation: Installation, names: Sequence[str]) -> str | Pending:
    """Circuits are those of processes; the record tells which ones are open now. Raises StoreUnavailable, SchemaMismatch."""
    with store_errors("read the last attempts"), installation.pool.connection() as connection:
        last = [*_attempts(connection.execute(_LAST).fetchall())]
        now = connection.execute("SELECT clock_timestamp() AS now").fetchone() or {}
    found, troubled = [], False
    for name in names:
        attempts = [attempt for attempt in last if attempt.planner == name][:_TOLD]
        failed = _failed_in_a_row(attempts)
        open_ = failed >= OPENS_AFTER and now["now"] - attempts[0].at < _LATELY
        troubled = troubled or open_
        found.append(f"{name} {_told(attempts, failed if open_ else 0)}")
    if not troubled:
        return "; ".join(found)
    return Pending("; ".join(found), "see to the provider, or name another planner behind it (PLANFOLD_PLANNER)")


def _attempts(rows: Iterable[Mapping[str, Any]]) -> Iterator[_Attempt]:
    for row in rows:
        with suppress(KeyError, TypeError, ValueError):  # a damaged event is the audit's business
            envelope = pydantic_core.from_json(row["state"])
            body = envelope["body"]
            code = body["code"] if row["topic"] == "DraftFailed" else None
            yield _Attempt(body["planner"]["name"], datetime.fromisoformat(envelope["recorded_at"]), code)


def _failed_in_a_row(attempts: Sequence[_Attempt]) -> int:
    """The newest ones of which the provider was to blame."""
    return next((n for n, attempt in enumerate(attempts) if attempt.code not in _OF_THE_PROVIDER), len(attempts))


def _told(attempts: Sequence[_Attempt], failed: int) -> str:
    if not attempts:
        return "was not asked of late"
    if not failed:
        answered = sum(attempt.code is None for attempt in attempts)
        return f"answered {answered} of its last {len(attempts)} attempts"
    newest = attempts[0]
    return (
        f"failed {failed} times in a row, the last time at {newest.at:%H:%M} UTC ({newest.code}): a process that saw "
        f"{OPENS_AFTER} leaves it alone for {OPEN_SECONDS:.0f} s at a time"
    )
