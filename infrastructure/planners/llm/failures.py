"""Why a model gave no usable answer: pydantic-ai's errors as facts of an attempt.

Each has a code, whether asking again may help, whether the request may have reached the provider, and what it cost: an
answer that refuses a request before a model ran is not charged for; of any other failure after the request was sent,
nobody knows.
"""

import re
from typing import NamedTuple

import httpx2
from pydantic_ai import exceptions as errors

from planfold.application.ports import DraftUnavailable
from planfold.infrastructure.http_answers import AnswersRefused
from planfold.infrastructure.planners.llm.options import Options
from planfold.infrastructure.planners.llm.pace import Trouble

LONGEST_WORD = 400
"""Characters of what a provider says of an error."""

_UNSENT = ("pool", "connect")
_NEVER_SENT = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.ProxyError)
"""Errors of which pydantic-ai tells no phase."""
_REFUSED_BEFORE_A_MODEL_RAN = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 503, 529})
_OF_AN_ANSWER = re.compile(r"(?i)\boutput (?:was )?blocked\b|\boutput limit was reached\b")
"""As Anthropic and OpenAI say with status 400 of what a model has written already: whether that is charged is not known."""


class _Kind(NamedTuple):
    error: type[BaseException]
    code: str
    retryable: bool
    sentence: str
    pauses: bool = False
    """Whether it says that the provider, and not this request, is in trouble."""


_SERVERS = 500
"""The first status that blames the server."""
_REJECTED = _Kind(errors.ModelRequestRejectedError, "rejected", False, "does not take the request")
_KINDS = (
    _Kind(errors.ModelRateLimitError, "rate_limited", True, "allows no more requests now", pauses=True),
    _Kind(errors.ModelQuotaExceededError, "quota_exceeded", False, "says that the account has nothing left to spend"),
    _Kind(errors.ModelUnavailableError, "unavailable", True, "cannot serve the request now", pauses=True),
    _Kind(errors.ModelServerError, "unavailable", True, "failed at the request", pauses=True),
    _Kind(errors.ModelTimeoutError, "timeout", True, "did not answer in time", pauses=True),
    _Kind(errors.ModelRequestTimeout, "timeout", True, "did not answer in time", pauses=True),
    _Kind(errors.ModelConnectionError, "lost", True, "was not reached, or the connection to it was lost", pauses=True),
    _Kind(errors.ModelAuthenticationError, "unauthorised", False, "does not take the key"),
    _Kind(errors.ModelNotFoundError, "not_found", False, "has no such model or address"),
    _Kind(errors.ModelContextWindowExceededError, "too_long", False, "takes no request of that length"),
    _Kind(errors.ContentFilterError, "refused", False, "refused to answer"),
    _REJECTED,
    _Kind(errors.ModelAPIError, "unavailable", True, "answered with an error", pauses=True),
    _Kind(errors.UnexpectedModelBehavior, "bad_answer", True, "gave an answer that cannot be read"),
    _Kind(errors.UserError, "unsupported", False, "cannot be asked for this"),
)
_CATEGORIES = tuple(kind.error for kind in _KINDS if kind.error is not errors.ModelAPIError)


class RequestTooLarge(Exception):
    """A request was not sent, since it is longer than what its hold was reckoned with."""


def failure_of(error: Exception, options: Options) -> Exception:
    """What is to be told of it: DraftUnavailable, or the error itself if pydantic-ai does not raise such errors."""
    if _caused(error, RequestTooLarge):
        sentence = "the request came out longer than was reckoned with, and was not sent; report this as an error"
        return DraftUnavailable("too_long", sentence, retryable=False, sent=False)
    if refused := _caused(error, AnswersRefused):
        sentence = f"{options.name} gave an answer that is not read whole: {refused}"
        return DraftUnavailable("bad_answer", sentence, retryable=False, sent=True)
    kind = _kind_of(error)
    if kind is None:
        return error
    sent, sentence = _was_sent(error), _sentence(kind, error, options)
    price = 0 if _is_free(error) else None
    if not kind.pauses:
        return DraftUnavailable(kind.code, sentence, retryable=kind.retryable, sent=sent, cost_micros=price)
    return Trouble(
        kind.code if sent else "unreachable",
        sentence,
        retryable=kind.retryable,
        sent=sent,
        cost_micros=price,
        retry_after=getattr(error, "retry_after", None),
    )


def _kind_of(error: Exception) -> _Kind | None:
    """By its category; where pydantic-ai sees none, an HTTP status below 500 blames the request."""
    if isinstance(error, errors.ModelHTTPError) and not isinstance(error, _CATEGORIES) and error.status_code < _SERVERS:
        return _REJECTED
    return next((kind for kind in _KINDS if isinstance(error, kind.error)), None)


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


def _sentence(kind: _Kind, error: Exception, options: Options) -> str:
    """What the provider said, without the key: some repeat it."""
    status = f" (HTTP {error.status_code})" if isinstance(error, errors.ModelHTTPError) else ""
    said = _said(error)
    if options.key is not None:
        said = said.replace(options.key.get_secret_value(), "[redacted:api_key]")
    return f"{options.name} {kind.sentence}{status}: {said[:LONGEST_WORD]}"


def _said(error: Exception) -> str:
    """The message inside of the error's body, wherever the provider has put it; else the cause behind all others."""
    body = getattr(error, "body", None)
    for name in ("error", "message"):
        if isinstance(body, dict) and name in body:
            body = body[name]
    if isinstance(body, str) and body:
        return " ".join(body.split())
    said, cause = str(error), error.__cause__
    while cause is not None:
        said, cause = str(cause) or said, cause.__cause__
    return " ".join(said.split())
