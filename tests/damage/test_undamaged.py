"""A store that nobody has damaged is audited clean, whatever happened in it."""

from collections import Counter
from typing import Any

import pytest

from planfold.application.audit import Auditor
from planfold.infrastructure.event_names import FACTS

Store = Any


@pytest.mark.parametrize("tenant", ["default", "other"])
def test_every_kind_of_outcome_is_audited_clean(store: Store, tenant: str) -> None:
    found = store.audit(tenant)

    assert (True, None, ()) == (found.holds, found.first_broken, found.not_holding)
    assert (found.runs, 0, 0) == (found.ok, found.broken, found.inspections_not_repeated)
    assert (found.runs + found.ledgers, 0) == (found.rows_compared, found.rows_behind)


@pytest.mark.parametrize("tenant", ["default", "other"])
def test_each_run_is_audited_clean_by_itself(store: Store, tenant: str) -> None:
    streams = store.sql(
        "SELECT originator_id FROM planfold.stored_events WHERE topic = 'ContextBuilt' AND tenant = %s", tenant
    )
    for stream in streams:
        audit = Auditor(store.ports).audit(stream["originator_id"].partition("/run/")[2], tenant)

        assert () == audit.problems
        assert audit.rows_compared


def test_one_run_and_all_of_them_are_told_the_same_remarks(store: Store) -> None:
    assert [
        "unknown/execution was corrected by hand from the unknown 4000000 to 3000000 micro-USD (bill)",
        "by-hand/execution was settled by hand at 900000 micro-USD; the run says 1000000",
    ] == [remark.sentence for remark in store.audit().remarked]
    assert ("by-hand",) == tuple(remark.run_id for remark in Auditor(store.ports).audit("by-hand").remarks)


def test_the_store_has_every_event_and_every_outcome(store: Store) -> None:
    names = Counter(row["topic"] for row in store.sql("SELECT topic FROM planfold.stored_events"))
    outcomes = {row["outcome"] for row in store.sql("SELECT outcome FROM planfold.results")}

    assert FACTS.keys() == names.keys()
    assert {"ready", "invalid", "refused", "failed", None} == outcomes
