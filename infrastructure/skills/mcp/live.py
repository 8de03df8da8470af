"""A catalog that asks the servers whether its skills are still what somebody approved.

A skill whose definition has changed is offered with the pin that was approved and a definition that does not fit it, so
that the inspector refuses every step that calls it (MANIFEST_CHANGED). What the server says of it now is shown to nobody:
it may have been planted.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.skills.manifest_file import load_contents
from planfold.infrastructure.skills.mcp.comparing import compared
from planfold.infrastructure.skills.mcp.definitions import skill_name
from planfold.infrastructure.skills.mcp.listing import Lister
from planfold.infrastructure.skills.mcp.secrets import Given

CHANGED = "Not to be used: its MCP server defines it otherwise than when it was approved"
GONE = "Not to be used: its MCP server does not offer it any more"
_NOTHING = Given()
"""Which tools differ is all that is asked for here; how they do is told to nobody."""


class LiveCatalog:
    """The skills of one file, its servers asked anew when `seconds` have passed since they were; then it is read anew, too.

    A server that does not answer lets nobody plan: whether its skills are what was approved is not known.
    """

    def __init__(self, path: Path, lister: Lister, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._lister, self._seconds, self._now = lister, seconds, now
        self._lock = threading.Lock()
        self._kept: tuple[float, Manifest] | None = None

    def manifest(self, tenant: str, agent_id: str) -> Manifest:  # noqa: ARG002 - the port's arguments; all get the same
        """Raises InvalidManifest, McpUnavailable."""
        with self._lock:
            if self._kept is None or self._now() - self._kept[0] >= self._seconds:
                asked = self._now()
                self._kept = (asked, checked(self.path, self._lister))
            return self._kept[1]


def checked(path: Path, lister: Lister) -> Manifest:
    """The skills of the file, those that are not as they were approved marked. Raises InvalidManifest, McpUnavailable."""
    contents = load_contents(path)
    stale: dict[str, str] = {}
    for server in contents.servers:
        found = compared(server, contents.manifest, lister(server), _NOTHING)
        stale |= {skill_name(server.name, tool): CHANGED for tool in found.changed}
        stale |= {skill_name(server.name, tool): GONE for tool in found.gone}
    if not stale:
        return contents.manifest
    return Manifest(skills=tuple(_marked(skill, stale.get(skill.name)) for skill in contents.manifest.skills))


def _marked(skill: Skill, why: str | None) -> Skill:
    """Made anew, not copied: a copy would keep the digest of the definition that was approved."""
    if why is None:
        return skill
    if why == skill.description:  # a server that knows this sentence could have had it approved, and its pin would fit
        why += "."
    return Skill(**(skill.model_dump() | {"description": why}))
