"""What a server is let know: taken from the environment and from files when it is asked, and never written anywhere."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from planfold.domain.secrets import redact_text
from planfold.domain.secrets.names import is_scheme
from planfold.domain.secrets.placeholders import is_opaque
from planfold.infrastructure.errors import InvalidSetting
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.mapping import texts
from planfold.infrastructure.skills.mcp.sources import Server, sounds_secret

LARGEST = 64 * 1024
_SHORTEST_TOLD_APART = 6
"""A shorter value may stand in any text by chance."""
_HIDDEN = "[redacted:given]"
_NOT_A_CHARACTER = "\ufffd"
_PUBLIC = frozenset({"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"})
"""Variables whose values are no secrets: a path in a description gives nothing away."""
_UNBROKEN = re.compile(r"[A-Za-z0-9]{16,}")
"""What names of places, models and hosts do not hold with letters and digits mixed, and keys do."""


class _Piece(NamedTuple):
    """Something that a server was given and might repeat; `whose` says in words what it is."""

    value: str
    whose: str
    secret: bool


@dataclass(frozen=True)
class Given:
    """The environment of a child, the headers of a request; `from_files` are variables whose values stood in files."""

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    from_files: frozenset[str] = frozenset()

    def repeated_in(self, texts: Iterable[str]) -> str | None:
        """Which secret the server repeats in one of these texts: a sentence's part. Ordinary variables are none."""
        said = list(texts)
        secrets = (piece for piece in self._pieces if piece.secret)
        return next((piece.whose for piece in secrets if any(piece.value in text for text in said)), None)

    def without(self, text: str, *, begins_cut: bool = False, ends_cut: bool = False) -> str:
        """`text` of the server, as it may be shown: with nothing in it that it was given, or that looks like a secret.

        Where it was cut, a part of a secret is taken off, too.
        """
        for value in self._values:
            text = text.replace(value, _HIDDEN)
        if begins_cut:
            text = text.lstrip(_NOT_A_CHARACTER)
            text = text[max((_ending(value, text) for value in self._values), default=0) :]
        if ends_cut:
            text = text.rstrip(_NOT_A_CHARACTER)
            text = text[: len(text) - max((_beginning(value, text) for value in self._values), default=0)]
        return redact_text(text)

    @property
    def longest(self) -> int:
        """Bytes of the longest thing that is to be recognised."""
        return max((len(value.encode("utf-8", "surrogateescape")) for value in self._values), default=0)

    @cached_property
    def _values(self) -> list[str]:
        """All that is not shown, the longest first, so that no part of it is taken for the whole."""
        return sorted({piece.value for piece in self._pieces}, key=len, reverse=True)

    @cached_property
    def _pieces(self) -> list[_Piece]:
        found = []
        for name, value in self.env.items():
            if name not in _PUBLIC:
                secret = name in self.from_files or _is_secret(name, value)
                found += [_Piece(part, f"the value of the variable {name}", secret) for part in _parts(value)]
        for name, value in self.headers.items():
            parts = _parts(value, any_scheme=True)
            found += [_Piece(part, f"the value of the header {name}", secret=True) for part in parts]
        return found


def repeated(definition: Definition, given: Given) -> str | None:
    """What is wrong with a definition, which has a digest, that repeats a secret; None if it repeats none."""
    said = [definition.model_dump_json(), *(text for _, text in texts(definition))]
    whose = given.repeated_in(said)
    return None if whose is None else f"its definition repeats a secret that the server was given, {whose}"


def _is_secret(name: str, value: str) -> bool:
    if sounds_secret(name):
        return True
    return redact_text(value) != value or any(map(is_opaque, _UNBROKEN.findall(value)))


def _parts(whole: str, *, any_scheme: bool = False) -> Iterator[str]:
    """The value, each of its lines, and the credentials behind a scheme: a server may repeat any of them alone."""
    for line in (whole, *whole.splitlines()):
        value = line.strip()
        scheme, _, credentials = value.partition(" ")
        found = [value, credentials.strip()] if any_scheme or is_scheme(scheme) else [value]
        yield from (part for part in found if len(part) >= _SHORTEST_TOLD_APART)


def _ending(value: str, text: str) -> int:
    """How many characters that end the value begin the text."""
    return next((count for count in range(min(len(value), len(text)), 0, -1) if text.startswith(value[-count:])), 0)


def _beginning(value: str, text: str) -> int:
    """How many characters that begin the value end the text."""
    return next((count for count in range(min(len(value), len(text)), 0, -1) if text.endswith(value[:count])), 0)


def given_to(server: Server) -> Given:
    """Of each variable its value, or the first line of the file that `NAME_FILE` names; of each file its first line.

    Raises InvalidSetting, which names the variable or the file, and shows no value; also where both are set.
    """
    headers = {name: first_line(Path(path), f"the header {name}") for name, path in server.header_files.items()}
    if server.bearer_file is not None:
        headers["Authorization"] = f"Bearer {first_line(Path(server.bearer_file), 'the bearer token')}"
    from_files = frozenset(name for name in server.env if name not in os.environ)
    return Given({name: _variable(name) for name in server.env}, headers, from_files)


def _variable(name: str) -> str:
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and path:
        raise InvalidSetting(
            f"{name}_FILE", f"{name} is set too, and the MCP server is to be given one of them; unset the other"
        )
    if value is not None:
        return value
    if path:
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
