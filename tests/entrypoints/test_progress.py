"""The bar of long work: on a terminal, once it takes its time, and nothing of it is left."""

import io
import sys

import pytest

from planfold.infrastructure.cli.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def times() -> list[float]:
    """What the clock shows, one after the other, and the last for ever."""
    return [0.0]


@pytest.fixture
def bar(times: list[float]) -> Bar:
    return Bar("folding the log", lambda: times[-1])


def test_it_appears_once_the_work_takes_its_time(bar: Bar, times: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    bar.at(1, 10)
    times.append(0.9)
    bar.at(2, 10)
    assert "" == terminal.getvalue()

    times.append(1.1)
    bar.at(3, 10)
    bar.end()
    assert "folding the log" in terminal.getvalue()

    shown = terminal.getvalue()
    bar.at(4, 10)
    bar.end()
    assert shown == terminal.getvalue()


def test_nothing_is_shown_where_nobody_looks(bar: Bar, times: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    bar.at(1, 10)
    times.append(60)
    bar.at(2, 10)
    bar.end()

    assert ("", "") == capsys.readouterr()
