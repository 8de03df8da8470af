"""Every run of a tenant replayed, one after the other."""

from collections.abc import Callable
from datetime import datetime

from planfold.application.audit import Auditor
from planfold.application.ports import History
from planfold.application.replay import Problem
from planfold.domain.frozen import Frozen
from planfold.domain.names import identifier
from planfold.domain.plan_generation import ContextBuilt

Progress = Callable[[int, int], None]
"""Told now and then of the position that was reached, and of the one where it ends."""


class RunThatDoesNotHold(Frozen):
    run_id: str
    problems: tuple[Problem, ...]


class Audits(Frozen):
    """The verdict on all runs that have a first event on record; what is missing whole cannot be seen."""

    tenant: str
    holds: bool
    runs: int
    events: int
    remarks: int
    inspections_repeated: int
    inspections_not_repeated: int
    """Made by rules, or with a manifest, that this program cannot run; they are not counted as right."""
    not_holding: tuple[RunThatDoesNotHold, ...]
    """In the order in which the runs began."""


def audit_all(
    auditor: Auditor,
    history: History,
    tenant: str = "default",
    *,
    since: datetime | None = None,
    progress: Progress = lambda _position, _newest: None,
) -> Audits:
    """Every run of the tenant that began at `since` or later. Raises InvalidIdentifier, StoreUnavailable."""
    newest = history.newest()
    after = 0 if since is None else history.before(since)
    runs = events = remarks = repeated = not_repeated = 0
    not_holding = []
    for item in history.events(identifier(tenant, "tenant"), after, newest):
        if not isinstance(item.fact, ContextBuilt) or (since is not None and item.recorded_at < since):
            continue
        found = auditor.audit(item.fact.run_id, tenant)
        runs += 1
        events += found.events
        remarks += len(found.remarks)
        repeated += found.inspections_repeated
        not_repeated += found.inspections_not_repeated
        if not found.holds:
            not_holding.append(RunThatDoesNotHold(run_id=found.run_id, problems=found.problems))
        progress(item.position, newest)
    return Audits(
        tenant=tenant,
        holds=not not_holding,
        runs=runs,
        events=events,
        remarks=remarks,
        inspections_repeated=repeated,
        inspections_not_repeated=not_repeated,
        not_holding=tuple(not_holding),
    )
