"""What providers of language models write on the wire, in the four formats that are in use.

After their own references of 2026: OpenAI's chat completions and responses, Anthropic's messages, Google's generateContent.
The input tokens of an `Answer` are all of them; Anthropic tells the cached ones beside the others, Google the thoughts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

CREATED = 1_763_812_215


@dataclass(frozen=True)
class Answer:
    """What the model says: JSON, or a text as it stands; and what the provider counts for it."""

    content: Any
    input_tokens: int = 900
    output_tokens: int = 120
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else json.dumps(self.content)


class Wire(Protocol):
    """One format: each answer is the body of a response, as JSON."""

    def tools(self, asked: Mapping[str, Any]) -> list[str]:
        """The names of the tools that the request offers."""
        ...

    def answer(self, model: str, answer: Answer, tool: str | None) -> dict[str, Any]:
        """The model's answer, as a call of `tool` if one is named."""
        ...

    def refusal(self, model: str, sentence: str) -> dict[str, Any]:
        """A filter took the answer away; the status is 200, and tokens are counted."""
        ...

    def error(self, status: int, sentence: str) -> dict[str, Any]: ...

    too_long: str
    """The sentence with status 400 for a request beyond the model's context."""


class ChatCompletions:
    too_long = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130512 tokens. "
        "Please reduce the length of the messages."
    )

    def tools(self, asked: Mapping[str, Any]) -> list[str]:
        return [tool["function"]["name"] for tool in asked.get("tools", ())]

    def answer(self, model: str, answer: Answer, tool: str | None) -> dict[str, Any]:
        if tool is None:
            return self._body(model, {"content": answer.text}, "stop", answer)
        function = {"name": tool, "arguments": answer.text}
        call = {"id": "call_y7Tq", "type": "function", "function": function}
        return self._body(model, {"content": None, "tool_calls": [call]}, "tool_calls", answer)

    def refusal(self, model: str, sentence: str) -> dict[str, Any]:
        return self._body(model, {"content": None, "refusal": sentence}, "content_filter", Answer("", output_tokens=9))

    def error(self, status: int, sentence: str) -> dict[str, Any]:
        kind, code = _OPENAI_ERRORS.get(status, ("server_error", None))
        if sentence == self.too_long:
            code = "context_length_exceeded"
        return {"error": {"message": sentence, "type": kind, "param": None, "code": code}}

    def _body(self, model: str, message: dict[str, Any], reason: str, counted: Answer) -> dict[str, Any]:
        return {
            "id": "chatcmpl-Bx2ZqK",
            "object": "chat.completion",
            "created": CREATED,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "refusal": None, "annotations": [], **message},
                    "logprobs": None,
                    "finish_reason": reason,
                }
            ],
            "usage": {
                "prompt_tokens": counted.input_tokens,
                "completion_tokens": counted.output_tokens,
                "total_tokens": counted.input_tokens + counted.output_tokens,
                "prompt_tokens_details": {"cached_tokens": counted.cache_read_tokens, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": counted.reasoning_tokens, "audio_tokens": 0},
            },
            "service_tier": "default",
            "system_fingerprint": "fp_51db84afab",
        }


class Responses(ChatCompletions):
    def tools(self, asked: Mapping[str, Any]) -> list[str]:
        return [tool["name"] for tool in asked.get("tools", ())]

    def answer(self, model: str, answer: Answer, tool: str | None) -> dict[str, Any]:
        if tool is None:
            return self._said(model, {"type": "output_text", "text": answer.text, "annotations": []}, answer)
        call = {"type": "function_call", "id": "fc_0b5f", "call_id": "call_y7Tq", "name": tool, "status": "completed"}
        return self._response(model, {**call, "arguments": answer.text}, answer)

    def refusal(self, model: str, sentence: str) -> dict[str, Any]:
        return self._said(model, {"type": "refusal", "refusal": sentence}, Answer("", output_tokens=9))

    def _said(self, model: str, content: dict[str, Any], counted: Answer) -> dict[str, Any]:
        message = {"type": "message", "id": "msg_0b5f", "status": "completed", "role": "assistant"}
        return self._response(model, {**message, "content": [content]}, counted)

    def _response(self, model: str, output: dict[str, Any], counted: Answer) -> dict[str, Any]:
        return {
            "id": "resp_0b5f9d",
            "object": "response",
            "created_at": CREATED,
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "model": model,
            "output": [output],
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "usage": {
                "input_tokens": counted.input_tokens,
                "input_tokens_details": {"cached_tokens": counted.cache_read_tokens},
                "output_tokens": counted.output_tokens,
                "output_tokens_details": {"reasoning_tokens": counted.reasoning_tokens},
                "total_tokens": counted.input_tokens + counted.output_tokens,
            },
        }


class Messages:
    too_long = "prompt is too long: 204512 tokens > 200000 maximum"

    def tools(self, asked: Mapping[str, Any]) -> list[str]:
        return [tool["name"] for tool in asked.get("tools", ())]

    def answer(self, model: str, answer: Answer, tool: str | None) -> dict[str, Any]:
        if tool is None:
            return self._body(model, [{"type": "text", "text": answer.text}], "end_turn", answer)
        call = {"type": "tool_use", "id": "toolu_01Nf", "name": tool, "input": answer.content}
        return self._body(model, [call], "tool_use", answer)

    def refusal(self, model: str, sentence: str) -> dict[str, Any]:  # noqa: ARG002 - it says no more than that
        return self._body(model, [], "refusal", Answer("", output_tokens=9))

    def error(self, status: int, sentence: str) -> dict[str, Any]:
        kind = _ANTHROPIC_ERRORS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": sentence}, "request_id": "req_011CS"}

    def _body(self, model: str, content: list[dict[str, Any]], reason: str, counted: Answer) -> dict[str, Any]:
        cached = counted.cache_read_tokens + counted.cache_write_tokens
        return {
            "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": counted.input_tokens - cached,
                "cache_creation_input_tokens": counted.cache_write_tokens,
                "cache_read_input_tokens": counted.cache_read_tokens,
                "output_tokens": counted.output_tokens,
                "service_tier": "standard",
            },
        }


class GenerateContent:
    too_long = "The input token count (1304512) exceeds the maximum number of tokens allowed (1048576)."

    def tools(self, asked: Mapping[str, Any]) -> list[str]:
        offered = (tool.get("functionDeclarations", ()) for tool in asked.get("tools", ()))
        return [declared["name"] for declarations in offered for declared in declarations]

    def answer(self, model: str, answer: Answer, tool: str | None) -> dict[str, Any]:
        part = {"text": answer.text} if tool is None else {"functionCall": {"name": tool, "args": answer.content}}
        return self._body(model, {"content": {"parts": [part], "role": "model"}, "finishReason": "STOP"}, answer)

    def refusal(self, model: str, sentence: str) -> dict[str, Any]:
        candidate = {"content": {"role": "model"}, "finishReason": "SAFETY", "finishMessage": sentence}
        return self._body(model, candidate, Answer("", output_tokens=0))

    def error(self, status: int, sentence: str) -> dict[str, Any]:
        return {"error": {"code": status, "message": sentence, "status": _GOOGLE_ERRORS.get(status, "INTERNAL")}}

    def _body(self, model: str, candidate: dict[str, Any], counted: Answer) -> dict[str, Any]:
        told = counted.output_tokens - counted.reasoning_tokens
        return {
            "candidates": [{**candidate, "index": 0}],
            "usageMetadata": {
                "promptTokenCount": counted.input_tokens,
                "cachedContentTokenCount": counted.cache_read_tokens,
                "candidatesTokenCount": told,
                "thoughtsTokenCount": counted.reasoning_tokens,
                "totalTokenCount": counted.input_tokens + counted.output_tokens,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": counted.input_tokens}],
            },
            "modelVersion": model,
            "responseId": "x7Q8aL3cJ9",
        }


_OPENAI_ERRORS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("tokens", "rate_limit_exceeded"),
}
_ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_GOOGLE_ERRORS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}

WIRES: dict[str, Wire] = {
    "/chat/completions": ChatCompletions(),
    "/responses": Responses(),
    "/messages": Messages(),
    ":generateContent": GenerateContent(),
}
"""By how the path of a request ends."""
