"""Every line of a client is a message, or has an answer that says why it is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types import INVALID_REQUEST, PARSE_ERROR, JSONRPCNotification, JSONRPCRequest, RequestId

from planfold.infrastructure.mcp_server.messages import NoMessage, message_of


def call(value: str, request_id: str = "3") -> str:
    return f'{{"jsonrpc":"2.0","id":{request_id},"method":"tools/call","params":{{"arguments":{{"plan":{value}}}}}}}'


def answer(line: str) -> tuple[int, RequestId | None]:
    with pytest.raises(NoMessage) as raised:
        message_of(line)
    return raised.value.answer.error.code, raised.value.answer.id


@pytest.mark.parametrize("value", ['"\\ud800"', "9" * 5_000, "[" * 5_000 + "]" * 5_000, "nonsense"])
@pytest.mark.parametrize(
    ("told", "read"), [("3", 3), ('"a\\"b"', 'a"b'), ("1.5", None), ("[3]", None), ("9" * 200, None)]
)
def test_a_request_that_cannot_be_read_is_answered_under_its_id(value: str, told: str, read: RequestId | None) -> None:
    assert (PARSE_ERROR, read) == answer(call(value, told))


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        ("what?", PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","method":"ping","params":{"id":7},"x":', PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","id":7,"result":{"method":"\\ud800"}}', PARSE_ERROR, None),
        ('{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', PARSE_ERROR, None),
        ("[]", INVALID_REQUEST, None),
        ('[{"jsonrpc":"2.0","id":7,"method":"ping"}]', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","id":7}', INVALID_REQUEST, None),
        ('{"jsonrpc":"1.0","id":7,"method":"ping"}', INVALID_REQUEST, 7),
        ('{"method":"ping","id":7}', INVALID_REQUEST, 7),
        ('{"jsonrpc":"2.0","id":7,"method":"ping","params":[1]}', INVALID_REQUEST, 7),
        ('{"jsonrpc":"2.0","id":7,"method":3}', INVALID_REQUEST, 7),
        ('{"jsonrpc":"2.0","id":1.5,"method":"ping"}', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', INVALID_REQUEST, None),
        ('{"jsonrpc":"2.0","id":true,"method":"ping"}', INVALID_REQUEST, None),
    ],
)
def test_what_is_no_message_is_answered(line: str, code: int, request_id: RequestId | None) -> None:
    assert (code, request_id) == answer(line)


def test_the_answer_says_what_is_wrong_and_repeats_nothing() -> None:
    with pytest.raises(NoMessage) as raised:
        message_of('{"password": kX9vQ2mL7pR4tZ8w')

    assert raised.value.answer.error.message == (
        "Invalid JSON: expected value at line 1 column 14; write each message as JSON in a line of its own"
    )


def test_messages_are_messages() -> None:
    request, notification = message_of(call("{}")), message_of('{"jsonrpc":"2.0","method":"notifications/initialized"}')

    assert (True, True) == (isinstance(request, JSONRPCRequest), isinstance(notification, JSONRPCNotification))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["id", "method", ":", "}"]), part),
)


@given(st.integers(0, 9) | st.text(max_size=9), JSON, JSON)
def test_the_id_of_a_request_is_read_whatever_stands_beside_it(
    request_id: RequestId, before: object, after: object
) -> None:
    line = json.dumps({"params": [before], "id": request_id, "method": "ping", "more": after})

    assert (INVALID_REQUEST, request_id) == answer(line)


@given(st.text(max_size=60) | st.text('{}[]":,id 1\\"method', max_size=60))
def test_any_other_line_is_no_message(line: str) -> None:
    assert answer(line)[0] in (PARSE_ERROR, INVALID_REQUEST)


@pytest.mark.parametrize("repeated", ['\\"', '"', "{", '{"id":', "\\"])
def test_a_line_as_long_as_they_come_is_judged_in_one_pass(repeated: str) -> None:
    assert (PARSE_ERROR, None) == answer('{"' + repeated * (1_000_000 // len(repeated)))
