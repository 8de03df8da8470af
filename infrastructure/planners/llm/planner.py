"""The planner that asks a language model: one request for each attempt, priced before it is sent and after it.

Called from any thread; the requests themselves run in an event loop that has a thread of its own. What pydantic-ai brings is
imported when a model is first asked.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pydantic import JsonValue

from planfold.application.ports import Clock, DraftAnswer, DraftRequest, DraftUnavailable, Pause
from planfold.domain.money import Micros
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.infrastructure.planners.llm.answers import json_in
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.offering import offered
from planfold.infrastructure.planners.llm.options import Options
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.prompt import BYTES_OF_A_TOKEN, INSTRUCTIONS_DIGEST, Prompt, compose
from planfold.infrastructure.planners.offline.indexes import SkillIndexes

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

    from planfold.infrastructure.planners.llm.models import Asking, LanguageModel
    from planfold.infrastructure.planners.llm.prices import Rates

VERSION = "1"
LONGEST_SHOWN = 200
"""Characters of an answer that is no plan."""


class _Ready(NamedTuple):
    """A request made ready to be sent; `until` is when the time for its run is over."""

    request: DraftRequest
    prompt: Prompt
    digestible: bytes
    asking: "Asking"
    rates: "Rates | None"
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
        from planfold.infrastructure.planners.llm.prices import worst_case  # noqa: PLC0415 - genai-prices

        ready = self._ready(request)
        if ready.rates is None:
            return None
        return worst_case(ready.rates, ready.asking.most_bytes, self.options.max_output_tokens)

    def place(self, request: DraftRequest) -> Pause:
        ready = self._ready(request)
        tokens = ready.asking.most_bytes // BYTES_OF_A_TOKEN + self.options.max_output_tokens
        return self.pace.take(tokens, self._left(ready))

    def draft(self, request: DraftRequest) -> DraftAnswer:
        ready = self._ready(request)
        seconds = min(self.options.timeout, self._left(ready))
        if seconds <= 0:
            raise self._too_late()
        model = self._language_model()
        try:
            response = self._loop.run(lambda: model.ask(ready.asking, seconds))
        except Exception as error:  # noqa: BLE001 - sorted there, and raised again
            raise self._failed(error, ready) from None
        self.pace.succeeded()
        return self._answer(response, ready)

    def told(self) -> str:
        """Where it asks, with whose key, at what price, and whether it may; nothing is sent."""
        options = self.options
        model, rates = self._language_model(), _rates(options, self._clock.now())
        key = "no key" if options.key is None else f"the key of {options.key_from}"
        price = "of unknown price, which a budget refuses" if rates is None else f"priced by {rates.source}"
        return f"at {model.address} with {key}, {price}, circuit {self.pace.state}"

    def close(self) -> None:
        """Its connections are closed; another call would open new ones."""
        with self._lock:
            model, self._model = self._model, None
        if model is not None:
            self._loop.run(model.close)

    def _answer(self, response: "ModelResponse", ready: _Ready) -> DraftAnswer:
        usage = _usage(response)
        price = _cost(ready.rates, usage)
        prices = None if price is None or ready.rates is None else ready.rates.source
        try:
            answer = _answered(response)
        except _Unusable as error:
            raise DraftUnavailable(
                error.code,
                f"{self.options.name} {error}",
                retryable=error.retryable,
                sent=True,
                usage=usage,
                cost_micros=price,
                prompt=ready.digestible,
                prices=prices,
            ) from None
        return DraftAnswer(
            answer=ready.prompt.answers.read(answer),
            cost_micros=price,
            usage=usage,
            prompt=ready.digestible,
            prices=prices,
        )

    def _failed(self, error: Exception, ready: _Ready) -> Exception:
        from planfold.infrastructure.planners.llm.failures import failure_of  # noqa: PLC0415 - pydantic-ai

        failure = failure_of(error, self.options)
        if failure is None:
            return error
        if failure.pauses:
            self.pace.failed(failure.retry_after)
        failure.unavailable.prompt = ready.digestible
        return failure.unavailable

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
        asking = self._language_model().asking(prompt)
        sent_as: dict[str, JsonValue] = {
            "model": str(options.name),
            "address": options.base_url,
            "output": asking.output,
            "max_output_tokens": options.max_output_tokens,
        }
        until = now + timedelta(seconds=options.deadline - request.elapsed)
        return _Ready(request, prompt, prompt.document(sent_as), asking, _rates(options, now), until)

    def _left(self, ready: _Ready) -> float:
        return (ready.until - self._clock.now()).total_seconds()

    def _language_model(self) -> "LanguageModel":
        with self._lock:
            if self._model is None:
                if self._opened is None:
                    from planfold.infrastructure.planners.llm.models import open_model  # noqa: PLC0415 - pydantic-ai

                    self._opened = open_model
                self._model = self._opened(self.options)
            return self._model

    def _too_late(self) -> DraftUnavailable:
        sentence = f"{self.options.name} is not asked: the {self.options.deadline:g} s for this run are over"
        return DraftUnavailable("deadline", sentence, retryable=False, sent=False)


class _Unusable(Exception):
    """An answer came, but no draft."""

    def __init__(self, code: str, sentence: str, *, retryable: bool) -> None:
        super().__init__(sentence)
        self.code, self.retryable = code, retryable


def _answered(response: "ModelResponse") -> JsonValue:
    """What the model wrote as its plan, in a tool's arguments or as text. Raises _Unusable."""
    if response.finish_reason == "content_filter":
        raise _Unusable("refused", "refused to answer; say the goal in other words", retryable=False)
    calls = [call.args for call in response.tool_calls]
    given = calls[0] if calls else response.text
    if isinstance(given, dict):
        return given
    try:
        return json_in(given or "")
    except ValueError:
        if response.finish_reason == "length":
            sentence = "was cut off before its plan was whole; raise PLANFOLD_LLM_MAX_OUTPUT_TOKENS or ask for less"
            raise _Unusable("cut_off", sentence, retryable=True) from None
        shown = " ".join((given or "nothing").split())[:LONGEST_SHOWN]
        raise _Unusable("bad_answer", f"gave no JSON: {shown}", retryable=True) from None


def _usage(response: "ModelResponse") -> Usage | None:
    """None if the provider did not count; reasoning is part of the output, and cached tokens of the input."""
    told = response.usage
    if told.unmeasured_requests or not (told.input_tokens or told.output_tokens):
        return None
    return Usage(
        input_tokens=told.input_tokens,
        output_tokens=told.output_tokens,
        cache_read_tokens=told.cache_read_tokens,
        cache_write_tokens=told.cache_write_tokens,
        reasoning_tokens=told.output_reasoning_tokens,
    )


def _cost(rates: "Rates | None", usage: Usage | None) -> Micros | None:
    from planfold.infrastructure.planners.llm.prices import cost  # noqa: PLC0415 - genai-prices

    return None if rates is None or usage is None else cost(rates, usage)


def _rates(options: Options, at: datetime) -> "Rates | None":
    """The prices that the settings name, else those of the provider's own address; None if nobody knows them."""
    from planfold.infrastructure.planners.llm.prices import flat, rates_of  # noqa: PLC0415 - genai-prices

    if options.input_price is not None and options.output_price is not None:
        return flat(options.input_price, options.output_price, "the settings")
    if options.base_url is not None:
        return None
    return rates_of(options.name.maker, options.name.model, at)
