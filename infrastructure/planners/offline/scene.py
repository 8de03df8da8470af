"""What the planner holds while it drafts one plan: the goal, what it names, and the steps so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from planfold.domain.memory import Snippet
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.values import Value
from planfold.infrastructure.planners.offline.words import listed, words

# A field with one of these words in its name says something about a result, and is not the result.
_ABOUT_IT = listed("id status code type bytes size count score created updated")


@dataclass
class Drafted:
    """A step in the making; `group` numbers the clause it serves, and steps of one group are alike or feed each other."""

    step_id: str
    skill: Skill
    clause: Clause
    group: int
    score: float
    params: dict[str, JsonValue] = field(default_factory=dict)
    depends_on: set[str] = field(default_factory=set)
    feeds: bool = False
    """Whether it was put in for the sake of another step of its group."""

    @property
    def fields(self) -> dict[str, JsonValue]:
        """The fields of its result that it was not told itself; `{"": schema}` for a result without fields."""
        result = self.skill.result
        fields = (result or {}).get("properties")
        if isinstance(fields, dict) and fields:
            return {name: schema for name, schema in fields.items() if name not in self.skill.properties}
        return {} if result is None else {"": dict(result)}

    @property
    def gives(self) -> dict[str, JsonValue]:
        """Those of its fields that are a content of some kind, not an id or a count."""
        return {name: schema for name, schema in self.fields.items() if _ABOUT_IT.isdisjoint(words(name))}


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

    def unused(self, clause: Clause) -> list[Value]:
        return [value for value in self.inside(clause) if value not in self.used]

    def inside(self, clause: Clause) -> list[Value]:
        return [value for value in self.values if clause.start <= value.start and value.end <= clause.end]

    def claim(self, start: int, end: int) -> None:
        """The words from `start` to `end` stand in a step."""
        claimed = Value("claimed", start, end, None)
        left = [value for value in self.values if value.end <= start or value.start >= end]
        self.values = sorted([*left, claimed], key=lambda value: value.start)
        self.used.add(claimed)

    def open_text(self, clause: Clause) -> str:
        """The clause after its verb, as written, with NUL for what stands in a step already."""
        text = self.goal[clause.start : clause.end]
        for value in self.inside(clause):
            if value in self.used:
                start, end = value.start - clause.start, value.end - clause.start
                text = text[:start] + "\0" * (end - start) + text[end:]
        return text

    def before(self, value: Value) -> str:
        """The word before the value, in lower case; an article does not count."""
        words = self.said[max(0, value.start - 40) : value.start].lower().replace("(", " ").split()
        while words and words[-1] in ("the", "a", "an", "address", "addresses"):
            words.pop()
        return words[-1].strip(":,") if words else ""

    def latest(self, group: int) -> list[Drafted]:
        """The steps of the last clause before `group` that gives a result, without those that only fed them."""
        earlier = [step for step in self.steps if step.group < group and step.gives and not step.feeds]
        return [step for step in earlier if step.group == earlier[-1].group]
