"""A provider of language models on this machine: it speaks every wire format, fails as it is told to, and counts.

    provider.replies(Failure(429, retry_after=2), Answer({"plan_id": "p", "steps": []}))

The last reply is given again and again. `calls` are the requests that came, whole; what they are answered comes after.
"""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from provider_wires import WIRES, Answer, Wire

LONGEST_HANG = 60
"""Seconds: a test that lets a call hang and forgets it ends all the same."""


@dataclass(frozen=True)
class Failure:
    """A status with the provider's error for it; `retry_after` is in seconds."""

    status: int
    sentence: str = "That did not work."
    retry_after: int | None = None


@dataclass(frozen=True)
class Filtered:
    """A refusal by a filter of contents."""

    sentence: str = "I cannot help with that."


class TooLong:
    """The request is beyond the model's context."""


class Hang:
    """No answer until `release`; then the connection is closed without one."""


@dataclass(frozen=True)
class Cut:
    """The connection is closed after so many bytes of the body of an answer."""

    after: int = 20


class NoJson:
    """A status of 200, and half of an answer as if it were whole."""


@dataclass(frozen=True)
class Long:
    """An answer with so many spaces before it, packed or not."""

    spaces: int
    packed: bool = False


@dataclass(frozen=True)
class Raw:
    """Bytes as they stand, whatever they are."""

    body: bytes
    status: int = 200
    location: str | None = None


Reply = Answer | Raw | Failure | Filtered | TooLong | Hang | Cut | NoJson | Long


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    size: int
    """Bytes of the body."""


class FakeProvider:
    """Serves from its making until `close`; from any number of threads."""

    def __init__(self) -> None:
        self._lock, self._released = threading.Lock(), threading.Event()
        self._replies: list[Reply] = [Answer({"plan_id": "p", "steps": []})]
        self._decide: Callable[[Call], Reply] | None = None
        self.calls: list[Call] = []
        self._arrived = threading.Condition(self._lock)
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the interfaces are, without a version: OpenAI's stand below `/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def replies(self, *replies: Reply) -> None:
        """To the calls from now on, one after the other."""
        with self._lock:
            self._replies, self._decide = list(replies), None

    def replies_by(self, decide: Callable[[Call], Reply]) -> None:
        with self._lock:
            self._decide = decide

    def wait_for(self, calls: int, seconds: float = 30) -> None:
        """So many requests have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= calls, seconds)

    def release(self) -> None:
        """Every call that hangs, now or later, ends without an answer."""
        self._released.set()

    def close(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def received(self, call: Call) -> Reply:
        with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
            if self._decide is None:
                return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            decide = self._decide
        return decide(call)

    def hang(self) -> None:
        self._released.wait(LONGEST_HANG)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Whoever asked is gone: what tests do to providers."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        received = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        wire = next((wire for end, wire in WIRES.items() if path.endswith(end)), None)
        if wire is None:
            self._send(404, {"error": {"message": f"no interface at {path}"}})
            return
        asked = json.loads(received)
        self._reply(wire, asked, self.server.provider.received(Call(path, dict(self.headers), asked, len(received))))

    def _reply(self, wire: Wire, asked: Mapping[str, Any], reply: Reply) -> None:
        model = asked.get("model", "gemini-2.5-flash")
        match reply:
            case Answer():
                self._send(200, wire.answer(model, reply, _wanted(wire, asked, reply)))
            case Raw():
                self._headers(
                    reply.status, len(reply.body), {} if reply.location is None else {"Location": reply.location}
                )
                self._write(reply.body)
            case Filtered():
                self._send(200, wire.refusal(model, reply.sentence))
            case Failure():
                headers = {} if reply.retry_after is None else {"Retry-After": str(reply.retry_after)}
                self._send(reply.status, wire.error(reply.status, reply.sentence), headers)
            case TooLong():
                self._send(400, wire.error(400, wire.too_long))
            case Hang():
                self.server.provider.hang()
                self._cut()
            case Long():
                body = b" " * reply.spaces + json.dumps(wire.answer(model, Answer({}), None)).encode()
                sent = gzip.compress(body) if reply.packed else body
                self._headers(200, len(sent), {"Content-Encoding": "gzip"} if reply.packed else {})
                self._write(sent)
            case Cut() | NoJson():
                body = json.dumps(wire.answer(model, Answer({}), None)).encode()
                kept = body[: reply.after if isinstance(reply, Cut) else len(body) // 2]
                self._headers(200, len(body) if isinstance(reply, Cut) else len(kept), {})
                self.wfile.write(kept)
                if isinstance(reply, Cut):
                    self._cut()

    def _send(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        written = json.dumps(body).encode()
        self._headers(status, len(written), headers or {})
        self.wfile.write(written)

    def _write(self, body: bytes) -> None:
        with suppress(OSError):  # nobody has to read it to its end
            self.wfile.write(body)

    def _headers(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def _wanted(wire: Wire, asked: Mapping[str, Any], answer: Answer) -> str | None:
    """The tool that is to be called, if answers are to be calls; a plain text is never one."""
    offered = wire.tools(asked)
    return offered[0] if offered and not isinstance(answer.content, str) else None


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    try:
        yield provider
    finally:
        provider.close()
