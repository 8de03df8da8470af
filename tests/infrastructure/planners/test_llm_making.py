"""Which model a name stands for, whose key it is asked with, and what it costs where."""

from collections.abc import Callable, Iterator

import pytest

from planfold.application import PlannerUnknown
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.errors import InvalidSetting, PlannerNotReady
from planfold.infrastructure.planners.llm import options
from planfold.infrastructure.planners.llm.answers import Bounds
from planfold.infrastructure.planners.llm.making import ModelPlanners
from planfold.infrastructure.settings import Settings, read_settings

KEY = "sk-0123456789abcdef"
Made = Callable[[], ModelPlanners]


@pytest.fixture
def made() -> Iterator[Made]:
    everything = list[ModelPlanners]()

    def make() -> ModelPlanners:
        everything.append(ModelPlanners(read_settings(), wordllama(), SystemClock()))
        return everything[-1]

    yield make
    for planners in everything:
        planners.close()


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai:gpt-5-mini", "OPENAI_API_KEY"),
        ("openai-chat:gpt-5-mini", "OPENAI_API_KEY"),
        ("anthropic:claude-sonnet-4-6", "ANTHROPIC_API_KEY"),
        ("google:gemini-2.5-flash", "GOOGLE_API_KEY"),
        ("google:gemini-2.5-flash", "GEMINI_API_KEY"),
        ("openai:gpt-5-mini", "PLANFOLD_LLM_API_KEY"),
    ],
)
def test_a_key_comes_from_where_the_provider_looks_for_it(
    name: str, variable: str, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, KEY)

    planner = made().planner(name)

    assert name == planner.identity.name
    assert f"with the key of {variable}, priced by genai-prices" in planner.told()
    assert KEY not in f"{planner.told()}{planner.options!r}"


@pytest.mark.parametrize("name", ["openai", "openai:", "gpt-5", ":x", "mistral:large"])
def test_what_names_no_model_is_refused(name: str, made: Made) -> None:
    with pytest.raises(PlannerUnknown, match="openai:MODEL"):
        made().planner(name)


def test_a_model_of_another_address_needs_no_key_and_has_no_price(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8/v1")

    told = made().planner("openai:gpt-5-mini").told()

    assert (
        "at http://127.0.0.1:9/v1 with no key, of unknown price, which a budget refuses, as often as it allows" == told
    )


def test_the_settings_are_those_of_the_first_provider_and_others_have_their_own(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PLANFOLD_LLM_BASE_URL": "http://127.0.0.1:9/v1",
        "PLANFOLD_LLM_API_KEY": "local-key",
        "PLANFOLD_LLM_INPUT_USD_PER_MTOK": "0",
        "PLANFOLD_LLM_OUTPUT_USD_PER_MTOK": "0",
        "ANTHROPIC_API_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)
    planners = made()

    local, hosted = planners.planner("openai:small"), planners.planner("anthropic:claude-sonnet-4-6")

    assert "at http://127.0.0.1:9/v1 with the key of PLANFOLD_LLM_API_KEY, priced by the settings" in local.told()
    assert "at https://api.anthropic.com with the key of ANTHROPIC_API_KEY, priced by genai-prices" in hosted.told()


def test_a_provider_that_is_not_the_first_is_said_to_need_a_key_of_its_own(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_API_KEY", KEY)
    planners = made()
    planners.planner("openai:small")

    with pytest.raises(PlannerNotReady, match=r"there is no key for it; set ANTHROPIC_API_KEY$"):
        planners.planner("anthropic:claude-sonnet-4-6")


def test_the_key_of_a_providers_own_variable_goes_to_no_other_address(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    assert "at http://127.0.0.1:9/v1 with no key" in made().planner("openai:small").told()


def test_an_openai_compatible_address_that_another_provider_has_taken_is_not_asked_elsewhere(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    planners = made()
    planners.planner("anthropic:claude-sonnet-4-6")

    with pytest.raises(
        PlannerNotReady, match="is the address of anthropic here, which is named before it; name it first"
    ):
        planners.planner("openai:small")


@pytest.mark.parametrize(
    ("name", "variable", "address"),
    [
        ("openai:gpt-5-mini", "OPENAI_BASE_URL", "https://api.openai.com/v1"),
        ("anthropic:claude-sonnet-4-6", "ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
        ("google:gemini-2.5-flash", "GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com"),
    ],
)
def test_an_address_that_other_programs_read_is_not_asked(
    name: str, variable: str, address: str, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_API_KEY", KEY)
    monkeypatch.setenv(variable, "http://127.0.0.1:8/v1")

    assert made().planner(name).told().startswith(f"at {address} with")


def test_without_its_packages_a_model_is_not_asked(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "find_spec", lambda _: None)

    with pytest.raises(PlannerNotReady, match=r"is not installed; install it with: pip install .planfold\[llm\]."):
        made().planner("openai:gpt-5-mini")


@pytest.mark.parametrize("variable", ["INPUT", "OUTPUT"])
def test_one_price_without_the_other_is_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PLANFOLD_LLM_{variable}_USD_PER_MTOK", "0")

    with pytest.raises(InvalidSetting, match="set it with PLANFOLD_LLM_OUTPUT_USD_PER_MTOK, or neither"):
        read_settings()


@pytest.mark.parametrize("address", ["example.com", "ftp://example.com", "http://me:secret@example.com", "http://"])
def test_an_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_BASE_URL", address)

    with pytest.raises(InvalidSetting, match="write an address without a user or a query") as refused:
        read_settings()
    assert "secret" not in str(refused.value)


def test_models_of_one_provider_keep_one_pace(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("PLANFOLD_LLM_REQUESTS_PER_MINUTE", "7")
    planners = made()

    first, second = planners.planner("openai:gpt-5-mini"), planners.planner("openai-chat:gpt-5")

    assert first.pace is second.pace
    assert 7 == first.pace.limits.requests


def test_a_setting_of_models_has_the_default_of_its_option() -> None:
    settings, defaults = Settings(), options.Options(name=options.ModelName(provider="openai", model="x"))

    bounds = Bounds(steps=settings.max_steps, iterations=settings.max_iterations, retries=settings.max_retries)
    assert (settings.llm_max_skills, bounds) == (defaults.max_skills, defaults.bounds)
    assert (settings.llm_context_tokens, settings.llm_max_output_tokens) == (
        defaults.context_tokens,
        defaults.max_output_tokens,
    )
    assert (settings.llm_timeout_seconds, settings.llm_deadline_seconds) == (defaults.timeout, defaults.deadline)
