"""How a goal is taken apart."""

from types import MappingProxyType

import pytest

from planfold.infrastructure.planners.offline.clauses import Verbs, clauses_of
from planfold.infrastructure.planners.offline.values import values_in
from planfold.infrastructure.planners.offline.words import plain, stem


def _requests(goal: str, verbs: Verbs = MappingProxyType({})) -> list[str]:
    return [clause.text for clause in clauses_of(plain(goal), values_in(goal), verbs) if clause.kind == "request"]


@pytest.mark.parametrize(
    ("goal", "requests"),
    [
        ("Buy eggs and milk", ["Buy eggs and milk"]),
        ("Save 'fetch it, and send it' to a.txt", ["Save 'fetch it, and send it' to a.txt"]),
        ("Fetch https://example.com/a,b.and.send and send it", ["Fetch https://example.com/a,b.and.send", "send it"]),
        ("Get 1.5 percent of 2.75. Send it.", ["Get 1.5 percent of 2.75", "Send it"]),
        ("Get the prices between 1 and 5 May", ["Get the prices between 1 and 5 May"]),
        ("Ask Dr. Who vs. Mr. Bean e.g. today", ["Ask Dr. Who vs. Mr. Bean e.g. today"]),
        ("Check the phone and email address", ["Check the phone and email address"]),
        ("Check the phone and email Ana", ["Check the phone", "email Ana"]),
        ("Fetch it; summarise it, then post it", ["Fetch it", "summarise it", "post it"]),
        ("Find and book a flight", ["Find a flight", "book a flight"]),
        ("Check and tell me the price", ["the price"]),
        ("Fetch it \u2014 then send it", ["Fetch it", "send it"]),
        ("- Fetch it\n- Send it", ["Fetch it", "Send it"]),
        ("I want to fetch it and need to send it", ["fetch it", "send it"]),
        ("Fetch it without sending it", ["Fetch it"]),
        ("Contact number is 12. Fetch it.", ["Fetch it"]),
        ("", []),
        (" .,;\n ", []),
    ],
)
def test_a_clause_ends_where_the_next_request_begins(goal: str, requests: list[str]) -> None:
    assert requests == _requests(goal)


def test_the_first_words_of_skills_begin_requests_too() -> None:
    assert ["Defrost this fridge", "brew coffee"] == _requests(
        "Defrost this fridge and brew coffee", {"brew": {"coffe"}, "defrost": {"fridg"}}
    )


def test_an_unheard_of_verb_with_an_object_is_a_request_that_may_not_get_lost() -> None:
    assert ["Fetch it", "feed the cat", "Water my plants"] == _requests("Fetch it and feed the cat. Water my plants.")


@pytest.mark.parametrize(
    ("goal", "order"),
    [
        ("Send it after fetching it", ["fetching it", "Send it"]),
        ("Before sending it, fetch it", ["fetch it", "sending it"]),
        ("After fetching it, send it", ["fetching it", "send it"]),
        ("Fetch it before sending it", ["Fetch it", "sending it"]),
    ],
)
def test_before_and_after_say_what_is_done_first(goal: str, order: list[str]) -> None:
    clauses = clauses_of(goal, values_in(goal))

    assert (order, [False, True]) == ([clause.text for clause in clauses], [clause.then for clause in clauses])


@pytest.mark.parametrize(
    "forms",
    [
        "summarise summarize summary summaries summarisation summarizing",
        "translate translation translating translated translates",
        "query queries",
        "ship shipping shipped shipment",
        "cancel cancellation cancelled",
        "create creating creation",
        "analyse analysis",
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert 1 == len({stem(word) for word in forms.split()})
