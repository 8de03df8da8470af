"""Whole streams as each release stored them: every later release reads the same results from them."""

import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from eventsourcing.persistence import Notification

from planfold.application.results import fold
from planfold.domain import ledger
from planfold.domain.canonical import digest
from planfold.domain.recorded import GENESIS, Recorded
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.event_names import FACTS

ROOT = Path(__file__).parents[2]
STREAMS = Path(__file__).parent / "golden" / "streams"
RELEASES = sorted(path.name for path in STREAMS.iterdir())


class Golden(NamedTuple):
    """What one release stored, as this one reads it, and what it amounted to for that one."""

    stored: dict[str, list[bytes]]
    streams: dict[str, list[Recorded[Any]]]
    runs: dict[str, dict[str, Any]]
    ledgers: dict[str, dict[str, Any]]


@pytest.fixture(params=RELEASES)
def golden(request: pytest.FixtureRequest) -> Golden:
    folder, stored, streams = STREAMS / request.param, dict[str, list[bytes]](), dict[str, list[Any]]()
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        position, stream, version, topic, state = json.loads(line)
        stored.setdefault(stream, []).append(state.encode())
        streams.setdefault(stream, []).append(decode(Notification(stream, version, topic, state.encode(), id=position)))
    runs = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    return Golden(stored, streams, runs, json.loads((folder / "ledgers.json").read_text(encoding="utf-8")))


def recorder() -> Any:
    """The script that records a release's streams."""
    spec = spec_from_file_location("record", STREAMS.parent / "record.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def within(expected: Any, actual: Any) -> Any:
    """`actual` without the fields that `expected` does not know: a later release may have more of them."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: within(expected[key], value) for key, value in actual.items() if key in expected}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [within(*pair) for pair in zip(expected, actual, strict=True)]
    return actual


def test_every_release_has_its_golden_streams() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert set(RELEASES) == set(re.findall(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE))


def test_runs_of_a_release_are_read_to_the_same_results(golden: Golden) -> None:
    assert golden.runs == {
        stream: within(expected, fold(golden.streams[stream]).model_dump(mode="json"))
        for stream, expected in golden.runs.items()
    }
    assert {"ready", "invalid", "refused", "failed", None} == {run["outcome"] for run in golden.runs.values()}


def test_ledgers_of_a_release_are_read_to_the_same_figures(golden: Golden) -> None:
    for stream, expected in golden.ledgers.items():
        state = ledger.fold(item.fact for item in golden.streams[stream])
        actual = {name: getattr(state, name) for name in ("granted", "revoked", "held", "spent", "available", "paused")}
        assert expected == actual | {
            "limits": within(expected["limits"], state.limits.model_dump(mode="json")),
            "open": {hold_id: hold.model_dump(mode="json") for hold_id, hold in state.holds.open.items()},
            "spent_on": {day.isoformat(): state.holds.spent_on(day) for day in state.holds.days},
            "by_small_1": {day.isoformat(): state.holds.spent_on(day, "small-1") for day in state.holds.days},
        }


def test_the_chain_is_over_the_bytes_that_the_release_stored(golden: Golden) -> None:
    for stream, events in golden.streams.items():
        digests = [digest(state) for state in golden.stored[stream]]
        assert digests == [item.digest for item in events]
        assert [GENESIS, *digests[:-1]] == [item.previous for item in events]


def test_what_the_next_release_will_record_has_every_kind_of_event_and_every_outcome() -> None:
    module = recorder()

    stored = module.events(module.lived())

    assert set(FACTS) == {item.topic for item in stored}
    runs: dict[str, list[Any]] = {}
    for item in stored:
        if "/run/" in item.originator_id:
            runs.setdefault(item.originator_id, []).append(decode(item))
    assert {"ready", "invalid", "refused", "failed", None} == {fold(events).outcome for events in runs.values()}
