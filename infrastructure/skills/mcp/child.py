"""A server as a child process: lines of JSON over its standard input and output, of bounded length, and then it is gone.

The package's own transport hands a child HOME, PATH, USER and more, and reads lines of any length; this one does not.
"""

import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import ByteReceiveStream, Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client import Transport
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

GRACE = 2.0
"""Seconds that the child has to end by itself once its input is closed, and again after SIGTERM."""
LAST_WORDS = 16 * 1024
"""Bytes of what it writes that are kept for an error's sentence, beside the longest secret that may stand there: what was
cut is recognised no more, a private key of several kilobytes among it."""

MAX_NOISE = 1_000
"""Lines on standard output that are no messages, as a banner may be, before it counts as no server."""

_Incoming = MemoryObjectSendStream[SessionMessage | Exception]
_Closed = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


class Child:
    """What became of it, for whoever has to say why it did not answer."""

    def __init__(self, most_bytes: int, longest_secret: int) -> None:
        self.left = most_bytes
        self.kept = LAST_WORDS + longest_secret
        self.said = b""
        """The end of what it wrote to standard error, the last `kept` bytes of it."""
        self.said_more = False
        """Whether there was something before that."""
        self.noise: bytes | None = None
        """The first line on standard output that was no message, the first `kept` bytes of it and one more if there are."""
        self.noises = 0
        self.status: int | None = None
        self.left_us = False
        """Whether it closed its output before it was asked to end."""
        self.dismissed = False


@asynccontextmanager
async def _spoken_to(
    argv: Sequence[str], env: Mapping[str, str], child: Child
) -> AsyncGenerator[
    tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]
]:
    process = await anyio.open_process(list(argv), env=dict(env), start_new_session=True)
    # No await before the task group: a cancellation in between would leave the child behind.
    told, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    asked, asking = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, process, told, child)
        tasks.start_soon(_write, process, asking, told)
        tasks.start_soon(_listen, process, child)
        try:
            yield heard, asked
        finally:
            child.dismissed = True
            with anyio.CancelScope(shield=True):
                await _end(process)
                child.status = process.returncode
                for stream in (told, heard, asked, asking):
                    await stream.aclose()
            tasks.cancel_scope.cancel()


def spoken_to(argv: Sequence[str], env: Mapping[str, str], child: Child) -> Transport:
    """Within, the child runs with no variable but those of `env`; afterwards neither it nor one of its own is left.

    Raises OSError if it cannot be started.
    """
    return _spoken_to(argv, env, child)


async def _read(process: Process, told: _Incoming, child: Child) -> None:
    """Each line is handed on; what is too much ends the connection, as the child's end does."""
    if process.stdout is None:
        return
    begun = bytearray()
    async with told:
        with suppress(*_Closed):
            while True:
                try:
                    chunk = await process.stdout.receive()
                except anyio.EndOfStream:
                    child.left_us = not child.dismissed
                    return
                child.left -= len(chunk)
                if child.left < 0 or child.noises > MAX_NOISE:
                    return
                *lines, rest = chunk.split(b"\n")
                for line in lines:
                    await _hand_on(bytes(begun) + line, told, child)
                    begun.clear()
                begun += rest


async def _hand_on(line: bytes, told: _Incoming, child: Child) -> None:
    if not line.strip():
        return
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        child.noises += 1
        child.noise = child.noise or line[: child.kept + 1]
        return
    await told.send(SessionMessage(message))


async def _write(process: Process, asking: MemoryObjectReceiveStream[SessionMessage], told: _Incoming) -> None:
    if process.stdin is None:
        return
    try:
        async with asking:
            async for message in asking:
                line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.stdin.send(line.encode() + b"\n")
    except _Closed:
        await told.aclose()  # nobody reads what is asked: waiting for an answer would be for nothing


async def _listen(process: Process, child: Child) -> None:
    stream: ByteReceiveStream | None = process.stderr
    if stream is None:
        return
    with suppress(*_Closed):
        while True:
            said = child.said + await stream.receive()
            child.said, child.said_more = said[-child.kept :], child.said_more or len(said) > child.kept


async def _end(process: Process) -> None:
    """Its input is closed, then it is asked, then it is killed, with all that it started."""
    if process.stdin is not None:
        with suppress(*_Closed):
            await process.stdin.aclose()
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with anyio.move_on_after(GRACE):
            await _ended(process)
            break
        _signal(process, signal_number)
    _signal(process, signal.SIGKILL)
    with anyio.move_on_after(GRACE):
        await process.aclose()


async def _ended(process: Process) -> None:
    """Asked again and again: `wait` also waits for pipes that others have inherited."""
    while process.returncode is None:  # noqa: ASYNC110 - the event loop tells of it by no event but `wait`
        await anyio.sleep(0.01)


def _signal(process: Process, number: int) -> None:
    """To its whole session, of which it is the leader."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
