"""How many of our own texts are judged rightly. Public sets are measured by `python -m benchmarks.injections`."""

from collections.abc import Callable
from itertools import product

import pytest

from planfold.domain.inspection import Finding
from planfold.domain.inspection.prompts import Place, suspicion

Texts = Callable[[str], list[str]]
PLACES: tuple[Place, ...] = ("parameter", "memory", "skill")


@pytest.mark.parametrize("place", PLACES)
def test_fewer_than_two_per_cent_of_honest_texts_are_warned_of(place: Place, texts: Texts) -> None:
    honest = texts("honest/*.txt")

    alarms = [text for text in honest if suspicion(text, place) is not None]

    assert len(honest) >= 200
    assert len(alarms) < 0.02 * len(honest), alarms


@pytest.mark.parametrize("place", ["memory", "skill"])
def test_more_than_nine_in_ten_injections_are_warned_of(place: Place, texts: Texts) -> None:
    injected = texts("injected.txt")

    missed = [text for text in injected if suspicion(text, place) is None]

    assert len(injected) >= 150
    assert len(missed) < 0.1 * len(injected), missed


def test_wordings_that_no_rule_was_made_with_are_mostly_warned_of(texts: Texts) -> None:
    injected = texts("kept_aside/injected.txt")

    found = sum(suspicion(text, "memory") is not None for text in injected)

    assert len(injected) >= 50
    assert found > 0.7 * len(injected)


@pytest.mark.parametrize("place", PLACES)
def test_honest_texts_that_no_rule_was_made_with_are_left_alone(place: Place, texts: Texts) -> None:
    honest = texts("kept_aside/honest.txt")

    alarms = sum(suspicion(text, place) is not None for text in honest)

    assert len(honest) >= 60
    assert alarms < 0.02 * len(honest)


def test_no_text_stands_there_twice(texts: Texts) -> None:
    every = texts("**/*.txt")

    assert len(every) == len(set(every))


def test_a_sentence_says_what_is_suspicious_of_each_text(texts: Texts) -> None:
    for text, place in product(texts("injected.txt"), PLACES):
        what = suspicion(text, place)
        assert what is None or f"the memory m1 {what}".isprintable()


def test_findings_are_the_same_each_time(texts: Texts, inspect_params: Callable[..., tuple[Finding, ...]]) -> None:
    for text in texts("injected.txt")[:20]:
        assert inspect_params({"note": text}) == inspect_params({"note": text})
