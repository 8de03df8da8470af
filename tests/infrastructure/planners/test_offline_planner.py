"""What the offline planner promises whatever the skills are: determinism, honesty about what nobody serves, safety."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.application.ports import DraftRequest, DraftUnavailable
from planfold.domain.memory import Snippet, Trust
from planfold.domain.plan import Plan, dependencies, plan_json
from planfold.domain.skill import Effects, Manifest, Skill
from planfold.infrastructure.embedding import model2vec, wordllama
from planfold.infrastructure.planners.offline.indexes import KEPT_MANIFESTS
from planfold.infrastructure.planners.offline.planner import OfflinePlanner
from planfold.infrastructure.skills import StarterCatalog

Ask = Callable[..., Plan]

GOAL = "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com"
STARTER = StarterCatalog().manifest("default", "scout")
PLANNER = OfflinePlanner(wordllama())
PARCEL = Manifest(skills=(Skill(name="send_parcel", description="Send a parcel to an address by courier"),))


def _request(goal: str, manifest: Manifest = STARTER) -> DraftRequest:
    return DraftRequest(
        tenant="default",
        agent_id="scout",
        run_id="r1",
        goal=goal,
        snippets=(),
        context_summary=None,
        manifest=manifest,
        attempt=1,
    )


def _snippet(text: str, trust: Trust, score: float = 0.5) -> Snippet:
    return Snippet(
        id=f"m-{trust}", text=text, type="fact", score=score, created_at=datetime(2026, 1, 1, tzinfo=UTC), trust=trust
    )


def _skill(name: str, description: str, result: dict[str, str] | None, parameters: dict[str, str]) -> Skill:
    """A skill whose parameters are all required texts, each with a format or none."""
    properties: dict[str, JsonValue] = {
        key: {"type": "string", "format": form} if form else {"type": "string"} for key, form in parameters.items()
    }
    return Skill(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
        result=None
        if result is None
        else {
            "type": "object",
            "properties": {key: {"type": "string", "description": text} for key, text in result.items()},
        },
        effects=Effects(read_only=result is not None),
    )


# Determinism


def test_the_same_goal_skills_and_memories_give_the_same_bytes_in_another_process() -> None:
    script = (
        "from planfold.infrastructure.planners.offline.planner import OfflinePlanner\n"
        "from planfold.infrastructure.embedding import wordllama\n"
        "from planfold.infrastructure.skills import StarterCatalog\n"
        "from planfold.application.ports import DraftRequest\n"
        "from planfold.domain.plan import plan_json\n"
        "import sys\n"
        "request = DraftRequest(tenant='default', agent_id='scout', run_id='r2', goal=sys.argv[1], snippets=(),\n"
        "    context_summary=None, manifest=StarterCatalog().manifest('default', 'scout'), attempt=1)\n"
        "print(plan_json(OfflinePlanner(wordllama()).draft(request).answer), end='')\n"
    )

    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, GOAL],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7"},
    )

    assert (plan_json(PLANNER.draft(_request(GOAL)).answer), "") == (said.stdout, said.stderr)


def test_threads_that_share_a_planner_get_the_same_plan() -> None:
    planner = OfflinePlanner(wordllama())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: plan_json(planner.draft(_request(GOAL)).answer), range(16)))

    assert {plan_json(PLANNER.draft(_request(GOAL)).answer)} == set(answers)


def test_the_order_of_skills_in_a_manifest_changes_only_the_plan_id(ask: Ask) -> None:
    turned = Manifest(skills=tuple(reversed(STARTER.skills)))

    assert ask(GOAL).steps == ask(GOAL, turned).steps


def test_other_goals_skills_and_memories_have_other_plan_ids(ask: Ask) -> None:
    named = _snippet("Ana's e-mail is ana@example.com", "high")
    goal = "Fetch https://example.com and e-mail it to Ana"
    fewer = Manifest(skills=tuple(skill for skill in STARTER.skills if skill.name != "send_sms"))

    plans = [ask(goal), ask(goal, snippets=(named,)), ask(goal, fewer), ask(f"{goal}!")]

    assert len(plans) == len({plan.plan_id for plan in plans})


def test_it_is_free_and_says_who_it_is() -> None:
    request = _request(GOAL)
    answer = PLANNER.draft(request)

    assert (0, 0, None) == (PLANNER.worst_case(request), answer.cost_micros, answer.usage)
    assert ("offline", "2", True) == (PLANNER.identity.name, PLANNER.identity.version, PLANNER.identity.deterministic)
    assert str(PLANNER.identity.model).startswith("wordllama-l2-supercat/256/")


# What nobody serves


@pytest.mark.parametrize(
    "goal",
    [
        "another goal entirely",
        "asdf qwer",
        "make me happy",
        "Send a parcel to Ana by courier",
        "Book a flight to Paris",
        "Order a pizza",
        "Restart the server",
        "Delete all customers",
        "Write a poem about the sea",
        "Buy 10 shares of ACME",
        "Deploy the app to production",
        "Turn off the lights",
        "Deploy https://example.com",
        "Rename a.txt to b.txt",
        "Find and replace foo with bar in a.txt",
        "Add a row to the database",
        "Draft an email to ana@example.com saying hi",
        "Comment on ticket 12 that it is fixed",
        "What time is it?",
        "Do something",
        "hello world",
        "?!",
    ],
)
def test_a_goal_that_no_skill_serves_is_not_planned(ask: Ask, goal: str) -> None:
    with pytest.raises(DraftUnavailable) as refused:
        ask(goal)

    assert ("no_skill", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)


def test_the_part_that_no_skill_serves_is_named_with_the_nearest_skills(ask: Ask) -> None:
    with pytest.raises(DraftUnavailable) as refused:
        ask("Get https://example.com/prices.json and book a flight to Paris")

    assert refused.value.sentence.startswith("no skill serves 'book a flight to Paris'; the nearest are ")


def test_a_manifest_without_skills_serves_nothing(ask: Ask) -> None:
    with pytest.raises(DraftUnavailable, match="the nearest are none"):
        ask(GOAL, Manifest(skills=()))


@pytest.mark.parametrize(
    ("goal", "condition"),
    [
        ("If it rains in Oslo, send an SMS to +47 22 00 00 00", "If it rains in Oslo"),
        ("Fetch https://example.com unless it is down", "unless it is down"),
        ("If the flat is available, e-mail ana@example.com that we take it", "If the flat is available"),
        ("Fetch https://example.com and e-mail ana@example.com for each price", "for each price"),
    ],
)
def test_a_condition_is_refused_rather_than_dropped(ask: Ask, goal: str, condition: str) -> None:
    with pytest.raises(DraftUnavailable) as refused:
        ask(goal)

    assert "unsupported" == refused.value.code
    assert condition in refused.value.sentence


@pytest.mark.parametrize(
    "goal",
    [
        "Fetch https://example.com and, if possible, summarise it",
        "Get the weather in Oslo and tell me if it rains",
        "Post 'if it rains, stay in' to #team",
    ],
)
def test_an_if_that_is_no_condition_is_none(ask: Ask, goal: str) -> None:
    assert ask(goal).steps


def test_what_no_step_takes_up_is_told_in_the_metadata(ask: Ask) -> None:
    plan = ask("Fetch https://example.com and keep it short")

    assert ["keep it short"] == plan.metadata["unserved"]


def test_more_requests_than_a_plan_could_hold_are_refused_before_any_work(ask: Ask) -> None:
    with pytest.raises(DraftUnavailable) as refused:
        ask("fetch https://example.com and " * 300)

    assert ("too_long", False) == (refused.value.code, refused.value.retryable)


def test_a_table_that_cannot_be_read_is_told_and_the_planner_still_has_a_name(tmp_path: Path) -> None:
    planner = OfflinePlanner(model2vec(tmp_path / "nothing"))

    with pytest.raises(DraftUnavailable, match="has no file") as refused:
        planner.draft(_request(GOAL))

    assert ("unavailable", None) == (refused.value.code, planner.identity.model)


# Other manifests


def test_a_skill_without_declared_parameters_serves_a_goal_in_its_own_words(ask: Ask) -> None:
    plan = ask("Send a parcel to Ana by courier", PARCEL)

    assert [("send_parcel", {}, ())] == [(step.skill, step.params, step.depends_on) for step in plan.steps]


def test_another_goal_is_refused_even_if_there_is_but_one_skill(ask: Ask) -> None:
    with pytest.raises(DraftUnavailable, match="the nearest are send_parcel"):
        ask("another goal entirely", PARCEL)


def test_skills_without_parameters_follow_each_other_in_the_order_of_the_goal(ask: Ask) -> None:
    skills = [
        Skill(name=name, description=name.replace("_", " ")) for name in ("brew_coffee", "feed_cat", "open_window")
    ]

    plan = ask("Feed the cat, open the window and brew coffee", Manifest(skills=tuple(skills)))

    assert [("feed_cat", ()), ("open_window", ("s1",)), ("brew_coffee", ("s2",))] == [
        (step.skill, step.depends_on) for step in plan.steps
    ]


def test_results_are_taken_by_the_name_and_the_kind_of_the_parameter(ask: Ask) -> None:
    skills = (
        _skill("find_contact", "Find a contact by name", {"email": "address", "phone": "number"}, {"name": ""}),
        _skill("send_email", "Send an email", None, {"recipient": "email", "message_body": ""}),
        _skill("look_up_order", "Look up an order", {"order_status": "", "invoice_id": ""}, {"order_number": ""}),
        _skill("print_invoice", "Print an invoice", None, {"invoice_id": ""}),
    )

    mail = ask("Find the contact Ana Silva and send her an email saying hello", Manifest(skills=skills))
    invoice = ask("Look up order 4711 and print its invoice", Manifest(skills=skills))

    assert {"recipient": "${s1.email}", "message_body": "hello"} == mail.steps[1].params
    assert ({"order_number": "4711"}, {"invoice_id": "${s1.invoice_id}"}) == (
        invoice.steps[0].params,
        invoice.steps[1].params,
    )


def test_a_relative_date_is_left_out_where_the_schema_asks_for_an_iso_date(ask: Ask) -> None:
    booking = Manifest(
        skills=(_skill("book_flight", "Book a flight to a city", None, {"destination": "", "date": "date"}),)
    )

    assert {"destination": "Paris"} == ask("Book a flight to Paris tomorrow", booking).steps[0].params
    assert {"destination": "Paris", "date": "2026-05-04"} == ask("Book a flight to Paris on May 4 2026", booking).steps[
        0
    ].params


def test_parameters_are_filled_as_their_schemas_say(ask: Ask) -> None:
    listing: dict[str, JsonValue] = {
        "limit": {"type": ["integer", "null"]},
        "overdue": {"type": "boolean"},
        "status": {"anyOf": [{"type": "string", "enum": ["open", "paid"]}, {"type": "null"}]},
    }
    notice: dict[str, JsonValue] = {
        "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
        "message": {"type": "string"},
        "urgent": {"type": "boolean", "default": False},
        "via": {"const": "mail"},
    }
    skills = (
        Skill(
            name="list_invoices",
            description="List invoices",
            parameters={"type": "object", "properties": listing},
            result={"type": "array"},
        ),
        Skill(
            name="notify",
            description="Notify people",
            parameters={"type": "object", "properties": notice, "required": [*notice]},
        ),
    )

    plan = ask(
        "List overdue invoices with limit 5 and notify ana@example.com, bob@example.com", Manifest(skills=skills)
    )
    paid = ask("List paid invoices", Manifest(skills=skills))

    assert {"overdue": True, "limit": 5} == plan.steps[0].params
    assert {
        "emails": ["ana@example.com", "bob@example.com"],
        "message": "${s1}",
        "urgent": False,
        "via": "mail",
    } == plan.steps[1].params
    assert {"status": "paid"} == paid.steps[0].params


def test_the_words_for_a_skill_without_declared_parameters_are_carried_by_the_description_of_its_step(ask: Ask) -> None:
    goal = "Send a parcel to Ana tomorrow at 9am or on Friday, not by courier"

    assert [goal] == [step.description for step in ask(goal, PARCEL).steps]


def test_the_indexes_of_many_manifests_are_not_all_kept() -> None:
    planner = OfflinePlanner(wordllama())
    for number in range(KEPT_MANIFESTS + 2):
        skill = Skill(name="fetch_url", description=f"Fetch a page, version {number}")
        planner.draft(_request("Fetch the page", Manifest(skills=(skill,))))

    assert KEPT_MANIFESTS == len(planner._indexes._indexes)


# Memories


@pytest.mark.parametrize(
    ("memory", "trust", "taken"),
    [
        ("Ana's e-mail is ana@example.com", "high", True),
        ("The address of Ana Silva is ana@example.com.", "medium", True),
        ("Ana's e-mail is ana@example.com", "low", False),
        ("Bob's e-mail is ana@example.com", "high", False),
        ("Ana's manager is Bob, whose e-mail is ana@example.com", "high", False),
        ("Ana has ana@example.com and a@example.org", "high", False),
        ("Ana likes tea", "high", False),
    ],
)
def test_a_recipient_comes_only_from_a_trusted_memory_of_that_very_person(
    ask: Ask, memory: str, trust: Trust, *, taken: bool
) -> None:
    plan = ask("Fetch https://example.com/x and e-mail it to Ana", snippets=(_snippet(memory, trust),))

    assert ("ana@example.com" if taken else None) == plan.steps[1].params.get("to")


@pytest.mark.parametrize(
    ("goal", "memory", "taken"),
    [
        ("Text mum that I'm late", "Mum's phone number is +47 22 00 00 00", True),
        ("Text the accountant that I'm late", "The accountant has the phone +47 22 00 00 00", True),
        ("Text the office that I'm late", "Who is late calls +47 22 00 00 00", False),
    ],
)
def test_a_recipient_without_a_name_is_known_by_the_word_for_them(
    ask: Ask, goal: str, memory: str, *, taken: bool
) -> None:
    plan = ask(goal, snippets=(_snippet(memory, "high"),))

    assert ("+47 22 00 00 00" if taken else None) == plan.steps[0].params.get("phone_number")


def test_the_most_trusted_memory_has_precedence_over_the_most_relevant(ask: Ask) -> None:
    old = _snippet("Ana's e-mail is old@example.com", "medium", score=0.9)
    new = _snippet("Ana's e-mail is new@example.com", "high", score=0.1)

    plan = ask("E-mail Ana that lunch is ready", snippets=(old, new))

    assert {"to": "new@example.com", "body": "lunch is ready"} == plan.steps[0].params


def test_what_the_goal_says_is_never_replaced_by_a_memory(ask: Ask) -> None:
    memory = _snippet("Ana's e-mail is ana@example.com", "high")

    plan = ask("E-mail Ana at new@example.com that lunch is ready", snippets=(memory,))

    assert "new@example.com" == plan.steps[0].params["to"]


# Bounds

WORDS = (
    'fetch summarise e-mail post it them the summary and then , . ; if \'quoted " " https://example.com/x ana@example.com '
    "Oslo tomorrow at 9am #team notes.txt French 100 USD to into of before after ${s1.content} ${s9} do not please "
    "translate weather +47 22 00 00 00 in and ( ) : \u2019 \u00ad high priority ticket what is 15% of 80 ?"
)


@given(
    st.lists(st.sampled_from(sorted(set(WORDS.split()) | {"\n", ""})), max_size=40).map(" ".join)
    | st.text(max_size=200)
)
@settings(deadline=None)
def test_any_goal_gives_a_plan_of_known_skills_without_a_cycle_or_is_refused(goal: str) -> None:
    plan = _planned(goal)

    earlier: set[str] = set()
    for step in plan.steps if plan else ():
        assert set(step.params) <= set(STARTER.by_name[step.skill].properties)
        assert set(step.depends_on) <= earlier
        assert dependencies(step) - earlier <= {"s1", "s9"}, "only the goal's own text may speak of other steps"
        earlier.add(step.step_id)


def _planned(goal: str) -> Plan | None:
    """Some steps, or None for a refusal that says why."""
    with suppress(DraftUnavailable):
        plan = Plan.model_validate(PLANNER.draft(_request(goal)).answer)
        assert plan.steps
        return plan
    return None


@pytest.mark.parametrize(
    "goal",
    [
        "'a " * 3_000,
        "a.b-" * 2_500,
        "if " * 3_000,
        "x" * 10_000,
        "Ana Bob and " * 800,
        "e-mail " + ", ".join(f"a{number}@b.co" for number in range(900)),
        "after fetching " * 600,
        "(1 + " * 2_000,
        "tell me that " * 700,
        "https://example.com/" + "(" * 9_000,
    ],
    ids=lambda goal: str(goal)[:12],
)
def test_a_goal_of_ten_thousand_characters_is_answered_soon(goal: str) -> None:
    started = perf_counter()

    with suppress(DraftUnavailable):
        PLANNER.draft(_request(goal[:10_000]))

    assert 5 > perf_counter() - started, "it takes a tenth of this on an idle machine"
