"""Whether the right memory is found, with the embeddings that are in the wheel.

The goals were written before the ranking was chosen, and on purpose seldom use the words of their memory.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planfold.application.ports import Recall
from planfold.domain.memory import Memory
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.memories import PgvectorMemory

JUDGED: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("memories_quality.toml").read_text(encoding="utf-8")
)
STRANGE = ["What is the capital of Mongolia?", "Calculate the orbit of a satellite", "Zeichne ein Bild von einem Hund"]


@pytest.fixture
def memories(database: Endpoint) -> Iterator[PgvectorMemory]:
    embedder = wordllama()
    with open_pool(database.app, size=1) as pool:
        memories = PgvectorMemory(pool, lambda: embedder)
        memories.remember(
            [
                Memory(
                    memory_id=name,
                    tenant="acme",
                    agent_id="office",
                    text=text,
                    created_at=datetime(2026, 5, 1, tzinfo=UTC),
                )
                for name, text in JUDGED["memories"].items()
            ]
        )
        yield memories


def recalled(memories: PgvectorMemory, goal: str) -> list[str]:
    return [snippet.id for snippet in memories.recall(Recall("acme", "office", "run", goal, 8, 4_000))]


def test_the_right_one_of_sixty_memories_is_mostly_recalled(memories: PgvectorMemory) -> None:
    found = {name: recalled(memories, goal) for name, goal in JUDGED["goals"].items()}

    assert (60, 20) == (len(JUDGED["memories"]), len(found))
    assert sum(name in ids[:3] for name, ids in found.items()) >= 13
    assert sum(name in ids for name, ids in found.items()) >= 14


@pytest.mark.parametrize("goal", STRANGE)
def test_a_goal_from_elsewhere_brings_next_to_nothing_back(memories: PgvectorMemory, goal: str) -> None:
    assert len(recalled(memories, goal)) <= 1


def test_of_two_versions_of_a_fact_the_newer_comes_first(memories: PgvectorMemory) -> None:
    memories.remember(
        [
            Memory(
                memory_id="refund-approval-2",
                tenant="acme",
                agent_id="office",
                text=JUDGED["memories"]["refund-approval"].replace("500", "900"),
                created_at=datetime(2026, 6, 1, tzinfo=UTC),
            )
        ]
    )

    found = recalled(memories, "Find out who must approve the refund for a customer, and pay it out")
    assert ["refund-approval-2", "refund-approval"] == found[:2]
