"""How fast an agent's memories are stored and recalled among a million of others', and how much of the nearest is found.

Run from the project's root: `uv run python -m benchmarks.memory [--quick] [--json FILE] [--chart FILE]`. One agent has a
fifth of all memories, ten have a fiftieth each, and 10,000 share the rest by Zipf. Most are loaded by COPY, which fires the
same triggers as any other INSERT; then batches of 100 are remembered through the adapter, each of one agent, drawn by how
much it knows. A third of the goals each is asked of the largest agent, of the ten, and of the rest, where an agent that
knows more is asked more often; one after the other in turn. Tables are vacuumed before, as autovacuum does in time.
"""

import argparse
import itertools
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from psycopg.rows import scalar_row

from benchmarks.files import keep, writable
from benchmarks.memory_chart import drawn
from benchmarks.memory_texts import goals, sentences
from benchmarks.server import running
from planfold.application.ports import Recall
from planfold.domain.memory import Memory
from planfold.infrastructure.embedding import StaticEmbedder, wordllama
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.embedding_models import Embedding, use
from planfold.infrastructure.postgres.memories import PgvectorMemory
from planfold.infrastructure.postgres.recall import ASKED, CELLS, ENTRIES, NEAR, NEAREST

TENANT, LARGEST = "default", "agent-largest"
TEN = [f"agent-large-{number}" for number in range(10)]
REST = [f"agent-{number}" for number in range(10_000)]
ZIPF = [1 / rank for rank in range(1, len(REST) + 1)]
BATCH, CHUNK = 100, 500
SETTINGS = (4_000, 8_000, ENTRIES, 20_000, 28_000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CURVE_GOALS = 200

_COPY = (
    "COPY planfold.memories (tenant, agent_id, memory_id, text, type, trust, created_at, model, embedding) FROM STDIN"
)
_EXACT = """
    SELECT planfold.cosine(embedding, %(vector)s::planfold.embedding) AS cosine FROM planfold.memories
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s ORDER BY 1 DESC LIMIT 10
"""
_BEST = """
    SELECT planfold.cosine(embedding, vector) AS cosine FROM asked, near JOIN planfold.memories USING (memory_id)
    WHERE tenant = %(tenant)s AND agent_id = %(agent_id)s ORDER BY 1 DESC LIMIT 10
"""
_FOUND = f"{ASKED}{NEAR}{_BEST}"
_BYTES = """
    SELECT (pg_total_relation_size('planfold.memories'))::float8 / count(*) AS memories,
        (pg_total_relation_size('planfold.memory_index') + pg_total_relation_size('planfold.memory_cells'))::float8
            / count(*) AS index
    FROM planfold.memories
"""


class Loaded(NamedTuple):
    pool: Pool
    embedder: StaticEmbedder
    texts: Iterator[str]
    """Goes on where the load ended."""
    known: dict[str, int]
    """How many memories each agent has."""

    def memory(self, **bounds: int) -> PgvectorMemory:
        return PgvectorMemory(self.pool, lambda: self.embedder, **bounds)


def load(pool: Pool, total: int) -> Loaded:
    """So many memories, in chunks that follow each other in any order, as agents work side by side."""
    rng, embedder, texts = random.Random(1), wordllama(), sentences(1)  # noqa: S311 - nothing secret
    known = {LARGEST: total // 5} | dict.fromkeys(TEN, total // 50)
    rest, weight = total - sum(known.values()), sum(ZIPF)
    known |= {agent: max(1, int(rest * share / weight)) for agent, share in zip(REST, ZIPF, strict=True)}
    chunks = [(agent, min(CHUNK, count - first)) for agent, count in known.items() for first in range(0, count, CHUNK)]
    rng.shuffle(chunks)
    written: dict[str, int] = dict.fromkeys(known, 0)
    done, begun = 0, time.monotonic()
    with pool.connection() as connection:
        with connection.transaction():
            use(connection, [TENANT], embedder.model)
        while chunks:
            # Small agents' chunks go together, so that one statement has as many rows as a large agent's.
            some = [chunks.pop()]
            while chunks and sum(count for _, count in some) + chunks[-1][1] <= CHUNK:
                some.append(chunks.pop())
            owners = [agent for agent, count in some for _ in range(count)]
            said = list(itertools.islice(texts, len(owners)))
            embedded = Embedding(lambda: embedder).literals(said)
            with connection.cursor().copy(_COPY) as copy:
                for agent, text, literal in zip(owners, said, embedded, strict=True):
                    number = written[agent] = written[agent] + 1
                    at = NOW + timedelta(seconds=number)
                    copy.write_row(
                        (TENANT, agent, f"memory-{number}", text, "fact", "medium", at, str(embedder.model), literal)
                    )
            done += len(owners)
            _tell(f"{done:,} of {total:,} memories, {done / (time.monotonic() - begun):,.0f} a second")
    _tell("")
    return Loaded(pool, embedder, texts, written)


def remembering(loaded: Loaded, batches: int) -> dict[str, int]:
    """Memories a second: of agents drawn by how much they know, and of the largest alone."""
    rng, memory = random.Random(2), loaded.memory()  # noqa: S311 - nothing secret
    drawn_agents = rng.choices(list(loaded.known), list(loaded.known.values()), k=batches)
    found = {}
    for name, agents in (("mixed", drawn_agents), ("largest", [LARGEST] * (batches // 2))):
        told = [
            [_memory(agent, f"new-{name}-{number}-{each}", next(loaded.texts)) for each in range(BATCH)]
            for number, agent in enumerate(agents)
        ]
        begun = time.perf_counter()
        for batch in told:
            memory.remember(batch)
        found[name] = round(BATCH * len(told) / (time.perf_counter() - begun))
    return found


def _memory(agent: str, memory_id: str, text: str) -> Memory:
    return Memory(memory_id=memory_id, tenant=TENANT, agent_id=agent, text=text, created_at=NOW + timedelta(days=99))


def recalling(loaded: Loaded, times: int) -> dict[str, dict[str, float]]:
    """Milliseconds, for each kind of agent and for all."""
    rng, memory, asked = random.Random(3), loaded.memory(), goals(3)  # noqa: S311 - nothing secret
    kinds = {
        "largest": [LARGEST] * times,
        "ten": list(itertools.islice(itertools.cycle(TEN), times)),
        "rest": rng.choices(REST, ZIPF, k=times),
    }
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(-10, times):
        for name, agents in kinds.items():
            spent = _timed(memory, agents[number], next(asked))
            if number >= 0:  # before that, caches fill
                took[name].append(spent)
    took["all"] = [each for of_one in took.values() for each in of_one]
    return {name: _figures(of_one) for name, of_one in took.items()}


def _timed(memory: PgvectorMemory, agent: str, goal: str) -> float:
    begun = time.perf_counter()
    memory.recall(Recall(TENANT, agent, "run", goal, 8, 4_000))
    return 1000 * (time.perf_counter() - begun)


def _figures(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) for name, share in at.items()}


def curve(loaded: Loaded) -> dict[str, list[dict[str, float]]]:
    """For each setting, which part of the ten nearest is found, and how long a recall takes: the largest agent, the ten."""
    found: dict[str, list[dict[str, float]]] = {}
    for name, agents in (("largest", [LARGEST]), ("ten", TEN)):
        asked = list(zip(itertools.cycle(agents), itertools.islice(goals(4), CURVE_GOALS), strict=False))
        exact = [_nearest(loaded, _EXACT, agent, goal, 0) for agent, goal in asked]
        found[name] = []
        for entries in SETTINGS if name == "largest" else (ENTRIES,):
            share = []
            for (agent, goal), best in zip(asked, exact, strict=True):
                near = _nearest(loaded, _FOUND, agent, goal, entries)
                share.append(sum(cosine >= best[-1] - 1e-9 for cosine in near) / len(best))
            took = [_timed(loaded.memory(entries=entries), agent, goal) for agent, goal in asked]
            found[name].append({"entries": entries, "recall_at_10": round(statistics.mean(share), 3), **_figures(took)})
            _tell(f"{name}: {found[name][-1]}")
    _tell("")
    return found


def _nearest(loaded: Loaded, query: str, agent: str, goal: str, entries: int) -> list[float]:
    asked: dict[str, Any] = {"tenant": TENANT, "agent_id": agent, "run_id": "run", "words": goal}
    asked |= {"cells": CELLS, "entries": entries, "nearest": NEAREST, "model": str(loaded.embedder.model)}
    asked["vector"] = Embedding(lambda: loaded.embedder).literals([goal])[0]
    with loaded.pool.connection() as connection:
        return connection.cursor(row_factory=scalar_row).execute(query.encode(), asked).fetchall()


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measured(*, quick: bool) -> dict[str, Any]:
    total = 50_000 if quick else 1_000_000
    with running() as endpoint, open_pool(endpoint.app, size=2) as pool:
        loaded = load(pool, total)
        found: dict[str, Any] = {"memories": total, "remember_per_second": remembering(loaded, 20 if quick else 200)}
        with connect(endpoint.owner) as owner:
            owner.execute("VACUUM ANALYZE planfold.memories, planfold.memory_index, planfold.memory_cells")
            sizes = owner.execute(_BYTES).fetchone() or {}
        found["bytes_per_memory"] = {name: round(size) for name, size in sizes.items()}
        found["recall"] = recalling(loaded, 50 if quick else 300)
        found["nearest"] = curve(loaded)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the memories")
    parser.add_argument("--json", type=writable)
    parser.add_argument("--chart", type=writable)
    options = parser.parse_args(arguments)
    found = measured(quick=options.quick)
    stored = found["remember_per_second"]
    print(f"{found['memories']:,} memories, {found['bytes_per_memory']} bytes each on disk")
    print(f"remembered a second: {stored['mixed']:,} in batches of {BATCH}, {stored['largest']:,} by the largest agent")
    for name, figures in found["recall"].items():
        print(
            f"recall, {name:8} {figures['p50_ms']:7.2f} ms, p95 {figures['p95_ms']:7.2f}, p99 {figures['p99_ms']:7.2f}"
        )
    for name, points in found["nearest"].items():
        for point in points:
            print(f"{name}, {point['entries']:,} entries: {point['recall_at_10']:.3f} of the ten, {point['p50_ms']} ms")
    keep(found, options.json)
    if options.chart is not None:
        options.chart.write_text(drawn(found["nearest"]["largest"], ENTRIES), encoding="utf-8")


if __name__ == "__main__":
    main()
