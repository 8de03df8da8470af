"""A manifest file with the skills of a server in it: what an import changes, and the file written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from planfold.domain.errors import InvalidManifest
from planfold.domain.skill import Manifest
from planfold.infrastructure.skills.manifest_file import MAX_BYTES, Contents, load_contents, parse_contents
from planfold.infrastructure.skills.mcp.choosing import Imported, chosen, fits, imported
from planfold.infrastructure.skills.mcp.comparing import Comparison, compared
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.secrets import Given
from planfold.infrastructure.skills.mcp.sources import Server


class Wanted(NamedTuple):
    """What the user names: tools by name or pattern, costs in USD by name or pattern, changed tools by name."""

    allow: Sequence[str]
    costs: Mapping[str, str]
    approve: Sequence[str]


class Import(NamedTuple):
    """What the file would hold. `unapproved` are changed tools that nobody approved: then it is not to be written."""

    text: str
    manifest: Manifest
    skills: list[Imported]
    comparison: Comparison
    new: list[str]
    removed: list[str]
    moved: str | None
    """How the server was reached before, if that is otherwise now."""
    unapproved: dict[str, list[str]]


def opened_file(path: Path, base: Path | None = None) -> Contents:
    """What the file holds; if there is none yet, what `base` holds, or nothing.

    Raises InvalidManifest, also for a file that is no JSON, and for one that would lose what it holds to `base`.
    """
    if path.suffix.lower() != ".json":
        raise InvalidManifest(
            f"{path} is not written to: an import writes JSON; name a file that ends in .json, with --base {path} to "
            "begin it with these skills"
        )
    if path.exists() and base is not None:
        raise InvalidManifest(f"{path} is there already, and keeps what it holds; leave --base out, or name a new file")
    if path.exists() or base is not None:
        return load_contents(base or path)
    return Contents(Manifest(skills=()), (), {"skills": []})


def planned(
    contents: Contents, server: Server, definitions: Sequence[Definition], wanted: Wanted, given: Given
) -> Import:
    """The file after the import of what is allowed, which takes the place of what was imported of this server.

    A cost that is not given stays what it was. Raises InvalidManifest; nothing is written.
    """
    before = next((known for known in contents.servers if known.name == server.name), None)
    picked = chosen(definitions, wanted.allow, given)
    skills = imported(picked, server, wanted.allow, _costs(contents, before, picked, wanted.costs), given)
    known = before if before is not None else server
    comparison = compared(known, contents.manifest, definitions, given)
    names = [one.tool for one in skills]
    for tool in wanted.approve:
        if tool not in comparison.changed:
            raise InvalidManifest(f"--approve {tool!r} approves nothing: that tool has not changed; leave it out")
    text = _text(contents.document, server, skills, before)
    return Import(
        text=text,
        manifest=parse_contents(text, json_form=True).manifest,
        skills=skills,
        comparison=comparison,
        new=[name for name in names if name not in known.tools],
        removed=[name for name in known.tools if name not in names],
        moved=before.place if before is not None and before.place != server.place else None,
        unapproved={
            tool: how for tool, how in comparison.changed.items() if tool in names and tool not in wanted.approve
        },
    )


def _costs(
    contents: Contents, before: Server | None, picked: Sequence[Definition], given: Mapping[str, str]
) -> dict[str, str]:
    """USD by tool: those given, the last one that fits; else what the file has."""
    costs = {}
    if before is not None:
        entries = {entry["name"]: entry for entry in contents.document["skills"]}
        for skill, tool in before.skills.items():
            if (cost := entries[skill].get("cost")) is not None:
                costs[tool] = str(cost)
    for pattern, cost in given.items():
        fitting = [one.name for one in picked if fits(one.name, pattern)]
        if not fitting:
            raise InvalidManifest(f"--cost {pattern}={cost} names no tool that is imported; correct the name")
        costs |= dict.fromkeys(fitting, cost)
    return costs


def _text(document: Mapping[str, Any], server: Server, skills: Sequence[Imported], before: Server | None) -> str:
    replaced = set(before.skills) if before is not None else set()
    others = [entry for entry in document["skills"] if entry["name"] not in replaced]
    pinned = server.model_copy(update={"tools": {one.tool: one.approved for one in skills}})
    servers = [entry for entry in document.get("mcp", []) if entry["name"] != server.name]
    written = {
        "skills": [*others, *(one.entry for one in skills)],
        "mcp": [*servers, pinned.model_dump(mode="json", exclude_defaults=True)],
    }
    return json.dumps(written, ensure_ascii=True, allow_nan=False, indent=2) + "\n"


def write(path: Path, text: str) -> None:
    """The file holds this text and nothing else, or is as it was. Raises InvalidManifest."""
    if len(text) >= MAX_BYTES:
        raise InvalidManifest(
            f"{path} would have {len(text)} bytes, and fewer than {MAX_BYTES} can be read; --allow fewer tools"
        )
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a handle is no path
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            Path(name).replace(path)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise InvalidManifest(
            f"{path} cannot be written: {error.strerror or error}; check the name and the permissions"
        ) from error
