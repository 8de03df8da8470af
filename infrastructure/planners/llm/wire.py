"""The HTTP client that each SDK asks by: what goes out is no longer than was measured, what comes back no longer than plans are.

Here, since each SDK hands on another part of what it is told, and none asks without a key.
"""

import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import httpx2

from planfold.infrastructure.http_answers import Answers

CONNECT_SECONDS = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes: a plan of as many steps as a plan may have has a fraction of them."""
_HEADERS_OF_KEYS = ("authorization", "x-api-key", "x-goog-api-key")


class RequestTooLarge(Exception):
    """A request was not sent, since it is longer than what its hold was reckoned with."""


@dataclass
class Exchange:
    """One request: what it may be, and what came back."""

    most_bytes: int
    connect_seconds: float
    has_key: bool
    answers: Answers | None = None
    """None until an answer has begun."""


_exchange: ContextVar[Exchange] = ContextVar("exchange")


def begin(most_bytes: int, seconds: float, *, has_key: bool) -> Exchange:
    """The exchange of the request that this task sends next, which may take so many seconds.

    What is not connected in half of them was not sent; later, nobody would know.
    """
    exchange = Exchange(most_bytes, min(CONNECT_SECONDS, seconds / 2), has_key)
    _exchange.set(exchange)
    return exchange


def open_client(seconds: float, transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    """It asks over the network unless another transport is given, and follows nobody to another address."""
    return httpx2.AsyncClient(
        transport=transport,
        verify=_certificates(),
        timeout=httpx2.Timeout(seconds),
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [_hold_to_what_is_allowed], "response": [_bound]},
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Those that are trusted, read once: it takes longer than all else that makes a client."""
    return httpx2.create_ssl_context()


async def _hold_to_what_is_allowed(request: httpx2.Request) -> None:
    exchange = _exchange.get()
    if len(request.content) > exchange.most_bytes:
        raise RequestTooLarge(f"the request has {len(request.content)} bytes, {exchange.most_bytes} were reckoned with")
    request.extensions["timeout"] = {**request.extensions.get("timeout", {}), "connect": exchange.connect_seconds}
    if not exchange.has_key:
        for name in _HEADERS_OF_KEYS:
            request.headers.pop(name, None)


async def _bound(response: httpx2.Response) -> None:
    answers = Answers(LARGEST_ANSWER)
    await answers.seen(response)
    _exchange.get().answers = answers
