"""What a model's response says: its plan as JSON, what was counted and what that costs, or why it is of no use."""

from contextlib import suppress

from pydantic import JsonValue, ValidationError
from pydantic_ai.messages import ModelResponse

from planfold.application.ports import DraftAnswer, DraftUnavailable
from planfold.domain.planner import Usage
from planfold.infrastructure.planners.llm.answers import json_in
from planfold.infrastructure.planners.llm.failures import LONGEST_WORD, MORE_ROOM, on_one_line
from planfold.infrastructure.planners.llm.prices import Rates, cost


class _Unusable(Exception):
    """An answer came, but no draft."""

    def __init__(self, code: str, sentence: str, *, retryable: bool) -> None:
        super().__init__(sentence)
        self.code, self.retryable = code, retryable


def read(response: ModelResponse, rates: Rates | None, model: str) -> DraftAnswer:
    """The answer with its cost, None if either rates or usage are not known. Raises DraftUnavailable, with the same."""
    usage = _usage(response)
    price = None if rates is None or usage is None else cost(rates, usage)
    prices = None if rates is None or price is None else rates.source
    try:
        return DraftAnswer(answer=_plan(response), cost_micros=price, usage=usage, prices=prices)
    except _Unusable as error:
        raise DraftUnavailable(
            error.code,
            f"{model} {error}",
            retryable=error.retryable,
            sent=True,
            usage=usage,
            cost_micros=price,
            prices=prices,
        ) from None


def _plan(response: ModelResponse) -> JsonValue:
    """What the model wrote, in a tool's arguments or as text. Raises _Unusable."""
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
            sentence = f"was cut off before its plan was whole; {MORE_ROOM}"
            raise _Unusable("cut_off", sentence, retryable=True) from None
        shown = on_one_line(given or "nothing")[:LONGEST_WORD]
        raise _Unusable("bad_answer", f"gave no JSON: {shown}", retryable=True) from None


def _usage(response: ModelResponse) -> Usage | None:
    """None if it was not all counted, or cannot be true; reasoning is part of the output, cached tokens of the input."""
    told = response.usage
    if told.unmeasured_requests or not told.input_tokens or (response.parts and not told.output_tokens):
        return None
    with suppress(ValidationError):
        return Usage(
            input_tokens=told.input_tokens,
            output_tokens=told.output_tokens,
            cache_read_tokens=told.cache_read_tokens,
            cache_write_tokens=told.cache_write_tokens,
            reasoning_tokens=told.output_reasoning_tokens,
        )
    return None
