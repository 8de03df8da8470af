"""What is wrong with an event by itself is told before what follows from it, and found though nothing follows from it."""

from typing import Any

import pytest

from planfold.application.audit import Auditor

Store = Any
RUN = "default/run/reported"


@pytest.mark.parametrize("versions", [[1], [1, 2], [3], [4], [5]])
def test_what_is_wrong_with_an_event_is_told_before_what_follows_from_it(store: Store, versions: list[int]) -> None:
    store.remove("default/run/retried", versions)

    found, one = store.audit(), Auditor(store.ports).audit("retried")

    (run,) = (each for each in found.not_holding if each.run_id == "retried")
    sentence = f"version {versions[0]} of default/run/retried is missing"
    assert [sentence] * 3 == [found.first_broken.sentence, run.problems[0].sentence, one.problems[0].sentence]
    ranks = [("itself", "ledgers", "queries").index(problem.against) for problem in (*run.problems, *one.problems)]
    assert [*sorted(ranks[: len(run.problems)]), *sorted(ranks[len(run.problems) :])] == ranks
    assert {0, 1, 2} == {*ranks}


def test_a_damage_is_told_first_though_more_runs_than_are_listed_have_a_row_that_is_another(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr("planfold.application.audit_all.MOST_BROKEN", 3)
    store.sql("UPDATE planfold.results SET goal = 'another'")
    store.write(RUN, 3, store.stream(RUN)[2]["envelope"] | {"actor": "mallory"})

    found = store.audit()

    assert (RUN, 4) == (found.first_broken.stream, found.first_broken.version)
    assert (found.first_broken, RUN) == (found.not_holding[0].problems[0], found.not_holding[0].stream)
    rest = [each.problems[0] for each in found.not_holding[1:]]
    assert ["queries"] * 2 == [each.against for each in rest]
    assert sorted(each.position for each in rest) == [each.position for each in rest]
    assert found.broken > len(found.not_holding)


@pytest.mark.parametrize(
    ("run", "change", "sentence"),
    [
        (
            "reported",
            {"hold_id": "other/execution"},
            "it names other/execution as its hold, that of its run is reported/execution",
        ),
        ("reported", {"breach": "per_run"}, "it was allowed, and tells what stood against it: per_run"),
        ("reported", {"limit": 5}, "it was allowed, and tells what stood against it: a limit of 5 micro-USD"),
        ("refused", {"breach": None}, "it was refused, and does not tell what stood against it"),
        ("refused", {"hold_id": "refused/execution"}, "it was refused, and names refused/execution as its hold"),
        ("called-off", {"hold_id": "called-off/1"}, "it was refused, and names called-off/1 as its hold"),
    ],
)
def test_a_decision_that_contradicts_itself_is_named_though_all_else_follows_it(
    store: Store, run: str, change: dict[str, object], sentence: str
) -> None:
    stream = f"default/run/{run}"
    version, envelope = next((version, body) for at, version, body in store.named("BudgetChecked") if at == stream)
    store.write(stream, version, envelope | {"body": envelope["body"] | change})
    store.mend_chain(stream)
    store.sql("DELETE FROM planfold.results")
    store.sql("UPDATE planfold.tracking SET notification_id = 0")

    told = store.audit().first_broken
    assert (stream, version, sentence) == (told.stream, told.version, told.sentence)
