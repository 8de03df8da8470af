"""Standard input by lines of bounded length, read where waiting for it can be given up."""

import asyncio
import os
import threading
from collections import deque
from contextlib import suppress
from typing import Self

_CHUNK = 64 * 1024


class Lines:
    """What a client writes, a line at a time; after a line that is too long it counts as ended.

    Each wait has a thread of its own, which is left behind where nobody wants the input any more: a worker of a pool
    would keep the program from ending until the client writes again.
    """

    def __init__(self, most_bytes: int, descriptor: int = 0) -> None:
        self._most, self._descriptor = most_bytes, descriptor
        self._ready: deque[bytes] = deque()
        self._begun = bytearray()
        self.too_long = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._ready:
            chunk = await self._chunk()
            if not chunk:
                raise StopAsyncIteration
            *lines, rest = chunk.split(b"\n")
            for line in lines:
                self._ready.append(bytes(self._begun) + line)
                self._begun.clear()
            self._begun += rest
            if max(len(self._begun), *map(len, self._ready), 0) > self._most:
                self.too_long = True
                raise StopAsyncIteration
        return self._ready.popleft().decode("utf-8", "replace")

    async def _chunk(self) -> bytes:
        loop = asyncio.get_running_loop()
        read: asyncio.Future[bytes] = loop.create_future()

        def told(chunk: bytes) -> None:
            if not read.done():
                read.set_result(chunk)

        def wait() -> None:
            try:
                chunk = os.read(self._descriptor, _CHUNK)
            except OSError:  # a terminal that has gone
                chunk = b""
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(told, chunk)

        threading.Thread(target=wait, name="standard input", daemon=True).start()
        return await read
