"""The parameters of one step, from the words of its clause. What cannot be had is left out; nothing is made up."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from planfold.domain.schema import violations
from planfold.domain.secrets import REDACTED_NAME, secret_kind
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.choices import choice_for
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.http import method_in
from planfold.infrastructure.planners.offline.moments import duration_for, moment_for
from planfold.infrastructure.planners.offline.phrases import is_pointer, marked, remainder, unquoted
from planfold.infrastructure.planners.offline.references import names_result
from planfold.infrastructure.planners.offline.scene import Scene
from planfold.infrastructure.planners.offline.slots import TARGETS, Slot, slots_of
from planfold.infrastructure.planners.offline.values import OPAQUE, Value
from planfold.infrastructure.planners.offline.words import STOP, stem, words

_PLACE_AFTER = ("in", "at", "for", "near", "of", "to", "from", "around")
_PLACE = re.compile(
    r"\b(?:in|at|for|near|of)\s+(?:the\s+)?([^\W\d_][\w' -]{0,60}?)(?=\s*(?:[,;.?!\0]|\b(?:on|at|for|and|by|with)\b|$))"
)
_SAID_OF = r"(?:\s+(?:is|of|as|to|number|no|named|called)\b)*\s*[:=#]?\s*"
SHORTEST_CODE = 3
_CODE = re.compile(r"[\w./-]*\d[\w./-]*")
_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning)\s+([^\0]+?)(?=\s*\0|\s+(?:saying|that says|with)\b|$)", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:called|named|titled|entitled)\s+([^\s\0].*?)(?=\s*\0|\s+(?:in|on|at|for|with|and|to)\b|$)", re.IGNORECASE
)
_ASKING = re.compile(r"(?:what|how much)(?:'s| is| are)\s+", re.IGNORECASE)


class Filler:
    """Fills the slots of one skill from one clause, and marks in the scene what it used."""

    def __init__(self, scene: Scene, clause: Clause, skill: Skill) -> None:
        self.scene, self.clause, self.skill = scene, clause, skill
        self.slots = slots_of(skill)
        self.params: dict[str, JsonValue] = {}

    def missing(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.required and slot.name not in self.params]

    def fill_literals(self, first: Value | None = None) -> None:
        """What stands in the clause as it is; `first` goes where it fits before anything else does."""
        if first is not None:
            for slot in self.slots:
                takes = first.kind in slot.literals or (first.kind == "quoted" and slot.sort == "content")
                if takes and slot.name not in self.params:
                    self._take(slot, first.value, [first])
                    break
        for slot in self.slots:
            if slot.name not in self.params:
                self._fill_explicit(slot)
        for slot in self.slots:
            if slot.name not in self.params:
                self._fill_literal(slot)
            if slot.name not in self.params and slot.sort == "content":
                self._fill_body(slot)

    def fill_words(self) -> None:
        """What the clause says in words of its own: what a search is for, what a ticket is called."""
        for slot in self.slots:
            if slot.name in self.params:
                continue
            if slot.sort in ("title", "topic"):
                self._fill_phrase(slot)
            elif slot.sort == "other" and slot.required:
                self._fill_code(slot)
            elif slot.sort == "formula" and slot.required:
                self.take_text(slot, _ASKING.sub("", remainder(self.scene, self.clause, self.skill)))

    def fill_from(self, values: Sequence[Value]) -> None:
        """Required literals that the clause lacks, from facts given elsewhere in the goal."""
        for slot in self.missing():
            for value in values:
                if value.kind in slot.literals and self._take(slot, value.value, [value]):
                    break

    def fill_fixed(self) -> None:
        """Required parameters that can have one value only, or that have a default."""
        for slot in self.missing():
            fixed: list[JsonValue] = [
                slot.schema[keyword] for keyword in ("const", "default") if keyword in slot.schema
            ]
            options = slot.schema.get("enum")
            if isinstance(options, list) and len(options) == 1:
                fixed += options
            any(self._take(slot, value, []) for value in fixed)

    def take_text(self, slot: Slot, text: str | None) -> bool:
        return bool(text) and self._take(slot, text, [])

    def _take(self, slot: Slot, value: JsonValue, used: Sequence[Value]) -> bool:
        """Whether the schema allows it; then it is taken. What a secret was cut out of becomes the mark of a secret."""
        item: JsonValue = [value] if slot.many and not isinstance(value, list) else value
        pointer = f"/{slot.name.replace('~', '~0').replace('/', '~1')}"
        violated = any(
            f"{found.pointer}/".startswith(f"{pointer}/")
            for found in violations(self.skill.parameters, {slot.name: item})
        )
        if violated and (kind := secret_kind(value)) is not None:
            item = {REDACTED_NAME: kind}
        elif violated:
            return False
        self.params[slot.name] = item
        self.scene.used.update(used)
        return True

    def _fill_explicit(self, slot: Slot) -> None:
        """A value after the parameter's own name: "order number 4711", "subject 'Hello'"."""
        name = words(slot.name)
        if slot.sort in ("flag", "choice") or STOP.issuperset(name):
            return
        region = self.scene.said[self.clause.start : self.clause.end]
        for own in (name, name[:-1]):
            if not own or len("".join(own)) < 3:  # noqa: PLR2004 - "id" alone says nothing
                continue
            pattern = r"[\s_-]?".join(map(re.escape, own))
            found = re.search(rf"\b{pattern}s?\b{_SAID_OF}", region, re.IGNORECASE)
            if found is None or found.end() == len(region):
                continue
            at = self.clause.start + found.end()
            value = next((value for value in self.scene.unused(self.clause) if value.start == at), None)
            if value is not None and (value.kind == "quoted" or value.kind in slot.literals or not slot.literals):
                written = self.scene.goal[value.start : value.end]
                code = written if value.kind == "number" and slot.schema.get("type") == "string" else value.value
                if slot.sort not in ("day", "moment") and self._take(slot, code, [value]):
                    return
            elif slot.sort == "other" and (coded := _CODE.match(self.scene.goal, at, self.clause.end)):
                self._take(slot, coded[0].rstrip("."), [])
                return

    def _fill_literal(self, slot: Slot) -> None:
        unused = self.scene.unused(self.clause)
        if slot.sort in ("day", "moment"):
            if found := moment_for(self.scene, slot, unused):
                self._take(slot, *found)
        elif slot.sort == "number":
            self._fill_number(slot, [value for value in unused if value.kind == "number"])
        elif slot.sort == "choice":
            self._fill_choice(slot)
        elif slot.sort == "flag":
            name = {stem(word) for word in words(slot.name)}
            if name and name <= {stem(word) for word in words(self.clause.text)}:
                self._take(slot, value=True, used=[])
        elif slot.literals:
            self._fill_of_kind(slot, [value for value in unused if value.kind in slot.literals])
            if slot.sort == "place" and slot.required and slot.name not in self.params:
                self._fill_place(slot)

    def _fill_body(self, slot: Slot) -> None:
        """A text in JSON, or the text that a request to an address is to carry."""
        sent = method_in(self.scene, self.clause) is not None
        for value in self.scene.unused(self.clause):
            if value.kind == "quoted" and (sent or str(value.value).startswith(("{", "["))):
                self._take(slot, value.value, [value])
                return

    def _fill_of_kind(self, slot: Slot, values: Sequence[Value]) -> None:
        suited = sorted(
            ((self.scene.fit(slot, value), value) for value in values),
            key=lambda found: (-found[0], found[1].start),
        )
        suited = [(fit, value) for fit, value in suited if fit >= 0]
        if slot.sort in ("place", "person") and not slot.required:
            suited = [(fit, value) for fit, value in suited if fit > 0 or self.scene.before(value) in ("in", "at")]
        elif slot.sort == "place":
            suited.sort(key=lambda found: self.scene.before(found[1]) not in _PLACE_AFTER)
        if slot.many and suited:
            self._take(slot, [value.value for _, value in suited], [value for _, value in suited])
            return
        for _, value in suited:
            if self._take(slot, value.value, [value]):
                return

    def _fill_place(self, slot: Slot) -> None:
        """A city written small: the words after "in" or "for"."""
        if found := _PLACE.search(self.scene.open_text(self.clause)):
            self.take_text(slot, found[1].strip())

    def _fill_number(self, slot: Slot, values: Sequence[Value]) -> None:
        """The number beside a word of the parameter's name; else, if it is required, the first one."""
        if length := duration_for(self.scene, slot, self.clause):
            amount, start, end = length
            if self._take(slot, amount, []):
                self.scene.claim(start, end)
            return
        name = set(map(stem, words(slot.name))) - {"max", "min", "numb", "count"}
        beside = [
            value for value in values if name & set(map(stem, words(self.scene.said[value.end : value.end + 24])[:2]))
        ]
        for value in [*beside, *(values if slot.required else [])]:
            if self._take(slot, value.value, [value]):
                return

    def _fill_choice(self, slot: Slot) -> None:
        if found := choice_for(self.scene, self.clause, slot, self.skill):
            option, said = found
            if self._take(slot, option, []) and said is not None:
                self.scene.claim(*said)

    def fill_content(self, slot: Slot) -> bool:
        """Whether the clause gives the text itself; then it is taken."""
        quoted = next((value for value in self.scene.unused(self.clause) if value.kind == "quoted"), None)
        said = marked(self.scene, self.clause, told=any(other.sort in TARGETS for other in self.slots))
        if said:
            return self._take(slot, said, [v for v in self.scene.unused(self.clause) if v.kind == "quoted"])
        return quoted is not None and self._take(slot, quoted.value, [quoted])

    def _fill_code(self, slot: Slot) -> None:
        """The only word with digits that nothing else is made of: "track parcel 1Z999AA1"."""
        codes = _CODE.findall(self.scene.open_text(self.clause, OPAQUE))
        if len(codes) == 1 and len(codes[0]) >= SHORTEST_CODE:
            self._take(slot, codes[0].rstrip("."), [])

    def _fill_phrase(self, slot: Slot) -> None:
        region = self.scene.open_text(self.clause)
        named = _NAMED.search(region) if slot.sort == "title" else None
        quoted = [value for value in self.scene.unused(self.clause) if value.kind == "quoted"]
        if slot.sort == "title" and slot.required and quoted:
            self._take(slot, quoted[0].value, quoted[:1])
        elif named is not None and slot.required:
            self.take_text(slot, unquoted(named[1].strip(), quoted))
        elif slot.required and (statement := self.scene.first("statement", self.clause)):
            self._take(slot, statement.value, [statement])
        elif slot.required:
            text = _ASKING.sub("", remainder(self.scene, self.clause, self.skill))
            if is_pointer(text) or names_result(self.scene, text):
                return
            text = re.sub(r"^(?:a|an|the)\s+", "", text) if slot.sort == "title" else text
            address = slot.sort == "title" and any(text == value.value for value in self.scene.unused(self.clause))
            if not address and self.take_text(slot, unquoted(text, quoted)):
                self.scene.used.update(quoted)
        elif "subject" in words(slot.name) and (about := _ABOUT.search(region)):
            self.take_text(slot, unquoted(about[1].strip(" .,"), quoted))
