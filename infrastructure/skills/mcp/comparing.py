"""What a server offers now, held against what somebody approved of it."""

from collections.abc import Sequence

from pydantic import Field

from planfold.domain.frozen import Frozen
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.skills.mcp.changes import differences
from planfold.infrastructure.skills.mcp.definitions import Definition, skill_name
from planfold.infrastructure.skills.mcp.secrets import Given, repeated
from planfold.infrastructure.skills.mcp.sources import Approved, Server


class Comparison(Frozen):
    """Tools by their own names; `changed` says how each differs from what was approved."""

    server: str
    unchanged: tuple[str, ...] = ()
    changed: dict[str, list[str]] = Field(default_factory=dict)
    gone: tuple[str, ...] = ()
    """Approved, and offered no more."""
    further: tuple[str, ...] = ()
    """Offered, and not imported."""

    @property
    def holds(self) -> bool:
        """Whether every approved tool is there as it was approved."""
        return not self.changed and not self.gone


def compared(server: Server, manifest: Manifest, definitions: Sequence[Definition], given: Given) -> Comparison:
    """Every tool that was approved is unchanged, changed or gone. One that is offered twice has changed.

    Nothing of what the server was given stands in what is told, nor what looks like a secret.
    """
    now: dict[str, list[Definition]] = {}
    for definition in definitions:
        now.setdefault(definition.name, []).append(definition)
    changed: dict[str, list[str]] = {}
    for tool, approved in server.tools.items():
        skill = manifest.by_name[skill_name(server.name, tool)]
        match now.get(tool, []):
            case []:
                continue
            case [one]:
                found = _differences(approved, skill, one, given)
            case several:
                found = [f"it is offered {len(several)} times"]
        if found:
            changed[tool] = found
    return Comparison(
        server=server.name,
        unchanged=tuple(tool for tool in server.tools if tool in now and tool not in changed),
        changed=changed,
        gone=tuple(tool for tool in server.tools if tool not in now),
        further=tuple(given.without(tool) for tool in now if tool not in server.tools),
    )


def _differences(approved: Approved, skill: Skill, now: Definition, given: Given) -> list[str]:
    if now.unreadable is not None:
        return [now.unreadable]
    if not _has_digest(now):
        return ["its definition has no RFC 8785 form"]
    if approved.digest == now.digest:
        return []
    what = repeated(now, given)
    return [what] if what is not None else differences(approved, skill, now, given.without)


def _has_digest(definition: Definition) -> bool:
    try:
        return bool(definition.digest)
    except (ValueError, RecursionError):
        return False
