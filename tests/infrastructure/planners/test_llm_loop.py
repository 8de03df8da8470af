"""Calls run in a thread of their own, end with it, and begin anew in a forked process."""

import asyncio
import os
import select
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from planfold.infrastructure.planners.llm.loop import LoopThread

SECONDS = 30
"""In which a forked process answers, or never."""


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop()


async def _pid() -> int:
    return os.getpid()


def test_calls_run_in_another_thread(loop: LoopThread) -> None:
    async def thread() -> int:
        return threading.get_ident()

    assert threading.get_ident() != loop.run(thread)


def test_whoever_waits_for_a_call_hears_that_it_was_cancelled_by_the_end(loop: LoopThread) -> None:
    begun, heard = threading.Event(), list[str]()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            heard.append("cancelled")

    def call() -> None:
        with pytest.raises(CancelledError):
            loop.run(endless)
        heard.append("told")

    caller = threading.Thread(target=call)
    caller.start()
    assert begun.wait(SECONDS)
    loop.stop()
    caller.join(SECONDS)

    assert ["cancelled", "told"] == heard


def test_it_starts_again_after_its_end(loop: LoopThread) -> None:
    loop.run(_pid)
    loop.stop()

    assert os.getpid() == loop.run(_pid)


def test_a_forked_process_has_a_loop_of_its_own_and_leaves_the_others_alone(loop: LoopThread) -> None:
    loop.run(_pid)
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # what forks beside threads may be trusted with is tried here
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(loop.run(_pid) == os.getpid()).encode())
            loop.stop()
        finally:
            os._exit(0)
    try:
        assert select.select([reading], [], [], SECONDS)[0]
        assert b"True" == os.read(reading, 10)
    finally:
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)

    assert os.getpid() == loop.run(_pid)
