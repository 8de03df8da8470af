"""What an agent is told to remember is checked, cleaned of secrets, and trusted no more than where it came from."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.application.memories import Memories
from planfold.application.ports import MemoryUnavailable
from planfold.domain.errors import InvalidIdentifier, InvalidMemory, MemoryIdTaken
from planfold.domain.memory import MAX_MEMORY_CHARACTERS, Memory, Trust
from planfold.infrastructure.in_memory import FixedClock, InMemoryMemories

TOKEN = "ghp_" + "a1B2" * 9
TRUSTS: st.SearchStrategy[Trust] = st.sampled_from(["low", "medium", "high"])
RANK = {"low": 0, "medium": 1, "high": 2}


@pytest.fixture
def store() -> InMemoryMemories:
    return InMemoryMemories()


@pytest.fixture
def memories(store: InMemoryMemories, clock: FixedClock) -> Memories:
    return Memories(store, clock)


def test_what_is_remembered_is_stored_as_it_is_told_back(
    memories: Memories, store: InMemoryMemories, clock: FixedClock
) -> None:
    told = memories.remember(
        "scout", "Acme pays late", "m1", tenant="acme", type="lesson", trust="high", run_id="run-1"
    )

    expected = Memory(
        memory_id="m1",
        tenant="acme",
        agent_id="scout",
        text="Acme pays late",
        type="lesson",
        trust="high",
        created_at=clock.now(),
        run_id="run-1",
    )
    assert expected == told
    assert [expected] == store.list("acme", "scout")


def test_the_same_memory_again_is_told_back_as_it_is_recorded(memories: Memories, clock: FixedClock) -> None:
    first = memories.remember("scout", f"push with {TOKEN}", "m1")
    clock.advance(timedelta(days=1))

    assert first == memories.remember("scout", f"push with {TOKEN}", "m1") == memories.find("scout", "m1")
    assert memories.find("other", "m1") is None


@pytest.mark.parametrize(
    ("other", "differs"), [({"text": "Acme pays"}, "text"), ({"type": "lesson"}, "type"), ({"trust": "low"}, "trust")]
)
def test_an_id_that_stands_for_another_memory_is_refused(
    memories: Memories, other: dict[str, str], differs: str
) -> None:
    first = memories.remember("scout", "Acme pays late", "m1")

    with pytest.raises(MemoryIdTaken) as refused:
        memories.remember(**{"agent_id": "scout", "text": "Acme pays late", "memory_id": "m1"} | other)  # type: ignore[arg-type]
    assert ("m1", "scout", differs) == (refused.value.memory_id, refused.value.agent_id, refused.value.differs)
    assert first == memories.find("scout", "m1")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"push with {TOKEN} please", "push with [redacted:github_token] please"),
        ("the database is postgresql://bob:correcthorse@db/plans", None),
        ("the password is correct-horse-7", None),
    ],
)
def test_a_secret_never_reaches_the_store(
    memories: Memories, store: InMemoryMemories, text: str, kept: str | None
) -> None:
    told = memories.remember("scout", text, "m1")

    (stored,) = store.list("default", "scout")
    assert told.text == stored.text
    assert "[redacted:" in stored.text
    assert not any(secret in stored.text for secret in (TOKEN, "correcthorse", "correct-horse-7"))
    assert kept in {None, stored.text}


def test_a_text_that_redaction_makes_too_long_is_cut(memories: Memories) -> None:
    text = "x " * (MAX_MEMORY_CHARACTERS // 2 - 5) + "pwd=abc12"
    told = memories.remember("scout", text, "m1")

    assert (MAX_MEMORY_CHARACTERS, False) == (len(told.text), "abc12" in told.text)


@pytest.mark.parametrize("text", ["", "  \n\t", "NUL \0", "half an emoji \ud83d", "x" * (MAX_MEMORY_CHARACTERS + 1)])
def test_a_text_that_cannot_be_kept_is_refused(memories: Memories, store: InMemoryMemories, text: str) -> None:
    with pytest.raises(InvalidMemory, match=f"a text of {len(text)} characters: 1 to {MAX_MEMORY_CHARACTERS} can be"):
        memories.remember("scout", text, "m1")
    assert [] == store.list("default", "scout")


def test_the_longest_text_is_kept(memories: Memories) -> None:
    assert "x" * MAX_MEMORY_CHARACTERS == memories.remember("scout", "x" * MAX_MEMORY_CHARACTERS, "m1").text


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"agent_id": "a/b"}, "agent"),
        ({"memory_id": ""}, "memory"),
        ({"tenant": "-"}, "tenant"),
        ({"type": "two words"}, "memory type"),
        ({"run_id": "ü"}, "run"),
    ],
)
def test_what_names_nothing_is_refused(memories: Memories, wrong: dict[str, str], what: str) -> None:
    named = {"agent_id": "scout", "text": "Acme pays late", "memory_id": "m1"} | wrong
    with pytest.raises(InvalidIdentifier, match=f"^{what} "):
        memories.remember(**named)  # type: ignore[arg-type]


def test_it_is_known_what_a_memory_was_made_from(memories: Memories) -> None:
    sources = [memories.remember("scout", "Acme pays late", name) for name in ("m1", "m2")]

    assert ("m1", "m2") == memories.remember("scout", "Acme never pays", "m3", made_from=sources).made_from


@given(TRUSTS, st.lists(TRUSTS, max_size=4))
def test_a_memory_is_never_trusted_more_than_any_it_was_made_from(trust: Trust, sources: list[Trust]) -> None:
    memories = Memories(InMemoryMemories(), FixedClock())
    made_from = [
        memories.remember("scout", "Acme pays late", f"m{number}", trust=source)
        for number, source in enumerate(sources)
    ]

    told = memories.remember("scout", "Acme never pays", "made", trust=trust, made_from=made_from)
    assert min([trust, *sources], key=RANK.__getitem__) == told.trust


def test_the_trust_that_binds_is_that_of_what_is_stored(memories: Memories) -> None:
    source = memories.remember("scout", "Acme pays late", "m1", trust="low")

    made = memories.remember(
        "scout", "Acme never pays", "m2", trust="high", made_from=[source.model_copy(update={"trust": "high"})]
    )

    assert "low" == made.trust


@pytest.mark.parametrize(
    "changed", [{"memory_id": "m9"}, {"agent_id": "other"}, {"tenant": "acme"}, {"agent_id": "other", "tenant": "acme"}]
)
def test_nothing_is_made_from_what_the_agent_does_not_remember(
    memories: Memories, store: InMemoryMemories, changed: dict[str, str]
) -> None:
    source = memories.remember("scout", "Acme pays late", "m1", trust="high")
    memories.remember("other", "Acme pays late", "m1", trust="high")

    with pytest.raises(InvalidMemory, match="agent 'scout' of tenant 'default' has no such memory"):
        memories.remember("scout", "Acme never pays", "m2", made_from=[source.model_copy(update=changed)])
    assert [source] == store.list("default", "scout")


@pytest.mark.parametrize(
    ("wrong", "said"), [({"trust": "absolute"}, "its trust is one of"), ({"text": None}, "no text")]
)
def test_what_is_no_memory_is_refused_in_a_sentence(memories: Memories, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidMemory, match=said):
        memories.remember(**{"agent_id": "scout", "text": "Acme pays late", "memory_id": "m1"} | wrong)  # type: ignore[arg-type]


def test_memories_are_listed_newest_first_and_a_page_at_a_time(memories: Memories, clock: FixedClock) -> None:
    for number in range(3):
        memories.remember("scout", f"steel {number}", f"m{number}")
        clock.advance(timedelta(minutes=1))

    assert ["m2", "m1"] == [memory.memory_id for memory in memories.list("scout", limit=2)]
    assert ["m0"] == [memory.memory_id for memory in memories.list("scout", limit=2, before="m1")]
    assert ["m1"] == [memory.memory_id for memory in memories.list("scout", search="steel 1")]


def test_one_memory_or_all_of_an_agent_are_forgotten(memories: Memories) -> None:
    for number in range(3):
        memories.remember("scout", "steel", f"m{number}")
    memories.remember("scout", "steel", "m0", tenant="acme")

    assert (1, 2, 0) == (memories.forget("scout", "m1"), memories.forget("scout"), memories.forget("scout"))
    assert 1 == len(memories.list("scout", tenant="acme"))


def test_a_store_that_fails_is_told(memories: Memories, store: InMemoryMemories) -> None:
    store.broken = "the store is closed"

    for attempt in (
        lambda: memories.remember("scout", "Acme pays late", "m1"),
        lambda: memories.list("scout"),
        lambda: memories.forget("scout"),
    ):
        with pytest.raises(MemoryUnavailable, match="the store is closed"):
            attempt()
