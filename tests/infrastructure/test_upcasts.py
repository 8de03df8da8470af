"""Bodies of older forms are read in today's; what is stored, and the chain over it, stays as it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from planfold.domain.canonical import digest
from planfold.domain.frozen import Fact
from planfold.domain.plan_generation import ContextBuilt, DraftFailed, PlanDrafted
from planfold.domain.planner import PlannerIdentity
from planfold.infrastructure import upcasts
from planfold.infrastructure.errors import StoredEventUnreadable
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.event_names import FACTS
from planfold.infrastructure.upcasts import UPCASTS, newest, upcast

FIRST_FORM = Path(__file__).parent / "golden" / "before-0.1.0"
"""Stored by the first program of all, whose planner called itself `my`, line break, `planner`."""
LEGIBLE = PlannerIdentity(name="my\ufffdplanner", version="1\ufffd2", model="small\ufffd-1", deterministic=True)


def stored(name: str, state: bytes) -> StoredEvent:
    return StoredEvent("default/run/run-1", 3, name, state)


@pytest.mark.parametrize("kind", [ContextBuilt, PlanDrafted, DraftFailed])
def test_a_planner_that_called_itself_anything_is_read_with_a_legible_name(kind: type[Fact]) -> None:
    state = (FIRST_FORM / f"{kind.__name__}.json").read_bytes()

    recorded = decode(stored(kind.__name__, state))

    planners = [*recorded.fact.planners] if isinstance(recorded.fact, ContextBuilt) else [recorded.fact.planner]  # type: ignore[attr-defined] # of the other two
    assert [LEGIBLE] == planners
    assert digest(state) == recorded.digest


def test_without_its_step_that_event_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(UPCASTS, ("PlanDrafted", 1))

    with pytest.raises(StoredEventUnreadable, match="cannot read event 3"):
        decode(stored("PlanDrafted", (FIRST_FORM / "PlanDrafted.json").read_bytes()))


def test_the_steps_of_an_event_lead_from_its_first_schema_to_the_newest_without_a_gap() -> None:
    for name in FACTS:
        assert list(range(1, newest(name))) == sorted(schema for step, schema in UPCASTS if step == name)
    assert {name for name, _ in UPCASTS} <= FACTS.keys()


def test_a_body_takes_each_step_from_its_own_schema_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def adding(number: int) -> upcasts.Upcast:
        return lambda body: [*body, number]

    monkeypatch.setattr(upcasts, "UPCASTS", {("Moved", schema): adding(schema) for schema in (1, 2, 3)})

    assert [[1, 2, 3], [2, 3], [3], [], []] == [upcast("Moved", schema, []) for schema in (1, 2, 3, 4, 9)]
    assert [] == upcast("Stayed", 1, [])


def test_what_is_read_of_a_legible_planner_is_what_was_written() -> None:
    body = json.loads((FIRST_FORM.parent / "PlanDrafted.json").read_bytes())["body"]

    assert body == upcast("PlanDrafted", 1, body)


@pytest.mark.parametrize("body", [None, [], 1, "x", {}, {"planner": None}, {"planner": []}, {"planner": {"name": []}}])
def test_a_body_that_no_release_has_written_is_unreadable_and_nothing_worse(body: Any) -> None:
    envelope = json.loads((FIRST_FORM / "PlanDrafted.json").read_bytes()) | {"body": body}

    with pytest.raises(StoredEventUnreadable):
        decode(stored("PlanDrafted", json.dumps(envelope).encode()))
