"""Settings come from the environment, are checked, and never show a secret."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from planfold.domain.inspection.rules import RuleSet
from planfold.infrastructure.errors import InvalidSetting
from planfold.infrastructure.settings import SECRETS, Settings, read_settings

URL = "postgresql://planfold_app:hidden@db.example.com/planfold"
BARE = (
    "write a bare host name or address, as example.com, *.example.com or 10.0.0.5, without scheme, port or path, "
    "and part entries by commas"
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("PLANFOLD_")]:
        monkeypatch.delenv(name)


def test_without_any_variable_the_embedded_server_and_the_offline_planner_are_used() -> None:
    settings = read_settings()

    assert (None, None, "offline") == (settings.database_url, settings.data_dir, settings.planner)
    assert RuleSet() == settings.rules


def test_every_setting_says_what_it_is() -> None:
    assert [] == [name for name, field in Settings.model_fields.items() if not field.description]


def test_a_variable_is_the_settings_name_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_POOL_SIZE", "7")
    monkeypatch.setenv("PLANFOLD_MAX_STEPS", "5")
    settings = read_settings()

    assert (7, 5) == (settings.pool_size, settings.rules.max_steps)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", "")
    monkeypatch.setenv("PLANFOLD_POOL_SIZE", "")

    assert Settings() == read_settings()


@pytest.mark.parametrize(
    ("variable", "near"),
    [
        ("PLANFOLD_FORBIDEN_DOMAINS", "PLANFOLD_FORBIDDEN_DOMAINS"),
        ("planfold_pool_sice", "PLANFOLD_POOL_SIZE"),
        ("PLANFOLD_PLANNER_FILE", "PLANFOLD_PLANNER"),
        ("PLANFOLD_DATABASE_URI_FILE", "PLANFOLD_DATABASE_URL_FILE"),
        ("PLANFOLD_DEBUGG", "PLANFOLD_DEBUG"),
    ],
)
def test_a_variable_that_is_no_setting_is_refused_with_the_nearest_that_is_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, near: str
) -> None:
    monkeypatch.setenv(variable, "hidden")

    with pytest.raises(InvalidSetting) as refused:
        read_settings()
    assert f"{variable} cannot be used: it is no setting; did you mean {near}?" == str(refused.value)


def test_a_variable_like_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_ZQ", "1")

    with pytest.raises(InvalidSetting, match=r"PLANFOLD_ZQ cannot be used: it is no setting; .* PLANFOLD_"):
        read_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PLANFOLD_DEBUG", "1"),
        ("PLANFOLD_DATABASE_URI", ""),
        ("PLANFOLDER", "1"),
        ("PLANFOLD_SERVICE_HOST", "10.0.0.1"),
        ("PLANFOLD_DB_SERVICE_PORT_SQL", "5432"),
        ("PLANFOLD_PORT", "tcp://10.0.0.1:5432"),
        ("PLANFOLD_PORT_5432_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_what_sets_nothing_is_let_be(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)

    assert Settings() == read_settings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().pool_size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("POOL_SIZE", "many", "it is not a whole number"),
        ("POOL_SIZE", "1.5", "it is not a whole number"),
        ("POOL_SIZE", "0", "it must be at least 1"),
        ("STATEMENT_TIMEOUT_MS", "9999999", "it must be at most 3600000"),
        ("WAIT_SECONDS", "soon", "it is not a number"),
        ("WAIT_SECONDS", "nan", "it is not a number"),
        ("WAIT_SECONDS", "1e9", "it must be at most 3600"),
        ("ACTOR", "x" * 129, "it must have at most 128 characters; shorten it"),
        ("ACTOR", "\udcff", "it holds bytes that are no characters; write it anew"),
        (
            "FORBIDDEN_DOMAINS",
            "good.example,https://evil.com",
            f"'https://evil.com' is not a host; {BARE}",
        ),
        (
            "ALLOWED_DOMAINS",
            "evil.com evil2.com",
            f"'evil.com evil2.com' is not a host; {BARE}",
        ),
        ("UNKNOWN_SKILL_PRICE_USD", "free", "'free' is not an amount in USD; write it as 5.00"),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(f"PLANFOLD_{variable}", value)

    with pytest.raises(InvalidSetting) as refused:
        read_settings()
    assert f"PLANFOLD_{variable} cannot be used: {problem}" == str(refused.value)
    assert f"PLANFOLD_{variable}" == refused.value.variable


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", URL)
    monkeypatch.setenv(f"PLANFOLD_{name.upper()}", URL)
    settings = read_settings()

    assert URL == getattr(settings, name).get_secret_value()
    assert "hidden" not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"


@pytest.mark.parametrize("value", ["mysql://root:hidden@db/planfold", "host=db password=hidden", "hidden"])
def test_a_database_that_is_not_named_by_a_url_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", value)

    with pytest.raises(InvalidSetting, match=r"PLANFOLD_DATABASE_URL .* must begin with postgresql://") as refused:
        read_settings()
    assert "hidden" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"{URL}\n")
    monkeypatch.setenv("PLANFOLD_DATABASE_URL_FILE", str(file))
    settings = read_settings()

    assert settings.database_url is not None
    assert URL == settings.database_url.get_secret_value()
    assert settings.database_url == settings.migrations_url


def test_a_key_is_taken_without_the_blanks_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_LLM_API_KEY", " sk-abc\n")
    settings = read_settings()

    assert settings.llm_api_key is not None
    assert "sk-abc" == settings.llm_api_key.get_secret_value()


@pytest.mark.parametrize("variable", ["PLANFOLD_LLM_API_KEY", "OPENAI_API_KEY"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "sk-\u201cabc\u201d")

    with pytest.raises(InvalidSetting, match="characters beyond ASCII") as refused:
        read_settings().llm_key("openai")

    assert "abc" not in str(refused.value)


def test_migrations_run_as_the_owner_where_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", URL)
    monkeypatch.setenv("PLANFOLD_OWNER_DATABASE_URL", URL.replace("_app", "_owner"))
    settings = read_settings()

    assert settings.owner_database_url == settings.migrations_url != settings.database_url


def test_migrations_run_past_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", URL)
    monkeypatch.setenv("PLANFOLD_DIRECT_DATABASE_URL", URL.replace("db.", "direct."))
    settings = read_settings()

    assert settings.direct_database_url == settings.migrations_url != settings.database_url


@pytest.mark.parametrize("variable", ["PLANFOLD_DIRECT_DATABASE_URL", "PLANFOLD_READ_DATABASE_URL"])
def test_another_address_of_no_server_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, URL)

    with pytest.raises(InvalidSetting, match=f"{variable} .* PLANFOLD_DATABASE_URL, which is not set; set both"):
        read_settings()


def test_a_secret_in_two_places_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", URL)
    monkeypatch.setenv("PLANFOLD_DATABASE_URL_FILE", str(tmp_path / "url"))

    with pytest.raises(InvalidSetting, match="PLANFOLD_DATABASE_URL is set too; unset one of them"):
        read_settings()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read: No such file"), (b"", "in one line"), (b"a\nb", "in one line"), (b"\xff", "in UTF-8")],
)
def test_a_file_that_holds_no_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("PLANFOLD_DATABASE_URL_FILE", str(file))

    with pytest.raises(InvalidSetting, match=f"PLANFOLD_DATABASE_URL_FILE .*{file}.*{problem}"):
        read_settings()


def test_paths_are_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANFOLD_DATA_DIR", "~/data")
    monkeypatch.setenv("PLANFOLD_SKILLS_FILE", "skills.toml")
    monkeypatch.setenv("PLANFOLD_EMBEDDING_MODEL", "~/table")
    settings = read_settings()

    assert (tmp_path / "data", tmp_path / "skills.toml") == (settings.data_dir, settings.skills_file)
    assert tmp_path / "table" == settings.embedding_model


def test_a_home_that_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_DATA_DIR", "~no_such_user_here/data")

    with pytest.raises(
        InvalidSetting, match=r"PLANFOLD_DATA_DIR cannot be used: the home folder .* write the whole path"
    ):
        read_settings()


@pytest.mark.parametrize("actor", ["a\nb", "a\n", "\x1b[2J", "a\x7f"])
def test_an_author_of_events_is_written_on_one_line(monkeypatch: pytest.MonkeyPatch, actor: str) -> None:
    monkeypatch.setenv("PLANFOLD_ACTOR", actor)

    with pytest.raises(InvalidSetting, match="PLANFOLD_ACTOR cannot be used: it holds control characters"):
        read_settings()


def test_an_author_of_events_has_a_name_of_any_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANFOLD_ACTOR", "Zoë 東京 (ops)")

    assert "Zoë 東京 (ops)" == read_settings().actor
