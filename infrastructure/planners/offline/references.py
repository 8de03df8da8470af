"""Parameters taken from the results of earlier steps: `${s1}` or `${s1.field}`."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.phrases import points_back, speaks_of_all
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import TARGETS, Slot, sort_of
from planfold.infrastructure.planners.offline.words import ALIKE, GENERIC_STEMS, listed, stem, stemmed, stems, words

# The fields of a result that are its content rather than facts about it, the most telling first.
_CONTENT = (
    "text", "content", "body", "summary", "translation", "transcript", "forecast", "answer", "response", "output", "result",
    "message", "markdown", "html", "description", "data", "report", "document",
)  # fmt: skip
_OUT_OF = re.compile(r"\b(?:from|of|in|out of) (?:the|its|this|that|these|those) (\w+)\b", re.IGNORECASE)
_SAYS_NOTHING = GENERIC_STEMS | stemmed("text content body data post email id")


def pointed(scene: Scene, clause: Clause, group: int) -> list[Drafted]:
    """The earlier steps whose results the clause speaks of: those it names ("the summary"), else the latest for "it"."""
    if speaks_of_all(scene, clause):
        taken = {earlier for step in scene.steps for earlier in step.depends_on}
        return [step for step in scene.steps if step.group < group and step.gives and step.step_id not in taken]
    said = set(stems(scene.said[clause.start : clause.end]))
    named = [(len(said & _given(step)), step.group, step) for step in scene.steps if step.group < group and step.gives]
    best = max(((overlap, where) for overlap, where, _ in named), default=(0, 0))
    if best[0]:
        return [step for overlap, where, step in named if (overlap, where) == best and not step.feeds]
    return scene.latest(group) if points_back(scene, clause) else []


def claim_named(scene: Scene, clause: Clause, sources: Sequence[Drafted]) -> None:
    """The words "from the transcript" stand in a step, if that is what `sources` give: no other parameter is made of them."""
    given = {word for step in sources for word in _given(step)}
    for found in _OUT_OF.finditer(scene.open_text(clause)):
        if stem(found[1].lower()) in given:
            scene.claim(clause.start + found.start(), clause.start + found.end())


def names_result(scene: Scene, text: str) -> bool:
    """Whether "the summary" is what an earlier step gives."""
    article, _, named = text.partition(" ")
    given = {word for step in scene.steps for word in _given(step)}
    return article.lower() in ("the", "its", "this", "that") and bool(stems(named)) and given.issuperset(stems(named))


def reference_to(slot: Slot, steps: Sequence[Drafted], said: str = "") -> str | None:
    """What `slot` takes from the results of `steps`, a field that is `said` first; None if none of them has a field for it."""
    found = [text for step in steps if (text := _field(slot, step, frozenset(stems(said)))) is not None]
    return (
        "\n\n".join(found) if found and (len(found) == 1 or slot.sort == "content") else (found[-1] if found else None)
    )


def from_results(scene: Scene, slot: Slot, clause: Clause, group: int) -> str | None:
    """What an earlier result, the latest first, has for a slot that is no text of its own.

    That is a field of the very name, such as `ticket_id`; an address to write to; or what the clause points back to.
    """
    spoken_of = pointed(scene, clause, group)
    for step in reversed(scene.steps):
        if step.group >= group:
            continue
        if slot.name in step.fields and slot.name not in _GENERAL:
            return f"${{{step.step_id}.{slot.name}}}"
        if slot.sort in ("email", "phone", "channel") or step in spoken_of:
            for name, schema in step.fields.items():
                if isinstance(schema, dict) and slot.literals and sort_of(name, schema) == slot.sort:
                    return f"${{{step.step_id}.{name}}}"
    return reference_to(slot, spoken_of) if slot.sort in ("topic", "title") else None


_WORDS = ("content", "topic", "title")
_GENERAL = listed("text content body data message result status id url name title type query path")


def _given(step: Drafted) -> set[str]:
    """The stems by which the result of a step can be spoken of."""
    fields = (stem(word) for name in step.gives for word in words(name))
    found = {*stems(step.skill.name), *fields} - _SAYS_NOTHING
    return found | {alike for word in found for alike in ALIKE.get(word, ()) if word not in ("send", "post")}


def _field(slot: Slot, step: Drafted, said: frozenset[str]) -> str | None:
    for name, schema in step.fields.items():
        if said & set(stems(name)) - _SAYS_NOTHING and _fits(slot, schema):
            return f"${{{step.step_id}.{name}}}"
    fields = step.gives
    if "" in fields:
        return f"${{{step.step_id}}}" if slot.sort not in TARGETS else None
    fitting = [name for name, schema in fields.items() if _fits(slot, schema)]
    for wanted in (slot.name, *(_CONTENT if slot.sort in _WORDS else (slot.sort,))):
        if wanted in fitting:
            return f"${{{step.step_id}.{wanted}}}"
    if slot.sort in _WORDS:
        texts = [name for name in fitting if sort_of(name, {}) not in TARGETS or sort_of(name, {}) == "url"]
        return f"${{{step.step_id}.{texts[0]}}}" if texts else None
    return None


def _fits(slot: Slot, schema: JsonValue) -> bool:
    """Whether a value of the result's schema can stand in the slot, as far as the types say."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    wanted = slot.schema.get("type")
    return kind is None or wanted is None or kind == wanted or {kind, wanted} == {"integer", "number"}
