"""What a server says a tool is, the digest of that, and the name of the skill that it becomes."""

import re
from functools import cached_property
from typing import Any, Self

from pydantic import Field, JsonValue

from planfold.domain.canonical import canonical, digest
from planfold.domain.frozen import Frozen
from planfold.domain.skill import SKILL_NAME

LABEL = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
"""What a server is called in the names of its skills."""
SAID = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
"""What concerns us of all that a server says of a tool."""
_PLAIN = re.compile(rb"[A-Za-z0-9._/-]")
_ESCAPED = re.compile(rb":([0-9a-f]{2})")
_SKILL_NAME = re.compile(SKILL_NAME)


class Definition(Frozen):
    """One tool as `tools/list` shows it; what is not there was not said. The names are those of the specification."""

    name: str
    title: str | None = None
    description: str | None = None
    inputSchema: dict[str, JsonValue]  # noqa: N815 - the protocol's name, which the digest is made over
    outputSchema: dict[str, JsonValue] | None = None  # noqa: N815 - as above
    annotations: dict[str, JsonValue] | None = None

    unreadable: str | None = Field(default=None, exclude=True)
    """Why there is no more of it than its name; then it has no digest, and can become no skill."""

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """What concerns us of a tool in its JSON form. Raises pydantic's ValidationError."""
        return cls.model_validate({name: said[name] for name in SAID if name in said})

    @classmethod
    def unread(cls, name: str, why: str) -> Self:
        """A tool whose definition cannot be read, so that it can be named."""
        return cls(name=name, inputSchema={}, unreadable=f"its definition cannot be read: {why}")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the definition in RFC 8785 form. Raises ValueError where it has none."""
        if self.unreadable is not None:
            raise ValueError(self.unreadable)
        return digest(canonical(self.model_dump(mode="json", exclude_none=True)))


def skill_name(label: str, tool: str) -> str:
    """The name of the skill that this tool of this server is; `tool_name` reads it back, whatever the tool is called.

    A byte of the tool's name that a skill's name cannot hold, and the colon, become a colon and two digits: `a b` is
    `a:20b`.
    """
    return f"{label}/" + "".join(
        chr(byte) if _PLAIN.match(bytes([byte])) else f":{byte:02x}" for byte in tool.encode("utf-8", "surrogatepass")
    )


def tool_name(skill: str) -> tuple[str, str]:
    """The server's label and the tool's own name, of a name that `skill_name` made."""
    label, _, tool = skill.partition("/")
    raw = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), tool.encode())
    return label, raw.decode("utf-8", "surrogatepass")


def is_skill_name(name: str) -> bool:
    return _SKILL_NAME.fullmatch(name) is not None
