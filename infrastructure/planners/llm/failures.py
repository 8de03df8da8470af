"""Why a model gave no usable answer: pydantic-ai's errors as facts of an attempt.

Each has a code, whether asking again may help, whether the request may have reached the provider, and what it cost: an
answer that refuses a request before a model ran is not charged for; of any other failure after the request was sent,
nobody knows.
"""

import json
import re
from contextlib import suppress
from typing import NamedTuple

import httpx2
from pydantic_ai import exceptions as errors

from planfold.application.ports import DraftUnavailable, NotAsked
from planfold.infrastructure.http_answers import Answers, AnswersRefused
from planfold.infrastructure.planners.llm.options import Options
from planfold.infrastructure.planners.llm.pace import Trouble
from planfold.infrastructure.planners.llm.wire import RequestTooLarge

LONGEST_WORD = 400
"""Characters of what a provider says of an error."""
MORE_ROOM = "raise PLANFOLD_LLM_MAX_OUTPUT_TOKENS, or ask for less"
"""What helps where answers are cut off."""

_UNSENT = ("pool", "connect")
_NEVER_SENT = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.ProxyError)
"""Errors of which pydantic-ai tells no phase."""
_REFUSED_BEFORE_A_MODEL_RAN = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 503, 529})
_CUT_OFF = re.compile(r"does not match the expected \S+ format")
"""As llama.cpp's server says with status 500, mostly of an answer that was cut off at its limit."""
_ERRORS, _SERVERS = 400, 500
"""The first status that is an error, and the first that blames the server."""
_OF_AN_ANSWER = re.compile(r"(?i)\boutput (?:was )?blocked\b|\boutput limit was reached\b")
"""As Anthropic and OpenAI say with status 400 of what a model has written already: whether that is charged is not known."""


class _Kind(NamedTuple):
    code: str
    retryable: bool
    sentence: str
    pauses: bool = False
    """Whether it says that the provider, and not this request, is in trouble."""
    remedy: str = ""


_SLOW = _Kind(
    "timeout",
    True,
    "did not answer in time",
    pauses=True,
    remedy="raise PLANFOLD_LLM_TIMEOUT_SECONDS, or offer fewer skills (PLANFOLD_LLM_MAX_SKILLS)",
)
_UNREACHED = _Kind("unreachable", True, "was not reached", pauses=True)
_REJECTED = _Kind("rejected", False, "does not take the request")
_BROKEN = _Kind("unavailable", True, "failed at the request", pauses=True)
_IN_ERROR = _Kind("unavailable", True, "answered with an error", pauses=True)
_UNREADABLE = _Kind("bad_answer", True, "gave an answer that cannot be read")
_UNFINISHED = _Kind(
    "cut_off", True, "made nothing of what its model wrote, mostly because that was cut off", remedy=MORE_ROOM
)
_ELSEWHERE = _Kind(
    "not_found",
    False,
    "sends requests on to another address",
    remedy="set PLANFOLD_LLM_BASE_URL to where its models are",
)
_OF_CATEGORIES = {
    errors.ModelRateLimitError: _Kind("rate_limited", True, "allows no more requests now", pauses=True),
    errors.ModelQuotaExceededError: _Kind("quota_exceeded", False, "says that the account has nothing left to spend"),
    errors.ModelUnavailableError: _Kind("unavailable", True, "cannot serve the request now", pauses=True),
    errors.ModelServerError: _BROKEN,
    errors.ModelTimeoutError: _SLOW,
    errors.ModelRequestTimeout: _SLOW,
    errors.ModelConnectionError: _Kind("lost", True, "broke off the connection", pauses=True),
    errors.ModelAuthenticationError: _Kind("unauthorised", False, "does not take the key"),
    errors.ModelNotFoundError: _Kind("not_found", False, "has no such model or address"),
    errors.ModelContextWindowExceededError: _Kind("too_long", False, "takes no request of that length"),
    errors.ContentFilterError: _Kind("refused", False, "refused to answer"),
    errors.ModelRequestRejectedError: _REJECTED,
    errors.UnexpectedModelBehavior: _UNREADABLE,
    errors.UserError: _Kind("unsupported", False, "cannot be asked for this"),
}
"""Those of pydantic-ai, the narrower ones first."""


def failure_of(error: Exception, options: Options, answers: Answers | None = None) -> Exception:
    """What is to be told of it: DraftUnavailable, or the error itself if neither pydantic-ai nor an answer is behind it.

    `answers` has what the provider answered over HTTP, if it did.
    """
    if _caused(error, RequestTooLarge):
        sentence = "the request came out longer than was reckoned with, and was not sent; report this as an error"
        return NotAsked("too_long", sentence)
    if refused := _caused(error, AnswersRefused):
        sentence = f"{options.name} gave an answer that is not read whole: {refused}"
        return DraftUnavailable("bad_answer", sentence, retryable=False, sent=True)
    judged = _judged(error, answers)
    if judged is None:
        return error
    kind, said = judged
    sent, price = _was_sent(error), 0 if kind is _ELSEWHERE or _is_free(error) else None
    if kind.pauses and not sent:
        kind = _UNREACHED
    told = (kind.code, _sentence(kind, error, said, options))
    if not kind.pauses:
        return DraftUnavailable(*told, retryable=kind.retryable, sent=sent, cost_micros=price)
    pause = getattr(error, "retry_after", None)
    return Trouble(*told, retryable=kind.retryable, sent=sent, cost_micros=price, retry_after=pause)


def _judged(error: Exception, answers: Answers | None) -> tuple[_Kind, str] | None:
    """What it is, by its category, and what is said of it; where pydantic-ai sees none, by what was answered."""
    if isinstance(error, errors.ModelServerError) and _CUT_OFF.search(str(error)):
        return _UNFINISHED, _said(error)
    kind = next((kind for category, kind in _OF_CATEGORIES.items() if isinstance(error, category)), None)
    if answers is not None and kind in {None, _UNREADABLE}:
        return _judged_by(answers)
    if kind is None and isinstance(error, errors.ModelAPIError):
        kind = _IN_ERROR
    return None if kind is None else (kind, _said(error))


def _judged_by(answers: Answers) -> tuple[_Kind, str]:
    if answers.status is None:
        text, body = answers.beginning.decode(errors="replace"), None
        with suppress(ValueError, RecursionError):
            body = json.loads(text)
        kind = _IN_ERROR if isinstance(body, dict) and body.get("error") else _UNREADABLE
        return kind, on_one_line(_message_in(body) or text) or "it is empty"
    said = f"HTTP {answers.status}"
    if answers.status < _ERRORS:
        return _ELSEWHERE, said if answers.target is None else f"{said}, {on_one_line(answers.target)}"
    return _REJECTED if answers.status < _SERVERS else _BROKEN, said


def _was_sent(error: Exception) -> bool:
    if isinstance(error, errors.ModelConnectionError):
        return error.phase not in _UNSENT and not _caused(error, *_NEVER_SENT)
    return not isinstance(error, errors.UserError)


def _is_free(error: Exception) -> bool:
    return (
        isinstance(error, errors.ModelHTTPError)
        and not error.in_stream
        and error.status_code in _REFUSED_BEFORE_A_MODEL_RAN
        and not _OF_AN_ANSWER.search(str(error.body))
    )


def _caused(error: BaseException | None, *kinds: type[BaseException]) -> BaseException | None:
    """The one of these kinds that stands behind it, or it itself."""
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error


def _sentence(kind: _Kind, error: Exception, said: str, options: Options) -> str:
    """What the provider said, without the key: some repeat it."""
    status = f" (HTTP {error.status_code})" if isinstance(error, errors.ModelHTTPError) else ""
    if options.key is not None:
        said = said.replace(options.key.get_secret_value(), "[redacted:api_key]")
    said = said[:LONGEST_WORD]
    if kind.remedy:
        said = f"{said.rstrip(' .')}; {kind.remedy}"
    return f"{options.name} {kind.sentence}{status}: {said}"


def _message_in(body: object) -> str | None:
    """The message inside of an error's body, wherever the provider has put it."""
    for name in ("error", "message"):
        if isinstance(body, dict) and name in body:
            body = body[name]
    return body if isinstance(body, str) else None


def _said(error: Exception) -> str:
    """The message in the error's body; else the cause behind all others."""
    said, cause = _message_in(getattr(error, "body", None)) or "", error.__cause__
    if not said:
        said = str(error)
        while cause is not None:
            said, cause = str(cause) or said, cause.__cause__
    return on_one_line(said)


def on_one_line(text: str) -> str:
    return " ".join(text.split())
