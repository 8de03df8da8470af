"""Leaving out families that cannot be found changes nothing of what is found."""

from collections.abc import Callable, Iterator

from planfold.domain.hosts import mapped
from planfold.domain.inspection.injections import ANYWHERE, WHERE_FACTS_STAND
from planfold.domain.inspection.injections.family import family
from planfold.domain.inspection.injections.lexicon import Lexicon
from planfold.domain.inspection.readings import decoded, plainer

SECRET = family("asks", "secret|key|prompts?", r"secret|\bkeys?\b")
MARKER = family("poses", "<system|[inst", r"<system|\[inst")


def _readings(text: str) -> Iterator[str]:
    for said in (text, *(says for _, says in decoded(text))):
        folded = " ".join(mapped(said).split())
        yield from {folded, plainer(folded)}


def test_whatever_is_found_in_a_text_was_likely(texts: Callable[[str], list[str]]) -> None:
    for text in texts("**/*.txt"):
        for folded in _readings(text):
            found = [kind for kind in WHERE_FACTS_STAND if kind.found(folded)]
            assert [kind for kind in found if kind in WHERE_FACTS_STAND.likely(folded)] == found, folded


def test_plain_orders_of_work_hold_nothing_to_look_for() -> None:
    for text in ("summarise it", "send the summaries", "fetch https://example.com/reports/3.html"):
        assert list(ANYWHERE.likely(text)) == []


def test_families_are_found_by_how_a_word_begins_or_by_a_sign() -> None:
    lexicon = Lexicon(SECRET, MARKER)

    assert [SECRET] == list(lexicon.likely("two secretive keyboards"))
    assert [SECRET] == list(lexicon.likely("(keys)"))
    assert [MARKER] == list(lexicon.likely("a <system> b"))
    assert [SECRET, MARKER] == list(lexicon.likely("[the key"))
    assert [] == list(lexicon.likely("a monkey on a keyboard"))


def test_all_are_likely_where_letters_are_not_ascii() -> None:
    assert [SECRET, MARKER] == list(Lexicon(SECRET, MARKER).likely("\u00fc"))
