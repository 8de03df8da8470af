"""The checker of the log: what it must never find, and that it finds what is wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 120


def checked(file: Path, *options: object) -> tuple[int, Any]:
    """Its exit status and what it found."""
    command = [sys.executable, "-m", "benchmarks.checker", "--json", file, "--seconds", SECONDS, *options]
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=4 * SECONDS, check=False
    )
    assert file.exists(), done.stderr
    return done.returncode, json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "events"), [("planfold", 50_000), ("stock", 10_000)])
def test_while_writers_are_killed_and_others_commit_late_readers_miss_nothing(
    tmp_path: Path, kind: str, events: int
) -> None:
    status, found = checked(tmp_path / "found.json", "--recorder", kind, "--events", events)

    assert {} == found["examples"]
    assert (0, 0, 0, {}) == (status, found["missed"], found["doubled_or_out_of_order"], found["otherwise_wrong"])
    assert found["events"] >= events


@pytest.mark.slow
def test_a_reader_that_does_not_wait_is_found_out(tmp_path: Path) -> None:
    for events in (10_000, 30_000, 100_000):
        status, found = checked(tmp_path / "found.json", "--recorder", "naive", "--events", events)
        if found["missed"]:
            break

    assert (1, {}) == (status, found["otherwise_wrong"])
    assert found["missed"] > 0


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, int]]:
    """What is found wrong with rows at rest, a writer's journal and the lines that one reader saw."""
    monkeypatch.syspath_prepend(str(ROOT))
    saves, verdict = import_module("benchmarks.checker.saves"), import_module("benchmarks.checker.verdict")
    readers = import_module("benchmarks.checker.readers")
    first, second = saves.save_of("w-1 a/b:1:2 a/c:1:1"), saves.save_of("w-2 a/b:3:1")
    events = [*first.events(), *second.events()]
    rows = [
        verdict.Row(position, event.originator_id, event.originator_version, event.topic, event.state)
        for position, event in enumerate(events, 1)
    ]

    def found(
        stored: tuple[int, ...] = (1, 2, 3, 4), seen: tuple[int, ...] = (1, 2, 3, 4), told: str = "stands"
    ) -> dict[str, int]:
        journal = [("sent", first), ("stands", first), ("sent", second), (told, second)]
        lines = [readers.line(*rows[position - 1]) for position in seen]
        compared = verdict.compare([rows[position - 1] for position in stored], verdict.Told(journal), {"r": lines})
        return dict(compared.counts)

    return found


def test_where_nothing_is_wrong_nothing_is_found(faults: Callable[..., dict[str, int]]) -> None:
    assert {} == faults()


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"seen": (1, 3, 4)}, {"missed": 1}),
        ({"seen": (1, 2, 3)}, {"missed": 1}),
        ({"seen": (1, 2, 2, 3, 4)}, {"doubled or out of order": 1}),
        ({"seen": (1, 3, 2, 4)}, {"doubled or out of order": 1, "missed": 1}),
        ({"stored": (1, 2, 3), "told": "sent"}, {"seen and not stored": 1}),
        ({"stored": (1, 2, 3), "seen": (1, 2, 3)}, {"acknowledged saves that do not stand": 1}),
        ({"stored": (1, 2, 4), "seen": (1, 2, 4)}, {"saves in part": 1}),
        ({"told": "undone"}, {"saves that were taken back and stand": 1}),
        ({"told": "refused"}, {"saves that were taken back and stand": 1, "saves refused without a rival": 1}),
    ],
)
def test_what_is_wrong_is_found(
    faults: Callable[..., dict[str, int]], wrong: dict[str, Any], expected: dict[str, int]
) -> None:
    assert expected == faults(**wrong)
