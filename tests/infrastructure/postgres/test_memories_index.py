"""An agent with too many memories to judge each is recalled through its index, which follows whatever writes memories."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from planfold.application.ports import Recall
from planfold.domain.memory import Memory
from planfold.infrastructure.embedding import EmbeddingModel, Vectors
from planfold.infrastructure.postgres import embedding_models, migrations
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.memories import PgvectorMemory
from planfold.infrastructure.postgres.recall import NEWEST, SHARED

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERYTHING = 10**6
DIVIDED_FROM = 4_096
"""Of the migrations: how many memories an agent has before there are cells."""


class SpreadEmbedder:
    """Texts point anywhere, the same text always there; texts that begin alike point alike."""

    def __init__(self, name: str = "spread", dimension: int = 128) -> None:
        self.model = EmbeddingModel(name=name, dimension=dimension, digest="0" * 64)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> Vectors:
        first = np.random.default_rng(list(text[:6].encode())).normal(size=self.model.dimension)
        whole = first + 0.5 * np.random.default_rng(list(text.encode())).normal(size=self.model.dimension)
        return np.asarray(whole / np.linalg.norm(whole), dtype=np.float32)


@pytest.fixture
def pool(database: Endpoint) -> Iterator[Pool]:
    with open_pool(database.app, size=2) as opened:
        yield opened


def exactly(pool: Pool, embedder: SpreadEmbedder | None = None) -> PgvectorMemory:
    return PgvectorMemory(pool, lambda: embedder or SpreadEmbedder(), judged=EVERYTHING)


def by_index(pool: Pool, cells: int = EVERYTHING, nearest: int = EVERYTHING) -> PgvectorMemory:
    return PgvectorMemory(pool, SpreadEmbedder, judged=1, cells=cells, nearest=nearest)


def some(count: int, first: int = 0, run_id: str | None = None, agent_id: str = "scout") -> list[Memory]:
    """Forty topics, a word of its own for each memory, and one word for all."""
    return [
        Memory(
            memory_id=f"m{number:05}",
            tenant="acme",
            agent_id=agent_id,
            text=f"topic{number % 40} steel word{number}",
            created_at=MAY + timedelta(minutes=number),
            run_id=run_id,
        )
        for number in range(first, first + count)
    ]


def recalled(memories: PgvectorMemory, goal: str, limit: int = 10) -> list[str]:
    return [snippet.id for snippet in memories.recall(Recall("acme", "scout", "run-1", goal, limit, 40_000))]


def divide(database: Endpoint, cells: int, model: str = "spread/128/000000000000") -> None:
    with connect(database.owner) as owner:
        owner.execute("CALL planfold.make_cells('acme', 'scout', %s, %s)", [model, cells])


def cells(database: Endpoint) -> list[tuple[int, int | None]]:
    """The two of each memory in the index; 0 and none of one whose agent was not divided then."""
    with connect(database.owner) as owner:
        rows = owner.execute("SELECT cell, second FROM planfold.memory_index").fetchall()
    return [(row["cell"], row["second"]) for row in rows]


def indexed(database: Endpoint) -> dict[int, int]:
    """How many memories each cell of each agent holds, as the nearest."""
    return Counter(cell for cell, _ in cells(database))


def kept(database: Endpoint) -> tuple[int, int]:
    """How many rows the index has, and how many cells there are."""
    with connect(database.owner) as owner:
        rows = owner.execute("SELECT cell FROM planfold.memory_index").fetchall()
        return len(rows), len(owner.execute("SELECT cell FROM planfold.memory_cells").fetchall())


@pytest.mark.parametrize("goal", ["topic7 word7", "topic9 steel", "word123 word88", "topic3 and nothing else"])
def test_looking_into_all_cells_finds_what_judging_each_memory_finds(database: Endpoint, pool: Pool, goal: str) -> None:
    exactly(pool).remember(some(100))
    divide(database, cells=16)
    exactly(pool).remember(some(300, first=100))

    assert recalled(exactly(pool), goal) == recalled(by_index(pool), goal) != []


def test_the_nearest_are_found_in_a_few_cells(database: Endpoint, pool: Pool) -> None:
    exactly(pool).remember(some(100))
    divide(database, cells=40)
    exactly(pool).remember(some(1_000, first=100))

    assert len(indexed(database)) > 20
    found = [
        len({*recalled(exactly(pool), goal)} & {*recalled(by_index(pool, cells=8, nearest=400), goal)})
        for goal in (f"topic{number} goal" for number in range(20))
    ]
    assert sum(found) >= 190


def test_the_second_cell_is_near_in_a_direction_square_to_the_nearest(database: Endpoint) -> None:
    nearest, in_line, opposite, square = (1, 0.2, 0), (1, 0.3, 0), (1, -0.3, 0), (1, 0, 0.35)
    with connect(database.owner) as owner:
        for cell, centre in enumerate((nearest, in_line, opposite, square), start=1):
            unit = str([each / math.hypot(*centre) for each in centre])
            owner.execute(
                "INSERT INTO planfold.memory_cells VALUES ('acme', 'scout', 'flat', %s, planfold.half(%s::planfold.embedding))",
                [cell, unit],
            )
        found = owner.execute(
            "SELECT planfold.cells_of('acme', 'scout', 'flat', '[1, 0, 0]'::planfold.embedding) AS of_x"
        )

        assert {"of_x": [1, 4]} == found.fetchone()


def test_a_memory_is_found_once_though_both_of_its_cells_are_looked_into(database: Endpoint, pool: Pool) -> None:
    exactly(pool).remember(some(2))
    divide(database, cells=2)
    exactly(pool).remember(some(20, first=2))

    assert {(0, None), (1, 2), (2, 1)} == {*cells(database)}
    assert sorted(recalled(exactly(pool), "steel", limit=30)) == sorted(recalled(by_index(pool), "steel", limit=30))


def test_the_nearest_cells_are_looked_into_until_so_many_memories_were_looked_at(
    database: Endpoint, pool: Pool
) -> None:
    exactly(pool).remember(some(300))
    divide(database, cells=300)
    exactly(pool).remember(some(1_000, first=300))

    def looked_at(entries: int) -> int:
        bounds = {"judged": 1, "cells": 300, "entries": entries, "nearest": EVERYTHING}
        return len(recalled(PgvectorMemory(pool, SpreadEmbedder, floor=-1, **bounds), "topic7 goal", limit=EVERYTHING))

    in_no_cell = 300
    assert in_no_cell + NEWEST == looked_at(0)
    assert in_no_cell + NEWEST < looked_at(500) <= in_no_cell + NEWEST + 500
    assert 1_300 == looked_at(EVERYTHING)


def test_a_rare_word_finds_an_old_memory_in_a_cell_that_nobody_looks_into(database: Endpoint, pool: Pool) -> None:
    exactly(pool).remember(some(40))
    divide(database, cells=40)
    exactly(pool).remember(some(NEWEST + 200, first=40))

    assert "m00050" in recalled(by_index(pool, cells=0, nearest=1), "what was word50 about", limit=150)


def test_a_common_word_finds_the_newest_only(pool: Pool) -> None:
    exactly(pool).remember(some(NEWEST + SHARED + 100))

    found = recalled(by_index(pool, nearest=1), "steel", limit=NEWEST + SHARED)
    assert {f"m{number:05}" for number in range(SHARED + 100, NEWEST + SHARED + 100)} <= {*found}
    assert len(found) <= NEWEST + 1


def test_a_run_does_not_recall_its_own_memories_through_the_index(pool: Pool) -> None:
    exactly(pool).remember([*some(50), *some(50, first=50, run_id="run-1")])

    assert {f"m{number:05}" for number in range(50)} >= {
        *recalled(by_index(pool, nearest=20), "topic7 word57", limit=50)
    }


def test_the_same_is_recalled_every_time(pool: Pool) -> None:
    exactly(pool).remember([memory.model_copy(update={"text": "steel", "created_at": MAY}) for memory in some(60)])

    assert [f"m{number:05}" for number in range(10)] == recalled(by_index(pool, nearest=10), "steel")[:10]


def test_an_agent_is_divided_when_it_has_grown(database: Endpoint, pool: Pool) -> None:
    for first in range(0, DIVIDED_FROM + 2_000, 2_000):
        exactly(pool).remember(some(2_000, first=first))
    exactly(pool).remember(some(2_000, first=20_000, agent_id="other"))

    held = indexed(database)
    assert 2_048 == kept(database)[1]
    assert DIVIDED_FROM <= held.pop(0) - 2_000 <= DIVIDED_FROM + 2_000
    assert sum(held.values()) > 0


def test_what_is_forgotten_leaves_the_index(database: Endpoint, pool: Pool) -> None:
    memories = exactly(pool)
    memories.remember([*some(10), *some(5, agent_id="other")])
    divide(database, cells=4)

    memories.forget("acme", "scout", "m00003")
    assert (14, 4) == kept(database)
    memories.forget("acme", "scout")
    assert (5, 0) == kept(database)


def test_the_index_follows_another_model(database: Endpoint, pool: Pool) -> None:
    exactly(pool).remember(some(60))
    divide(database, cells=8)
    other = SpreadEmbedder("other", 16)
    with pytest.raises(KeyboardInterrupt):
        exactly(pool, other).reembed("acme", batch=20, progress=_break_off_at(40))
    through = PgvectorMemory(pool, lambda: other, judged=1)

    assert "m00007" in recalled(through, "topic7 word7")
    exactly(pool, other).reembed("acme")
    assert recalled(exactly(pool, other), "topic7 word7")[0] == recalled(through, "topic7 word7")[0]
    assert {0: 60} == indexed(database)


def _break_off_at(memories: int) -> embedding_models.Progress:
    def progress(done: int, total: int) -> None:  # noqa: ARG001 - what is done matters only
        if done >= memories:
            raise KeyboardInterrupt

    return progress


def test_what_was_remembered_before_the_index_is_in_it(empty_database: Endpoint) -> None:
    before = tuple(each for each in migrations.shipped() if each.release == 1)
    with connect(empty_database.admin) as admin, connect(empty_database.owner) as owner:
        admin.execute("CREATE EXTENSION IF NOT EXISTS vector")
        migrations.upgrade(owner, known=before)
        with open_pool(empty_database.app, size=1) as pool:
            exactly(pool).remember(some(30))
            migrations.upgrade(owner)

            assert {0: 30} == indexed(empty_database)
            assert recalled(exactly(pool), "topic7 word7") == recalled(by_index(pool), "topic7 word7")


def test_what_was_divided_before_there_were_second_cells_is_divided_anew(empty_database: Endpoint) -> None:
    before = tuple(each for each in migrations.shipped() if "second_cells" not in each.name)
    with connect(empty_database.admin) as admin, connect(empty_database.owner) as owner:
        admin.execute("CREATE EXTENSION IF NOT EXISTS vector")
        migrations.upgrade(owner, known=before)
        with open_pool(empty_database.app, size=1) as pool:
            exactly(pool).remember([*some(60), *some(10, agent_id="other")])
            divide(empty_database, cells=16)
            exactly(pool).remember(some(40, first=60))
            migrations.upgrade(owner)

            assert [(0, None)] * 10 == [each for each in cells(empty_database) if 0 in each or None in each]
            assert recalled(exactly(pool), "topic7 word7") == recalled(by_index(pool), "topic7 word7")


@pytest.mark.parametrize("statement", ["DELETE FROM planfold.memory_index", "DELETE FROM planfold.memory_cells"])
def test_the_running_program_does_not_write_the_index_itself(pool: Pool, statement: str) -> None:
    with pool.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
