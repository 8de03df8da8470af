"""What an auditor reads of an event that cannot be read is no word of the program's making."""

import json
import re
from typing import Any

import pytest

Store = Any
RUN = "default/run/reported"
INTERNALS = re.compile(r"Error\b|NoneType|object is not|Input should|errors\.pydantic|<class|\bNone\b")
SUFFIX = "; it was damaged, or written by a release that this one does not understand"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (b"", "its bytes are no JSON ("),
        (b"\x00\xff", "its bytes are no JSON ("),
        (b"[" * 100_000, "its bytes are no JSON ("),
        (b"null", "its bytes are no JSON object"),
        (b"[1]", "its bytes are no JSON object"),
        ({"body": ...}, "it has no body"),
        ({"previous": ...}, "it has no previous"),
        ({"name": "Nonsense"}, "it is stored as PlanDrafted, and 'Nonsense' inside"),
        ({"actor": 7}, "its actor is no text"),
        ({"schema": "x"}, "its schema is no whole number"),
        ({"recorded_at": "yesterday"}, "its recorded_at is no time with a zone"),
        ({"recorded_at": 5}, "its recorded_at is no time with a zone"),
        ({"body": None}, "its body"),
        ({"body": {}}, "in its body, "),
        ({"body": {"planner": 3}}, "in its body, "),
        ({"schema": 1, "body": []}, "its body has not the form of PlanDrafted"),
        ({"schema": 1, "body": {}}, "its body has not the form of PlanDrafted"),
    ],
)
def test_what_cannot_be_read_is_told_in_an_auditors_words(
    store: Store, change: bytes | dict[str, object], sentence: str
) -> None:
    state = change
    if isinstance(change, dict):
        envelope = store.stream(RUN)[2]["envelope"] | change
        state = json.dumps({name: value for name, value in envelope.items() if value is not ...}).encode()
    store.sql(
        "UPDATE planfold.stored_events SET state = %s WHERE originator_id = %s AND originator_version = 3", state, RUN
    )

    told = store.audit().first_broken.sentence

    assert told.startswith(f"cannot read event 3 (PlanDrafted) of {RUN}: {sentence}")
    assert told.endswith(SUFFIX)
    assert None is INTERNALS.search(told)


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6])
def test_what_came_where_something_else_was_next_is_told_without_names_of_the_program(
    store: Store, version: int
) -> None:
    store.remove(RUN, [version - 1])
    store.close_gap(RUN, version - 1)

    told = [problem.sentence for each in store.audit().not_holding for problem in each.problems]

    assert any(sentence.startswith("it came where ") for sentence in told)
    assert not any(re.search(r"BuildContext|RecallMemories|Inspect\b|CheckBudget|Finished", each) for each in told)
