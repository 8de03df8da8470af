"""How a language model is asked: what the composition root takes from the settings."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

from pydantic import Field, SecretStr

from planfold.domain.frozen import Frozen
from planfold.domain.money import Micros
from planfold.infrastructure.errors import PlannerNotReady
from planfold.infrastructure.planners.llm.answers import Bounds

Output = Literal["auto", "native", "tool", "prompted"]
Provider = Literal["openai", "openai-chat", "openai-responses", "anthropic", "google"]
_PACKAGES = ("pydantic_ai", "genai_prices", "openai", "anthropic", "google.genai")
"""Those of the extra `llm`."""
_MISSING = (
    "what it needs is not installed; "
    "install it with: pip install 'planfold[llm]', or in a checkout: uv sync --extra llm"
)
PROVIDERS: tuple[Provider, ...] = ("openai", "openai-chat", "openai-responses", "anthropic", "google")


class ModelName(Frozen):
    """A model as `--planner provider:model` names it, by pydantic-ai's names of providers."""

    provider: Provider
    model: str = Field(min_length=1, max_length=100)

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"

    @property
    def maker(self) -> str:
        """Who is paid: both of OpenAI's interfaces are of one provider."""
        return self.provider.partition("-")[0]


def model_named(name: str) -> ModelName | None:
    """None if it is no name of a model of these providers."""
    provider, _, model = name.partition(":")
    for known in PROVIDERS:
        if provider == known and model:
            return ModelName(provider=known, model=model)
    return None


class Options(Frozen):
    """Times in seconds, prices in micro-USD for a million tokens; a limit that is None is not kept."""

    name: ModelName
    key: SecretStr | None = None
    key_from: str | None = None
    """The variable that the key was read from."""
    base_url: str | None = None
    output: Output = "auto"
    max_skills: int = 40
    bounds: Bounds = Bounds()
    context_tokens: int = 24_000
    max_output_tokens: int = 4_000
    timeout: float = 120
    deadline: float = 300
    """From the first attempt of a run to the end of its last."""
    input_price: Micros | None = None
    output_price: Micros | None = None


class Limits(Frozen):
    """What a provider allows one account in a minute."""

    requests: int | None = None
    tokens: int | None = None


def check_ready(options: Options, variables: Sequence[str]) -> None:
    """Whatever is needed to ask this model is there, as far as that is seen without asking. Raises PlannerNotReady.

    `variables` are those that its key can be put into.
    """
    name = str(options.name)
    if not all(_is_installed(package) for package in _PACKAGES):
        raise PlannerNotReady(name, _MISSING)
    if options.key is None and options.base_url is None:
        raise PlannerNotReady(name, f"there is no key for it; set {' or '.join(variables)}")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # what it lies in is not there either
        return False
