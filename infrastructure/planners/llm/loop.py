"""An event loop in a thread of its own, for callers in any thread."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LAST_SECONDS = 5.0
"""What calls that are cancelled have to end."""


class LoopThread:
    """Started by the first call; whatever interrupts a caller cancels its call. A forked process starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._process = os.getpid()
        self._of_the_parent: asyncio.AbstractEventLoop | None = None

    def run(self, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the call returns or raises. KeyboardInterrupt, and what else a signal raises here, cancels it."""
        future = asyncio.run_coroutine_threadsafe(call(), self._started())
        try:
            return future.result()
        finally:
            future.cancel()  # of no effect on a call that has ended

    def stop(self) -> None:
        """Calls under way are cancelled; another call would start it again."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        if self._process != os.getpid():
            self._of_the_parent = loop
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        if tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.wait(tasks, timeout=LAST_SECONDS))  # their callers wait for them
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if (
                self._process != os.getpid()
            ):  # a fork has the loop without its thread; to close it would harm the parent
                self._process, self._of_the_parent, self._loop = os.getpid(), self._loop, None
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="planfold models", daemon=True)
                self._thread.start()
            return self._loop
