"""What may vary between installations: read from the environment once, by the composition root; nothing else reads it.

Each field is the variable `PLANFOLD_` + its name in capitals. A secret may stand in a file instead, named by
`PLANFOLD_<NAME>_FILE`. An empty variable counts as not set; one that begins with the prefix and is no setting is refused.
"""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from planfold.domain.errors import DomainError
from planfold.domain.hosts import check_domain
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.money import micros_from_usd
from planfold.domain.planner import PRINTABLE
from planfold.infrastructure.errors import InvalidSetting
from planfold.infrastructure.wording import first_problem

PREFIX = "PLANFOLD_"
SECRETS = ("database_url", "direct_database_url", "read_database_url", "owner_database_url", "llm_api_key")
DEBUG = "PLANFOLD_DEBUG"
_RULES = RuleSet()
_OF_KUBERNETES = re.compile(r".*_SERVICE_(?:HOST|PORT(?:_.+)?)|.*_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?")
"""What Kubernetes sets in each pod beside a service whose name begins with planfold (its docs: Service, Discovery)."""
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
}
"""Where pydantic-ai's providers look for a key, in their order."""
_LARGEST_SECRET_FILE = 64 * 1024


def _postgres_url(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("it must begin with postgresql://, as in postgresql://planfold_app@db.example.com/planfold")
    return secret


def _api_key(secret: SecretStr) -> SecretStr:
    """Without blanks around it: a header cannot hold them, and a request that cannot be sent must not be begun."""
    key = secret.get_secret_value().strip()
    if not re.fullmatch(r"[!-~]+", key):
        raise ValueError("it holds blanks or characters beyond ASCII, as no key of a provider does; copy it anew")
    return SecretStr(key)


def _whole_path(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("the home folder that its ~ stands for is not known; write the whole path") from error


def _dollars(text: str) -> str:
    try:
        micros_from_usd(text)
    except DomainError as error:
        raise ValueError(str(error)) from error
    return text


def _printable(text: str) -> str:
    if not re.fullmatch(PRINTABLE, text):
        raise ValueError("it holds control characters, which would break a line or move a cursor; leave them out")
    return text


def _http_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("write an address without a user or a query, as http://127.0.0.1:8000/v1")
    return text


def _parted(given: object) -> object:
    return tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given


Domains = Annotated[tuple[Annotated[str, AfterValidator(check_domain)], ...], NoDecode, BeforeValidator(_parted)]
Dollars = Annotated[str, AfterValidator(_dollars)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
WholePath = Annotated[Path, AfterValidator(_whole_path)]


class Settings(BaseSettings):
    """One installation's settings, checked."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    database_url: PostgresUrl | None = None
    """The PostgreSQL server, as postgresql://user@host/database; without it an embedded one is started."""
    direct_database_url: PostgresUrl | None = None
    """The same database past a pooler, for what needs a session: locks and migrations; default: database_url."""
    read_database_url: PostgresUrl | None = None
    """The same database, or a standby of it, for the search for runs; default: database_url."""
    owner_database_url: PostgresUrl | None = None
    """The same database as the role that owns the schema, for `planfold database upgrade`; default: the direct one."""
    data_dir: WholePath | None = None
    """The folder of the embedded server's data; default: the user's data folder, for root /var/lib/planfold."""
    pool_size: int = Field(default=5, ge=1, le=90)
    """The most connections one process opens; the embedded server takes 97 in all."""
    recorder: Literal["planfold", "stock"] = "planfold"
    """Who writes events: planfold's own recorder, or eventsourcing's, by which one save waits for the other."""
    statement_timeout_ms: int = Field(default=30_000, ge=0, le=3_600_000)
    """After how many milliseconds the server gives up one statement; 0: never."""
    actor: Annotated[str, AfterValidator(_printable)] = Field(default="planfold", min_length=1, max_length=128)
    """Who is recorded as the author of events."""
    wait_seconds: float = Field(default=30, ge=0, le=3_600, allow_inf_nan=False)
    """How long a second caller waits for a run that another one generates; 0: not at all."""
    memory_limit: int = Field(default=8, ge=0, le=50)
    """The most memories recalled for one goal; 0: none."""
    memory_characters: int = Field(default=4_000, ge=0, le=16_000)
    """The most characters recalled for one goal, all memories together."""
    embedding_model: WholePath | None = None
    """The folder of an embedding model as model2vec saves it; default: the one in the wheel."""
    max_goal_characters: int = Field(default=10_000, ge=1, le=40_000)
    """The longest goal that is planned."""
    max_attempts: int = Field(default=3, ge=1, le=20)
    """How often one planner is asked for one run; a deterministic one is asked once."""
    execution_hold_hours: int = Field(default=24, ge=1, le=24 * 365)
    """How long credit is set aside for a run that does not report."""
    unknown_skill_price_usd: Dollars | None = None
    """What a skill without a price counts as, as 0.05; default: unknown, which a ledger refuses."""
    max_steps: int = Field(default=_RULES.max_steps, ge=1, le=1_000)
    """The most steps of a plan that the inspector accepts."""
    max_iterations: int = Field(default=_RULES.max_iterations, ge=1, le=100_000)
    """The most iterations of a step's loop."""
    max_retries: int = Field(default=_RULES.max_retries, ge=0, le=100)
    """The most retries of a step."""
    allowed_domains: Domains = ()
    """Hosts inside, with all below them, that plans may name all the same: names parted by commas; default: none."""
    forbidden_domains: Domains = ()
    """Further hosts, with all below them, that no plan may name: names parted by commas; default: none."""
    skills_file: WholePath | None = None
    """A skill manifest (TOML or JSON); default: the starter set."""
    mcp_check: Literal["file", "live"] = "file"
    """What imported skills are held against: their file alone, or their MCP servers, asked before plans are made."""
    mcp_check_seconds: float = Field(default=300, ge=0, le=86_400, allow_inf_nan=False)
    """How long an answer of an MCP server counts where it is asked live; 0: for one plan."""
    mcp_timeout_seconds: float = Field(default=30, gt=0, le=600, allow_inf_nan=False)
    """How long an MCP server has to list its tools."""
    planner: str = Field(default="offline", min_length=1, max_length=1_000)
    """Who is asked if a caller names none: a planner, or several to be tried in their order, parted by commas."""
    llm_api_key: Annotated[SecretStr, AfterValidator(_api_key)] | None = None
    """The key of the models' provider; default: at its own address, the variable that its own tools read."""
    llm_base_url: Annotated[str, AfterValidator(_http_address)] | None = None
    """The address of the models, such as an OpenAI-compatible server's; default: the provider's own."""
    llm_output: Literal["auto", "native", "tool", "prompted"] = "auto"
    """How a model is held to a plan's form: native (structured output), tool, or prompted; auto: as it can."""
    llm_max_skills: int = Field(default=40, ge=1, le=200)
    """The most skills that a model is offered, those nearest to the goal."""
    llm_context_tokens: int = Field(default=24_000, ge=4_000, le=1_000_000)
    """The longest prompt, a token counted as three bytes; memories are left out first, then skills."""
    llm_max_output_tokens: int = Field(default=4_000, ge=100, le=200_000)
    """The most that a model may answer, reasoning included."""
    llm_timeout_seconds: float = Field(default=120, gt=0, le=3_600, allow_inf_nan=False)
    """How long one answer is waited for."""
    llm_deadline_seconds: float = Field(default=300, gt=0, le=36_000, allow_inf_nan=False)
    """How long all attempts of one run may take, pauses included."""
    llm_requests_per_minute: int | None = Field(default=None, ge=1)
    """The most requests that this process sends to one provider in a minute; default: no limit."""
    llm_tokens_per_minute: int | None = Field(default=None, ge=1_000)
    """The most tokens of prompts and answers in a minute; default: no limit."""
    llm_input_usd_per_mtok: Dollars | None = None
    """What a million tokens of a prompt cost, as 0.25; 0 is free; default: by genai-prices."""
    llm_output_usd_per_mtok: Dollars | None = None
    """What a million tokens of an answer cost; it is set with the other, or neither is."""

    @property
    def rules(self) -> RuleSet:
        return RuleSet(
            max_steps=self.max_steps,
            max_iterations=self.max_iterations,
            max_retries=self.max_retries,
            allowed_domains=self.allowed_domains,
            forbidden_domains=self.forbidden_domains,
        )

    def llm_key(self, provider: str, *, is_owner: bool = True) -> tuple[SecretStr, str] | None:
        """The key for this provider of models, and the variable that it comes from. Raises InvalidSetting.

        `is_owner`: whether the settings' key and address are its own. A provider's own key goes to its own address alone.
        """
        if is_owner and self.llm_api_key is not None:
            return self.llm_api_key, f"{PREFIX}LLM_API_KEY"
        if is_owner and self.llm_base_url is not None:
            return None
        for name in _KEYS.get(provider, ()):
            if key := os.environ.get(name):
                try:
                    return _api_key(SecretStr(key)), name
                except ValueError as error:
                    raise InvalidSetting(name, str(error)) from None
        return None

    def llm_key_variables(self, provider: str, *, is_owner: bool = True) -> list[str]:
        """Where a key for this provider can be put."""
        return [*([f"{PREFIX}LLM_API_KEY"] if is_owner else []), *_KEYS.get(provider, ())]

    @property
    def migrations_url(self) -> SecretStr | None:
        """Where migrations run; None on the embedded server."""
        return self.owner_database_url or self.direct_database_url or self.database_url

    @field_validator("direct_database_url", "read_database_url")
    @classmethod
    def _beside_the_database(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """The embedded server has no other address. A wrong `database_url` is told by itself."""
        if secret is not None and info.data.get("database_url", secret) is None:
            raise ValueError(f"it is another address of the server of {PREFIX}DATABASE_URL, which is not set; set both")
        return secret

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by this name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then files that variables name; no .env file is read behind anybody's back."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


class _SecretFiles(PydanticBaseSettingsSource):
    """The first line of the file that `PLANFOLD_<NAME>_FILE` names, as container secrets are mounted."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base's
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name in SECRETS:
            variable = PREFIX + name.upper()
            if not (path := os.environ.get(f"{variable}_FILE")):
                continue
            if os.environ.get(variable):
                raise InvalidSetting(f"{variable}_FILE", f"{variable} is set too; unset one of them")
            found[name] = _first_line(Path(path), f"{variable}_FILE")
        return found


def _first_line(path: Path, variable: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST_SECRET_FILE).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InvalidSetting(variable, f"the file {path} cannot be read: {reason}") from None
    if not text or "\n" in text:
        raise InvalidSetting(variable, f"the file {path} must hold the secret in one line and nothing else")
    return text


def _refuse_unknown() -> None:
    """A misspelt variable would be a rule that silently does not hold."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    known += [DEBUG, *(f"{PREFIX}{name.upper()}_FILE" for name in SECRETS)]
    for variable, value in sorted(os.environ.items()):
        name = variable.upper()
        if not name.startswith(PREFIX) or not value or name in known or _is_of_kubernetes(name, value):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        remedy = f"did you mean {near[0]}?" if near else f"unset it; settings are, for example, {', '.join(known[:3])}"
        raise InvalidSetting(variable, f"it is no setting; {remedy}")


def _is_of_kubernetes(name: str, value: str) -> bool:
    return _OF_KUBERNETES.fullmatch(name) is not None or (name.endswith("_PORT") and "://" in value)


def read_settings() -> Settings:
    """The settings of this process's environment. Raises InvalidSetting, which never shows a value that is a secret."""
    _refuse_unknown()
    try:
        settings = Settings()
    except ValidationError as error:
        where, problem = first_problem(error)
        raise InvalidSetting(PREFIX + where.partition(".")[0].upper(), problem) from None
    if (settings.llm_input_usd_per_mtok is None) != (settings.llm_output_usd_per_mtok is None):
        raise InvalidSetting(
            f"{PREFIX}LLM_INPUT_USD_PER_MTOK", f"set it with {PREFIX}LLM_OUTPUT_USD_PER_MTOK, or neither"
        )
    return settings
