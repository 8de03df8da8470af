"""What a server is let know: taken from the environment and from files when it is asked, and never written anywhere."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planfold.domain.secrets import redact_text
from planfold.infrastructure.errors import InvalidSetting
from planfold.infrastructure.skills.mcp.sources import Server

LARGEST = 64 * 1024
_SHORTEST_TOLD_APART = 6
"""A shorter value may stand in any text by chance."""
_HIDDEN = "[redacted:given]"


@dataclass(frozen=True)
class Given:
    """The environment of a child, the headers of a request."""

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def is_in(self, text: str) -> bool:
        """Whether the server says what it was given to keep."""
        return any(value in text for value in self._secret_values())

    def without(self, text: str) -> str:
        """`text` of the server, as it may be shown: with no secret in it that we know or recognise."""
        for value in sorted(self._secret_values(), key=len, reverse=True):
            text = text.replace(value, _HIDDEN)
        return redact_text(text)

    def _secret_values(self) -> list[str]:
        kept = [value for name, value in self.env.items() if name not in _PUBLIC]
        kept += [value.removeprefix("Bearer ") for value in self.headers.values()]
        return [value for value in kept if len(value) >= _SHORTEST_TOLD_APART]


_PUBLIC = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
"""Variables whose values are no secrets: a path in a description gives nothing away."""


def given_to(server: Server) -> Given:
    """Of each variable its value, or the first line of the file that `NAME_FILE` names; of each file its first line.

    Raises InvalidSetting, which names the variable or the file, and shows no value.
    """
    headers = {name: first_line(Path(path), f"the header {name}") for name, path in server.header_files.items()}
    if server.bearer_file is not None:
        headers["Authorization"] = f"Bearer {first_line(Path(server.bearer_file), 'the bearer token')}"
    return Given({name: _variable(name) for name in server.env}, headers)


def _variable(name: str) -> str:
    if (value := os.environ.get(name)) is not None:
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return first_line(Path(path), f"{name}_FILE")
    raise InvalidSetting(name, f"the MCP server is to be given it, but it is not set; set it, or {name}_FILE to a file")


def first_line(path: Path, what: str) -> str:
    """The secret that a file holds. Raises InvalidSetting, which calls it `what`."""
    try:
        with path.expanduser().open(encoding="utf-8") as file:
            text = file.read(LARGEST).strip()
    except (OSError, UnicodeDecodeError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InvalidSetting(what, f"the file {path} cannot be read: {reason}") from None
    if not text or not text.isprintable() or not text.isascii():
        raise InvalidSetting(what, f"the file {path} must hold it in one line of ASCII and nothing else")
    return text
