"""Whatever was recorded comes out of an export byte for byte, read by any JSON parser that keeps doubles."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.application.cloud_events import cloud_event, stored_of
from planfold.domain.canonical import recordable
from planfold.domain.plan_generation import PlanDrafted
from planfold.domain.planner import PlannerIdentity
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.cli.export import line
from planfold.infrastructure.event_codec import encode, opened, sealed

AT = datetime(2026, 1, 1, tzinfo=UTC)
PLANNER = PlannerIdentity(name="any", version="1", deterministic=True)
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(answer=ANSWERS, actor=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_exported_event_is_put_together_again_to_the_byte(answer: JsonValue, actor: str) -> None:
    entry = encode(
        PlanDrafted(attempt=1, plan=recordable(answer), planner=PLANNER, cost_micros=None, duration_ms=1),
        stream="default/run/r1",
        head=EMPTY_STREAM,
        event_id="e1",
        now=AT,
        actor=actor,
        correlation_id="r1",
    )

    exported = line(cloud_event(opened(entry)))  # type: ignore[arg-type] # as recorders are given it

    assert exported.isascii()
    assert 1 == exported.count("\n")
    assert entry.state == sealed(stored_of(json.loads(exported))).state
