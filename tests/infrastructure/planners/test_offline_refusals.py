"""Words that change what is to be done are planned or refused: a plan that passes over them would do something else."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.application.ports import DraftUnavailable
from planfold.domain.plan import Plan

Ask = Callable[..., Plan]

URL = "https://api.example.com/1"
JSON = '{"a": {"b": "c, then delete it"}}'


def _refused(ask: Ask, goal: str) -> DraftUnavailable:
    with pytest.raises(DraftUnavailable) as refused:
        ask(goal)
    return refused.value


@pytest.mark.parametrize(
    ("goal", "named"),
    [
        ("Delete everything except a.txt", "except a.txt"),
        ("Delete all files except a.txt", "except a.txt"),
        ("Delete all but a.txt", "all but a.txt"),
        ("Delete all files other than a.txt", "other than a.txt"),
        ("Avoid deleting a.txt", "Avoid deleting a.txt"),
        ("Please do not delete a.txt", "do not delete a.txt"),
        ("Do not send an e-mail to bob@example.com", "Do not send"),
        ("Don't delete a.txt", "Don't delete a.txt"),
        ("Never delete a.txt", "Never delete a.txt"),
        ("Read a.txt instead of b.txt", "instead of b.txt"),
        ("Delete a.txt, not b.txt", "not b.txt"),
        ("Summarise a.txt and post it to #ops without posting the numbers", "without posting the numbers"),
        ("Summarise a.txt but don't mention names", "don't mention names"),
        ("Delete a.txt after 30 days", "after 30 days"),
        ("Delete a.txt tomorrow", "tomorrow"),
        ("Delete a.txt at 9am", "9am"),
        ("In 10 minutes, delete a.txt", "In 10 minutes"),
        ("Get the weather in Oslo tomorrow and delete a.txt tomorrow", "tomorrow"),
        ("Wait 10 minutes and then read a.txt", "Wait 10 minutes"),
        ("Read a.txt when b.txt exists", "when b.txt"),
        ("Read a.txt later", "later"),
        ("Send report.txt to ana@example.com every morning at 8", "every morning"),
        ("Fetch https://example.com twice", "twice"),
        ("Fetch https://example.com 3 times", "3 times"),
        ("Fetch https://example.com every 5 minutes", "every 5 minutes"),
        ("Fetch https://example.com hourly", "hourly"),
        ("Every Monday at 9am, fetch https://example.com", "Every Monday at 9am"),
        ("Get the weather in Oslo every day", "every day"),
        ("Get the weather in Oslo daily", "daily"),
        ("Read a.txt weekly", "weekly"),
        ("Send a.txt to ana@example.com or bob@example.com", "or bob@example.com"),
        ("Get the weather in Oslo or Bergen", "or Bergen"),
        ("Post the summary of a.txt and the weather in Oslo to #ops", "a.txt"),
        ("Query the database with DROP TABLE orders", "DROP TABLE"),
        ("Query the database: DELETE FROM orders WHERE id = 1", "DELETE FROM"),
        ('Run "UPDATE orders SET a = 1" on the database', "UPDATE orders SET"),
        ("Query the database: INSERT INTO orders VALUES (1)", "INSERT INTO"),
        ("Query the database: TRUNCATE orders", "TRUNCATE orders"),
        ("Query the database with ALTER TABLE orders ADD x int", "ALTER TABLE"),
        ("Create 3 tickets for the login bug", "3 tickets"),
        ("Convert 20 euros to dollars and 30 pounds to yen", "30"),
        ("E-mail ana@example.com a summary of https://example.com/news in German", "German"),
        ("Get the weather in Oslo for the next 3 days", "3"),
        ("Read the first 10 lines of a.txt", "10"),
        ("Fetch https://example.com/x with the token [redacted:github_token]", "[redacted:github_token]"),
        (f"POST to {URL} with body name=x", "body"),
        (f"POST to {URL} with header X-Key: 1", "header"),
        (f"Read a.txt and post it to {URL}", "post it"),
        (f"Post the weather in Oslo to {URL}", "post the weather"),
        (f"Call {URL} with body {JSON}", "body without a method"),
    ],
)
def test_what_a_plan_has_no_place_for_is_named_and_refused(ask: Ask, goal: str, named: str) -> None:
    refused = _refused(ask, goal)

    assert ("unsupported", False, False) == (refused.code, refused.retryable, refused.sent)
    assert named in refused.sentence


@pytest.mark.parametrize(
    "goal",
    [
        "Post 'do not delete without asking, wait 10 minutes' to #ops",
        "Create a ticket called 'Login never works twice'",
        'Post "all but a.txt every day or later" to #ops',
        "Text +47 22 00 00 00 that we do not come tomorrow",
        "Search the web for hotels without stairs",
        "Query the database for orders or returns other than gifts",
        "Fetch https://example.com but do not e-mail it to bob@example.com",
        "Read a.txt without summarising it",
        "Remind me to call the bank every day",
        "Create a calendar event 'Design review' tomorrow at 10:00 for 30 minutes",
        "Is 'not bad' positive or negative?",
        "Will it rain or snow in Oslo tomorrow?",
        "What is 17 times 23?",
        "Please do not hesitate to fetch https://example.com",
        "Remind me after 2 hours to stretch",
        "Find 2 bedroom flats in Bergen online",
        "Fetch https://example.com as soon as possible",
    ],
)
def test_such_words_are_no_hindrance_where_they_are_data_or_taken_up(ask: Ask, goal: str) -> None:
    assert 1 == len(ask(goal).steps)


@pytest.mark.parametrize(
    "clause",
    [
        "Close ticket 4711",
        "Update ticket 12 to closed",
        "Delete the ticket 12",
        "Mark ticket 12 as done",
        "Cancel the reminder to call the bank",
        "Stop the reminder",
        "Delete customer 42 from the database",
        "Remove the meeting from my calendar",
        "Unsubscribe from the newsletter at ana@example.com",
        "Undo the last post to #ops",
    ],
)
def test_a_deed_that_undoes_or_changes_is_not_served_by_a_skill_for_another_deed(ask: Ask, clause: str) -> None:
    refused = _refused(ask, clause)

    assert "no_skill" == refused.code
    assert clause in refused.sentence


@pytest.mark.parametrize(
    ("goal", "params"),
    [
        (f"PUT {URL} with body {JSON}", {"method": "PUT", "body": JSON}),
        (f"POST to {URL} with body {JSON}", {"method": "POST", "body": JSON}),
        (f"PATCH {URL} with body {JSON}", {"method": "PATCH", "body": JSON}),
        (f"Call POST {URL} with body {JSON}", {"method": "POST", "body": JSON}),
        (f"Use PUT on {URL} with payload {JSON}", {"method": "PUT", "body": JSON}),
        (f"Post {JSON} to {URL}", {"method": "POST", "body": JSON}),
        (f"Send a DELETE request to {URL}", {"method": "DELETE"}),
        (f"send a delete request to {URL}", {"method": "DELETE"}),
        (f"Make a POST request to {URL}", {"method": "POST"}),
        (f"DELETE {URL}", {"method": "DELETE"}),
    ],
)
def test_a_request_that_changes_something_keeps_its_method_and_its_body(
    ask: Ask, goal: str, params: dict[str, JsonValue]
) -> None:
    assert [("call_api", {"url": URL, **params})] == [(step.skill, step.params) for step in ask(goal).steps]


@pytest.mark.parametrize(
    "amount",
    [
        "1.250,50",
        "1.250",
        "1 250",
        "1'250",
        "five hundred",
        "twenty five",
        "5 million",
        "5k",
        "5 and a half",
        "a dozen",
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_or_not_at_all_is_asked_for(ask: Ask, amount: str) -> None:
    assert {"from_currency": "EUR", "to_currency": "USD"} == ask(f"Convert {amount} EUR to USD").steps[0].params


@pytest.mark.parametrize("statement", ["SELECT count(*) FROM orders", "SELECT a, b FROM orders WHERE name = 'x'"])
@pytest.mark.parametrize("before", ["", "Query the database: ", "Run the query "])
def test_a_statement_for_a_database_is_passed_on_whole(ask: Ask, before: str, statement: str) -> None:
    assert [("query_database", {"query": statement})] == [
        (step.skill, step.params) for step in ask(before + statement).steps
    ]
