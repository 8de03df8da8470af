"""Which of a server's tools a user names, what each becomes, and what stands against that: all told before one is kept."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from planfold.domain.errors import DomainError, InvalidManifest
from planfold.domain.skill import Skill
from planfold.infrastructure.skills.manifest_file import parse_entry
from planfold.infrastructure.skills.mcp.definitions import Definition, is_skill_name, skill_name
from planfold.infrastructure.skills.mcp.mapping import entry, suspicious_texts
from planfold.infrastructure.skills.mcp.secrets import Given, repeated
from planfold.infrastructure.skills.mcp.sources import Approved, Server

_NAMED = 8
_LONGEST = 128
"""Characters of a tool's name that are shown; a server may give it any length."""


class Imported(NamedTuple):
    """A tool as a skill: `entry` is what the file holds, its pin included; `suspicious` says what looks planted."""

    tool: str
    skill: Skill
    entry: dict[str, Any]
    approved: Approved
    suspicious: list[str]


def chosen(definitions: Sequence[Definition], allow: Sequence[str], given: Given) -> list[Definition]:
    """The tools that `allow` names, exactly or by a pattern of * and ?, in the server's order.

    Raises InvalidManifest if a name is not offered, a pattern fits nothing, or a tool is offered twice.
    """
    names = [definition.name for definition in definitions]
    for wanted in allow:
        if not any(fits(name, wanted) for name in names):
            raise InvalidManifest(f"--allow {wanted!r} names no tool of this server; {_instead(wanted, names, given)}")
    picked = [definition for definition in definitions if any(fits(definition.name, wanted) for wanted in allow)]
    offered = Counter(names)
    for definition in picked:
        if offered[definition.name] > 1:
            raise InvalidManifest(
                f"the server offers {_short(definition.name, given)} twice, and nobody knows which is called; do not "
                "--allow it"
            )
    return picked


def _short(name: str, given: Given) -> str:
    """Without secrets before it is cut, since half a secret would not be recognised."""
    shown = given.without(name)
    return repr(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}...")


def fits(name: str, wanted: str) -> bool:
    """A tool whose own name has a star in it is still named by it."""
    return name == wanted or fnmatchcase(name, wanted)


def _instead(wanted: str, names: list[str], given: Given) -> str:
    names = [given.without(name)[:_LONGEST] for name in names]
    if near := difflib.get_close_matches(wanted, names, n=3):
        return f"perhaps {' or '.join(near)}?"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"it offers {', '.join(names[:_NAMED])}{more}" if names else "it offers none"


def imported(
    definitions: Sequence[Definition], server: Server, allow: Sequence[str], costs: Mapping[str, str], given: Given
) -> list[Imported]:
    """What the tools become. `costs` are USD by tool.

    Raises InvalidManifest that names each tool that cannot be imported, and why.
    """
    made: list[Imported] = []
    faults: list[str] = []
    for definition in definitions:
        try:
            made.append(_imported(definition, server, allow, costs.get(definition.name), given))
        except InvalidManifest as error:
            faults.append(f"{_short(definition.name, given)}: {given.without(str(error))}")
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise InvalidManifest(
            f"nothing is imported of {server.name!r}, since {len(faults)} of its tools cannot be: "
            f"{'; '.join(faults[:_NAMED])}{more}; do not --allow {'it' if len(faults) == 1 else 'them'}, or have the "
            "server mended"
        )
    return made


def _imported(definition: Definition, server: Server, allow: Sequence[str], cost: str | None, given: Given) -> Imported:
    if not is_skill_name(name := skill_name(server.name, definition.name)):
        raise InvalidManifest(
            f"its name would be {given.without(name)[:60]!r}..., of {len(name)} characters, and 128 can be kept"
        )
    if definition.unreadable is not None:
        raise InvalidManifest(definition.unreadable)
    try:
        digest = definition.digest
    except (ValueError, RecursionError):
        raise InvalidManifest("its definition has no RFC 8785 form, so no digest can name it") from None
    if (what := repeated(definition, given)) is not None:
        raise InvalidManifest(what)
    suspicious = suspicious_texts(definition)
    if suspicious and definition.name not in allow:
        raise InvalidManifest(
            f"{suspicious[0]}; a pattern imports no such tool: read it, and then --allow {definition.name} by its name"
        )
    fields = entry(definition, server.name, trusted=server.trusted, cost=cost)
    try:
        skill = parse_entry(fields)
    except DomainError as error:
        raise InvalidManifest(str(error)) from error
    approved = Approved(digest=digest, title=definition.title, annotations=definition.annotations)
    return Imported(definition.name, skill, fields | {"pin": skill.digest}, approved, suspicious)
