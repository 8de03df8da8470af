"""The server behind the other tests here: it counts its tokens, and a schema binds what it answers."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow

SCHEMA = {
    "type": "object",
    "properties": {"skill": {"enum": ["fetch_url", "summarise_text"]}, "sure": {"type": "boolean"}},
    "required": ["skill", "sure"],
    "additionalProperties": False,
}


def asked(server: str, text: str, **options: Any) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": text}], "temperature": 0, **options}
    request = Request(f"{server}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - the server of this test
    with urlopen(request, timeout=300) as answer:  # noqa: S310 - as above
        told: dict[str, Any] = json.load(answer)
    return told


def test_tokens_are_counted_and_an_answer_ends_where_it_must(model_server: str) -> None:
    told = asked(model_server, "Tell me about the sea.", max_tokens=16)

    assert told["choices"][0]["finish_reason"] == "length"
    assert (16, True) == (told["usage"]["completion_tokens"], told["usage"]["prompt_tokens"] > 6)
    assert told["usage"]["total_tokens"] == told["usage"]["prompt_tokens"] + 16


def test_a_schema_binds_the_answer(model_server: str) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "choice", "strict": True, "schema": SCHEMA}}

    told = asked(model_server, "Which skill fetches a page?", max_tokens=64, response_format=schema)

    answer = json.loads(told["choices"][0]["message"]["content"])
    assert {"skill", "sure"} == answer.keys()
    assert answer["skill"] in {"fetch_url", "summarise_text"}
