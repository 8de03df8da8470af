"""What queries are shown at this moment, row by row, for an auditor who folds the same events again."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from psycopg.sql import SQL, Composed

from planfold.application.ports import Shown, ShownRow
from planfold.domain.names import ledger_stream, run_stream
from planfold.infrastructure.postgres.connect import Pool, store_errors
from planfold.infrastructure.postgres.read_models.kept_json import read
from planfold.infrastructure.postgres.read_models.ledgers_table import LedgersTable
from planfold.infrastructure.postgres.read_models.results_table import ResultsTable

# Each is one statement, so that checkpoint, rows and parked streams are those of one moment. What somebody wrote there who
# is no planfold may be beyond what a driver makes of it, so JSON and times come as text: the latter in JSON's form, whatever
# the server's.
_BUILD = """
WITH shown AS MATERIALIZED (
    SELECT p.build, t.notification_id AS checkpoint
    FROM planfold.projections AS p JOIN planfold.tracking AS t ON t.application_name = p.name || ':' || p.build
    WHERE p.name = %(name)s AND p.version = %(version)s
), parked AS MATERIALIZED (
    SELECT DISTINCT ON (stream) stream, reason
    FROM planfold.parked JOIN shown USING (build)
    WHERE tenant = %(tenant)s AND projection = %(name)s AND stream = ANY (%(streams)s)
    ORDER BY stream, version
)
"""
_RUNS = SQL(_BUILD) + SQL("""
SELECT wanted.stream, shown.checkpoint, parked.reason, r.agent_id, r.goal,
    r.outcome, r.planner, r.codes, to_jsonb(r.started_at) #>> '{}' AS started_at,
    r.started_position, r.position, r.drafts::text, r.result::text
FROM shown CROSS JOIN unnest(%(streams)s::text[], %(names)s::text[]) AS wanted(stream, run_id)
LEFT JOIN parked USING (stream)
LEFT JOIN planfold.results AS r ON r.tenant = %(tenant)s AND r.run_id = wanted.run_id AND r.build = shown.build
""")
_LEDGERS = SQL(_BUILD) + SQL("""
SELECT wanted.stream, shown.checkpoint, parked.reason, l.version, l.position, l.state::text
FROM shown CROSS JOIN unnest(%(streams)s::text[], %(names)s::text[]) AS wanted(stream, scope)
LEFT JOIN parked USING (stream)
LEFT JOIN planfold.ledger_status AS l ON l.tenant = %(tenant)s AND l.scope = wanted.scope AND l.build = shown.build
""")
_UNRECORDED = """
SELECT r.tenant || '/run/' || r.run_id AS stream
FROM planfold.results AS r JOIN planfold.projections AS p ON p.name = 'results' AND p.build = r.build
WHERE r.tenant = %(tenant)s AND NOT EXISTS (
    SELECT FROM planfold.stored_events AS e
    WHERE e.tenant = r.tenant AND e.originator_id = r.tenant || '/run/' || r.run_id)
UNION ALL
SELECT l.tenant || '/ledger/' || l.scope
FROM planfold.ledger_status AS l JOIN planfold.projections AS p ON p.name = 'ledgers' AND p.build = l.build
WHERE l.tenant = %(tenant)s AND NOT EXISTS (
    SELECT FROM planfold.stored_events AS e
    WHERE e.tenant = l.tenant AND e.originator_id = l.tenant || '/ledger/' || l.scope)
ORDER BY stream
LIMIT %(at_most)s
"""
_JSON, _TIMES = frozenset({"drafts", "result", "state"}), frozenset({"started_at"})
_BESIDE = frozenset({"stream", "checkpoint", "reason"})
"""Columns that are not of the row."""


class PostgresRows:
    """The port ReadModelRows. Rows that a program of another version makes are none to this one."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def runs(self, tenant: str, run_ids: Sequence[str]) -> Shown:
        return self._shown(_RUNS, ResultsTable(), tenant, run_ids, run_stream)

    def ledgers(self, tenant: str, scopes: Sequence[str]) -> Shown:
        return self._shown(_LEDGERS, LedgersTable(), tenant, scopes, ledger_stream)

    def unrecorded(self, tenant: str, at_most: int) -> Sequence[str]:
        with store_errors("read what queries are shown"), self._pool.connection() as connection:
            found = connection.execute(_UNRECORDED, {"tenant": tenant, "at_most": at_most})
            return [row["stream"] for row in found]

    def _shown(
        self,
        statement: Composed,
        model: ResultsTable | LedgersTable,
        tenant: str,
        names: Sequence[str],
        stream: Callable[[str, str], str],
    ) -> Shown:
        given = {
            "tenant": tenant,
            "name": model.name,
            "version": model.version,
            "names": [*names],
            "streams": [stream(tenant, each) for each in names],
        }
        with store_errors("read what queries are shown"), self._pool.connection() as connection:
            found = connection.execute(statement, given).fetchall()
        return Shown(
            checkpoint=found[0]["checkpoint"] if found else 0,
            rows={row["stream"]: _row(row) for row in found if row["position"] is not None},
            parked={row["stream"]: row["reason"] for row in found if row["reason"] is not None},
        )


def _row(row: dict[str, Any]) -> ShownRow:
    columns = {name: _told(name, value) for name, value in row.items() if name not in _BESIDE}
    told = columns.get("result") if "result" in columns else {"version": columns.pop("version")}
    version = told.get("version") if isinstance(told, dict) else None
    return ShownRow(version if type(version) is int else 0, columns)


def _told(name: str, value: Any) -> Any:
    """As JSON has it; what cannot be read is its own text, which is none that a program would write."""
    with suppress(ValueError, OverflowError, RecursionError):
        if name in _JSON and value is not None:
            return read(value)
        if name in _TIMES and value is not None:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value
