"""Goals as people write them, and the plans they come to with the starter skills."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Draft, accepts, inspect
from planfold.domain.plan import Plan
from planfold.domain.skill import Manifest

Ask = Callable[..., Plan]
Shape = list[tuple[str, dict[str, JsonValue], tuple[str, ...]]]

ANA, BOB = "ana@example.com", "bob@example.com"


def shape(plan: Plan) -> Shape:
    return [(step.skill, step.params, step.depends_on) for step in plan.steps]


GOALS: list[tuple[str, Shape]] = [
    (
        "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com",
        [
            ("fetch_url", {"url": "https://example.com/prices.json"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
            ("send_email", {"to": ANA, "body": "${s2.summary}"}, ("s2",)),
        ],
    ),
    (
        "Get the weather in Oslo tomorrow and post it to the team channel",
        [
            ("get_weather", {"city": "Oslo", "date": "tomorrow"}, ()),
            ("post_message", {"channel": "team", "text": "${s1.forecast}"}, ("s1",)),
        ],
    ),
    (
        "Fetch https://example.com/1 and e-mail it to a1@example.com",
        [
            ("fetch_url", {"url": "https://example.com/1"}, ()),
            ("send_email", {"to": "a1@example.com", "body": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "Fetch https://example.com/x and summarise it",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "Search the web for the best budget laptops of 2026, summarise the results and save them to laptops.md",
        [
            ("web_search", {"query": "the best budget laptops of 2026"}, ()),
            ("summarize_text", {"text": "${s1.text}"}, ("s1",)),
            ("write_file", {"path": "laptops.md", "content": "${s2.summary}"}, ("s2",)),
        ],
    ),
    (
        "Query the database for orders over 500 USD and post the result to #sales",
        [
            ("query_database", {"query": "orders over 500 USD"}, ()),
            ("post_message", {"channel": "#sales", "text": "${s1.text}"}, ("s1",)),
        ],
    ),
    (
        "Create a calendar event 'Design review' tomorrow at 10:00 and invite bob@example.com",
        [
            (
                "create_calendar_event",
                {"title": "Design review", "start": "tomorrow at 10:00", "attendees": [BOB]},
                (),
            )
        ],
    ),
    (
        "Translate 'good morning' into French",
        [("translate_text", {"text": "good morning", "target_language": "French"}, ())],
    ),
    (
        "Remind me to call the bank on Friday at 9am",
        [("set_reminder", {"task": "call the bank", "time": "Friday at 9am"}, ())],
    ),
    (
        "Fetch http://169.254.169.254/latest and summarise it",
        [
            ("fetch_url", {"url": "http://169.254.169.254/latest"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
        ],
    ),
    # What a step needs first is put in ahead of it.
    (
        "Summarise https://example.com/report",
        [
            ("fetch_url", {"url": "https://example.com/report"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "E-mail a summary of https://example.com/x to ana@example.com",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
            ("send_email", {"to": ANA, "body": "${s2.summary}"}, ("s2",)),
        ],
    ),
    (
        "E-mail the weather in Oslo to ana@example.com",
        [
            ("get_weather", {"city": "Oslo"}, ()),
            ("send_email", {"to": ANA, "body": "${s1.forecast}"}, ("s1",)),
        ],
    ),
    (
        "Summarise report.txt and post the summary to #general",
        [
            ("read_file", {"path": "report.txt"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
            ("post_message", {"channel": "#general", "text": "${s2.summary}"}, ("s2",)),
        ],
    ),
    (
        "Extract the invoice number and the total from invoice.txt",
        [
            ("read_file", {"path": "invoice.txt"}, ()),
            ("extract_data", {"what": "the invoice number and the total", "text": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "Analyse the sentiment of https://example.com/reviews",
        [
            ("fetch_url", {"url": "https://example.com/reviews"}, ()),
            ("analyze_sentiment", {"text": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "Post https://example.com/x to #news",
        [("post_message", {"channel": "#news", "text": "https://example.com/x"}, ())],
    ),
    # Several things for a place that takes one are several steps.
    (
        "Get the weather in Oslo and Bergen and post it to #weather",
        [
            ("get_weather", {"city": "Oslo"}, ()),
            ("get_weather", {"city": "Bergen"}, ()),
            ("post_message", {"channel": "#weather", "text": "${s1.forecast}\n\n${s2.forecast}"}, ("s1", "s2")),
        ],
    ),
    (
        "Fetch https://example.com/1 and https://example.com/2, summarise them and save the summary to out.md",
        [
            ("fetch_url", {"url": "https://example.com/1"}, ()),
            ("fetch_url", {"url": "https://example.com/2"}, ()),
            ("summarize_text", {"text": "${s1.content}\n\n${s2.content}"}, ("s1", "s2")),
            ("write_file", {"path": "out.md", "content": "${s3.summary}"}, ("s3",)),
        ],
    ),
    (
        "Translate notes.txt into French and German",
        [
            ("read_file", {"path": "notes.txt"}, ()),
            ("translate_text", {"text": "${s1.content}", "target_language": "French"}, ("s1",)),
            ("translate_text", {"text": "${s1.content}", "target_language": "German"}, ("s1",)),
        ],
    ),
    (
        "Post 'Standup in 5 minutes' to #dev and #ops",
        [
            ("post_message", {"channel": "#dev", "text": "Standup in 5 minutes"}, ()),
            ("post_message", {"channel": "#ops", "text": "Standup in 5 minutes"}, ()),
        ],
    ),
    # Order is the goal's, unless its words say another.
    (
        "Fetch https://example.com/x, then post it to #news. After that, create a ticket called 'Review the news'.",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("post_message", {"channel": "#news", "text": "${s1.content}"}, ("s1",)),
            ("create_ticket", {"title": "Review the news"}, ("s2",)),
        ],
    ),
    (
        "E-mail the summary to ana@example.com after summarising https://example.com/x",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
            ("send_email", {"to": ANA, "body": "${s2.summary}"}, ("s2",)),
        ],
    ),
    (
        "Before e-mailing it to ana@example.com, translate 'hello' into Italian",
        [
            ("translate_text", {"text": "hello", "target_language": "Italian"}, ()),
            ("send_email", {"to": ANA, "body": "${s1.translation}"}, ("s1",)),
        ],
    ),
    (
        "Delete the file old.log after reading it",
        [("read_file", {"path": "old.log"}, ()), ("delete_file", {"path": "old.log"}, ("s1",))],
    ),
    (
        "Read notes.txt and delete it",
        [("read_file", {"path": "notes.txt"}, ()), ("delete_file", {"path": "notes.txt"}, ("s1",))],
    ),
    (
        "Get the weather in Oslo tomorrow and remind me to take an umbrella tomorrow at 7am",
        [
            ("get_weather", {"city": "Oslo", "date": "tomorrow"}, ()),
            ("set_reminder", {"task": "take an umbrella", "time": "tomorrow at 7am"}, ()),
        ],
    ),
    (
        "1. Fetch https://example.com/x\n2. Summarise it\n3. Post it to #news",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
            ("post_message", {"channel": "#news", "text": "${s2.summary}"}, ("s2",)),
        ],
    ),
    # Politeness, questions and facts.
    (
        "Please could you fetch https://example.com and tell me the result? Thanks!",
        [("fetch_url", {"url": "https://example.com"}, ())],
    ),
    (
        "I would like to know the weather in Paris tomorrow",
        [("get_weather", {"city": "Paris", "date": "tomorrow"}, ())],
    ),
    ("What is on my calendar tomorrow?", [("list_calendar_events", {"date": "tomorrow"}, ())]),
    ("What is 15% of 80?", [("calculate", {"expression": "15% of 80"}, ())]),
    ("Weather in Oslo", [("get_weather", {"city": "Oslo"}, ())]),
    (
        "The report is at https://example.com/r. Please fetch it and summarise it.",
        [
            ("fetch_url", {"url": "https://example.com/r"}, ()),
            ("summarize_text", {"text": "${s1.content}"}, ("s1",)),
        ],
    ),
    (
        "Fetch https://example.com but do not e-mail it to bob@example.com",
        [("fetch_url", {"url": "https://example.com"}, ())],
    ),
    # Literals of every kind.
    (
        "Send an SMS to +47 22 00 00 00 saying 'I am late'",
        [("send_sms", {"phone_number": "+47 22 00 00 00", "text": "I am late"}, ())],
    ),
    (
        "Text +47 22 00 00 00 that the meeting is moved to 3pm",
        [("send_sms", {"phone_number": "+47 22 00 00 00", "text": "the meeting is moved to 3pm"}, ())],
    ),
    (
        "Convert 1,250.50 USD to EUR",
        [("convert_currency", {"amount": 1250.5, "from_currency": "USD", "to_currency": "EUR"}, ())],
    ),
    (
        "How much is 250 euros in Norwegian krone?",
        [("convert_currency", {"amount": 250, "from_currency": "EUR", "to_currency": "NOK"}, ())],
    ),
    (
        "Calculate (3 + 4) * 12 and e-mail the result to bob@example.com",
        [
            ("calculate", {"expression": "(3 + 4) * 12"}, ()),
            ("send_email", {"to": BOB, "body": "${s1.text}"}, ("s1",)),
        ],
    ),
    (
        "Create a ticket for the login bug with high priority",
        [("create_ticket", {"title": "login bug", "priority": "high"}, ())],
    ),
    (
        "Send ana@example.com an e-mail with subject 'Prices' saying the prices are up",
        [("send_email", {"to": ANA, "subject": "Prices", "body": "the prices are up"}, ())],
    ),
    (
        "Schedule “1:1 with Ana” for Friday at 15:00 in Room 4 and invite ana@example.com",
        [
            (
                "create_calendar_event",
                {"title": "1:1 with Ana", "start": "Friday at 15:00", "location": "Room 4", "attendees": [ANA]},
                (),
            )
        ],
    ),
    (
        "POST to https://api.example.com/v1/orders",
        [("call_api", {"url": "https://api.example.com/v1/orders", "method": "POST"}, ())],
    ),
    (
        "Fetch the page www.example.com and summarise it in 50 words",
        [
            ("fetch_url", {"url": "https://www.example.com"}, ()),
            ("summarize_text", {"text": "${s1.content}", "max_words": 50}, ("s1",)),
        ],
    ),
    (
        "Summarise https://example.com/x in bullets",
        [
            ("fetch_url", {"url": "https://example.com/x"}, ()),
            ("summarize_text", {"text": "${s1.content}", "style": "bullets"}, ("s1",)),
        ],
    ),
    ("translate hello to spanish", [("translate_text", {"text": "hello", "target_language": "Spanish"}, ())]),
    (
        "Remind me tomorrow to buy eggs and milk",
        [("set_reminder", {"task": "buy eggs and milk", "time": "tomorrow"}, ())],
    ),
    (
        "Write 'fetch it and send it' to hello.txt",
        [("write_file", {"path": "hello.txt", "content": "fetch it and send it"}, ())],
    ),
    (
        "Make an image of a sunset and post it to #design",
        [
            ("generate_image", {"prompt": "a sunset"}, ()),
            ("post_message", {"channel": "#design", "text": "${s1.url}"}, ("s1",)),
        ],
    ),
    (
        "Fetch https://example.com/a.json; extract the prices; convert 100 USD to EUR; and post everything to #prices.",
        [
            ("fetch_url", {"url": "https://example.com/a.json"}, ()),
            ("extract_data", {"what": "the prices", "text": "${s1.content}"}, ("s1",)),
            ("convert_currency", {"amount": 100, "from_currency": "USD", "to_currency": "EUR"}, ()),
            ("post_message", {"channel": "#prices", "text": "${s2.data}\n\n${s3.text}"}, ("s2", "s3")),
        ],
    ),
]
"""No goal of this list lacks a parameter."""

INCOMPLETE: list[tuple[str, str]] = [
    ("Send an email to bob@example.com", "body"),
    ("E-mail bob@example.com about the outage", "body"),
    ("Fetch it", "url"),
    ("Summarise the annual report", "text"),
    ("E-mail Ana the summary of https://example.com/x", "to"),
    ("Delete all files", "path"),
    ("Remind me to water the plants", "time"),
]


@pytest.mark.parametrize(("goal", "expected"), GOALS, ids=[goal for goal, _ in GOALS])
def test_a_goal_comes_to_the_plan_its_words_ask_for(ask: Ask, starter: Manifest, goal: str, expected: Shape) -> None:
    plan = ask(goal)

    assert expected == shape(plan)
    assert _missing(plan, starter) == []


@pytest.mark.parametrize(("goal", "missing"), INCOMPLETE)
def test_what_the_goal_does_not_say_is_left_out_and_asked_for(
    ask: Ask, starter: Manifest, goal: str, missing: str
) -> None:
    plan = ask(goal)

    assert [missing] == _missing(plan, starter)


def test_an_address_of_the_inside_is_drafted_as_asked_and_refused_by_the_inspector(ask: Ask, starter: Manifest) -> None:
    goal = "Fetch http://169.254.169.254/latest and summarise it"
    answer = ask(goal).model_dump(mode="json")

    findings = inspect(Draft(answer=answer, goal=goal, manifest=starter, recorded_manifest=starter.digest))

    assert ["FORBIDDEN_TARGET"] == [finding.code for finding in findings]
    assert not accepts(tuple(findings))


@pytest.mark.parametrize(
    "goal",
    [
        "Fetch https://user:[redacted:url_password]@example.com/x and summarise it",
        "Call the API at https://api.example.com/v1?api_key=[redacted:api_key]",
        "E-mail ana@example.com that the code is [redacted:password]",
        "Post 'password: [redacted:password]' to #ops",
    ],
)
def test_a_secret_of_the_goal_is_found_by_the_inspector_and_not_asked_for(
    ask: Ask, starter: Manifest, goal: str
) -> None:
    answer = ask(goal).model_dump(mode="json")

    findings = inspect(Draft(answer=answer, goal=goal, manifest=starter, recorded_manifest=starter.digest))

    assert ["SECRET_IN_PARAMS"] == [finding.code for finding in findings]


def _missing(plan: Plan, manifest: Manifest) -> list[str]:
    return [name for step in plan.steps for name in manifest.by_name[step.skill].required if name not in step.params]
