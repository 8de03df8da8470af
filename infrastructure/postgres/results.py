"""Finding runs in the table of results: newest first, a page by key."""

import time
from collections.abc import Callable, Sequence
from typing import Any, LiteralString

from psycopg.sql import SQL
from pydantic import ValidationError

from planfold.application.ports import UNFINISHED, RunQuery
from planfold.application.results import PlanGenerationResult
from planfold.infrastructure.errors import SchemaMismatch
from planfold.infrastructure.postgres.connect import Pool, store_errors
from planfold.infrastructure.postgres.read_models.builds import standing
from planfold.infrastructure.postgres.read_models.keeping import POLL, ReadModels
from planfold.infrastructure.postgres.read_models.kept_json import read
from planfold.infrastructure.wording import first_problem

NAME = "results"

# The build that is shown is looked up in the same statement, so in the same snapshot.
_FIND = SQL("""
    SELECT run_id, result::text FROM planfold.results
    WHERE tenant = %(tenant)s AND build = (SELECT build FROM planfold.projections WHERE name = 'results') {}
    ORDER BY started_position DESC
    LIMIT %(limit)s
""")
_WANTED: dict[str, LiteralString] = {
    "agent_id": "AND agent_id = %(agent_id)s",
    "outcome": "AND outcome = %(outcome)s",
    "search": "AND search @@ websearch_to_tsquery('simple', translate(%(search)s, './:_@?=&#', '         '))",
    "before": "AND started_position < %(before)s",
    "planner": "AND planner = %(planner)s",
    "code": "AND codes @> ARRAY[%(code)s::text]",
    "since": "AND started_at >= %(since)s",
    "until": "AND started_at < %(until)s",
    "run_id": "AND run_id = %(run_id)s",
}


class PostgresResults:
    """`reading` gives the pool of whoever serves queries; it is asked for when something is, not before.

    Before an answer the projection is brought up to the log. Where queries have a server of their own, that may show it
    a moment later: `wait` waits for that too.
    """

    def __init__(self, reading: Callable[[], Pool], read_models: ReadModels) -> None:
        self._reading, self._read_models = reading, read_models

    def find(self, query: RunQuery) -> Sequence[PlanGenerationResult]:
        self._read_models.bring_up(NAME)
        given: dict[str, Any] = {
            "tenant": query.tenant,
            "limit": query.limit,
            "search": (query.search or "").strip() or None,
        } | {name: getattr(query, name) for name in _WANTED if name != "search"}
        wanted = [part for name, part in _WANTED.items() if given[name] is not None]
        if query.outcome == UNFINISHED:
            wanted[wanted.index(_WANTED["outcome"])] = "AND outcome IS NULL"
        with store_errors("find runs"), self._reading().connection() as connection:
            found = connection.execute(_FIND.format(SQL(" ".join(wanted))), given)
            return [_read(row["run_id"], row["result"]) for row in found]

    def wait(self, position: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        if not self._read_models.wait(NAME, position, seconds):
            return False
        while True:
            with store_errors("find runs"), self._reading().connection() as connection:
                shown = standing(connection, NAME)
            if shown is not None and shown.checkpoint >= position:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)


def _read(run_id: str, row: str) -> PlanGenerationResult:
    """What the row tells; fields of a newer program's rows are left out."""
    try:
        return PlanGenerationResult.model_validate(read(row), extra="ignore")
    except ValidationError as error:
        where = f"at {first_problem(error)[0]}"
    except RecursionError:
        where = "nested too deep"
    raise SchemaMismatch(
        f"cannot read what is kept of run {run_id}: not as this program writes it, {where}; "
        "run: planfold projections rebuild results"
    )
