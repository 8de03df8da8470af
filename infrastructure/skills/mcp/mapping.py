"""What a tool becomes as a skill: an entry of a manifest file, judged as every other entry is.

Effects follow the specification's defaults (a tool is destructive and of an open world unless it says otherwise), and
hints that say less are believed only of a server that the user trusts.
"""

from collections.abc import Iterator
from typing import Any

from planfold.domain.canonical import MAX_DEPTH
from planfold.domain.skill import Effects
from planfold.infrastructure.skills.mcp.definitions import Definition, skill_name
from planfold.infrastructure.skills.mcp.poison import poisoned

MAX_DESCRIPTION = 4_096
_CUT = " ..."
TAG = "mcp"
SUSPICIOUS = "suspicious"
"""The tag of a skill whose definition holds a text that looks like an injection."""


def effects_of(definition: Definition, *, trusted: bool) -> Effects:
    """The worst that the tool may do, as far as nobody whom we trust says otherwise.

    A hint that is no truth value says nothing; a tool that is said both to read only and to destroy destroys.
    """
    hints = definition.annotations or {}
    if not trusted:
        return Effects(read_only=False, destructive=True, idempotent=False, open_world=True)
    reads = hints.get("readOnlyHint") is True and hints.get("destructiveHint") is not True
    return Effects(
        read_only=reads,
        destructive=not reads and hints.get("destructiveHint") is not False,
        idempotent=hints.get("idempotentHint") is True,
        open_world=hints.get("openWorldHint") is not False,
    )


def described(definition: Definition) -> str:
    """Its description, or its title where it has none, cut to what a manifest holds."""
    text = definition.description or definition.title or ""
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - len(_CUT)] + _CUT


def entry(definition: Definition, label: str, *, trusted: bool, cost: str | None) -> dict[str, Any]:
    """The skill as a manifest file has it, without its pin; nobody has judged it yet."""
    tags = [TAG, SUSPICIOUS] if suspicious_texts(definition) else [TAG]
    made: dict[str, Any] = {
        "name": skill_name(label, definition.name),
        "description": described(definition),
        "parameters": definition.inputSchema,
        "effects": effects_of(definition, trusted=trusted).model_dump(mode="json"),
        "tags": tags,
    }
    if definition.outputSchema is not None:
        made["result"] = definition.outputSchema
    if cost is not None:
        made["cost"] = cost
    return made


def suspicious_texts(definition: Definition) -> list[str]:
    """Where a planner would read what looks like an injection, and what it does: a sentence's part for each place."""
    found = []
    for place, text in texts(definition):
        if (what := poisoned(text)) is not None:
            found.append(f"{place} {what}")
    return found


def texts(definition: Definition) -> Iterator[tuple[str, str]]:
    """Every text of the definition with the place where it stands."""
    yield "its name", definition.name.replace("_", " ")
    yield "its title", definition.title or ""
    yield "its description", definition.description or ""
    for name, part in (
        ("inputSchema", definition.inputSchema),
        ("outputSchema", definition.outputSchema),
        ("annotations", definition.annotations),
    ):
        yield from _texts(part, name)


def _texts(part: object, begin: str) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, object, int]] = [(begin, part, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, dict) and depth <= MAX_DEPTH:
            yield from ((f"a name in {place}", name) for name in value)
            waiting += [(f"{place}.{name[:60]}", item, depth + 1) for name, item in value.items()]
        elif isinstance(value, list) and depth <= MAX_DEPTH:
            waiting += [(f"{place}[{index}]", item, depth + 1) for index, item in enumerate(value)]
