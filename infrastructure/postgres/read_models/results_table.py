"""One row for each run: its result, beside it what runs are looked for by, and what each of its drafts came to."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from planfold.application.results import EMPTY, PlanGenerationResult, evolve
from planfold.domain.inspection import Finding
from planfold.domain.names import tenant_of
from planfold.domain.plan_generation import DraftFailed, PlanDrafted, PlanValidated
from planfold.domain.recorded import Recorded
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.postgres.read_models.model import Rows, notification

_BEFORE = """
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.notification_id
FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS wanted(tenant, stream, version)
JOIN planfold.stored_events AS e
  ON e.tenant = wanted.tenant AND e.originator_id = wanted.stream AND e.originator_version < wanted.version
ORDER BY e.originator_id, e.originator_version
"""
# As one document: a statement for each row, or a pipeline of them, takes several times as long.
_STORE = """
INSERT INTO planfold.results AS r (tenant, run_id, build, agent_id, goal, outcome, planner, codes,
    started_at, started_position, position, drafts, result)
SELECT tenant, run_id, %s, agent_id, goal, outcome, planner, codes, started_at, started_position, position, drafts, result
FROM jsonb_to_recordset(%s::jsonb) AS given(tenant text, run_id text, agent_id text, goal text, outcome text,
    planner text, codes text[], started_at timestamptz, started_position bigint, position bigint, drafts jsonb, result jsonb)
ON CONFLICT (tenant, run_id, build) DO UPDATE SET agent_id = excluded.agent_id, goal = excluded.goal,
    outcome = excluded.outcome, planner = excluded.planner, codes = excluded.codes, started_at = excluded.started_at,
    started_position = excluded.started_position, position = excluded.position, drafts = excluded.drafts,
    result = excluded.result
"""
_CLEAR = """
DELETE FROM planfold.results
WHERE ctid = ANY (ARRAY(SELECT ctid FROM planfold.results WHERE build = %s LIMIT %s))
"""

Draft = dict[str, Any]
"""Who answered and when, in how many tokens, for how many micro-USD, in how many milliseconds; what was found in it.

`valid` is None as long as nobody inspected it, which for a failed one is for ever; of each finding the code and the skill
of its step.
"""


class RunAt(NamedTuple):
    result: PlanGenerationResult
    drafts: tuple[Draft, ...]


class ResultsTable:
    """The read model PlanGenerationResult. What was folded before is folded again: runs have few events."""

    name, version = "results", 1

    def takes(self, stream: str) -> bool:
        return stream.partition("/")[2].startswith("run/")

    def load(self, rows: Rows, build: int, before: Mapping[str, int]) -> Mapping[str, RunAt]:  # noqa: ARG002 - the log is one for all
        begun = {stream: version for stream, version in before.items() if version > 1}
        if not begun:
            return {}
        rows.execute(_BEFORE, ([tenant_of(stream) for stream in begun], [*begun], [*begun.values()]))
        states: dict[str, RunAt] = {}
        for row in rows:
            event = decode(notification(row))
            states[event.stream] = self.evolve(states.get(event.stream), event)
        return states

    def evolve(self, state: RunAt | None, event: Recorded[Any]) -> RunAt:
        before = state or RunAt(EMPTY, ())
        result = evolve(before.result, event)
        return RunAt(result, _drafts(before.drafts, event, result))

    def store(self, rows: Rows, build: int, states: Mapping[str, RunAt]) -> None:
        rows.execute(_STORE, (build, f"[{','.join(_row(stream, state) for stream, state in states.items())}]"))

    def clear(self, rows: Rows, build: int, at_most: int) -> int:
        return rows.execute(_CLEAR, (build, at_most)).rowcount


def _drafts(drafts: tuple[Draft, ...], event: Recorded[Any], result: PlanGenerationResult) -> tuple[Draft, ...]:
    match event.fact:
        case PlanDrafted() | DraftFailed() as fact:
            draft = {
                "attempt": fact.attempt,
                "answered": isinstance(fact, PlanDrafted),
                "at": event.recorded_at.isoformat(),
                "planner": fact.planner.name,
                "model": fact.planner.model,
                "tokens": None if fact.usage is None else fact.usage.input_tokens + fact.usage.output_tokens,
                "cost_micros": fact.cost_micros,
                "duration_ms": fact.duration_ms,
                "valid": None,
                "findings": [],
            }
            return (*drafts, draft)
        case PlanValidated() as fact if drafts:
            found = [{"code": item.code, "skill": _skill(result, item)} for item in fact.findings]
            return (*drafts[:-1], drafts[-1] | {"valid": fact.valid, "findings": found})
        case _:
            return drafts


def _skill(result: PlanGenerationResult, finding: Finding) -> str | None:
    """What the step calls that a finding is about; None if it is about none, or about one without a name."""
    for step in result.steps if finding.step_id is not None else ():
        if step.get("step_id") == finding.step_id:
            skill = step.get("skill")
            return skill if isinstance(skill, str) else None
    return None


def _row(stream: str, state: RunAt) -> str:
    result, (tenant, _, run_id) = state.result, stream.partition("/run/")
    beside = {
        "tenant": tenant,
        "run_id": run_id,
        "agent_id": result.agent_id,
        "goal": result.goal,
        "outcome": result.outcome,
        "planner": None if result.planner is None else result.planner.name,
        "codes": sorted({finding.code for finding in result.findings}),
        "started_at": None if result.started_at is None else result.started_at.isoformat(),
        "started_position": result.started_position,
        "position": result.position,
        "drafts": state.drafts,
    }
    return f'{json.dumps(beside)[:-1]}, "result": {result.model_dump_json()}}}'
