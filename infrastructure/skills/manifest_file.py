"""Manifest files: skills as TOML (`[[skills]]` tables) or JSON (`{"skills": [...]}` or a bare list).

A skill has a name and may have description, cost (USD as text, "0.02"; "0" is free, none is an unknown price),
parameters and result (JSON Schemas), effects, allowed_domains, tags and pin. Nothing else: a misspelt field would
otherwise be a rule that silently does not hold.

A JSON file may have a second part, `mcp`: where skills were imported from (`planfold skills import-mcp` writes it).
"""

import difflib
import json
import math
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pydantic import ValidationError

from planfold.domain.canonical import MAX_DEPTH, is_text
from planfold.domain.errors import DomainError, InvalidDomain, InvalidManifest
from planfold.domain.money import micros_from_usd
from planfold.domain.skill import MAX_SKILLS, Effects, Manifest, Skill
from planfold.infrastructure.skills.json_places import (
    STRICT,
    ConstantError,
    RepeatedNameError,
    line_of_constant,
    line_of_repeated_name,
)

if TYPE_CHECKING:
    from planfold.infrastructure.skills.mcp.sources import Server

MAX_BYTES = 10_000_000
"""A file of this size or more is refused before it is parsed."""

FIELDS = tuple(Skill.model_fields)
EFFECTS = tuple(Effects.model_fields)

_REMEDIES = {
    "bool_type": "write true or false, without quotes",
    "bool_parsing": "write true or false, without quotes",
    "dict_type": "give a table",
    "model_type": "give a table",
    "list_type": "give a list",
    "tuple_type": "give a list",
    "string_type": "give text, in quotes",
}
_FORMS = {
    "name": "use 1 to 128 characters, a letter or digit first, then letters, digits and . _ : / -",
    "pin": "give the digest of the skill: 64 of the digits 0-9 and a-f",
}
_NAME_ONE = "name a manifest in TOML or JSON"


class Contents(NamedTuple):
    """One file: `document` is what it says, read but as it stands."""

    manifest: Manifest
    servers: "tuple[Server, ...]"
    document: dict[str, Any]


def load_manifest(path: Path) -> Manifest:
    """The manifest in the file; TOML unless its name ends in `.json`. Raises InvalidManifest in one sentence."""
    return load_contents(path).manifest


def load_contents(path: Path) -> Contents:
    """The manifest in the file, and where its skills come from. Raises InvalidManifest in one sentence."""
    text = _text(path)
    try:
        return parse_contents(text, json_form=path.suffix.lower() == ".json")
    except InvalidManifest as error:
        raise InvalidManifest(f"{path}: {error}") from error


def parse_manifest(text: str, *, json_form: bool) -> Manifest:
    """Raises InvalidManifest that names the line, or the path of what is wrong, and what to do."""
    return parse_contents(text, json_form=json_form).manifest


def parse_contents(text: str, *, json_form: bool) -> Contents:
    """Raises InvalidManifest as `parse_manifest` does."""
    document = _document(text, json_form=json_form)
    manifest = Manifest(skills=tuple(_skills(document)))
    named = document if isinstance(document, dict) else {"skills": document}
    return Contents(manifest, _servers(named, manifest), named)


def _servers(document: dict[str, Any], manifest: Manifest) -> "tuple[Server, ...]":
    if "mcp" not in document:
        return ()
    from planfold.infrastructure.skills.mcp.sources import read_servers  # noqa: PLC0415 - most manifests have none

    return read_servers(document["mcp"], manifest.skills)


def parse_entry(entry: dict[str, Any]) -> Skill:
    """One skill as a file has it. Raises InvalidManifest."""
    return _skill(entry, "it")


def _document(text: str, *, json_form: bool) -> Any:
    try:
        return json.loads(text, **STRICT) if json_form else tomllib.loads(text)
    except json.JSONDecodeError as error:
        _refuse(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}", "correct it there")
    except tomllib.TOMLDecodeError as error:
        _refuse("the text", f"is not TOML: {error}", "correct it there")
    except RecursionError:
        _refuse("the text", "is nested too deeply to be read", f"use at most {MAX_DEPTH} levels")
    except RepeatedNameError as error:
        line = line_of_repeated_name(text, error.name)
        where = f"line {line}: the name" if line else "the name"
        _refuse(f"{where} {_shown(error.name)}", "stands twice in one object", "keep one of them")
    except ConstantError as error:
        _refuse(f"line {line_of_constant(text)}: a number", f"is {error.name}", "use a finite number")
    except ValueError:  # what is left: Python reads no integer of more than 4,300 digits
        _refuse("the text", "holds a number too long to be read", "use numbers below 2^53")


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            _refuse(str(path), "is not a file", _NAME_ONE)
        with path.open("rb") as stream:
            body = stream.read(MAX_BYTES)
        if len(body) >= MAX_BYTES:
            _refuse(str(path), f"is {MAX_BYTES} bytes or longer", "split it, or shorten the descriptions")
        return body.decode("utf-8-sig")
    except FileNotFoundError:
        _refuse(str(path), "does not exist", _NAME_ONE)
    except OSError as error:
        _refuse(str(path), f"cannot be read: {error.strerror or error}", "check the name and the permissions")
    except UnicodeDecodeError as error:
        _refuse(str(path), f"is not UTF-8 at byte {error.start}", "save it as UTF-8")
    except DomainError:
        raise
    except ValueError:  # a NUL in the name
        _refuse(repr(str(path)), "is not a file name", _NAME_ONE)


def _skills(document: object) -> Iterator[Skill]:
    if isinstance(document, dict):
        _known(document, ("skills", "mcp"), "the manifest")
        document = document.get("skills")
    if not isinstance(document, list):
        _refuse("skills", f"is {_kind(document)}", "list the skills: [[skills]] in TOML, a list in JSON")
    if not document:
        _refuse("skills", "is empty", "describe at least one skill, since a plan can use no other")
    if len(document) > MAX_SKILLS:
        _refuse("skills", f"has {len(document)} entries of at most {MAX_SKILLS}", "split the manifest")
    places: dict[str, str] = {}
    for index, entry in enumerate(document):
        where = f"skills[{index}]"
        skill = _named_skill(entry, where)
        if (first := places.setdefault(skill.name, where)) != where:
            _refuse(f"{where}.name", f"is {skill.name!r}, as is {first}.name", "keep one definition of each name")
        yield skill


def _named_skill(entry: object, where: str) -> Skill:
    try:
        return _skill(entry, where)
    except InvalidManifest as error:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise
        raise InvalidManifest(f"skill {_shown(name)}: {error}") from error


def _skill(entry: object, where: str) -> Skill:
    if not isinstance(entry, dict):
        _refuse(where, f"is {_kind(entry)}", "describe the skill as a table with a name")
    _storable(entry, where)
    _known(entry, FIELDS, where)
    effects = entry.get("effects", {})
    if isinstance(effects, dict):
        _known(effects, EFFECTS, f"{where}.effects")
        _can_hold(effects, f"{where}.effects")
    if isinstance(parameters := entry.get("parameters"), dict):
        _can_be_met(parameters, f"{where}.parameters")
    if "name" not in entry:
        _refuse(where, "has no name", "give it one")
    fields = entry | {"cost": _cost(entry["cost"], f"{where}.cost")} if "cost" in entry else entry
    try:
        return Skill.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, InvalidDomain):
            raise InvalidManifest(f"{_place(where, first['loc'])}: {cause}") from error
        if isinstance(cause, DomainError):
            raise InvalidManifest(str(cause).replace(f"{entry['name']}.", f"{where}.", 1)) from error
        _refuse(_place(where, first["loc"]), f"is {_shown(first['input'])}", _remedy(first["type"], first["loc"]))


def _remedy(fault: str, place: tuple[int | str, ...]) -> str:
    if fault == "string_pattern_mismatch":
        return _FORMS.get(str(place[-1]), "correct its form")
    if fault == "string_too_long":
        return "shorten it to 4,096 characters"
    return _REMEDIES.get(fault, "correct it there")


def _can_hold(effects: dict[str, Any], where: str) -> None:
    for name, value in effects.items():
        if not isinstance(value, bool):
            _refuse(f"{where}.{name}", f"is {_shown(value)}", "write true or false, without quotes")
    if effects.get("read_only") and effects.get("destructive"):
        _refuse(where, "says both read_only and destructive", "keep the one that is true")


def _can_be_met(parameters: dict[str, Any], where: str) -> None:
    """The parameters of a step are an object with names, so the schema must take one."""
    kind = parameters.get("type", "object")
    if isinstance(kind, str) and kind != "object":
        _refuse(f"{where}.type", f"is {_shown(kind)}", 'write "object", with a property for each parameter')
    properties, required = parameters.get("properties", {}), parameters.get("required")
    if parameters.get("additionalProperties") is not False or "patternProperties" in parameters:
        return
    if isinstance(properties, dict) and isinstance(required, list):
        for name in required:
            if isinstance(name, str) and name not in properties:
                remedy = "describe it there, or allow additionalProperties"
                _refuse(f"{where}.required", f"asks for {_shown(name)}, which is not in properties", remedy)


def _cost(value: object, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        _refuse(where, f"is {_shown(value)}", 'write USD as text, such as "0.02", so that no digit is lost')
    try:
        return micros_from_usd(str(value))
    except DomainError as error:
        raise InvalidManifest(f"{where}: {error}") from error


def _known(table: dict[str, Any], names: Collection[str], where: str) -> None:
    for name in table:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
            _refuse(_place(where, (name,)), "is not a field of a manifest", remedy)


def _storable(entry: object, where: str) -> None:
    """Only what JSON and PostgreSQL hold stands in the entry: no date of TOML, NaN, NUL, lone surrogate."""
    waiting: list[tuple[str, object, int]] = [(where, entry, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            _refuse(place, f"is nested deeper than {MAX_DEPTH} levels", "flatten it")
        if isinstance(value, dict):
            for name in value:
                _storable_value(name, f"a name in {place}")
            waiting += [(_place(place, (name,)), item, depth + 1) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{index}]", item, depth + 1) for index, item in enumerate(value)]
        else:
            _storable_value(value, place)


def _storable_value(value: object, place: str) -> None:
    match value:
        case str() if not is_text(value):
            _refuse(place, f"is {_shown(value)}", "leave out NUL and lone surrogates")
        case float() if not math.isfinite(value):
            _refuse(place, f"is {value}", "use a finite number")
        case None | str() | int() | float():
            pass
        case _:
            _refuse(place, f"is {_kind(value)} ({value})", "write it as text, in quotes")


def _place(where: str, names: tuple[int | str, ...]) -> str:
    return where + "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in names)


def _kind(value: object) -> str:
    kinds = {dict: "a table", list: "a list", str: "text", bool: "a truth value", int: "a number", float: "a number"}
    return "missing" if value is None else kinds.get(type(value), f"a {type(value).__name__}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - enough to recognise it


def _refuse(where: str, fault: str, remedy: str) -> NoReturn:
    raise InvalidManifest(f"{where} {fault}; {remedy}")
