"""What PgvectorMemory does that no other memory does: nearness, floors, least rights, and telling what is broken."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from psycopg.conninfo import make_conninfo

from planfold.application.ports import MemoryUnavailable, Recall
from planfold.domain.memory import Memory
from planfold.infrastructure.embedding import EmbeddingModel, Vectors
from planfold.infrastructure.errors import EmbeddingUnavailable
from planfold.infrastructure.postgres import migrations
from planfold.infrastructure.postgres.connect import Pool, connect, open_pool
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.memories import ROWS, PgvectorMemory

MAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
UP, RIGHT, BETWEEN, NOWHERE = (0.0, 1.0), (1.0, 0.0), (0.6, 0.8), (0.0, 0.0)


class ToldEmbedder:
    """Texts point where they are told to, others nowhere; `before` is called first."""

    def __init__(self, vectors: dict[str, tuple[float, float]], before: Callable[[], object] = lambda: None) -> None:
        self.model = EmbeddingModel(name="told", dimension=2, digest="0" * 64)
        self._vectors, self._before = vectors, before

    def embed(self, texts: Sequence[str]) -> Vectors:
        self._before()
        return np.array([self._vectors.get(text, NOWHERE) for text in texts], dtype=np.float32)


class BrokenEmbedder:
    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def model(self) -> EmbeddingModel:
        raise self._error

    def embed(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002 - the protocol's
        raise self._error


@pytest.fixture
def pool(database: Endpoint) -> Iterator[Pool]:
    with open_pool(database.app, size=4) as opened:
        yield opened


def told(pool: Pool, vectors: dict[str, tuple[float, float]] | None = None) -> PgvectorMemory:
    embedder = ToldEmbedder(vectors or {})
    return PgvectorMemory(pool, lambda: embedder, floor=0.2)


def memory(memory_id: str, text: str, days: int = 0) -> Memory:
    return Memory(
        memory_id=memory_id, tenant="acme", agent_id="scout", text=text, created_at=MAY + timedelta(days=days)
    )


def recall(goal: str) -> Recall:
    return Recall("acme", "scout", "run-1", goal, 8, 4_000)


def recalled(memories: PgvectorMemory, goal: str) -> list[str]:
    return [snippet.id for snippet in memories.recall(recall(goal))]


# Nearness and words


def test_the_nearest_comes_first_where_no_word_is_shared(pool: Pool) -> None:
    memories = told(pool, {"dog": UP, "puppies": (0.28, 0.96), "kennels": BETWEEN, "cars": RIGHT})
    memories.remember([memory("m1", "kennels"), memory("m2", "puppies"), memory("m3", "cars")])

    assert ["m2", "m1"] == recalled(memories, "dog")


def test_below_the_floor_only_a_word_in_common_counts(pool: Pool) -> None:
    memories = told(pool, {"dog": UP, "cars": (0.981, 0.19), "a dog's cars": RIGHT, "vans": (0.979, 0.21)})
    memories.remember([memory("m1", "cars"), memory("m2", "a dog's cars"), memory("m3", "vans")])

    assert {"m2", "m3"} == set(recalled(memories, "dog"))


def test_what_is_near_and_shares_words_comes_before_what_does_either(pool: Pool) -> None:
    memories = told(pool, {"walk the dog": UP, "kennels": UP, "a dog to walk": (0.28, 0.96), "the dog walks": RIGHT})
    memories.remember([memory("m1", "kennels"), memory("m2", "a dog to walk"), memory("m3", "the dog walks")])

    assert "m2" == recalled(memories, "walk the dog")[0]


def test_the_score_is_the_sum_of_both_reciprocal_ranks(pool: Pool) -> None:
    memories = told(pool, {"dog": UP, "kennels": BETWEEN})
    memories.remember([memory("m1", "dog"), memory("m2", "kennels")])

    expected = [("m1", round(1 / 61 + 1 / 61, 6)), ("m2", round(1 / 62 + 1 / 62, 6))]
    assert expected == [(snippet.id, snippet.score) for snippet in memories.recall(recall("dog"))]


def test_a_text_of_no_known_token_is_recalled_by_its_words(pool: Pool) -> None:
    memories = told(pool, {"kennels": UP})
    memories.remember([memory("m1", "zorgle"), memory("m2", "kennels")])

    assert ["m1"] == recalled(memories, "zorgle frob")


def test_a_cosine_that_differs_below_two_decimals_leaves_the_order_to_age(pool: Pool) -> None:
    memories = told(pool, {"dog": UP, "old": (0.119, 0.993), "new": (0.126, 0.992)})
    memories.remember([memory("m1", "old"), memory("m2", "new", days=1)])

    assert ["m2", "m1"] == recalled(memories, "dog")


def test_the_beginning_of_a_very_long_goal_is_compared_by_words(pool: Pool) -> None:
    memories = told(pool)
    memories.remember([memory("m1", "dog"), memory("m2", "cat")])

    assert ["m1"] == recalled(memories, "dog " * 1_000 + "cat")


def test_times_are_told_in_utc_wherever_the_server_stands(database: Endpoint) -> None:
    with open_pool(make_conninfo(database.app, options="-c TimeZone=Asia/Tokyo"), size=1) as pool:
        memories = told(pool)
        memories.remember([memory("m1", "dog")])

        (snippet,), (listed,) = memories.recall(recall("dog")), memories.list("acme", "scout")
        assert ("2026-05-01T12:00:00+00:00",) * 2 == (snippet.created_at.isoformat(), listed.created_at.isoformat())


# Remembering


def test_more_memories_than_one_statement_takes_are_all_stored(pool: Pool) -> None:
    memories = told(pool)
    memories.remember([memory(f"m{number}", "dog") for number in range(ROWS + 1)])

    assert ROWS + 1 == memories.forget("acme", "scout")


def test_if_one_memory_cannot_be_stored_none_is(pool: Pool) -> None:
    memories = told(pool)
    some = [memory(f"m{number:04}", "dog") for number in range(ROWS)]

    with pytest.raises(MemoryUnavailable, match="cannot remember 1001 memories"):
        memories.remember([*some, memory("m9999", "NUL \0")])
    assert [] == list(memories.list("acme", "scout"))


def test_two_who_remember_the_same_in_opposite_orders_do_not_block_each_other(pool: Pool) -> None:
    memories = told(pool)
    batches = [[memory(f"{turn}-{number}", "dog") for number in range(50)] for turn in range(10)]

    with ThreadPoolExecutor(2) as threads:
        for batch in batches:
            for done in [threads.submit(memories.remember, order) for order in (batch, batch[::-1])]:
                done.result()
    assert 500 == memories.forget("acme", "scout")


# What is opened, and with which rights


def test_without_memories_no_embedder_is_opened(pool: Pool) -> None:
    def open_embedder() -> ToldEmbedder:
        pytest.fail("nothing is there to be compared with")

    assert [] == recalled(PgvectorMemory(pool, open_embedder), "dog")


def test_the_identity_names_model_and_dimension(pool: Pool) -> None:
    assert "pgvector+fulltext/told/2/000000000000" == told(pool).identity


def test_the_extension_may_stand_in_a_schema_that_the_program_may_not_use(empty_database: Endpoint) -> None:
    with connect(empty_database.admin) as admin, connect(empty_database.owner) as owner:
        admin.execute("CREATE SCHEMA extensions")
        admin.execute("CREATE EXTENSION vector SCHEMA extensions")
        admin.execute("GRANT USAGE ON SCHEMA extensions TO planfold_owner")
        migrations.upgrade(owner)
    with open_pool(make_conninfo(empty_database.app, options="-c search_path=nowhere"), size=1) as pool:
        memories = told(pool, {"dog": UP, "kennels": BETWEEN})
        memories.remember([memory("m1", "kennels")])

        assert (["m1"], 0) == (recalled(memories, "dog"), memories.reembed("acme"))
        assert (1, 1) == (len(memories.list("acme", "scout", "kennel")), memories.forget("acme", "scout"))


# What is broken is told, and nothing else escapes


def every_way(memories: PgvectorMemory) -> Iterator[Callable[[], object]]:
    yield lambda: memories.remember([memory("m2", "dog")])
    yield lambda: memories.recall(recall("dog"))
    yield lambda: memories.list("acme", "scout")
    yield lambda: memories.forget("acme", "scout")
    yield lambda: memories.reembed("acme")


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with open_pool("host=/nowhere user=app password=pa55word dbname=plans", size=1, wait=0.05) as pool:
        for attempt in every_way(told(pool)):
            with pytest.raises(MemoryUnavailable, match=r"^cannot .*; .* `planfold doctor`") as refusal:
                attempt()
            assert "pa55word" not in str(refusal.value)


def test_a_database_without_the_schema_is_told(empty_database: Endpoint) -> None:
    with open_pool(empty_database.app, size=1) as pool:
        for attempt in every_way(told(pool)):
            with pytest.raises(MemoryUnavailable, match="run: planfold database upgrade"):
                attempt()


def test_a_statement_that_takes_too_long_is_told(database: Endpoint, pool: Pool) -> None:
    told(pool).remember([memory("m1", "dog")])
    with (
        open_pool(database.app, size=1, statement_timeout_ms=50) as hurried,
        connect(database.admin) as admin,
        admin.transaction(),
    ):
        admin.execute("LOCK TABLE planfold.memories, planfold.embedding_models IN ACCESS EXCLUSIVE MODE")
        for attempt in every_way(told(hurried)):
            with pytest.raises(MemoryUnavailable, match="PLANFOLD_STATEMENT_TIMEOUT_MS"):
                attempt()


def test_a_connection_that_is_lost_during_a_recall_is_told(database: Endpoint, pool: Pool) -> None:
    told(pool).remember([memory("m1", "dog")])
    with open_pool(database.app, size=1) as lost, connect(database.admin) as admin:
        embedder = ToldEmbedder(
            {},
            before=lambda: admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ),
        )
        with pytest.raises(MemoryUnavailable, match="cannot recall the memories of agent 'scout'"):
            PgvectorMemory(lost, lambda: embedder).recall(recall("dog"))


def test_a_right_that_was_taken_away_is_told(database: Endpoint, pool: Pool) -> None:
    memories = told(pool)
    memories.remember([memory("m1", "dog")])
    with connect(database.owner) as owner:
        owner.execute("REVOKE SELECT ON planfold.memories FROM planfold_app")

    with pytest.raises(MemoryUnavailable, match="permission denied for table memories"):
        memories.recall(recall("dog"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (EmbeddingUnavailable("the table is not there"), "cannot embed: the table is not there"),
        (ValueError("key sk-123 was refused"), "cannot embed: ValueError"),
    ],
)
def test_an_embedder_that_fails_is_told(pool: Pool, error: Exception, sentence: str) -> None:
    told(pool).remember([memory("m1", "dog")])
    broken = PgvectorMemory(pool, lambda: BrokenEmbedder(error))

    for attempt in (lambda: broken.remember([memory("m2", "dog")]), lambda: broken.recall(recall("dog"))):
        with pytest.raises(MemoryUnavailable) as refusal:
            attempt()
        assert sentence == str(refusal.value)
    assert "pgvector+fulltext/no-model" == broken.identity


def test_an_embedder_that_fails_only_when_it_embeds_is_told(pool: Pool) -> None:
    def fail() -> None:
        raise EmbeddingUnavailable("the table is damaged")

    embedder = ToldEmbedder({}, before=fail)
    with pytest.raises(MemoryUnavailable, match="cannot embed: the table is damaged"):
        PgvectorMemory(pool, lambda: embedder).remember([memory("m1", "dog")])


def test_a_row_that_is_no_memory_is_told(database: Endpoint, pool: Pool) -> None:
    memories = told(pool)
    memories.remember([memory("m1", "dog")])
    with connect(database.owner) as owner:
        owner.execute("UPDATE planfold.memories SET type = '?'")

    with pytest.raises(MemoryUnavailable, match="ValidationError"):
        memories.recall(recall("dog"))
