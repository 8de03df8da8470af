"""What an agent is told stays within its tenant and itself, is recalled within bounds, and is gone when forgotten."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planfold.application.ports import MemoryRetriever, MemoryStore, Recall
from planfold.domain.canonical import is_text
from planfold.domain.memory import Memory, Trust
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.in_memory import InMemoryMemories
from planfold.infrastructure.postgres.memories import PgvectorMemory

MAY = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["foo & ! | :*", "a:*&b <-> !(c", "it''s \\ 'quoted' \\'", '"unclosed -', "🦊👩‍👩‍👧 %s {} $1", "x' OR 1=1 --", "ﷺ\u202e"]),
)  # fmt: skip
KEPT = TEXTS.filter(lambda text: text.strip() != "" and is_text(text))

with_any_text = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
agents = (f"agent-{number}" for number in itertools.count())


class Memories(MemoryStore, MemoryRetriever, Protocol):
    """Both ports, as an adapter keeps them."""


@pytest.fixture(params=["in_memory", "postgres", "pooler"])
def memories(request: pytest.FixtureRequest) -> Memories:
    if request.param == "in_memory":
        return InMemoryMemories()
    embedder = wordllama()
    pool = request.getfixturevalue("pooled" if request.param == "pooler" else "pool")
    return PgvectorMemory(pool, lambda: embedder)


def memory(
    memory_id: str,
    text: str = "steel comes from Turin",
    *,
    tenant: str = "acme",
    agent_id: str = "scout",
    minutes: int = 0,
    trust: Trust = "medium",
    run_id: str | None = None,
    made_from: tuple[str, ...] = (),
) -> Memory:
    return Memory(
        memory_id=memory_id,
        tenant=tenant,
        agent_id=agent_id,
        text=text,
        trust=trust,
        created_at=MAY + timedelta(minutes=minutes),
        run_id=run_id,
        made_from=made_from,
    )


def recall(
    goal: str = "order steel",
    *,
    tenant: str = "acme",
    agent_id: str = "scout",
    run_id: str = "run-1",
    limit: int = 8,
    characters: int = 4_000,
) -> Recall:
    return Recall(tenant, agent_id, run_id, goal, limit, characters)


def ids(found: Sequence[Memory]) -> list[str]:
    return [each.memory_id for each in found]


def recalled(memories: Memories, asked: Recall) -> list[str]:
    return [snippet.id for snippet in memories.recall(asked)]


# Remembering and listing


def test_a_memory_is_listed_and_found_as_it_was_remembered(memories: Memories) -> None:
    told = memory("m1", "Ünïcode 'quoted' 🦊", trust="high", run_id="run-0", made_from=("m0", "null"))
    memories.remember([told])

    assert [told] == list(memories.list("acme", "scout"))
    assert told == memories.find("acme", "scout", "m1")
    assert {None} == {
        memories.find(*whose) for whose in (("acme", "scout", "m2"), ("acme", "x", "m1"), ("b", "scout", "m1"))
    }


def test_the_same_id_again_changes_nothing_not_even_with_another_text(memories: Memories) -> None:
    memories.remember([memory("m1", "steel comes from Turin")])
    memories.remember([memory("m1", "steel comes from Essen", trust="high"), memory("m2", "steel is dear", minutes=1)])

    assert [memory("m2", "steel is dear", minutes=1), memory("m1")] == list(memories.list("acme", "scout"))


def test_the_first_of_two_memories_with_one_id_counts(memories: Memories) -> None:
    memories.remember([memory("m1", "the first"), memory("m1", "the second")])

    assert [memory("m1", "the first")] == list(memories.list("acme", "scout"))


def test_remembering_nothing_is_no_error(memories: Memories) -> None:
    memories.remember([])

    assert [] == list(memories.list("acme", "scout"))


def test_memories_are_listed_newest_first_and_by_id_among_equals(memories: Memories) -> None:
    memories.remember([memory("m1"), memory("m3", minutes=1), memory("m2", minutes=1), memory("m4", minutes=-1)])

    assert ["m3", "m2", "m1", "m4"] == ids(memories.list("acme", "scout"))


def test_a_list_goes_on_after_the_last_one_seen(memories: Memories) -> None:
    memories.remember([memory(f"m{number}", minutes=number // 2) for number in range(7)])

    pages = [memories.list("acme", "scout", limit=3)]
    while pages[-1]:
        pages.append(memories.list("acme", "scout", limit=3, before=pages[-1][-1].memory_id))

    assert [["m6", "m5", "m4"], ["m3", "m2", "m1"], ["m0"], []] == [ids(page) for page in pages]


def test_nothing_comes_after_a_memory_that_is_not_there(memories: Memories) -> None:
    memories.remember([memory("m1")])

    assert [] == list(memories.list("acme", "scout", before="m9"))


def test_no_list_is_longer_than_asked(memories: Memories) -> None:
    memories.remember([memory("m1"), memory("m2")])

    assert ([], []) == (list(memories.list("acme", "scout", limit=0)), list(memories.list("acme", "scout", limit=-1)))


@pytest.mark.parametrize("search", ["turin", "Turin steel", "comes from T", "STEEL"])
def test_a_search_finds_words_in_any_order_and_case(memories: Memories, search: str) -> None:
    memories.remember([memory("m1", "steel comes from Turin"), memory("m2", "wood is cheap")])

    assert ["m1"] == ids(memories.list("acme", "scout", search=search))


def test_a_search_without_a_match_finds_nothing(memories: Memories) -> None:
    memories.remember([memory("m1", "steel comes from Turin")])

    assert [] == list(memories.list("acme", "scout", search="copper"))


@pytest.mark.parametrize("search", [None, "", "  \n"])
def test_a_search_for_nothing_finds_all(memories: Memories, search: str | None) -> None:
    memories.remember([memory("m1")])

    assert ["m1"] == ids(memories.list("acme", "scout", search=search))


# Forgetting


def test_a_forgotten_memory_is_gone(memories: Memories) -> None:
    memories.remember([memory("m1"), memory("m2")])

    assert (1, ["m2"]) == (memories.forget("acme", "scout", "m1"), ids(memories.list("acme", "scout")))


def test_forgetting_what_is_not_there_forgets_nothing(memories: Memories) -> None:
    memories.remember([memory("m1")])

    assert (0, 0) == (memories.forget("acme", "scout", "m2"), memories.forget("acme", "other"))


def test_an_agent_forgets_all_of_its_own_and_nothing_else(memories: Memories) -> None:
    memories.remember([memory("m1"), memory("m2"), memory("m1", agent_id="other"), memory("m1", tenant="other")])

    assert 2 == memories.forget("acme", "scout")
    assert ([], ["m1"], ["m1"]) == (
        ids(memories.list("acme", "scout")),
        ids(memories.list("acme", "other")),
        ids(memories.list("other", "scout")),
    )


def test_what_was_forgotten_can_be_told_anew(memories: Memories) -> None:
    memories.remember([memory("m1", "old")])
    memories.forget("acme", "scout", "m1")
    memories.remember([memory("m1", "new")])

    assert [memory("m1", "new")] == list(memories.list("acme", "scout"))


# Recalling


def test_a_memory_that_bears_on_the_goal_is_recalled_whole_and_with_its_trust(memories: Memories) -> None:
    memories.remember([memory("m1", "steel comes from Turin", trust="low")])

    (snippet,) = memories.recall(recall("order steel"))
    assert ("m1", "steel comes from Turin", "fact", MAY, "low") == (
        snippet.id,
        snippet.text,
        snippet.type,
        snippet.created_at,
        snippet.trust,
    )
    assert snippet.score > 0


def test_what_does_not_bear_on_the_goal_is_not_recalled(memories: Memories) -> None:
    memories.remember([memory("m1", "plants are watered on Monday")])

    assert [] == recalled(memories, recall("order steel"))


def test_an_agent_without_memories_recalls_nothing(memories: Memories) -> None:
    assert [] == recalled(memories, recall())


def test_more_words_in_common_come_first(memories: Memories) -> None:
    memories.remember([memory("m1", "steel is grey"), memory("m2", "order steel in Turin")])

    assert ["m2", "m1"] == recalled(memories, recall("order steel in Turin"))


def test_among_equals_the_newest_comes_first_and_then_the_smaller_id(memories: Memories) -> None:
    memories.remember([memory("m2"), memory("m1"), memory("m3", minutes=1)])

    assert ["m3", "m1", "m2"] == recalled(memories, recall())


def test_what_is_new_does_not_come_before_what_bears_more_on_the_goal(memories: Memories) -> None:
    memories.remember([memory("m1", "order steel in Turin"), memory("m2", "the order of the garden", minutes=99)])

    assert ["m1", "m2"] == recalled(memories, recall("order steel in Turin"))


def test_a_run_does_not_recall_its_own_memories(memories: Memories) -> None:
    memories.remember([memory("m1", run_id="run-1"), memory("m2", run_id="run-2"), memory("m3", run_id=None)])

    assert ["m2", "m3"] == recalled(memories, recall(run_id="run-1"))


def test_no_agent_recalls_what_another_one_knows(memories: Memories) -> None:
    memories.remember([memory("m1", agent_id="other"), memory("m2", tenant="other"), memory("m3")])

    assert ["m3"] == recalled(memories, recall())


def test_no_more_are_recalled_than_asked_for(memories: Memories) -> None:
    memories.remember([memory(f"m{number}", minutes=-number) for number in range(5)])

    assert ["m0", "m1"] == recalled(memories, recall(limit=2))


def test_a_snippet_too_long_for_what_is_left_gives_way_to_a_shorter_one(memories: Memories) -> None:
    memories.remember(
        [
            memory("m1", "steel is grey", minutes=3),
            memory("m2", "steel is grey and heavy", minutes=2),
            memory("m3", "steel rusts", minutes=1),
        ]
    )

    assert {"m1", "m3"} == set(recalled(memories, recall("steel", characters=len("steel is grey" + "steel rusts"))))


@pytest.mark.parametrize(("limit", "characters"), [(0, 4_000), (8, 0), (-1, 4_000), (8, -1)])
def test_nothing_is_recalled_within_no_bounds(memories: Memories, limit: int, characters: int) -> None:
    memories.remember([memory("m1")])

    assert [] == recalled(memories, recall(limit=limit, characters=characters))


def test_the_retriever_names_itself(memories: Memories) -> None:
    assert memories.identity == memories.identity != ""


# Any text is data


@with_any_text
@given(text=KEPT)
def test_any_text_is_kept_as_it_is(memories: Memories, text: str) -> None:
    agent = next(agents)
    memories.remember([memory("m1", text, agent_id=agent)])

    assert [text] == [kept.text for kept in memories.list("acme", agent)]


@with_any_text
@given(goal=TEXTS, search=TEXTS, text=KEPT)
def test_any_text_can_be_a_goal_and_a_search(memories: Memories, goal: str, search: str, text: str) -> None:
    agent = next(agents)
    memories.remember([memory("m1", text, agent_id=agent)])

    assert set(recalled(memories, recall(goal, agent_id=agent))) <= {"m1"}
    assert set(ids(memories.list("acme", agent, search=search))) <= {"m1"}


@with_any_text
@given(texts=st.lists(KEPT, min_size=1, max_size=6), limit=st.integers(0, 7), characters=st.integers(0, 200))
def test_no_bound_is_ever_exceeded(memories: Memories, texts: list[str], limit: int, characters: int) -> None:
    agent = next(agents)
    memories.remember([memory(f"m{number}", text, agent_id=agent) for number, text in enumerate(texts)])

    found = memories.recall(recall(" ".join(texts), agent_id=agent, limit=limit, characters=characters))
    assert len(found) <= limit
    assert sum(len(snippet.text) for snippet in found) <= characters
    assert sorted((snippet.score for snippet in found), reverse=True) == [snippet.score for snippet in found]
