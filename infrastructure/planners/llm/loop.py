"""An event loop in a thread of its own, for callers in any thread."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """Started by the first call; whatever interrupts a caller cancels its call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

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
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="planfold models", daemon=True)
                self._thread.start()
            return self._loop
