"""One row for each run: its result, beside it what runs are looked for by, and what each of its drafts came to."""

import json
from collections.abc import Mapping
from typing import Any

from planfold.application.shown_rows import NO_RUN, RunAt, beside, evolve_run
from planfold.domain.names import tenant_of
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
        return evolve_run(state or NO_RUN, event)

    def store(self, rows: Rows, build: int, states: Mapping[str, RunAt]) -> None:
        rows.execute(_STORE, (build, f"[{','.join(_row(stream, state) for stream, state in states.items())}]"))

    def clear(self, rows: Rows, build: int, at_most: int) -> int:
        return rows.execute(_CLEAR, (build, at_most)).rowcount


def _row(stream: str, state: RunAt) -> str:
    tenant, _, run_id = stream.partition("/run/")
    named = {"tenant": tenant, "run_id": run_id} | beside(state)
    return f'{json.dumps(named)[:-1]}, "result": {state.result.model_dump_json()}}}'
