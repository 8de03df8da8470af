"""One row for each ledger: what its events amount to."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from planfold.domain.ledger import EMPTY, Ledger, evolve
from planfold.domain.names import tenant_of
from planfold.domain.recorded import Recorded
from planfold.infrastructure.postgres.read_models.model import Rows

_LOAD = """
SELECT tenant || '/ledger/' || scope AS stream, version, position, state::text
FROM planfold.ledger_status
WHERE build = %s AND (tenant, scope) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
_STORE = """
INSERT INTO planfold.ledger_status (tenant, scope, build, version, position, state)
SELECT tenant, scope, %s, version, position, state
FROM jsonb_to_recordset(%s::jsonb) AS given(tenant text, scope text, version bigint, position bigint, state jsonb)
ON CONFLICT (tenant, scope, build) DO UPDATE SET version = excluded.version, position = excluded.position,
    state = excluded.state
"""
_CLEAR = """
DELETE FROM planfold.ledger_status
WHERE ctid = ANY (ARRAY(SELECT ctid FROM planfold.ledger_status WHERE build = %s LIMIT %s))
"""


class LedgerAt(NamedTuple):
    """A ledger, and the event that it was folded up to."""

    ledger: Ledger
    version: int
    position: int


class LedgersTable:
    name, version = "ledgers", 1

    def takes(self, stream: str) -> bool:
        return stream.partition("/")[2].startswith("ledger/")

    def load(self, rows: Rows, build: int, before: Mapping[str, int]) -> Mapping[str, LedgerAt]:
        begun = [stream for stream, version in before.items() if version > 1]
        rows.execute(_LOAD, (build, [tenant_of(stream) for stream in begun], [_scope(stream) for stream in begun]))
        return {
            row["stream"]: LedgerAt(Ledger.model_validate_json(row["state"]), row["version"], row["position"])
            for row in rows
        }

    def evolve(self, state: LedgerAt | None, event: Recorded[Any]) -> LedgerAt:
        after = 0 if state is None else state.version
        if event.version != after + 1:
            raise ValueError(f"event {event.version} cannot follow event {after}")
        return LedgerAt(evolve(EMPTY if state is None else state.ledger, event.fact), event.version, event.position)

    def store(self, rows: Rows, build: int, states: Mapping[str, LedgerAt]) -> None:
        given = (
            f'{json.dumps(_place(stream, state))[:-1]}, "state": {state.ledger.model_dump_json(exclude_defaults=True)}}}'
            for stream, state in states.items()
        )
        rows.execute(_STORE, (build, f"[{','.join(given)}]"))

    def clear(self, rows: Rows, build: int, at_most: int) -> int:
        return rows.execute(_CLEAR, (build, at_most)).rowcount


def _place(stream: str, state: LedgerAt) -> dict[str, object]:
    return {
        "tenant": tenant_of(stream),
        "scope": _scope(stream),
        "version": state.version,
        "position": state.position,
    }


def _scope(stream: str) -> str:
    return stream.partition("/ledger/")[2]
