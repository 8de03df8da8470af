"""How fast a provider may be asked, and whether at all: its limits, its own wishes, and a circuit breaker.

One for each provider in a process. What it decides is when a request may be sent; it sends nothing and waits for nobody.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from planfold.application.ports import DraftUnavailable, NotAsked, Pause
from planfold.infrastructure.planners.llm.options import Limits

MINUTE = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
MOST_DOUBLINGS = 5
PATIENCE = 5.0
"""Seconds that a provider is waited for although somebody else can be asked."""
OPENS_AFTER = 5
"""So many failures in a row open the circuit."""
OPEN_SECONDS = 30.0
"""After them one request is sent, and another one after as long again, until one succeeds: that closes it."""


class Trouble(DraftUnavailable):
    """The provider, and not the request, was in the way; `retry_after` are the seconds that it asks to wait."""

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        retryable: bool,
        sent: bool,
        cost_micros: int | None,
        retry_after: float | None,
    ) -> None:
        super().__init__(code, sentence, retryable=retryable, sent=sent, cost_micros=cost_micros)
        self.retry_after = retry_after


class _Taken(NamedTuple):
    at: float
    tokens: int


class Pace:
    """Used from any thread."""

    def __init__(
        self,
        provider: str,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self.provider, self.limits = provider, limits
        self._clock, self._spread = clock, spread
        self._lock = threading.Lock()
        self._taken: deque[_Taken] = deque()
        self._not_before = 0.0
        self._open_until = 0.0
        self._failures = 0

    def take(self, tokens: int, within: float, *, has_others: bool = False) -> Pause:
        """A place for a request of so many tokens, at most `within` seconds from now. Raises DraftUnavailable.

        `has_others`: somebody else can be asked instead, and is, rather than to wait for longer than PATIENCE.
        """
        if has_others:
            within = min(within, PATIENCE)
        with self._lock:
            now = self._clock()
            if self._open_until - now > max(within, 0):
                raise self._refusal("circuit_open", f"failed {self._failures} times in a row", self._open_until - now)
            if self.limits.tokens is not None and tokens > self.limits.tokens:
                raise self._refusal(
                    "too_long", f"allows {self.limits.tokens} tokens a minute, and one request has {tokens}"
                )
            at, why = self._first_place(now, tokens)
            if at - now > within and has_others:
                raise self._refusal("busy", f"{why}, and another planner can be asked", at - now)
            if at - now > within:
                raise self._refusal(
                    "deadline", f"{why}, and {max(within, 0):.0f} s are left of the time for this run", at - now
                )
            self._taken.append(_Taken(at, tokens))
            if self._failures >= OPENS_AFTER:  # whoever comes next waits for what becomes of this one
                self._open_until = at + OPEN_SECONDS
            return Pause(at - now, why)

    def succeeded(self) -> None:
        """The provider answered, whatever it said."""
        with self._lock:
            if self._failures >= OPENS_AFTER:  # those that wait for the circuit are in nobody's way
                now = self._clock()
                self._taken = deque(_Taken(min(taken.at, now), taken.tokens) for taken in self._taken)
            self._failures, self._open_until = 0, 0.0

    def failed(self, retry_after: float | None) -> None:
        """The provider is in trouble: nobody asks it for as long as it said, or for longer after each failure."""
        with self._lock:
            now = self._clock()
            if retry_after is not None:  # it says itself when it can be asked: that is no circuit's business
                self._not_before = max(self._not_before, now + retry_after)
                return
            self._failures += 1
            doubled = FIRST_PAUSE * 2 ** min(self._failures - 1, MOST_DOUBLINGS)
            pause = min(doubled, LONGEST_PAUSE) * (0.5 + self._spread() / 2)
            self._not_before = max(self._not_before, now + pause)
            if self._failures >= OPENS_AFTER:
                self._open_until = max(self._open_until, now + OPEN_SECONDS)

    def told(self) -> str:
        """The limits for a minute, and whether the circuit is open, in words."""
        limits = (("requests", self.limits.requests), ("tokens", self.limits.tokens))
        kept = " and ".join(f"{most:,} {what}" for what, most in limits if most is not None)
        with self._lock:
            left = self._open_until - self._clock()
        circuit = f", circuit open for {left:.0f} s more" if left > 0 else ""
        return f"{f'at most {kept} a minute' if kept else 'as often as it allows'}{circuit}"

    def _first_place(self, now: float, tokens: int) -> tuple[float, str]:
        """Behind all that were taken before, where neither requests nor tokens of a minute are too many."""
        while self._taken and self._taken[0].at <= now - MINUTE:
            self._taken.popleft()
        pause = max(self._not_before, self._open_until)
        at, why = (pause, "asked for a pause") if pause > now else (now, "")
        if self._taken and self._taken[-1].at > at:
            at, why = self._taken[-1].at, "has others waiting"
        while not self._has_room(minute := [taken for taken in self._taken if taken.at > at - MINUTE], tokens):
            at, why = minute[0].at + MINUTE, "allows no more in this minute"
        return at, why

    def _has_room(self, taken: list[_Taken], tokens: int) -> bool:
        requests_left = self.limits.requests is None or len(taken) < self.limits.requests
        used = sum(one.tokens for one in taken)
        return requests_left and (self.limits.tokens is None or used + tokens <= self.limits.tokens)

    def _refusal(self, code: str, why: str, seconds: float | None = None) -> NotAsked:
        again = "" if seconds is None else f"; it may be asked again in {seconds:.0f} s"
        return NotAsked(code, f"{self.provider} is not asked: it {why}{again}")
