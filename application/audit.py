"""One run replayed: whether its record holds, link by link, and what it says."""

from collections.abc import Sequence
from typing import Any, cast

from planfold.application.audit_pass import Replay
from planfold.application.audit_record import PLAN_EVENTS
from planfold.application.audit_rows import unrecorded
from planfold.application.errors import RunUnknown
from planfold.application.replay import Problem, Remark
from planfold.application.story import told
from planfold.application.world import Ports
from planfold.domain.frozen import Frozen
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream, run_stream
from planfold.domain.plan_generation import ContextBuilt, Outcome, PlanEvent, fold, outcome
from planfold.domain.recorded import Recorded

READINGS = 8
"""How often a run that goes on meanwhile is read until it has not."""


class Told(Frozen):
    version: int
    recorded_at: str
    sentence: str


class Audit(Frozen):
    """The verdict on one run: its story, what was found, and how many inspections could be repeated."""

    tenant: str
    run_id: str
    holds: bool
    outcome: Outcome | None
    """None: the generation has not ended, or its end was cut off; the record alone cannot tell which."""
    events: int
    story: tuple[Told, ...]
    problems: tuple[Problem, ...]
    """Damage before what follows from it, and then in the order in which it was recorded."""
    remarks: tuple[Remark, ...]
    """What stands out, and is explained: it is no reason to doubt the record."""
    inspections_repeated: int
    inspections_not_repeated: int
    """Made by rules, or with a manifest, that this program cannot run; they are not counted as right."""
    rows_compared: int
    """Of what queries are shown, the rows of the run and its ledgers that are as the events make them."""
    rows_behind: int
    """Those that the projections have not come to yet; they are not counted as right."""


class Auditor:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def audit(self, run_id: str, tenant: str = "default") -> Audit:
        """The run as an auditor finds it, also if only its row is left. Raises RunUnknown, EventUnreadable, StoreUnavailable."""
        try:
            events, ledgers = self._read(run_id, tenant)
        except RunUnknown:
            if not self._ports.rows.runs(tenant, [run_id]).rows:
                raise
            return _only_its_row(run_id, tenant)
        replay = Replay(self._ports, tenant, only=run_id)
        together = sorted([*events, *ledgers], key=lambda item: item.position)
        found = [found for item in together for found in replay.take(item)]
        found += replay.end(together[-1].position)
        problems = [item for item in found if isinstance(item, Problem)]
        return Audit(
            tenant=tenant,
            run_id=run_id,
            holds=not problems,
            outcome=outcome(fold(item.fact for item in events if isinstance(item.fact, PLAN_EVENTS))),
            events=len(events),
            story=tuple(_told(item) for item in events),
            problems=tuple(sorted(problems, key=lambda found: found.order)),
            remarks=tuple(item for item in found if isinstance(item, Remark)),
            inspections_repeated=replay.record.repeated,
            inspections_not_repeated=replay.record.not_repeated,
            rows_compared=replay.rows.same,
            rows_behind=replay.rows.behind,
        )

    def _read(self, run_id: str, tenant: str) -> tuple[Sequence[Recorded[PlanEvent]], Sequence[Recorded[Any]]]:
        """The run and the ledgers that limit it, as they stood together: nothing of a save without the rest of it."""
        log, stream = self._ports.log, run_stream(tenant, run_id)
        events = [*log.read(stream)]
        if not events:
            raise RunUnknown(tenant, run_id)
        for _ in range(READINGS):
            agents = {item.fact.agent_id for item in events if isinstance(item.fact, ContextBuilt)}
            scopes = [*(agent_scope(agent) for agent in sorted(agents)), TENANT_SCOPE]
            ledgers = [item for scope in scopes for item in log.read(ledger_stream(tenant, scope))]
            since = log.read(stream, after=events[-1].version)
            if not since:
                break
            events += since
        return cast("list[Recorded[PlanEvent]]", events), ledgers


def _only_its_row(run_id: str, tenant: str) -> Audit:
    return Audit(
        tenant=tenant,
        run_id=run_id,
        holds=False,
        outcome=None,
        events=0,
        story=(),
        problems=(unrecorded(run_stream(tenant, run_id)),),
        remarks=(),
        inspections_repeated=0,
        inspections_not_repeated=0,
        rows_compared=0,
        rows_behind=0,
    )


def _told(item: Recorded[PlanEvent]) -> Told:
    own = isinstance(item.fact, PLAN_EVENTS)
    sentence = told(item.fact) if own else f"{item.name}, which is no event of a run."
    return Told(version=item.version, recorded_at=item.recorded_at.isoformat(), sentence=sentence)
