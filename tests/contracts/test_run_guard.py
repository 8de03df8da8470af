"""One generation for a run at a time; a guard that is gone holds nothing."""

import threading
import time

import pytest

from planfold.application.errors import GenerationInProgress
from planfold.application.ports import RunGuard

Guards = tuple[RunGuard, RunGuard]
RUN = "default/run/r1"


def test_a_free_run_is_held_at_once(guards: Guards) -> None:
    with guards[0].hold(RUN, 0) as waited:
        assert waited is False


def test_a_run_that_is_held_is_not_held_twice(guards: Guards) -> None:
    with guards[0].hold(RUN, 0), pytest.raises(GenerationInProgress), guards[1].hold(RUN, 0):
        pytest.fail("held twice")


def test_another_run_is_not_in_the_way(guards: Guards) -> None:
    with guards[0].hold(RUN, 0), guards[1].hold("default/run/r2", 0) as waited:
        assert waited is False


def test_a_run_is_free_again_after_its_holder_failed(guards: Guards) -> None:
    with pytest.raises(ZeroDivisionError), guards[0].hold(RUN, 0):
        raise ZeroDivisionError

    with guards[1].hold(RUN, 0) as waited:
        assert waited is False


def test_who_waits_gets_its_turn_when_the_holder_is_done(guards: Guards) -> None:
    held, done, order = threading.Event(), threading.Event(), list[str]()

    def hold() -> None:
        with guards[0].hold(RUN, 0):
            held.set()
            done.wait(10)
            order.append("holder")

    def wait() -> None:
        held.wait(10)
        done.set()
        with guards[1].hold(RUN, 10):
            order.append("waiter")

    threads = [threading.Thread(target=hold), threading.Thread(target=wait)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert order == ["holder", "waiter"]


def test_who_waits_gives_up_when_its_time_is_over_and_who_waited_is_told_so(guards: Guards) -> None:
    told: list[bool] = []

    def wait() -> None:
        with guards[1].hold(RUN, 30) as waited:
            told.append(waited)

    patient = threading.Thread(target=wait)
    with guards[0].hold(RUN, 0):
        patient.start()
        before = time.monotonic()
        with pytest.raises(GenerationInProgress), guards[1].hold(RUN, 0.5):
            pytest.fail("held twice")
        assert 0.5 <= time.monotonic() - before < 10
    patient.join(20)

    assert told == [True]


def test_many_threads_pass_one_after_the_other(guards: Guards) -> None:
    inside, seen = threading.Semaphore(1), list[bool]()

    def visit(guard: RunGuard) -> None:
        with guard.hold(RUN, 20):
            seen.append(inside.acquire(blocking=False))
            inside.release()

    threads = [threading.Thread(target=visit, args=(guards[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert seen == [True] * 8
