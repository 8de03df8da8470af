"""The planner that asks a language model: one request for each attempt, bounded in money and time before it is sent.

Called from any thread; the requests themselves run in an event loop that has a thread of its own. What pydantic-ai brings is
imported when a model is first asked.
"""

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from planfold.application.ports import Clock, DraftAnswer, DraftRequest, DraftUnavailable, NotAsked, Pause
from planfold.domain.money import Micros
from planfold.domain.planner import PlannerIdentity
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.offering import offered
from planfold.infrastructure.planners.llm.options import Options
from planfold.infrastructure.planners.llm.pace import Pace, Trouble
from planfold.infrastructure.planners.llm.prompt import BYTES_OF_A_TOKEN, INSTRUCTIONS_DIGEST, Prompt, compose
from planfold.infrastructure.planners.offline.indexes import SkillIndexes

if TYPE_CHECKING:
    from planfold.infrastructure.planners.llm.models import Asking, LanguageModel

VERSION = "1"


class _Ready(NamedTuple):
    """A request made ready to be sent; `until` is when the time for its run is over."""

    request: DraftRequest
    prompt: Prompt
    document: bytes
    asking: "Asking"
    until: datetime


class LlmPlanner:
    """Not deterministic, so it is asked again, with the inspector's findings; used from any thread."""

    def __init__(
        self,
        options: Options,
        indexes: SkillIndexes,
        pace: Pace,
        loop: LoopThread,
        *,
        clock: Clock,
        opened: "Callable[[Options], LanguageModel] | None" = None,
    ) -> None:
        self.options, self.pace = options, pace
        self._indexes, self._loop, self._clock, self._opened = indexes, loop, clock, opened
        self._lock = threading.Lock()
        self._model: LanguageModel | None = None
        self._process = os.getpid()
        self._last = threading.local()

    @cached_property
    def identity(self) -> PlannerIdentity:
        """Its version names the instructions, too."""
        return PlannerIdentity(
            name=str(self.options.name),
            version=f"{VERSION}.{INSTRUCTIONS_DIGEST[:12]}",
            model=self.options.name.model,
            deterministic=False,
        )

    def worst_case(self, request: DraftRequest) -> Micros | None:
        return self._ready(request).asking.worst_case

    def place(self, request: DraftRequest) -> Pause:
        ready = self._ready(request)
        tokens = ready.asking.most_bytes // BYTES_OF_A_TOKEN + self.options.max_output_tokens
        return self.pace.take(tokens, self._left(ready), has_others=request.has_others)

    def prompt_for(self, request: DraftRequest) -> bytes:
        return self._ready(request).document

    def draft(self, request: DraftRequest) -> DraftAnswer:
        ready = self._ready(request)
        seconds = min(self.options.timeout, self._left(ready))
        if seconds <= 0:
            sentence = f"{self.options.name} is not asked: the {self.options.deadline:g} s for this run are over"
            raise NotAsked("deadline", sentence)
        model = self._language_model()
        try:
            reply = self._loop.run(lambda: model.ask(ready.asking, seconds))
        except DraftUnavailable as error:
            if isinstance(error, Trouble):
                self.pace.failed(error.retry_after)
            elif error.sent:
                self.pace.succeeded()
            error.prompt = ready.document
            raise
        self.pace.succeeded()
        return reply.model_copy(update={"answer": ready.prompt.answers.read(reply.answer), "prompt": ready.document})

    def told(self) -> str:
        """Where it asks, with whose key, at what price, and how often; nothing is sent."""
        options, model = self.options, self._language_model()
        rates = model.rates(self._clock.now())
        key = "no key" if options.key is None else f"the key of {options.key_from}"
        price = "of unknown price, which a budget refuses" if rates is None else f"priced by {rates.source}"
        return f"at {model.address} with {key}, {price}, {self.pace.told()}"

    def close(self) -> None:
        """Its connections are closed; another call would open new ones."""
        with self._lock:
            model, self._model = self._model, None
        if model is not None:
            self._loop.run(model.close)

    def _ready(self, request: DraftRequest) -> _Ready:
        """Made once for the calls that one thread makes about one request."""
        last: _Ready | None = getattr(self._last, "ready", None)
        if last is None or last.request is not request:
            last = self._last.ready = self._made_ready(request)
        return last

    def _made_ready(self, request: DraftRequest) -> _Ready:
        options, now = self.options, self._clock.now()
        skills = offered(request, self._indexes, options.max_skills)
        prompt = compose(request, skills, options.context_tokens, options.bounds)
        asking = self._language_model().asking(prompt, now)
        document = prompt.document(
            {
                "model": str(options.name),
                "address": options.base_url,
                "output": asking.output,
                "max_output_tokens": options.max_output_tokens,
            }
        )
        return _Ready(request, prompt, document, asking, now + timedelta(seconds=options.deadline - request.elapsed))

    def _left(self, ready: _Ready) -> float:
        """Seconds of the time for the run."""
        return (ready.until - self._clock.now()).total_seconds()

    def _language_model(self) -> "LanguageModel":
        with self._lock:
            if self._process != os.getpid():  # connections of the process that this one was forked from
                self._process, self._model = os.getpid(), None
            if self._model is None:
                if self._opened is None:
                    from planfold.infrastructure.planners.llm.models import open_model  # noqa: PLC0415 - takes 3 s

                    self._opened = open_model
                self._model = self._opened(self.options)
            return self._model
