"""One tenant, one model: embeddings of two are never compared, and a change of model can be broken off and gone on with."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import numpy as np
import pytest

from planfold.application.ports import MemoryUnavailable, Recall
from planfold.domain.memory import Memory
from planfold.infrastructure.embedding import EmbeddingModel, Vectors
from planfold.infrastructure.postgres import embedding_models
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.memories import PgvectorMemory

OLD, NEW = "old/2/000000000000", "new/3/000000000000"


class NamedEmbedder:
    """Every text points the same way, in as many dimensions as the model has; `before` is called first."""

    def __init__(self, name: str, dimension: int, before: Callable[[], object] = lambda: None) -> None:
        self.model = EmbeddingModel(name=name, dimension=dimension, digest="0" * 64)
        self._before = before

    def embed(self, texts: Sequence[str]) -> Vectors:
        self._before()
        rows = np.zeros((len(texts), self.model.dimension), dtype=np.float32)
        rows[:, 0] = 1
        return rows


@pytest.fixture
def pool(database: Endpoint) -> Iterator[Pool]:
    with open_pool(database.app, size=4) as opened:
        yield opened


def with_old(pool: Pool, before: Callable[[], object] = lambda: None) -> PgvectorMemory:
    embedder = NamedEmbedder("old", 2, before)
    return PgvectorMemory(pool, lambda: embedder)


def with_new(pool: Pool, before: Callable[[], object] = lambda: None) -> PgvectorMemory:
    embedder = NamedEmbedder("new", 3, before)
    return PgvectorMemory(pool, lambda: embedder)


def memory(number: int, text: str = "the dog", tenant: str = "acme", agent_id: str = "scout") -> Memory:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return Memory(memory_id=f"m{number}", tenant=tenant, agent_id=agent_id, text=text, created_at=at)


def recalled(memories: PgvectorMemory, goal: str, tenant: str = "acme") -> set[str]:
    return {snippet.id for snippet in memories.recall(Recall(tenant, "scout", "run-1", goal, 50, 10_000))}


def models(pool: Pool, tenant: str = "acme") -> tuple[str | None, dict[str, int]]:
    """The model that the tenant uses, and how many of its memories each model has embedded."""
    with pool.connection() as connection:
        used = connection.execute("SELECT model FROM planfold.embedding_models WHERE tenant = %s", [tenant]).fetchone()
        rows = connection.execute(
            "SELECT model, count(*) AS memories FROM planfold.memories WHERE tenant = %s GROUP BY model", [tenant]
        ).fetchall()
    return used["model"] if used else None, {row["model"]: row["memories"] for row in rows}


def stop_after(batches: int) -> Callable[[int, int], None]:
    """A progress that ends in a crash."""

    def progress(done: int, total: int) -> None:  # noqa: ARG001 - what is done matters only
        if done >= batches:
            raise KeyboardInterrupt

    return progress


# The first to remember chooses


def test_the_model_of_the_first_memory_is_recorded_with_its_dimension(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])

    with pool.connection() as connection:
        row = connection.execute("SELECT tenant, model, dimension FROM planfold.embedding_models").fetchone()
    assert {"tenant": "acme", "model": OLD, "dimension": 2} == row


def test_who_is_configured_with_another_model_is_refused(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])
    expected = (
        f"the memories of tenant 'acme' are embedded with {OLD}, and {NEW} is configured: "
        "set PLANFOLD_EMBEDDING_MODEL back, or embed them anew: planfold reembed --tenant acme"
    )

    for attempt in (lambda: with_new(pool).remember([memory(2)]), lambda: recalled(with_new(pool), "dog")):
        with pytest.raises(MemoryUnavailable) as refusal:
            attempt()
        assert expected == str(refusal.value)
    assert (OLD, {OLD: 1}) == models(pool)


def test_memories_of_several_tenants_are_refused_for_one_of_them(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])

    with pytest.raises(MemoryUnavailable, match="tenant 'acme'"):
        with_new(pool).remember([memory(2), memory(2, tenant="other")])
    assert (None, {}) == models(pool, "other")


def test_each_tenant_has_a_model_of_its_own(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])
    with_new(pool).remember([memory(1, tenant="other")])

    assert ((OLD, {OLD: 1}), (NEW, {NEW: 1})) == (models(pool), models(pool, "other"))


def test_of_two_who_remember_first_at_the_same_time_one_chooses_the_model(pool: Pool) -> None:
    meet = Barrier(2)
    rivals = [with_old(pool, meet.wait), with_new(pool, meet.wait)]

    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(rival.remember, [memory(number)]) for number, rival in enumerate(rivals)]
        errors = [end.exception() for end in ends]
    used, embedded = models(pool)
    assert {used: 1} == embedded
    assert [False, True] == sorted(isinstance(error, MemoryUnavailable) for error in errors)


# Embedding anew


def test_embedding_anew_takes_all_agents_of_the_tenant_along_and_no_other_tenant(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(7)), memory(1, agent_id="other"), memory(1, tenant="other")])

    assert 8 == with_new(pool).reembed("acme", batch=3)
    assert ((NEW, {NEW: 8}), (OLD, {OLD: 1})) == (models(pool), models(pool, "other"))
    assert {f"m{number}" for number in range(7)} == recalled(with_new(pool), "no word in common")


def test_embedding_anew_tells_how_far_it_is(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5))])
    heard: list[tuple[int, int]] = []

    with_new(pool).reembed("acme", batch=2, progress=lambda done, total: heard.append((done, total)))
    assert [(0, 5), (2, 5), (4, 5), (5, 5)] == heard


def test_embedding_anew_with_the_same_model_does_nothing(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])

    assert 0 == with_old(pool).reembed("acme")


def test_a_tenant_without_memories_can_choose_its_model(pool: Pool) -> None:
    assert 0 == with_new(pool).reembed("acme")
    assert (NEW, {}) == models(pool)


def test_a_change_that_was_broken_off_goes_on_where_it_stopped(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5))])
    with pytest.raises(KeyboardInterrupt):
        with_new(pool).reembed("acme", batch=2, progress=stop_after(2))
    assert (NEW, {NEW: 2, OLD: 3}) == models(pool)

    assert 3 == with_new(pool).reembed("acme", batch=2)
    assert (NEW, {NEW: 5}) == models(pool)


def test_between_two_models_what_is_not_embedded_anew_is_recalled_by_its_words(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5)), memory(9, "cats")])
    with pytest.raises(KeyboardInterrupt):
        with_new(pool).reembed("acme", batch=2, progress=stop_after(2))

    assert {"m0", "m1", "m2", "m3", "m4"} == recalled(with_new(pool), "dog")
    assert {"m0", "m1"} == recalled(with_new(pool), "horse")


def test_between_two_models_the_former_is_refused_and_the_new_one_remembers(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(3))])
    with pytest.raises(KeyboardInterrupt):
        with_new(pool).reembed("acme", batch=1, progress=stop_after(1))

    with pytest.raises(MemoryUnavailable, match="embedded with new"):
        with_old(pool).remember([memory(7)])
    with pytest.raises(MemoryUnavailable, match="embedded with new"):
        recalled(with_old(pool), "dog")
    with_new(pool).remember([memory(8)])
    assert (NEW, {NEW: 2, OLD: 2}) == models(pool)


def test_a_change_that_was_broken_off_can_be_taken_back(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5))])
    with pytest.raises(KeyboardInterrupt):
        with_new(pool).reembed("acme", batch=2, progress=stop_after(2))

    assert 2 == with_old(pool).reembed("acme")
    assert (OLD, {OLD: 5}) == models(pool)


def test_a_connection_lost_in_the_middle_undoes_one_batch_only(database: Endpoint, pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5))])
    calls: list[int] = []

    with open_pool(database.app, size=1) as lost, connect(database.admin) as admin:

        def end_the_second() -> None:
            calls.append(1)
            if len(calls) == 2:
                admin.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        with pytest.raises(MemoryUnavailable, match="cannot embed the memories of tenant 'acme' anew"):
            with_new(lost, end_the_second).reembed("acme", batch=2)
    assert (NEW, {NEW: 2, OLD: 3}) == models(pool)


def test_a_memory_embedded_before_a_change_is_not_stored_after_it(pool: Pool) -> None:
    with_old(pool).remember([memory(1)])
    late = with_old(pool, before=lambda: with_new(pool).reembed("acme"))

    with pytest.raises(MemoryUnavailable, match="embedded with new"):
        late.remember([memory(2)])
    assert (NEW, {NEW: 1}) == models(pool)


def test_a_change_waits_for_who_is_remembering_with_the_former_model(database: Endpoint, pool: Pool) -> None:
    with open_pool(database.app, size=1, statement_timeout_ms=100) as hurried, pool.connection() as connection:
        with connection.transaction():
            embedding_models.use(connection, ["acme"], NamedEmbedder("old", 2).model)
            with pytest.raises(MemoryUnavailable, match="PLANFOLD_STATEMENT_TIMEOUT_MS"):
                with_new(hurried).reembed("acme")
        assert OLD == models(pool)[0]

        with_new(hurried).reembed("acme")
        assert NEW == models(pool)[0]


def test_of_two_who_embed_anew_the_last_to_begin_goes_through(pool: Pool) -> None:
    with_old(pool).remember([*map(memory, range(5))])
    third = PgvectorMemory(pool, lambda: NamedEmbedder("third", 4))

    def overtake(done: int, total: int) -> None:  # noqa: ARG001 - in the middle
        if done == 2:
            third.reembed("acme")

    with pytest.raises(MemoryUnavailable, match="embedded with third"):
        with_new(pool).reembed("acme", batch=2, progress=overtake)
    assert ("third/4/000000000000", {"third/4/000000000000": 5}) == models(pool)


def test_a_memory_forgotten_meanwhile_is_not_embedded_anew(pool: Pool) -> None:
    memories = with_old(pool)
    memories.remember([*map(memory, range(4))])

    def forget_one(done: int, total: int) -> None:  # noqa: ARG001 - at the first call
        memories.forget("acme", "scout", "m3")

    assert 3 == with_new(pool).reembed("acme", batch=2, progress=forget_one)
    assert (NEW, {NEW: 3}) == models(pool)
