"""One model behind pydantic-ai: asked once for each call, without retries of its SDK, and with no more than was held for.

The requests of all three providers go out by an HTTP client of ours (`wire.py`), which refuses a body that is longer than what
was measured before.
"""

import json
import warnings
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import httpx2
from pydantic import SecretStr
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import UsageExtractionFailedWarning, UserError
from pydantic_ai.messages import InstructionPart, ModelRequest, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from planfold.application.ports import DraftAnswer
from planfold.domain.money import Micros
from planfold.infrastructure.planners.llm.answers import NAME
from planfold.infrastructure.planners.llm.failures import failure_of
from planfold.infrastructure.planners.llm.options import Options, Output
from planfold.infrastructure.planners.llm.prices import Rates, bytes_of, flat, rates_of, worst_case
from planfold.infrastructure.planners.llm.prompt import Prompt, fenced
from planfold.infrastructure.planners.llm.reading import read
from planfold.infrastructure.planners.llm.wire import begin, open_client

# What was counted wrong is read as a cost that nobody knows, and recorded so.
warnings.filterwarnings("ignore", category=UsageExtractionFailedWarning)

ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
}
"""The providers' own, to which prices belong. Given to the SDKs, since each would read another one from a variable."""
_FRAME = 2_048
"""Bytes of the names and signs of a request around what it says; those of the three providers have some 500."""
_PURPOSE = "The plan that reaches the goal."
_NO_KEY = SecretStr("none")
"""What SDKs want to be given for a server that asks for none; it is not sent."""


class Asking(NamedTuple):
    """A prompt as this model takes it, the most bytes that it has when it is sent, and the most that it costs then.

    Without rates, nobody knows what it costs.
    """

    message: ModelRequest
    parameters: ModelRequestParameters
    output: Output
    most_bytes: int
    rates: Rates | None
    worst_case: Micros | None


class LanguageModel:
    """Used from one event loop."""

    def __init__(
        self, options: Options, model: Model, settings: ModelSettings, client: httpx2.AsyncClient | None
    ) -> None:
        self._options, self._model, self._client = options, model, client
        self._settings: ModelSettings = {**settings, "max_tokens": options.max_output_tokens}

    @property
    def address(self) -> str:
        return (self._model.base_url or "no address").rstrip("/")

    def rates(self, at: datetime) -> Rates | None:
        """The prices that the settings name, else those of the provider's own address."""
        options = self._options
        if options.input_price is not None and options.output_price is not None:
            return flat(options.input_price, options.output_price, "the settings")
        return None if options.base_url is not None else rates_of(options.name.maker, options.name.model, at)

    def asking(self, prompt: Prompt, at: datetime) -> Asking:
        """What is sent for `prompt`, as pydantic-ai prepares it for this model, measured in JSON. Sends nothing.

        Raises DraftUnavailable if it cannot be asked like that.
        """
        output = self._output()
        parameters = _parameters(prompt, output)
        try:
            _, prepared = self._model.prepare_request(self._settings, parameters)
        except UserError as error:
            raise failure_of(error, self._options) from None
        said = [prompt.message, *(part.content for part in prepared.instruction_parts or ()), *_schemas(prepared)]
        most = max(len(json.dumps(said)), bytes_of(json.dumps(said, ensure_ascii=False))) + _FRAME
        rates = self.rates(at)
        worst = None if rates is None else worst_case(rates, most, self._options.max_output_tokens)
        message = ModelRequest(parts=[UserPromptPart(prompt.message)])
        return Asking(message, parameters, output, most, rates, worst)

    async def ask(self, asking: Asking, seconds: float) -> DraftAnswer:
        """One answer to one request, within so many seconds. Raises DraftUnavailable."""
        exchange = begin(asking.most_bytes, seconds, has_key=self._options.key is not None)
        settings: ModelSettings = {**self._settings, "timeout": seconds, "request_timeout": seconds}
        try:
            response = await model_request(
                self._model, [asking.message], model_settings=settings, model_request_parameters=asking.parameters
            )
        except Exception as error:  # noqa: BLE001 - told as what it is, or raised again
            raise failure_of(error, self._options, exchange.answers) from None
        return read(response, asking.rates, str(self._options.name))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _output(self) -> Output:
        """Structured output where the model has it; Anthropic's takes 16 unions, far fewer than skills have."""
        if self._options.output != "auto":
            return self._options.output
        profile = self._model.profile
        if profile.get("supports_json_schema_output") and self._options.name.provider != "anthropic":
            return "native"
        return "tool" if profile.get("supports_tools", True) else "prompted"


def open_model(options: Options, transport: httpx2.AsyncBaseTransport | None = None) -> LanguageModel:
    """The model of these options, asked over the network unless another transport is given."""
    client = open_client(options.timeout, transport)
    key = (options.key or _NO_KEY).get_secret_value()
    address = options.base_url or ADDRESSES[options.name.maker]
    # Another tier has another price; a server of somebody else's may not know what a tier is.
    settings: ModelSettings = {} if options.base_url else {"service_tier": "default"}
    match options.name.provider:
        case "anthropic":
            from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 - each SDK takes its time
            from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415 - as above

            provider = AnthropicProvider(api_key=key, base_url=address, http_client=client)
            model: Model = AnthropicModel(options.name.model, provider=provider)
            settings["max_retries"] = 0
        case "google":
            from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415 - as above
            from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415 - as above

            of_google = GoogleProvider(api_key=key, base_url=address, http_client=client)
            model = GoogleModel(options.name.model, provider=of_google)  # its SDK retries only if it is told to
        case _:
            model = _openai(options, key, address, client)
            settings["max_retries"] = 0
    return LanguageModel(options, model, settings, client)


def _openai(options: Options, key: str, address: str, client: httpx2.AsyncClient) -> Model:
    """OpenAI's own address is asked by the Responses API, which compatible servers seldom have."""
    from pydantic_ai.models.openai import (  # noqa: PLC0415 - as above
        OpenAIChatModel,
        OpenAIResponsesModel,
        OpenAIResponsesModelSettings,
    )
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 - as above

    provider = OpenAIProvider(base_url=address, api_key=key, http_client=client)
    named = options.name.provider
    if named == "openai-chat" or (named == "openai" and options.base_url is not None):
        return OpenAIChatModel(options.name.model, provider=provider)
    return OpenAIResponsesModel(
        options.name.model, provider=provider, settings=OpenAIResponsesModelSettings(openai_store=False)
    )


def _parameters(prompt: Prompt, output: Output) -> ModelRequestParameters:
    """The prompted form has the schema as a document of ours: what skills say in it must not end the place it stands in."""
    instructions = [InstructionPart(content=prompt.instructions)]
    if output == "tool":
        tool = ToolDefinition(name=NAME, description=_PURPOSE, parameters_json_schema=prompt.schema, kind="output")
        return ModelRequestParameters(
            output_mode="tool", output_tools=[tool], allow_text_output=False, instruction_parts=instructions
        )
    if output == "prompted":
        schema = InstructionPart(content=f"The answer is JSON of this schema:\n{fenced(prompt.schema)}")
        anything = OutputObjectDefinition(json_schema={"type": "object"}, name=NAME, description=_PURPOSE)
        return ModelRequestParameters(
            output_mode="prompted", output_object=anything, instruction_parts=[*instructions, schema]
        )
    answer = OutputObjectDefinition(json_schema=prompt.schema, name=NAME, description=_PURPOSE, strict=True)
    return ModelRequestParameters(output_mode="native", output_object=answer, instruction_parts=instructions)


def _schemas(parameters: ModelRequestParameters) -> Iterator[dict[str, Any]]:
    if parameters.output_object is not None:
        yield parameters.output_object.json_schema
    for tool in parameters.output_tools:
        yield tool.parameters_json_schema
