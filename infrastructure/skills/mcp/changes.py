"""How a tool's definition differs from the one that was approved, in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from planfold.domain.secrets import redact_text
from planfold.domain.skill import Skill
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.mapping import described
from planfold.infrastructure.skills.mcp.sources import Approved

_ROOM = 60
"""Characters of a text that are shown around the place where it differs."""
_LISTED = 12
_DEFAULTS = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": True}


Shown = Callable[[str], str]
"""A text of a server as people may read it. It is given whole texts, since half a secret is not recognised."""


def differences(approved: Approved, skill: Skill, now: Definition, shown: Shown = redact_text) -> list[str]:
    """What is otherwise than when it was approved; nothing if nothing is. A part of a sentence each."""
    if approved.digest == now.digest:
        return []
    found = list(_differences(approved, skill, now, shown))
    if len(found) > _LISTED:
        found = [*found[:_LISTED], f"and {len(found) - _LISTED} more differences"]
    if found:
        return found
    hidden = any(_differences(approved, skill, now, str))
    return [
        "it differs only in what looks like a secret" if hidden
        else "its description differs beyond what a manifest holds of it"
    ]  # fmt: skip


def _differences(approved: Approved, skill: Skill, now: Definition, shown: Shown) -> Iterator[str]:
    if approved.title != now.title:
        yield f"its title was {_each(approved.title, shown)!r} and is {_each(now.title, shown)!r}"
    if skill.description != described(now):
        was, text = shown(skill.description), shown(now.description or now.title or "")
        yield f"its description was {_around(was, text)} and is {_around(text, was)}"
    yield from _parameters(_each(skill.parameters, shown), _each(now.inputSchema, shown))
    if skill.result != now.outputSchema:
        yield (
            "its result is described no more" if now.outputSchema is None
            else "its result is described now" if skill.result is None else "its result is described otherwise"
        )  # fmt: skip
    yield from _hints(_each(approved.annotations or {}, shown), _each(now.annotations or {}, shown))


def _each(value: Any, shown: Shown) -> Any:
    """Every text of a JSON value as it may be shown, names too. It has a digest, so it is not nested deeply."""
    match value:
        case str():
            return shown(value)
        case dict():
            return {shown(name): _each(item, shown) for name, item in value.items()}
        case list():
            return [_each(item, shown) for item in value]
        case _:
            return value


def _around(text: str, other: str) -> str:
    """The place where `text` begins to differ from the other, with what stands around it."""
    same = next((index for index, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), None)
    begin = max(0, (min(len(text), len(other)) if same is None else same) - _ROOM // 3)
    cut = text[begin : begin + _ROOM]
    return repr(f"{'...' if begin else ''}{cut}{'...' if begin + _ROOM < len(text) else ''}")


def _parameters(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = _named(was), _named(now)
    needed, needs = _required(was), _required(now)
    for name in sorted(new.keys() - old.keys()):
        yield f"the parameter {name!r} is new{' and required' if name in needs else ''}"
    for name in sorted(old.keys() - new.keys()):
        yield f"the parameter {name!r} is gone"
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield f"the parameter {name!r} is described otherwise: {', '.join(_fields(old[name], new[name]))}"
        if (name in needed) != (name in needs):
            yield f"the parameter {name!r} is {'required now' if name in needs else 'required no more'}"
    apart = {"properties", "required"}
    if {key: was[key] for key in was.keys() - apart} != {key: now[key] for key in now.keys() - apart}:
        yield f"its parameters are bound otherwise: {', '.join(_fields(was, now, apart))}"


def _named(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _required(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("required")
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def _fields(was: Any, now: Any, apart: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    if not isinstance(was, dict) or not isinstance(now, dict):
        yield f"{_short(was)} became {_short(now)}"
        return
    for key in sorted((was.keys() | now.keys()) - apart):
        if key not in now:
            yield f"{key} is gone"
        elif key not in was:
            yield f"{key} is new, {_short(now[key])}"
        elif was[key] != now[key]:
            told = isinstance(was[key], str) and isinstance(now[key], str)
            yield (
                f"{key} was {_around(was[key], now[key])} and is {_around(now[key], was[key])}" if told
                else f"{key} was {_short(was[key])} and is {_short(now[key])}"
            )  # fmt: skip


def _hints(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(was.keys() | now.keys()):
        before, after = was.get(name, _DEFAULTS.get(name)), now.get(name, _DEFAULTS.get(name))
        if before != after:
            yield f"its hint {name} was {_short(before)} and is {_short(after)}"
        elif (name in was) != (name in now):
            yield f"its hint {name} is {'said' if name in now else 'not said any more'}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _ROOM else f"{text[: _ROOM - 3]}..."
