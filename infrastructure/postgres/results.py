"""Finding runs: by agent, outcome and words of the goal, newest first, a page by key.

The log itself is read and each candidate folded; a projection with its own indexes will serve large stores.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from eventsourcing.persistence import StoredEvent
from psycopg.types.json import Jsonb

from planfold.application.ports import UNFINISHED, RunQuery
from planfold.application.results import PlanGenerationResult, fold
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.postgres.connect import Pool, store_errors

PAGE = 200
"""Runs read at a time while looking for those that match."""

_STARTED = """
    SELECT notification_id AS position, originator_id AS stream
    FROM planfold.stored_events
    WHERE tenant = %(tenant)s AND topic = 'ContextBuilt' AND notification_id < %(before)s
      AND (%(context)s::jsonb = '{}' OR convert_from(state, 'UTF8')::jsonb -> 'body' @> %(context)s::jsonb)
      AND (%(search)s::text IS NULL
           OR to_tsvector('simple', convert_from(state, 'UTF8')::jsonb -> 'body' ->> 'goal')
              @@ websearch_to_tsquery('simple', %(search)s))
    ORDER BY notification_id DESC
    LIMIT %(page)s
"""
_EVENTS = """
    SELECT originator_id, originator_version, topic, state
    FROM planfold.stored_events
    WHERE tenant = %s AND originator_id = ANY(%s)
    ORDER BY originator_id, originator_version
"""


class PostgresResults:
    """`reading` gives the pool of whoever serves queries; it is asked for when something is, not before."""

    def __init__(self, reading: Callable[[], Pool]) -> None:
        self._reading = reading

    def find(self, query: RunQuery) -> Sequence[str]:
        return list(islice(self._matching(query), query.limit))

    def _matching(self, query: RunQuery) -> Iterator[str]:
        before = query.before if query.before is not None else 2**63 - 1
        page = PAGE if query.outcome is not None else min(PAGE, query.limit)
        while True:
            with store_errors("find runs"), self._reading().connection() as connection:
                started = connection.execute(
                    _STARTED,
                    {
                        "tenant": query.tenant,
                        "before": before,
                        "context": Jsonb({} if query.agent_id is None else {"agent_id": query.agent_id}),
                        "search": (query.search or "").strip() or None,
                        "page": page,
                    },
                ).fetchall()
            streams = [row["stream"] for row in started]
            ended = {} if query.outcome is None else self._folded(query.tenant, streams)
            for stream in streams:
                if query.outcome is None or (ended[stream].outcome or UNFINISHED) == query.outcome:
                    yield stream.partition("/run/")[2]
            if len(started) < page:
                return
            before = started[-1]["position"]

    def _folded(self, tenant: str, streams: list[str]) -> dict[str, PlanGenerationResult]:
        with store_errors("find runs"), self._reading().connection() as connection:
            rows = connection.execute(_EVENTS, (tenant, streams)).fetchall()
        events: dict[str, list[StoredEvent]] = {}
        for row in rows:
            stored = StoredEvent(row["originator_id"], row["originator_version"], row["topic"], bytes(row["state"]))
            events.setdefault(row["originator_id"], []).append(stored)
        return {stream: fold(decode(item) for item in items) for stream, items in events.items()}
