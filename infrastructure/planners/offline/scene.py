"""What the planner holds while it drafts one plan: the goal, what it names, and the steps so far."""

import re
from bisect import bisect_left
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import JsonValue

from planfold.domain.memory import Snippet
from planfold.domain.plan import REFERENCE
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.slots import TARGETS, Slot, slots_of
from planfold.infrastructure.planners.offline.values import Kind, Value
from planfold.infrastructure.planners.offline.words import listed, words

# A field with one of these words in its name says something about a result, and is not the result.
_ABOUT_IT = listed("id status code type bytes size count score created updated")
_NEARBY = 40
_TOUCHING = re.compile(r" ?")
_NOT_TELLING = ("the", "a", "an", "address", "addresses")


@dataclass
class Drafted:
    """A step in the making; `group` numbers the clause it serves, and steps of one group are alike or feed each other."""

    step_id: str
    skill: Skill
    clause: Clause
    group: int
    score: float
    params: dict[str, JsonValue]
    feeds: bool
    """Whether it was put in for the sake of another step of its group."""
    depends_on: set[str] = field(default_factory=set)

    @cached_property
    def fields(self) -> dict[str, JsonValue]:
        """The fields of its result that it was not told itself; `{"": schema}` for a result without fields."""
        result = self.skill.result
        fields = (result or {}).get("properties")
        if isinstance(fields, dict) and fields:
            return {name: schema for name, schema in fields.items() if name not in self.skill.properties}
        return {} if result is None else {"": dict(result)}

    @cached_property
    def gives(self) -> dict[str, JsonValue]:
        """Those of its fields that are a content of some kind, not an id or a count."""
        return {name: schema for name, schema in self.fields.items() if _ABOUT_IT.isdisjoint(words(name))}

    @property
    def passes_on(self) -> set[str]:
        """The steps whose results it sends to somebody."""
        slots = slots_of(self.skill)
        if not any(slot.sort in TARGETS for slot in slots):
            return set()
        texts = [str(self.params.get(slot.name, "")) for slot in slots if slot.sort == "content"]
        return {found[1] for text in texts for found in REFERENCE.finditer(text)}


@dataclass
class Scene:
    """`said` is `goal` with typewriter's quotes, character by character; `used` are the values that stand in a step."""

    goal: str
    said: str
    values: Sequence[Value]
    clauses: Sequence[Clause]
    snippets: Sequence[Snippet]
    steps: list[Drafted] = field(default_factory=list)
    used: set[Value] = field(default_factory=set)

    def inside(self, clause: Clause) -> list[Value]:
        first = bisect_left(self.values, clause.start, key=lambda value: value.start)
        beyond = bisect_left(self.values, clause.end, key=lambda value: value.start)
        return [value for value in self.values[first:beyond] if value.end <= clause.end]

    def unused(self, clause: Clause) -> list[Value]:
        return [value for value in self.inside(clause) if value not in self.used]

    def first(self, kind: Kind, clause: Clause) -> Value | None:
        return next((value for value in self.unused(clause) if value.kind == kind), None)

    def claim(self, start: int, end: int) -> None:
        """The words from `start` to `end` stand in a step."""
        claimed = Value("claimed", start, end, None)
        left = [value for value in self.values if value.end <= start or value.start >= end]
        self.values = sorted([*left, claimed], key=lambda value: value.start)
        self.used.add(claimed)

    def open_text(self, clause: Clause, hidden: Container[Kind] = ()) -> str:
        """The clause after its verb, as written, with NUL for what stands in a step already or is of a `hidden` kind."""
        parts, at = [], clause.start
        for value in self.inside(clause):
            if value in self.used or value.kind in hidden:
                parts += [self.goal[at : value.start], "\0" * (value.end - value.start)]
                at = value.end
        return "".join([*parts, self.goal[at : clause.end]])

    def before(self, value: Value) -> str:
        """The word before the value, in lower case; an article does not count."""
        near = self.said[max(0, value.start - _NEARBY) : value.start].lower().replace("(", " ").split()
        while near and near[-1] in _NOT_TELLING:
            near.pop()
        return near[-1].strip(":,") if near else ""

    def fit(self, slot: Slot, value: Value) -> int:
        """1 if what stands beside the value says that it belongs in the slot, -1 if it says that it does not."""
        before = self.before(value)
        if before == "in" and value.kind in ("url", "path"):  # "what is said in a.wav": neither from nor to
            return 0
        counted = value.kind == "currency" and any(
            other.kind == "number"
            and _TOUCHING.fullmatch(self.said, min(value.end, other.end), max(value.start, other.start))
            for other in self.values
        )
        return slot.fits(before, counted=counted)

    def latest(self, group: int) -> list[Drafted]:
        """The steps of the last clause before `group` that gives a result, without those that only fed them.

        "Post the summary to #news and e-mail it": what was posted is the summary, not the link to the message.
        """
        earlier = [step for step in self.steps if step.group < group and step.gives and not step.feeds]
        last = [step for step in earlier if step.group == earlier[-1].group]
        passed_on = set().union(*(step.passes_on for step in last))
        return [step for step in self.steps if step.step_id in passed_on] or last
