"""What a server offers now, held against what somebody approved of it."""

from collections.abc import Sequence

from pydantic import Field

from planfold.domain.frozen import Frozen
from planfold.domain.skill import Manifest
from planfold.infrastructure.skills.mcp.changes import differences
from planfold.infrastructure.skills.mcp.definitions import Definition, skill_name
from planfold.infrastructure.skills.mcp.sources import Server


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


def compared(server: Server, manifest: Manifest, definitions: Sequence[Definition]) -> Comparison:
    """Every tool that was approved is unchanged, changed or gone. One that is offered twice has changed."""
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
                found = (
                    differences(approved, skill, one) if _has_digest(one) else ["its definition has no RFC 8785 form"]
                )
            case several:
                found = [f"it is offered {len(several)} times"]
        if found:
            changed[tool] = found
    return Comparison(
        server=server.name,
        unchanged=tuple(tool for tool in server.tools if tool in now and tool not in changed),
        changed=changed,
        gone=tuple(tool for tool in server.tools if tool not in now),
        further=tuple(tool for tool in now if tool not in server.tools),
    )


def _has_digest(definition: Definition) -> bool:
    try:
        return bool(definition.digest)
    except (ValueError, RecursionError):
        return False
