"""The fake itself: its formats are those that a package of others reads, and its faults are what they are called."""

import json
import threading
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from genai_prices import Usage, extract_usage

from fake_provider import Cut, Failure, FakeProvider, Filtered, Hang, NoJson, Reply, TooLong
from provider_wires import Answer

PATHS = {
    "/v1/chat/completions": ("openai", "chat"),
    "/v1/responses": ("openai", "responses"),
    "/v1/messages": ("anthropic", "default"),
    "/v1beta/models/gemini-2.5-flash:generateContent": ("google", "default"),
}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash"}
every = pytest.mark.parametrize("path", PATHS)


def asked(provider: FakeProvider, path: str) -> dict[str, Any]:
    body = {"model": MODELS[PATHS[path][0]], "input": "what"}
    request = Request(provider.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - the fake's
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        told: dict[str, Any] = json.load(answer)
    return told


@every
def test_what_it_counts_is_read_as_it_was_meant(provider: FakeProvider, path: str) -> None:
    written = 15 if path.endswith("messages") else 0
    provider.replies(Answer({"a": 1}, 900, 120, cache_read_tokens=400, cache_write_tokens=written, reasoning_tokens=30))

    told = asked(provider, path)

    name, flavor = PATHS[path]
    read = extract_usage(told, provider_id=name, api_flavor=flavor).usage
    assert (900, 120, 400) == (read.input_tokens, read.output_tokens, read.cache_read_tokens)
    assert written == Usage.reported_value(read, "cache_write_tokens")


@every
def test_it_answers_in_turn_and_counts_what_came(provider: FakeProvider, path: str) -> None:
    provider.replies(Failure(429, retry_after=7), Answer({"a": 1}))

    with pytest.raises(HTTPError) as refused:
        asked(provider, path)
    refused.value.close()
    asked(provider, path)
    asked(provider, path)

    assert [path] * 3 == [call.path for call in provider.calls]
    assert provider.calls[0].size == len(json.dumps(dict(provider.calls[0].body)))


@every
@pytest.mark.parametrize(
    ("reply", "status"),
    [(Failure(401), 401), (Failure(500), 500), (TooLong(), 400), (Failure(429, retry_after=7), 429)],
)
def test_an_error_has_its_status_and_a_sentence(provider: FakeProvider, path: str, reply: Reply, status: int) -> None:
    provider.replies(reply)

    with pytest.raises(HTTPError) as refused:
        asked(provider, path)

    with refused.value as answer:
        assert status == answer.code
        assert answer.headers["Retry-After"] == ("7" if status == 429 else None)
        assert json.load(answer)["error"]["message"]


@every
def test_an_answer_that_a_filter_took_is_still_counted(provider: FakeProvider, path: str) -> None:
    provider.replies(Filtered())

    told = asked(provider, path)

    name, flavor = PATHS[path]
    assert extract_usage(told, provider_id=name, api_flavor=flavor).usage.input_tokens == 900


@every
@pytest.mark.parametrize(("reply", "lost"), [(Cut(), HTTPException), (NoJson(), json.JSONDecodeError)])
def test_an_answer_can_be_lost_on_its_way(
    provider: FakeProvider, path: str, reply: Reply, lost: type[Exception]
) -> None:
    provider.replies(reply)

    with pytest.raises(lost):
        asked(provider, path)


def test_a_call_hangs_until_it_is_released(provider: FakeProvider) -> None:
    provider.replies(Hang())
    lost: list[BaseException] = []

    def call() -> None:
        try:
            asked(provider, "/v1/messages")
        except (OSError, HTTPException) as error:
            lost.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    provider.wait_for(calls=1)
    assert lost == []
    provider.release()
    caller.join()

    assert len(lost) == 1
