"""The starter skills: complete, cheap, and each of them served by plain sentences."""

from collections.abc import Mapping

import pytest

from planfold.application.ports import DraftRequest
from planfold.domain.plan import Plan
from planfold.domain.schema import violations
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.planners.offline.planner import OfflinePlanner
from planfold.infrastructure.skills import StarterCatalog

STARTER = StarterCatalog().manifest("default", "scout")
PLANNER = OfflinePlanner(wordllama())

SENTENCES: Mapping[str, tuple[str, ...]] = {
    "fetch_url": ("Fetch https://example.com/prices.json", "Download the page at https://example.com"),
    "call_api": (
        "Call the API at https://api.example.com/v1/orders",
        "Send a PUT request to the endpoint https://api.example.com/v1/orders/1",
    ),
    "web_search": ("Search the web for cheap flights to Oslo", "Find the latest news about Norway"),
    "read_file": ("Read notes.txt", "Open the file reports/q1.csv"),
    "write_file": ("Write 'hello' to hello.txt", 'Save the text "all is well" in status.md'),
    "delete_file": ("Delete old.log", "Remove the file tmp/cache.json"),
    "query_database": ("Query the database for orders over 500 USD", "Look up all customers in Norway in the database"),
    "summarize_text": ("Summarise 'a long text'", "Give me a summary of the following text: it was a long day"),
    "translate_text": ("Translate 'good morning' into French", "Put the text 'thank you' into German"),
    "extract_data": ("Extract the total from 'Total: 5 EUR'", "Pull the dates out of the text 'from 1 May to 3 May'"),
    "analyze_sentiment": ("Analyse the sentiment of 'I love it'", "Is the tone of 'what a mess' positive?"),
    "transcribe_audio": ("Transcribe standup.mp3", "Get a transcript of https://example.com/call.wav"),
    "generate_image": ("Generate an image of a red bicycle", "Draw a picture of the sea at night"),
    "calculate": ("Calculate (3 + 4) * 12", "What is 15% of 80?"),
    "convert_currency": ("Convert 100 USD to EUR", "How much is 250 euros in Norwegian krone?"),
    "get_weather": ("Get the weather in Oslo tomorrow", "Will it rain in New York this weekend?"),
    "send_email": ("E-mail ana@example.com that lunch is ready", "Send 'see you soon' to bob@example.com"),
    "send_sms": ("Text +47 22 00 00 00 that I am late", "Send an SMS to +47 22 00 00 00 saying hello"),
    "post_message": ("Post 'we shipped' to #general", "Tell the team channel that the build is green"),
    "create_calendar_event": (
        "Create a calendar event 'Design review' tomorrow at 10:00",
        "Schedule a meeting with Bob on Friday at 3pm",
    ),
    "list_calendar_events": ("What is on my calendar tomorrow?", "List my meetings for Friday"),
    "set_reminder": ("Remind me to call the bank on Friday at 9am", "Set a reminder for tomorrow to water the plants"),
    "create_ticket": ("Create a ticket for the login bug", "File a bug about the blank page"),
}


def _plan(goal: str, manifest: Manifest = STARTER) -> Plan:
    request = DraftRequest(
        tenant="default",
        agent_id="scout",
        run_id="r1",
        goal=goal,
        snippets=(),
        context_summary=None,
        manifest=manifest,
        attempt=1,
    )
    return Plan.model_validate(PLANNER.draft(request).answer)


@pytest.mark.parametrize(("name", "sentence"), [(name, text) for name, texts in SENTENCES.items() for text in texts])
def test_a_plain_sentence_fills_what_the_skill_requires(name: str, sentence: str) -> None:
    plan = _plan(sentence)

    assert [name] == [step.skill for step in plan.steps]
    assert [] == violations(STARTER.by_name[name].parameters, plan.steps[0].params)


def test_every_starter_skill_has_sentences() -> None:
    assert set(STARTER.by_name) == set(SENTENCES)
    assert len(STARTER.skills) >= 14


@pytest.mark.parametrize("skill", STARTER.skills, ids=lambda skill: str(skill.name))
def test_every_starter_skill_is_described_priced_and_typed(skill: Skill) -> None:
    assert skill.description
    assert skill.tags
    assert skill.cost is not None
    assert skill.cost <= 50_000, "5 cents"
    assert skill.result is not None
    assert skill.parameters["additionalProperties"] is False
    for schema in skill.properties.values():
        examples = schema.get("examples", [])
        assert isinstance(examples, list)
        assert all(not violations(schema, example) for example in examples)
        if schema.get("type") == "string" and "enum" not in schema:
            assert "description" in schema


def test_only_what_changes_nothing_is_read_only_and_only_deleting_is_destructive() -> None:
    changing = {
        "call_api", "write_file", "delete_file", "send_email", "send_sms", "post_message", "create_calendar_event",
        "set_reminder", "create_ticket", "generate_image",
    }  # fmt: skip

    assert changing == {skill.name for skill in STARTER.skills if not skill.effects.read_only}
    assert {"delete_file"} == {skill.name for skill in STARTER.skills if skill.effects.destructive}


def test_no_starter_skill_asks_for_a_date_in_a_form_that_needs_a_clock() -> None:
    formats = {schema.get("format") for skill in STARTER.skills for schema in skill.properties.values()}

    assert {None, "uri", "email"} == formats
