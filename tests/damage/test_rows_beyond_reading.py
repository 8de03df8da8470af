"""Rows of the read models that hold what no program writes: damage of theirs, and none of the rest."""

from typing import Any

import pytest

from planfold.application.audit import Auditor

Store = Any
RUN = "default/run/reported"


@pytest.mark.parametrize(
    ("altered", "differs"),
    [
        ("UPDATE planfold.results SET started_at = 'infinity'", "started_at"),
        ("UPDATE planfold.results SET started_at = '0044-03-15 BC'", "started_at"),
        ("UPDATE planfold.results SET started_at = '20000-01-01'", "started_at"),
        (
            "UPDATE planfold.results SET result = jsonb_set(result, '{needed_micros}', repeat('9', 6000)::jsonb)",
            "result.needed_micros",
        ),
        ("UPDATE planfold.results SET drafts = (repeat('[', 5000) || repeat(']', 5000))::jsonb", "drafts"),
    ],
)
def test_a_row_that_holds_what_no_program_writes_is_named_and_the_rest_is_audited_all_the_same(
    store: Store, altered: str, differs: str
) -> None:
    whole = store.audit()
    store.sql(f"{altered} WHERE run_id = 'reported'")

    found = store.audit()

    sentence = f"queries are shown something else than the events say, in {differs}"
    told = found.first_broken
    assert (RUN, len(store.stream(RUN)), sentence) == (told.stream, told.version, told.sentence)
    assert (whole.runs, whole.ok - 1, whole.events) == (found.runs, found.ok, found.events)
    assert [sentence] == [problem.sentence for problem in Auditor(store.ports).audit("reported").problems]


@pytest.mark.parametrize("result", ["3", "[]", '{"version": "x"}', '{"version": 0}', "[" * 5000 + "]" * 5000])
def test_a_row_that_does_not_tell_what_it_is_made_of_is_named_as_that_alone(store: Store, result: str) -> None:
    store.sql("UPDATE planfold.results SET result = %s::jsonb WHERE run_id = 'reported'", result)

    (found,) = store.audit().not_holding

    assert [
        "queries are shown a row that does not tell how many events it is made of; `planfold projections rebuild` makes it anew"
    ] == [problem.sentence for problem in found.problems]
