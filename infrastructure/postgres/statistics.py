"""What planners came to, and what was found in their drafts: counted in the rows of results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row
from psycopg.sql import SQL

from planfold.infrastructure.postgres.connect import Pool, store_errors
from planfold.infrastructure.postgres.read_models.keeping import ReadModels
from planfold.infrastructure.postgres.results import NAME

_DRAFTS = SQL("""
    FROM planfold.results AS r, jsonb_to_recordset(r.drafts) AS d(attempt int, answered bool, at timestamptz, planner text,
        model text, tokens bigint, cost_micros bigint, duration_ms bigint, valid bool, findings jsonb)
    WHERE r.tenant = %(tenant)s AND r.build = (SELECT build FROM planfold.projections WHERE name = 'results')
      AND (%(agent_id)s::text IS NULL OR r.agent_id = %(agent_id)s)
      AND r.started_at >= coalesce(%(since)s::timestamptz, '-infinity')
      AND r.started_at < coalesce(%(until)s::timestamptz, 'infinity')
""")
_PLANNERS = SQL("""
    SELECT (d.at AT TIME ZONE 'UTC')::date AS day, d.planner, d.model,
        count(*) AS attempts,
        count(*) FILTER (WHERE d.answered) AS drafts,
        count(*) FILTER (WHERE d.valid) AS valid,
        count(*) FILTER (WHERE d.valid AND d.attempt = 1) AS valid_at_first_try,
        sum(d.tokens)::bigint AS tokens,
        sum(d.cost_micros)::bigint AS cost_micros,
        count(*) FILTER (WHERE d.cost_micros IS NULL) AS cost_unknown,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY d.duration_ms) AS duration_ms_p50,
        percentile_disc(0.95) WITHIN GROUP (ORDER BY d.duration_ms) AS duration_ms_p95
    {}
    GROUP BY 1, 2, 3
    ORDER BY 1 DESC, 2, 3
""").format(_DRAFTS)
_FINDINGS = SQL("""
    WITH found AS (SELECT r.run_id, d.findings {})
    SELECT f.code, f.skill, count(*) AS findings, count(DISTINCT found.run_id) AS runs
    FROM found, jsonb_to_recordset(found.findings) AS f(code text, skill text)
    GROUP BY 1, 2
    ORDER BY 3 DESC, 1, 2
""").format(_DRAFTS)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Over:
    """The runs that are counted: a tenant's, or one agent's, begun at `since` or later, before `until`."""

    tenant: str
    agent_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannerDay:
    """One UTC day of one planner and model.

    `tokens` and `cost_micros` (micro-USD) are sums of what is known, None if nothing is; `cost_unknown` counts the
    attempts whose cost is not. Half of the attempts took at most `duration_ms_p50`.
    """

    day: date
    planner: str
    model: str | None
    attempts: int
    drafts: int
    valid: int
    valid_at_first_try: int
    tokens: int | None
    cost_micros: int | None
    cost_unknown: int
    duration_ms_p50: int
    duration_ms_p95: int


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How often a code was found in steps of a skill, in drafts of how many runs; None: in no step, or in none of a name."""

    code: str
    skill: str | None
    findings: int
    runs: int


class PostgresStatistics:
    """As PostgresResults: of all that was recorded before. Raises StoreUnavailable."""

    def __init__(self, reading: Callable[[], Pool], read_models: ReadModels) -> None:
        self._reading, self._read_models = reading, read_models

    def planners(self, over: Over) -> Sequence[PlannerDay]:
        return self._counted(_PLANNERS, over, PlannerDay)

    def findings(self, over: Over) -> Sequence[FindingCount]:
        return self._counted(_FINDINGS, over, FindingCount)

    def _counted(self, statement: Any, over: Over, row: type[Row]) -> Sequence[Row]:
        self._read_models.bring_up(NAME)
        given = {"tenant": over.tenant, "agent_id": over.agent_id, "since": over.since, "until": over.until}
        with store_errors("count drafts"), self._reading().connection() as connection:
            return connection.cursor(row_factory=class_row(row)).execute(statement, given).fetchall()
