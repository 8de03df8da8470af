"""`planfold remember`, `memories` and `forget`."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]


class Typed(StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def ids(ended: CompletedProcess[str]) -> list[str]:
    return [memory["memory_id"] for memory in json.loads(ended.stdout)["memories"]]


def test_what_is_remembered_is_listed_newest_first(planfold: Command) -> None:
    planfold("remember", "scout", "Ana likes tables", "--id", "m1", "--type", "wish", "--trust", "low")
    planfold("remember", "scout", "Prices are in NOK", "--id", "m2")

    shown = planfold("memories", "scout").stdout.splitlines()

    assert ["m2", "m1"] == [line.split()[2] for line in shown[1:]]
    assert shown[2].endswith("wish, trust low     Ana likes tables")


def test_the_same_memory_again_says_that_it_was_there_and_shows_it_as_it_is_recorded(planfold: Command) -> None:
    first = planfold("remember", "scout", "Ana likes tables", "--id", "m1")
    second = planfold("remember", "scout", "Ana likes tables", "--id", "m1")
    recorded = json.loads(planfold("memories", "scout", "--json").stdout)["memories"]

    assert (0, "") == (second.returncode, second.stderr)
    assert f"{first.stdout}  it was there already; nothing new was recorded\n" == second.stdout
    assert recorded == [json.loads(planfold("remember", "scout", "Ana likes tables", "--id", "m1", "--json").stdout)]


@pytest.mark.parametrize(
    ("other", "differs"), [(["Ana likes dogs"], "text"), (["Ana likes tables", "--trust", "low"], "trust")]
)
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_another_memory_under_an_id_that_is_taken_is_refused_and_nothing_changes(
    planfold: Command, other: list[str], differs: str, as_json: list[str]
) -> None:
    planfold("remember", "scout", "Ana likes tables", "--id", "m1")
    before = planfold("memories", "scout", "--json").stdout

    ended = planfold("remember", "scout", *other, "--id", "m1", *as_json)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert f"memory 'm1' of agent 'scout' is recorded with another {differs}, and stays as it is" in ended.stderr
    assert before == planfold("memories", "scout", "--json").stdout


def test_a_wrong_embedding_table_is_named_by_its_variable(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_EMBEDDING_MODEL", "/nowhere")

    ended = planfold("remember", "scout", "Ana likes tables")

    assert (7, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "PLANFOLD_EMBEDDING_MODEL cannot be used: " in ended.stderr
    assert "no memories\n" == planfold("memories", "scout").stdout


def test_without_an_id_it_gets_one(planfold: Command) -> None:
    memory = json.loads(planfold("remember", "scout", "Ana likes tables", "--json").stdout)

    assert [memory["memory_id"]] == ids(planfold("memories", "scout", "--json"))


def test_memories_are_of_one_agent_of_one_tenant(planfold: Command) -> None:
    planfold("remember", "scout", "Ana likes tables", "--tenant", "acme")

    assert "no memories\n" == planfold("memories", "scout").stdout
    assert "no memories\n" == planfold("memories", "other", "--tenant", "acme").stdout
    assert 1 == len(ids(planfold("memories", "scout", "--tenant", "acme", "--json")))


def test_memories_are_found_by_their_words(planfold: Command) -> None:
    planfold("remember", "scout", "Ana likes tables", "--id", "m1")
    planfold("remember", "scout", "Prices are in NOK", "--id", "m2")

    assert ["m1"] == ids(planfold("memories", "scout", "--search", "tables", "--json"))


def test_pages_of_memories_follow_one_another(planfold: Command) -> None:
    for number in range(5):
        planfold("remember", "scout", f"Number {number}", "--id", f"m{number}")

    first = planfold("memories", "scout", "--limit", "2").stdout.splitlines()[-1]
    assert "more: planfold memories scout --limit 2 --before m3" == first
    assert ["m2", "m1"] == ids(planfold(*first.split()[2:], "--json"))
    assert ["m0"] == ids(planfold("memories", "scout", "--before", "m1", "--json"))


def test_a_memory_is_shown_harmless_and_without_its_secrets(planfold: Command) -> None:
    planfold("remember", "scout", "[red]red\x1b[31m\nline two; password=hunter2-and-more")

    shown = planfold("memories", "scout").stdout

    assert r"[red]red\x1b[31m line two; password=[redacted:password]" in shown
    assert "\x1b" not in shown


def test_one_memory_is_forgotten(planfold: Command) -> None:
    for name in ("m1", "m2"):
        planfold("remember", "scout", f"Text {name}", "--id", name)

    assert "1 memory deleted\n" == planfold("forget", "scout", "m1").stdout
    assert "0 memories deleted\n" == planfold("forget", "scout", "m1").stdout
    assert ["m2"] == ids(planfold("memories", "scout", "--json"))


def test_all_memories_are_forgotten_only_on_demand(planfold: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("m1", "m2"):
        planfold("remember", "scout", f"Text {name}", "--id", name)
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))

    refused = planfold("forget", "scout")

    assert (2, "", 1) == (refused.returncode, refused.stdout, refused.stderr.count("\n"))
    assert "add --yes" in refused.stderr
    assert {"forgotten": 2} == json.loads(planfold("forget", "scout", "--yes", "--json").stdout)


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_on_a_terminal_somebody_is_asked_first(
    planfold: Command, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    planfold("remember", "scout", "Ana likes tables")
    monkeypatch.setattr(sys, "stdin", Typed(answer))

    ended = planfold("forget", "scout")

    assert (0, left) == (ended.returncode, len(ids(planfold("memories", "scout", "--json"))))
    assert "Delete all memories of agent scout?" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["remember", "scout", " "],
        ["remember", "scout", "x" * 8_001],
        ["remember", "scout", "text", "--trust", "full"],
        ["remember", "scout", "text", "--type", "a b"],
        ["remember", "a/b", "text"],
        ["remember", "scout"],
        ["memories", "a/b"],
        ["memories", "scout", "--tenant", "a/b"],
        ["forget", "a/b", "m1"],
    ],
)
def test_what_cannot_be_remembered_ends_with_2_and_one_sentence(planfold: Command, arguments: list[str]) -> None:
    ended = planfold(*arguments)

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
