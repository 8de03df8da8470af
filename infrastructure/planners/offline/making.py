"""Steps made of one clause and the skill that serves it, with those that must come first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from planfold.domain.plan import REFERENCE
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.asking import Asked
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.filling import Filler
from planfold.infrastructure.planners.offline.matching import ENOUGH, Match, SkillIndex
from planfold.infrastructure.planners.offline.memories import Memories
from planfold.infrastructure.planners.offline.phrases import coordinated, points_back, remainder
from planfold.infrastructure.planners.offline.references import claim_named, from_results, pointed, reference_to
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import TARGETS, Slot, slots_of
from planfold.infrastructure.planners.offline.values import OPAQUE, Value
from planfold.infrastructure.planners.offline.words import stems

MAX_DEPTH = 2
"""How many steps can be put in ahead of one: a page is fetched to be summarised to be sent."""

_DEFINITE = ("the ", "my ", "our ", "this ", "that ", "it")
"""How a text begins that is spoken of, and is not itself what is to be translated or summarised."""


class Maker:
    def __init__(self, scene: Scene, index: SkillIndex) -> None:
        self._scene, self._index = scene, index
        self._memories = Memories(scene.snippets)

    def make(self, clause: Clause, match: Match, group: int, depth: int = 0) -> list[Drafted]:
        """The step for the clause, or several where it names several things for a place that takes one."""
        shared = self._shared_out(clause, match.skill)
        before, used = set(self._scene.used), set(self._scene.used)
        made = []
        for first in shared:
            self._scene.used = before | {value for value in shared if value is not None}
            made.append(self._step(clause, match, group, depth, first))
            used |= self._scene.used
        self._scene.used = used
        return made

    def add_to(self, step: Drafted, clause: Clause) -> bool:
        """Whether the clause fills in what the step left open, as "and invite bob@example.com" does; then it is done."""
        used = set(self._scene.used)
        alone = Filler(self._scene, clause, step.skill)
        alone.fill_literals()
        alone.fill_words()
        for slot in alone.missing():
            if slot.sort == "content" and slot.name not in step.params:
                alone.fill_content(slot)
        if alone.params and alone.missing() and alone.params.keys().isdisjoint(step.params):
            step.params |= alone.params
            return True
        self._scene.used = used
        return False

    def _shared_out(self, clause: Clause, skill: Skill) -> Sequence[Value | None]:
        for slot in slots_of(skill):
            if slot.required and not slot.many and slot.sort != "number":
                kinds = slot.literals or (("quoted",) if slot.sort == "content" else ())
                fitting = [
                    value
                    for value in self._scene.unused(clause)
                    if value.kind in kinds and self._scene.fit(slot, value) >= 0
                ]
                if fitting and len(found := coordinated(self._scene, fitting[0], clause)) > 1:
                    return found
        return [None]

    def _step(self, clause: Clause, match: Match, group: int, depth: int, first: Value | None) -> Drafted:
        filler = Filler(self._scene, clause, match.skill)
        filler.fill_literals(first)
        self._fill_content(filler, group, depth)
        filler.fill_words()
        filler.fill_from(self._facts())
        if points_back(self._scene, clause):
            filler.fill_from(self._only_ones())
        for slot in filler.missing():
            if text := from_results(self._scene, slot, clause, group) or self._repeated(slot):
                filler.params[slot.name] = text
            elif value := self._memories.recall(slot, self._scene, clause):
                filler.take_text(slot, str(value.value))
        filler.fill_fixed()
        for step in self._scene.steps:
            if step.feeds and depth and (step.group, step.skill, step.params) == (group, match.skill, filler.params):
                return step
        step_id = f"s{len(self._scene.steps) + 1}"
        made = Drafted(step_id, match.skill, clause, group, match.score, filler.params, feeds=depth > 0)
        made.depends_on = self._referred_to(made)
        self._scene.steps.append(made)
        return made

    def _referred_to(self, made: Drafted) -> set[str]:
        texts = [value for value in made.params.values() if isinstance(value, str)]
        referred = {found[1] for text in texts for found in REFERENCE.finditer(text)}
        return referred & {step.step_id for step in self._scene.steps}

    def _fill_content(self, filler: Filler, group: int, depth: int) -> None:
        """Texts: what the clause quotes, an earlier result it speaks of, something to be had first, the latest result."""
        clause, scene = filler.clause, self._scene
        for slot in filler.missing():
            if slot.sort != "content" or filler.fill_content(slot):
                continue
            sources = pointed(scene, clause, group) or self._providers(filler, group, depth) or scene.latest(group)
            if text := reference_to(slot, sources, scene.said[clause.start : clause.end]):
                filler.params[slot.name] = text
                claim_named(scene, clause, sources)
            elif any(slot.sort in TARGETS for slot in filler.slots):
                link = [value for value in scene.unused(clause) if value.kind == "url"]
                if link and filler.take_text(slot, str(link[0].value)):
                    scene.used.add(link[0])
            elif not any(other.sort == "path" for other in filler.slots):
                said = remainder(scene, clause, filler.skill)
                if not said.lower().startswith(_DEFINITE):
                    filler.take_text(slot, said)

    def _providers(self, filler: Filler, group: int, depth: int) -> list[Drafted]:
        """Steps put in ahead: "e-mail the weather in Oslo" needs the weather, "summarise https://..." the page."""
        if depth >= MAX_DEPTH:
            return []
        match = self._named(filler) or self._read_first(filler)
        return self.make(replace(filler.clause, verb=""), match, group, depth + 1) if match else []

    def _named(self, filler: Filler) -> Match | None:
        """The skill whose result the clause names as what is to be worked on."""
        unused = self._scene.unused(filler.clause)
        about = remainder(self._scene, filler.clause, filler.skill)
        for value in unused:
            if value.kind in OPAQUE:
                about = about.replace(self._scene.goal[value.start : value.end], " ")
        if not stems(about):
            return None
        ranked = self._index.rank(Asked(about, "", frozenset(value.kind for value in unused)))
        fitting = (match for match in ranked if match.score >= ENOUGH and match.skill.name != filler.skill.name)
        giving = (match for match in fitting if match.skill.effects.read_only and match.skill.result)
        return next((match for match in giving if self._is_complete(filler.clause, match.skill)), None)

    def _is_complete(self, clause: Clause, skill: Skill) -> bool:
        """Whether the clause has all literals that the skill requires."""
        used = set(self._scene.used)
        filler = Filler(self._scene, replace(clause, verb=""), skill)
        filler.fill_literals()
        self._scene.used = used
        return all(not slot.literals or slot.sort in ("place", "person") for slot in filler.missing())

    def _read_first(self, filler: Filler) -> Match | None:
        """The skill that gets what the clause names; a message carries the address itself."""
        sources = [value.kind for value in self._scene.unused(filler.clause) if value.kind in ("url", "path")]
        if not sources or (sources[0] == "url" and any(slot.sort in TARGETS for slot in filler.slots)):
            return None
        return self.reader(filler.clause)

    def reader(self, clause: Clause) -> Match | None:
        """The skill that gets the content of the first address or file that the clause names."""
        sources = [value.kind for value in self._scene.unused(clause) if value.kind in ("url", "path")]
        for match in (
            self._index.rank(Asked("get the content", "", frozenset(sources[:1])), at_most=10) if sources else ()
        ):
            needed = [slot for slot in slots_of(match.skill) if slot.required]
            if match.skill.effects.read_only and len(needed) == 1 and sources[0] in needed[0].literals:
                return match
        return None

    def finder(self) -> Match | None:
        """The skill that takes a text and says what it was asked to find in it."""
        for match in self._index.rank(Asked("extract from a text", "", frozenset()), at_most=10):
            if {"topic", "content"} <= {slot.sort for slot in slots_of(match.skill) if slot.required}:
                return match
        return None

    def _facts(self) -> list[Value]:
        """What the goal states rather than asks for, and does not exclude."""
        stated = [clause for clause in self._scene.clauses if clause.kind == "statement"]
        return [value for clause in stated for value in self._scene.unused(clause)]

    def _only_ones(self) -> list[Value]:
        """What is the only one of its kind in the goal: "delete old.log after reading it"."""
        kinds = Counter(value.kind for value in self._scene.values)
        return [value for value in self._scene.values if kinds[value.kind] == 1 and value.kind in ("url", "path")]

    def _repeated(self, slot: Slot) -> str | None:
        """The value that an earlier step has under the same name, unless it says whom to reach."""
        if slot.sort in TARGETS or slot.sort in ("content", "title", "topic"):
            return None
        found = [step.params[slot.name] for step in self._scene.steps if slot.name in step.params]
        return found[-1] if found and isinstance(found[-1], str) else None
