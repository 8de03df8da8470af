"""Which line of a client is a message, and what is answered to one that is none: no request is left without an answer.

Codes after JSON-RPC 2.0, section 5.1.
"""

import re
from collections.abc import Iterator

import pydantic_core
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    RequestId,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

_PART = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^"{}\[\],:\s]+')
"""A text, also one without an end, a mark or a word: each character is looked at once."""
_LONGEST_ID = 128
"""Characters of an id that is read of a line which as a whole cannot be."""
_NO_REQUEST = (
    'this is no message of JSON-RPC 2.0; a request is {"jsonrpc": "2.0", "id": ..., "method": ..., "params": {...}}, its '
    "id a text or a whole number"
)


class NoMessage(Exception):
    """`answer` is what the client is to be told."""

    def __init__(self, code: int, sentence: str, request_id: RequestId | None) -> None:
        super().__init__(sentence)
        self.answer = JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=sentence))


def message_of(line: str) -> JSONRPCMessage:
    """Raises NoMessage."""
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if problem["type"] != "json_invalid":
            raise NoMessage(INVALID_REQUEST, _NO_REQUEST, _id_of_request(line)) from None
        sentence = f"{problem['msg']}; write each message as JSON in a line of its own"
        raise NoMessage(PARSE_ERROR, sentence, _id_of_request(line)) from None
    if isinstance(message, JSONRPCNotification) and "id" in pydantic_core.from_json(line):
        raise NoMessage(INVALID_REQUEST, _NO_REQUEST, None)  # an id of another form made it a notification
    return message


def _id_of_request(line: str) -> RequestId | None:
    """The id, if the line begins as a request does, whatever else is wrong with it: an answer's id is not one of ours."""
    members = dict(_members(line))
    told = members.get('"id"', "")
    if '"method"' not in members or not 0 < len(told) <= _LONGEST_ID:
        return None
    try:
        read = pydantic_core.from_json(told)
    except ValueError:
        return None
    return read if isinstance(read, str | int) and not isinstance(read, bool) else None


def _members(line: str) -> Iterator[tuple[str, str]]:
    """The names of the outermost object, and the first part of what stands under each."""
    depth, before, name = 0, "", ""
    for found in _PART.finditer(line):
        part = found[0]
        if depth == 1 and before == ":":
            yield name, part
        if depth == 1 and part == ":":
            name = before
        depth += (part in "{[") - (part in "}]")
        before = part
