"""The figures of an audit add up, whatever was damaged, and no verdict contradicts another."""

from typing import Any

import pytest

from planfold.application.audit import Auditor
from planfold.application.errors import RunUnknown

Store = Any
RUN, LEDGER = "default/run/reported", "default/ledger/agent:scout"
ROW = "DELETE FROM planfold.results WHERE run_id = 'reported'"
CUT = "UPDATE planfold.stored_events SET state = 'no event' WHERE originator_id = '%s' AND originator_version = %d"
MOVE = "UPDATE planfold.stored_events SET originator_id = '%s' WHERE originator_id = 'default/run/free'"
OF = "DELETE FROM planfold.stored_events WHERE originator_id = '%s'"


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ((ROW,), (0, -1, 0, 0)),
        ((OF % RUN,), (-1, -1, 1, 0)),
        ((OF % RUN, ROW), (-1, -1, 1, 0)),
        ((OF % RUN + " AND originator_version < 3",), (0, -1, 0, 0)),
        ((CUT % (RUN, 1),), (0, -1, 0, 0)),
        ((CUT % (RUN, 3),), (0, -1, 0, 0)),
        ((CUT % (RUN, 1), CUT % (RUN, 3)), (0, -1, 0, 0)),
        ((CUT % (LEDGER, 3),), (0, 0, 0, 1)),
        (("UPDATE planfold.ledger_status SET version = 3 WHERE scope = 'agent:scout'",), (0, 0, 0, 1)),
        ((MOVE % "default/run/ x",), (-1, -1, 1, 1)),
        ((MOVE % "default/foo/x",), (-1, -1, 1, 1)),
    ],
)
def test_runs_that_hold_that_do_not_and_that_are_missing_add_up(
    store: Store, damage: tuple[str, ...], expected: tuple[int, int, int, int]
) -> None:
    whole = store.audit()
    for each in damage:
        store.sql(each)

    found = store.audit()

    assert expected == (found.runs - whole.runs, found.ok - whole.ok, found.missing, found.others_broken)
    assert found.broken == found.runs - found.ok + found.missing + found.others_broken


def test_many_streams_that_cannot_be_read_take_nothing_from_the_runs_that_hold(store: Store) -> None:
    whole = store.audit()
    for number in range(whole.runs):
        store.insert(f"default/run/x{number}", 1, {"name": "ContextBuilt"})

    found = store.audit()

    assert (2 * whole.runs, whole.runs, whole.runs) == (found.runs, found.ok, found.broken)


def test_a_run_of_which_only_its_row_is_left_is_audited_and_one_without_anything_is_unknown(store: Store) -> None:
    store.remove(RUN)

    found = Auditor(store.ports).audit("reported")

    assert (False, None, 0, ()) == (found.holds, found.outcome, found.events, found.story)
    assert found.problems[0] in [problem for each in store.audit().not_holding for problem in each.problems]
    assert ["queries are shown what its events made, and there is no event"] == [
        problem.sentence for problem in found.problems
    ]
    store.sql(ROW)
    with pytest.raises(RunUnknown):
        Auditor(store.ports).audit("reported")
