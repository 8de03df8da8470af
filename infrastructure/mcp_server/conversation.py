"""A client's messages, which end only when each of its requests has been answered.

The package cancels what it works on as soon as its input ends; so the end is not told to it before.
"""

from collections import Counter
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Protocol, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import (
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)

from planfold.infrastructure.mcp_server.messages import NoMessage, message_of

LONGEST_WAIT = 3_600.0
"""Seconds that answers are waited for once the client has closed its end: the longest that a caller waits for a run."""


class Stream(Protocol):
    """Where the package writes its messages."""

    async def send(self, item: SessionMessage, /) -> None: ...
    async def aclose(self) -> None: ...


class Conversation:
    """Give it as standard input, and what it makes of the output as the output."""

    def __init__(self, lines: AsyncIterator[str], longest_wait: float = LONGEST_WAIT) -> None:
        self._lines, self._longest_wait = lines, longest_wait
        self._told: Stream | None = None
        self._open: Counter[str] = Counter()
        self._answered = anyio.Event()

    def answering(self, told: Stream) -> "Answers":
        """The same output, on which answers are noticed; to be made before the first message is read."""
        self._told = told
        return Answers(told, self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        """The next line that is a message; the others are answered here."""
        async for line in self._lines:
            if not line.strip():
                continue
            try:
                self._heard(message_of(line))
            except NoMessage as error:
                if self._told is not None:
                    await self._told.send(SessionMessage(error.answer))
                continue
            return line
        with anyio.move_on_after(self._longest_wait):
            await self._all_answered()
        raise StopAsyncIteration

    def _heard(self, message: JSONRPCMessage) -> None:
        match message:
            case JSONRPCRequest():
                self._open[str(message.id)] += 1
            case JSONRPCNotification(
                method="notifications/cancelled", params={"requestId": str() | int() as cancelled}
            ):
                self.answered(cancelled)  # it gets no answer
            case _:
                pass

    def answered(self, request_id: RequestId) -> None:
        """There is one answer less to wait for."""
        if (key := str(request_id)) in self._open:
            self._open -= Counter([key])
            self._answered.set()

    async def _all_answered(self) -> None:
        while self._open:
            self._answered = anyio.Event()
            await self._answered.wait()


class Answers:
    """An output that tells a conversation what is answered on it."""

    def __init__(self, told: Stream, conversation: Conversation) -> None:
        self._told, self._conversation = told, conversation

    async def send(self, item: SessionMessage, /) -> None:
        await self._told.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError) and item.message.id is not None:
            self._conversation.answered(item.message.id)

    async def aclose(self) -> None:
        await self._told.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
