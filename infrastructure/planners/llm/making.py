"""The planners of one process that ask language models: what its settings say, and what they share.

Address, key and prices of the settings are those of one provider, the first that is named. Another one in the same process is
asked at its own address, with the key of its own variable, at the prices of genai-prices: no key goes to anybody else.
"""

from planfold.application import PlannerUnknown
from planfold.application.ports import Clock
from planfold.domain.money import Micros, micros_from_usd
from planfold.infrastructure.embedding import Embedder
from planfold.infrastructure.errors import PlannerNotReady
from planfold.infrastructure.planners.llm.answers import Bounds
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.options import PROVIDERS, Limits, ModelName, Options, check_ready, model_named
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from planfold.infrastructure.settings import Settings


class ModelPlanners:
    """They share one event loop, the indexes of skills, and a pace for each provider."""

    def __init__(self, settings: Settings, embedder: Embedder, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._indexes, self._loop = SkillIndexes(embedder), LoopThread()
        self._paces: dict[str, Pace] = {}
        self._made: list[LlmPlanner] = []
        self._owner: str | None = None
        """Of the settings' address, key and prices."""

    def planner(self, name: str) -> LlmPlanner:
        """Another one each time. Raises PlannerUnknown, PlannerNotReady."""
        model = model_named(name)
        if model is None:
            raise PlannerUnknown(name, [f"{provider}:MODEL" for provider in PROVIDERS])
        self._owner = self._owner or model.maker
        is_owner = self._owner == model.maker
        options = self._options(model, is_owner=is_owner)
        check_ready(options, self._settings.llm_key_variables(model.maker, is_owner=is_owner))
        limits = Limits(requests=self._settings.llm_requests_per_minute, tokens=self._settings.llm_tokens_per_minute)
        pace = self._paces.setdefault(model.maker, Pace(model.maker, limits))
        self._made.append(LlmPlanner(options, self._indexes, pace, self._loop, clock=self._clock))
        return self._made[-1]

    def close(self) -> None:
        """Calls under way are cancelled, and connections are closed."""
        for planner in self._made:
            planner.close()
        self._loop.stop()

    def _options(self, model: ModelName, *, is_owner: bool) -> Options:
        settings = self._settings
        if not is_owner and settings.llm_base_url is not None and model.maker == "openai":
            raise PlannerNotReady(
                str(model),
                f"PLANFOLD_LLM_BASE_URL is the address of {self._owner} here, which is named before it; name it first",
            )
        key, variable = settings.llm_key(model.maker, is_owner=is_owner) or (None, None)
        return Options(
            name=model,
            key=key,
            key_from=variable,
            base_url=settings.llm_base_url if is_owner else None,
            output=settings.llm_output,
            max_skills=settings.llm_max_skills,
            bounds=Bounds(steps=settings.max_steps, iterations=settings.max_iterations, retries=settings.max_retries),
            context_tokens=settings.llm_context_tokens,
            max_output_tokens=settings.llm_max_output_tokens,
            timeout=settings.llm_timeout_seconds,
            deadline=settings.llm_deadline_seconds,
            input_price=_micros(settings.llm_input_usd_per_mtok) if is_owner else None,
            output_price=_micros(settings.llm_output_usd_per_mtok) if is_owner else None,
        )


def _micros(dollars: str | None) -> Micros | None:
    return None if dollars is None else micros_from_usd(dollars)
