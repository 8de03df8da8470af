"""Where a manifest's MCP skills come from: its `mcp` part, with the digest of each definition that somebody approved.

It names files and environment variables that hold secrets, never the secrets.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

import pydantic_core
from pydantic import AfterValidator, Field, JsonValue, ValidationError, model_validator

from planfold.domain.errors import InvalidManifest
from planfold.domain.frozen import Frozen
from planfold.domain.names import Digest
from planfold.domain.secrets import redact_text
from planfold.domain.secrets.names import meaning
from planfold.domain.skill import MAX_SKILLS, Skill
from planfold.infrastructure.skills.mcp.definitions import LABEL, skill_name
from planfold.infrastructure.wording import first_problem

MAX_SERVERS = 64
MAX_WORDS = 64
_SHOWN = 60
_LABEL = re.compile(LABEL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OF_THE_PROTOCOL = re.compile(
    r"(?i)accept(-.*)?|connection|content-.*|host|last-event-id|mcp-.*|te|transfer-.*|upgrade"
)
_SOUNDS_SECRET = re.compile(
    r"(?i)(?:key|token|secret|passwd|password|passphrase|pwd|credential|cookie)s?\d*(?:_|$)|"
    r"(?:^|_)(?:auth|creds?|dsn|jwt|pass|pat|pin|pw|session|sig|signature)s?\d*(?:_|$)"
)
"""Names of variables that say so in one of their words, beside those that say it of a field."""
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


def sounds_secret(name: str) -> bool:
    """Whether a variable or a parameter of this name holds a secret, as its name has it."""
    return meaning(name) is not None or _SOUNDS_SECRET.search(name.replace("-", "_")) is not None


def _bare(word: str) -> str:
    if redact_text(word) != word:
        raise ValueError("it holds a secret; a secret is given by --env, --header-file or --bearer-file")
    return word


def _label(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise ValueError("use 1 to 32 characters, a letter or digit first, then letters, digits and . _ -")
    return name


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("it is no name of a variable; its value is taken from the environment, so name it alone")
    return name


def _settable(header: str) -> str:
    if not _HEADER.fullmatch(header):
        raise ValueError("it is no name of a header; write NAME=FILE")
    if _OF_THE_PROTOCOL.fullmatch(header):
        raise ValueError(f"the header {header} belongs to the protocol; leave it out")
    return header


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"it is no address of a server: {error}") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("it must begin with https:// or http:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("it names a user; a secret is given by --header-file or --bearer-file")
    for name, _ in (*parse_qsl(parts.query), *parse_qsl(parts.fragment)):
        if sounds_secret(name):
            raise ValueError(
                f"its query holds a secret under {name[:_SHOWN]!r}, where it would be printed and kept; a secret is given "
                "by --bearer-file or --header-file"
            )
    return _bare(url)


Word = Annotated[str, Field(min_length=1, max_length=4_096), AfterValidator(_bare)]
Header = Annotated[str, AfterValidator(_settable)]
File = Annotated[str, Field(min_length=1, max_length=4_096)]


class Approved(Frozen):
    """A tool as somebody approved it. The skill tells the rest of its definition, cut descriptions aside."""

    digest: Digest
    title: str | None = None
    annotations: dict[str, JsonValue] | None = None


class Server(Frozen):
    """One server, started by `command` or reached at `url`; `env` and the files hold what it may know."""

    name: Annotated[str, AfterValidator(_label)]
    command: tuple[Word, ...] | None = Field(default=None, min_length=1, max_length=MAX_WORDS)
    url: Annotated[str, Field(max_length=2_048), AfterValidator(_web)] | None = None
    env: tuple[Annotated[str, AfterValidator(_variable)], ...] = Field(default=(), max_length=MAX_WORDS)
    header_files: dict[Header, File] = Field(default_factory=dict, max_length=16)
    bearer_file: File | None = None
    trusted: bool = False
    """Whether its hints are believed where they lower what a skill may do."""
    tools: dict[str, Approved] = Field(default_factory=dict, max_length=MAX_SKILLS)

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("it is reached either by a command or at a url; name one of them")
        if self.command is None and self.env:
            raise ValueError("only a command has an environment; a server at a url gets a header file")
        if self.url is None and (self.header_files or self.bearer_file):
            raise ValueError("only a server at a url gets headers; a command gets its secrets by env")
        if self.url is not None and (self.header_files or self.bearer_file) and not _is_private(urlsplit(self.url)):
            raise ValueError(
                "headers from files are secrets, and http:// would show them to all on the way; use https://"
            )
        return self

    @property
    def place(self) -> str:
        """How it is reached, in words."""
        return self.url if self.url is not None else " ".join(self.command or ())

    @property
    def skills(self) -> dict[str, str]:
        """The names of its skills, each with its tool's."""
        return {skill_name(self.name, tool): tool for tool in self.tools}


def _is_private(url: SplitResult) -> bool:
    return url.scheme == "https" or _LOOPBACK.fullmatch(url.hostname or "") is not None


def read_servers(document: object, skills: Sequence[Skill]) -> tuple[Server, ...]:
    """The `mcp` part of a manifest, checked against its skills. Raises InvalidManifest."""
    if not isinstance(document, list) or len(document) > MAX_SERVERS:
        raise InvalidManifest(f"mcp is no list of at most {MAX_SERVERS} servers; import their skills again")
    servers = tuple(_server(entry, f"mcp[{index}]") for index, entry in enumerate(document))
    names = [server.name for server in servers]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidManifest(f"mcp names the server {twice[0]!r} twice; keep one of them")
    pinned = {skill.name: skill.pin is not None for skill in skills}
    for server in servers:
        for name in server.skills:
            if not pinned.get(name, False):
                fault = "has no pin" if name in pinned else "is missing"
                raise InvalidManifest(
                    f"skill {name!r} of the MCP server {server.name!r} {fault}; import it again, so that what was "
                    "approved is known"
                )
    return servers


def _server(entry: object, where: str) -> Server:
    try:
        return Server.model_validate_json(pydantic_core.to_json(entry))
    except ValidationError as error:
        place, problem = first_problem(error)
        raise InvalidManifest(f"{where}{f'.{place}' if place else ''} cannot be used: {problem}") from error


def checked_server(**given: object) -> Server:
    """A server as a command describes it. Raises InvalidManifest."""
    try:
        return Server.model_validate(given)
    except ValidationError as error:
        place, problem = first_problem(error)
        what = "the server" if not place else f"the server's {place}"
        raise InvalidManifest(f"{what} cannot be used: {problem}") from error
