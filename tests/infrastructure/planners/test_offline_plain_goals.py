"""Goals in the forms in which people put them: orders, wishes, questions and single words, for each of the starter skills."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.plan import Plan

Ask = Callable[..., Plan]
Steps = list[tuple[str, dict[str, JsonValue]]]

PLAIN: list[tuple[str, Steps]] = [
    # fetch_url
    (
        "Could you please download https://example.com/data.csv?",
        [("fetch_url", {"url": "https://example.com/data.csv"})],
    ),
    ("What does https://example.com say?", [("fetch_url", {"url": "https://example.com"})]),
    ("Retrieve https://example.com/news.html", [("fetch_url", {"url": "https://example.com/news.html"})]),
    ("Read https://example.com/docs", [("fetch_url", {"url": "https://example.com/docs"})]),
    # call_api
    (
        "Make a GET request to https://api.example.com/v1/users",
        [("call_api", {"url": "https://api.example.com/v1/users", "method": "GET"})],
    ),
    (
        "Send a DELETE request to https://api.example.com/v1/users/7",
        [("call_api", {"url": "https://api.example.com/v1/users/7", "method": "DELETE"})],
    ),
    (
        "Trigger the webhook https://hooks.example.com/build with a POST",
        [("call_api", {"url": "https://hooks.example.com/build", "method": "POST"})],
    ),
    ("Query the API at https://api.example.com/v1/items", [("call_api", {"url": "https://api.example.com/v1/items"})]),
    # web_search
    ("Search the web for cheap flights to Lisbon", [("web_search", {"query": "cheap flights to Lisbon"})]),
    (
        'Could you search online for "quantum error correction"?',
        [("web_search", {"query": "quantum error correction"})],
    ),
    ("Do a web search for hiking trails near Bergen", [("web_search", {"query": "hiking trails near Bergen"})]),
    ("Look for remote jobs in Norway on the web", [("web_search", {"query": "remote jobs in Norway"})]),
    # read_file
    ("Show me what is in config.yaml", [("read_file", {"path": "config.yaml"})]),
    ("Can you load data/input.json please", [("read_file", {"path": "data/input.json"})]),
    ("Please read /var/log/app.log", [("read_file", {"path": "/var/log/app.log"})]),
    ("Display the contents of settings.ini", [("read_file", {"path": "settings.ini"})]),
    # write_file
    ('Write "hello world" to hello.txt', [("write_file", {"path": "hello.txt", "content": "hello world"})]),
    ('Please store the text "all good" in status.txt', [("write_file", {"path": "status.txt", "content": "all good"})]),
    ('Put "hello" into greeting.txt', [("write_file", {"path": "greeting.txt", "content": "hello"})]),
    ('Store "42" in answer.txt', [("write_file", {"path": "answer.txt", "content": "42"})]),
    # delete_file
    ("Remove the file tmp/cache.db", [("delete_file", {"path": "tmp/cache.db"})]),
    ("Can you get rid of backup.zip?", [("delete_file", {"path": "backup.zip"})]),
    ("Please delete temp.csv", [("delete_file", {"path": "temp.csv"})]),
    ("Throw away junk.log", [("delete_file", {"path": "junk.log"})]),
    # query_database
    ("Query the database for all orders from March", [("query_database", {"query": "all orders from March"})]),
    (
        "SELECT name, email FROM customers WHERE country = 'NO'",
        [("query_database", {"query": "SELECT name, email FROM customers WHERE country = 'NO'"})],
    ),
    ("Run this SQL: SELECT count(*) FROM orders", [("query_database", {"query": "SELECT count(*) FROM orders"})]),
    ("Show all products under 20 USD from the database", [("query_database", {"query": "all products under 20 USD"})]),
    # summarize_text
    (
        'Summarise "The quick brown fox jumped over the lazy dog and ran off."',
        [("summarize_text", {"text": "The quick brown fox jumped over the lazy dog and ran off."})],
    ),
    (
        "Can you shorten article.md to 50 words?",
        [("read_file", {"path": "article.md"}), ("summarize_text", {"max_words": 50, "text": "${s1.content}"})],
    ),
    (
        "TL;DR of https://example.com/long",
        [("fetch_url", {"url": "https://example.com/long"}), ("summarize_text", {"text": "${s1.content}"})],
    ),
    (
        "I'd like a 200 word summary of thesis.md",
        [("read_file", {"path": "thesis.md"}), ("summarize_text", {"max_words": 200, "text": "${s1.content}"})],
    ),
    # translate_text
    (
        'Translate "good morning" into French',
        [("translate_text", {"target_language": "French", "text": "good morning"})],
    ),
    (
        "Translate notes.txt from English to German",
        [
            ("read_file", {"path": "notes.txt"}),
            ("translate_text", {"target_language": "German", "source_language": "English", "text": "${s1.content}"}),
        ],
    ),
    (
        'Translate "I am hungry" from English into Italian',
        [("translate_text", {"target_language": "Italian", "source_language": "English", "text": "I am hungry"})],
    ),
    (
        "Translate the file manual.txt to Polish",
        [
            ("read_file", {"path": "manual.txt"}),
            ("translate_text", {"target_language": "Polish", "text": "${s1.content}"}),
        ],
    ),
    # extract_data
    (
        "Extract the invoice number and total from invoice.txt",
        [
            ("read_file", {"path": "invoice.txt"}),
            ("extract_data", {"text": "${s1.content}", "what": "the invoice number and total"}),
        ],
    ),
    (
        "Please extract all e-mail addresses from https://example.com/team",
        [
            ("fetch_url", {"url": "https://example.com/team"}),
            ("extract_data", {"text": "${s1.content}", "what": "all e-mail addresses"}),
        ],
    ),
    (
        "Can you find the action items in notes.txt?",
        [("read_file", {"path": "notes.txt"}), ("extract_data", {"text": "${s1.content}", "what": "the action items"})],
    ),
    (
        "Which companies are mentioned in https://example.com/article?",
        [
            ("fetch_url", {"url": "https://example.com/article"}),
            ("extract_data", {"text": "${s1.content}", "what": "Which companies are mentioned"}),
        ],
    ),
    # analyze_sentiment
    ('Analyze the sentiment of "I love this product"', [("analyze_sentiment", {"text": "I love this product"})]),
    (
        "What is the mood of reviews.txt?",
        [("read_file", {"path": "reviews.txt"}), ("analyze_sentiment", {"text": "${s1.content}"})],
    ),
    (
        "Tell me whether feedback.txt sounds positive",
        [("read_file", {"path": "feedback.txt"}), ("analyze_sentiment", {"text": "${s1.content}"})],
    ),
    (
        "Does review.txt sound negative?",
        [("read_file", {"path": "review.txt"}), ("analyze_sentiment", {"text": "${s1.content}"})],
    ),
    # transcribe_audio
    (
        "Please transcribe the recording at https://example.com/call.wav",
        [("transcribe_audio", {"source": "https://example.com/call.wav"})],
    ),
    (
        "I need a transcript of https://example.com/talk.mp4",
        [("transcribe_audio", {"source": "https://example.com/talk.mp4"})],
    ),
    ("What was said in call.wav?", [("transcribe_audio", {"source": "call.wav"})]),
    ("Get me the transcript of podcast.mp3", [("transcribe_audio", {"source": "podcast.mp3"})]),
    # generate_image
    ("Generate an image of a red bicycle in the snow", [("generate_image", {"prompt": "a red bicycle in the snow"})]),
    ("Create a picture of the Oslo skyline at night", [("generate_image", {"prompt": "the Oslo skyline at night"})]),
    ("Paint a sunset over the sea", [("generate_image", {"prompt": "a sunset over the sea"})]),
    ("I want a photo of a dog on a beach", [("generate_image", {"prompt": "a dog on a beach"})]),
    # calculate
    ("What is 20% off 150?", [("calculate", {"expression": "20% off 150"})]),
    ("How much is 3 + 4 + 5?", [("calculate", {"expression": "3 + 4 + 5"})]),
    ("What is 17 times 23?", [("calculate", {"expression": "17 times 23"})]),
    ("What is 9 minus 4?", [("calculate", {"expression": "9 minus 4"})]),
    # convert_currency
    (
        "How much is 50 euros in dollars?",
        [("convert_currency", {"amount": 50, "from_currency": "EUR", "to_currency": "USD"})],
    ),
    (
        "I need to know what $75 is in euros",
        [("convert_currency", {"amount": 75, "from_currency": "USD", "to_currency": "EUR"})],
    ),
    (
        "What is 80 pounds in euros?",
        [("convert_currency", {"amount": 80, "from_currency": "GBP", "to_currency": "EUR"})],
    ),
    ("1000 JPY in USD", [("convert_currency", {"amount": 1000, "from_currency": "JPY", "to_currency": "USD"})]),
    # get_weather
    ("What is the weather in Paris?", [("get_weather", {"city": "Paris"})]),
    ("Get the forecast for New York on 2026-05-04", [("get_weather", {"city": "New York", "date": "2026-05-04"})]),
    ("Tell me the temperature in Rome", [("get_weather", {"city": "Rome"})]),
    ("Weather forecast for Berlin, please", [("get_weather", {"city": "Berlin"})]),
    # send_email
    (
        "Send an email to ana@example.com saying the report is ready",
        [("send_email", {"to": "ana@example.com", "body": "the report is ready"})],
    ),
    ('Send "See you at 5" to bob@example.com', [("send_email", {"to": "bob@example.com", "body": "See you at 5"})]),
    ("Email the team at team@example.com that we won", [("send_email", {"to": "team@example.com", "body": "we won"})]),
    ('Send ana@example.com the text "ok"', [("send_email", {"to": "ana@example.com", "body": "ok"})]),
    # send_sms
    (
        "Text +33 6 12 34 56 78 that I am on my way",
        [("send_sms", {"phone_number": "+33 6 12 34 56 78", "text": "I am on my way"})],
    ),
    (
        "Please send a text message to +1 415 555 0100: running late",
        [("send_sms", {"phone_number": "+1 415 555 0100", "text": "running late"})],
    ),
    (
        "Message +47 22 00 00 00 that the meeting is cancelled",
        [("send_sms", {"phone_number": "+47 22 00 00 00", "text": "the meeting is cancelled"})],
    ),
    (
        "Please let +47 22 00 00 00 know that I am at the door",
        [("send_sms", {"phone_number": "+47 22 00 00 00", "text": "I am at the door"})],
    ),
    # post_message
    ('Post "Deploy is done" to #ops', [("post_message", {"channel": "#ops", "text": "Deploy is done"})]),
    (
        "Could you post to #sales that the deal is signed?",
        [("post_message", {"channel": "#sales", "text": "the deal is signed"})],
    ),
    ("Let #dev know that the build is broken", [("post_message", {"channel": "#dev", "text": "the build is broken"})]),
    (
        "Post a message in #ops: the backup is done",
        [("post_message", {"channel": "#ops", "text": "the backup is done"})],
    ),
    # create_calendar_event
    (
        "Book a 30 minute design review with ana@example.com tomorrow at 10:00",
        [
            (
                "create_calendar_event",
                {
                    "start": "tomorrow at 10:00",
                    "duration_minutes": 30,
                    "attendees": ["ana@example.com"],
                    "title": "design review",
                },
            )
        ],
    ),
    (
        'Please put "Dentist" in my calendar for 4 May 2026 at 14:00',
        [("create_calendar_event", {"start": "4 May 2026 at 14:00", "title": "Dentist"})],
    ),
    (
        "Schedule lunch with ana@example.com on Thursday at 12:00",
        [("create_calendar_event", {"start": "Thursday at 12:00", "attendees": ["ana@example.com"], "title": "lunch"})],
    ),
    (
        "Invite ana@example.com to a kickoff meeting tomorrow at 15:30",
        [
            (
                "create_calendar_event",
                {"start": "tomorrow at 15:30", "attendees": ["ana@example.com"], "title": "kickoff meeting"},
            )
        ],
    ),
    # list_calendar_events
    ("List my meetings on Friday", [("list_calendar_events", {"date": "Friday"})]),
    ("Show me my agenda for next Monday", [("list_calendar_events", {"date": "next Monday"})]),
    ("What's my schedule for today?", [("list_calendar_events", {"date": "today"})]),
    ("Which meetings do I have tomorrow?", [("list_calendar_events", {"date": "tomorrow"})]),
    # set_reminder
    ("Remind me to call Bob on Friday at 9am", [("set_reminder", {"time": "Friday at 9am", "task": "call Bob"})]),
    (
        "Can you remind me about the dentist appointment tomorrow morning?",
        [("set_reminder", {"time": "tomorrow morning", "task": "the dentist appointment"})],
    ),
    (
        "Set an alert to take the bread out of the oven in 40 minutes",
        [("set_reminder", {"time": "in 40 minutes", "task": "take the bread out of the oven"})],
    ),
    (
        "Remind me to e-mail ana@example.com on Monday at 9",
        [("set_reminder", {"time": "Monday at 9", "task": "e-mail ana@example.com"})],
    ),
    # create_ticket
    ("File a bug: search returns no results", [("create_ticket", {"title": "search returns no results"})]),
    (
        "Create an urgent ticket to replace the broken server disk",
        [("create_ticket", {"priority": "urgent", "title": "replace the broken server disk"})],
    ),
    ("Log a bug: the app crashes on start", [("create_ticket", {"title": "app crashes on start"})]),
    (
        "Create a ticket because customers cannot log in",
        [("create_ticket", {"title": "because customers cannot log in"})],
    ),
    # several clauses
    (
        "Summarize a.txt, b.txt and c.txt",
        [
            ("read_file", {"path": "a.txt"}),
            ("read_file", {"path": "b.txt"}),
            ("read_file", {"path": "c.txt"}),
            ("summarize_text", {"text": "${s1.content}\n\n${s2.content}\n\n${s3.content}"}),
        ],
    ),
    (
        "Search the web for AI news, summarise it, and post the summary to #ai",
        [
            ("web_search", {"query": "AI news"}),
            ("summarize_text", {"text": "${s1.text}"}),
            ("post_message", {"channel": "#ai", "text": "${s2.summary}"}),
        ],
    ),
    (
        "What's the weather in Oslo tomorrow? Post it to #team",
        [
            ("get_weather", {"city": "Oslo", "date": "tomorrow"}),
            ("post_message", {"channel": "#team", "text": "${s1.forecast}"}),
        ],
    ),
    (
        "Read invoice.txt, extract the total, and convert 100 USD to EUR",
        [
            ("read_file", {"path": "invoice.txt"}),
            ("extract_data", {"text": "${s1.content}", "what": "the total"}),
            ("convert_currency", {"amount": 100, "from_currency": "USD", "to_currency": "EUR"}),
        ],
    ),
    (
        "Summarise a.txt and create a ticket with the summary",
        [
            ("read_file", {"path": "a.txt"}),
            ("summarize_text", {"text": "${s1.content}"}),
            ("create_ticket", {"title": "${s2.summary}"}),
        ],
    ),
    (
        'Query the database for late invoices, summarise the rows, and e-mail the summary to ana@example.com with subject "Late"',
        [
            ("query_database", {"query": "late invoices"}),
            ("summarize_text", {"text": "${s1.text}"}),
            ("send_email", {"subject": "Late", "to": "ana@example.com", "body": "${s2.summary}"}),
        ],
    ),
    (
        "Send the weather in Paris to +33 6 12 34 56 78",
        [
            ("get_weather", {"city": "Paris"}),
            ("send_sms", {"phone_number": "+33 6 12 34 56 78", "text": "${s1.forecast}"}),
        ],
    ),
    (
        "Read notes.txt and, when done, delete it",
        [("read_file", {"path": "notes.txt"}), ("delete_file", {"path": "notes.txt"})],
    ),
    (
        "Search the web for solar panels, translate the result into German and post it to #news",
        [
            ("web_search", {"query": "solar panels"}),
            ("translate_text", {"target_language": "German", "text": "${s1.text}"}),
            ("post_message", {"channel": "#news", "text": "${s2.translation}"}),
        ],
    ),
    (
        "Read notes.txt, extract the action items and create a ticket for them",
        [
            ("read_file", {"path": "notes.txt"}),
            ("extract_data", {"text": "${s1.content}", "what": "the action items"}),
            ("create_ticket", {"title": "${s2.data}"}),
        ],
    ),
    (
        "Query the database for orders over 500 USD, save the rows to orders.csv and e-mail them to bob@example.com",
        [
            ("query_database", {"query": "orders over 500 USD"}),
            ("write_file", {"path": "orders.csv", "content": "${s1.text}"}),
            ("send_email", {"to": "bob@example.com", "body": "${s1.text}"}),
        ],
    ),
    (
        "Please read report.md, translate it into French and save it as report-fr.md",
        [
            ("read_file", {"path": "report.md"}),
            ("translate_text", {"target_language": "French", "text": "${s1.content}"}),
            ("write_file", {"path": "report-fr.md", "content": "${s2.translation}"}),
        ],
    ),
    (
        "Look at my calendar for tomorrow and send the list to ana@example.com",
        [
            ("list_calendar_events", {"date": "tomorrow"}),
            ("send_email", {"to": "ana@example.com", "body": "${s1.text}"}),
        ],
    ),
    (
        "Get the weather in Oslo and in Bergen and post both to #weather",
        [
            ("get_weather", {"city": "Oslo"}),
            ("get_weather", {"city": "Bergen"}),
            ("post_message", {"channel": "#weather", "text": "${s1.forecast}\n\n${s2.forecast}"}),
        ],
    ),
    (
        "Book a meeting with ana@example.com tomorrow at 10:00 and remind me to prepare slides today at 16:00",
        [
            (
                "create_calendar_event",
                {"start": "tomorrow at 10:00", "attendees": ["ana@example.com"], "title": "meeting"},
            ),
            ("set_reminder", {"time": "today at 16:00", "task": "prepare slides"}),
        ],
    ),
    (
        "I need the exchange rate for 100 EUR in USD and I want it posted in #finance",
        [
            ("convert_currency", {"amount": 100, "from_currency": "EUR", "to_currency": "USD"}),
            ("post_message", {"channel": "#finance", "text": "${s1.text}"}),
        ],
    ),
    (
        "Find out the weather in London on Saturday, and if possible e-mail it to ana@example.com",
        [
            ("get_weather", {"city": "London", "date": "Saturday"}),
            ("send_email", {"to": "ana@example.com", "body": "${s1.forecast}"}),
        ],
    ),
    (
        "Take the text of letter.txt, translate it to Spanish, and send it by e-mail to juan@example.com",
        [
            ("read_file", {"path": "letter.txt"}),
            ("translate_text", {"target_language": "Spanish", "text": "${s1.content}"}),
            ("send_email", {"to": "juan@example.com", "body": "${s2.translation}"}),
        ],
    ),
    (
        "Look up the opening hours of the Munch Museum online and text them to +47 22 00 00 00",
        [
            ("web_search", {"query": "the opening hours of the Munch Museum"}),
            ("send_sms", {"phone_number": "+47 22 00 00 00", "text": "${s1.text}"}),
        ],
    ),
    (
        "Search the web for the weather records of Oslo and save the results in records.md",
        [
            ("web_search", {"query": "the weather records of Oslo"}),
            ("write_file", {"path": "records.md", "content": "${s1.text}"}),
        ],
    ),
    (
        "Get https://example.com/jobs, find the salaries in it and write a ticket called 'Review salaries'",
        [
            ("fetch_url", {"url": "https://example.com/jobs"}),
            ("extract_data", {"text": "${s1.content}", "what": "the salaries"}),
            ("create_ticket", {"title": "Review salaries"}),
        ],
    ),
    (
        'Make a picture of a robot reading a book and e-mail it to ana@example.com with the subject "Robot"',
        [
            ("generate_image", {"prompt": "a robot reading a book"}),
            ("send_email", {"subject": "Robot", "to": "ana@example.com", "body": "${s1.url}"}),
        ],
    ),
    (
        "Query the database for unpaid invoices and create a high priority ticket with the result",
        [
            ("query_database", {"query": "unpaid invoices"}),
            ("create_ticket", {"priority": "high", "title": "${s1.text}"}),
        ],
    ),
]


@pytest.mark.parametrize(("goal", "steps"), PLAIN, ids=[goal for goal, _ in PLAIN])
def test_a_plain_goal_gives_the_skills_and_the_parameters_that_it_names(ask: Ask, goal: str, steps: Steps) -> None:
    assert steps == [(step.skill, step.params) for step in ask(goal).steps]
