"""Clauses and skills put together into steps: who does what, with what, after whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from planfold.domain.plan import REFERENCE
from planfold.domain.skill import Skill
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.filling import Filler
from planfold.infrastructure.planners.offline.matching import Asked, Match, SkillIndex, asked
from planfold.infrastructure.planners.offline.memories import recalled
from planfold.infrastructure.planners.offline.phrases import coordinated, points_back, remainder
from planfold.infrastructure.planners.offline.references import pointed, reference_to, same_field
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import TARGETS, Slot, slots_of
from planfold.infrastructure.planners.offline.values import Value
from planfold.infrastructure.planners.offline.words import listed, stem, stems, words

ENOUGH = 0.36
"""The score from which a skill serves a clause. Tried on the starter skills: what they serve scores 0.44 or more, what they
do not serve 0.33 or less."""
MAX_REQUESTS = 200
MAX_DEPTH = 2
"""How many steps can be put in ahead of one: a page is fetched to be summarised to be sent."""

# Speak of how to do the rest rather than of a thing to do.
_MANNERS = listed("ensure keep be use using include note remember consider avoid make make-sure do thank thanks wait follow try")
_TOLD_BACK = frozenset(map(stem, listed("result results outcome answer output finding findings success status everything done")))


class NotServed(Exception):
    """No skill of the manifest does what a clause asks for."""


class Assembly:
    """Makes the steps of one plan. `unserved` are the words about manners that no step takes up."""

    def __init__(self, scene: Scene, index: SkillIndex) -> None:
        self._scene, self._index = scene, index
        self.unserved: list[str] = []
        self._around = index.surroundings(scene.said)

    def steps(self) -> Sequence[Drafted]:
        """Raises NotServed."""
        requests = [clause for clause in self._scene.clauses if clause.kind == "request"]
        requests = requests or self._likely()
        for group, clause in enumerate(requests):
            if not (clause.shares and self._same(clause, requests[group + 1])):
                self._serve(clause, group)
        if not self._scene.steps:
            first = [match for clause in requests[:1] for match in self._rank(clause)]
            raise NotServed(self._sentence(self._scene.goal, first))
        return self._scene.steps

    def _likely(self) -> list[Clause]:
        """Of a goal without a request, such as "Weather in Oslo": what a skill serves, else its first words."""
        stated = [clause for clause in self._scene.clauses if clause.kind == "statement" and stems(clause.text)]
        return [clause for clause in stated if (found := self._rank(clause)) and found[0].score >= ENOUGH] or stated[:1]

    def _same(self, clause: Clause, following: Clause) -> bool:
        """Whether two verbs with one object ask for one skill."""
        return [match.skill for match in self._rank(clause)[:1]] == [match.skill for match in self._rank(following)[:1]]

    def _serve(self, clause: Clause, group: int) -> None:
        ranked = self._rank(clause)
        last = self._scene.steps[-1] if self._scene.steps else None
        if clause.told and self._told_back(clause):
            return
        if clause.aside and (not ranked or ranked[0].score < ENOUGH or any(step.skill == ranked[0].skill for step in self._scene.steps)):
            return  # "after completing the purchase": what was asked for already, or only says when
        if last is not None and (not ranked or ranked[0].score < ENOUGH or ranked[0].skill == last.skill) and self._adds_to(last, clause):
            return
        if ranked and ranked[0].score >= ENOUGH:
            first = len(self._scene.steps)
            self._add(clause, ranked[0], group)
            self._sequence(clause, group, first)
        elif stem(clause.verb) in map(stem, _MANNERS) or not stems(clause.text):
            self.unserved.append(clause.text[:200])
        else:
            raise NotServed(self._sentence(clause.text, ranked))

    def _rank(self, clause: Clause) -> list[Match]:
        return self._index.rank(asked(self._scene.said, clause, self._scene.values), self._around + 0.5 * self._index.akin(step.skill for step in self._scene.steps))

    def _told_back(self, clause: Clause) -> bool:
        """"and tell me the result": whoever set the goal sees the results anyway."""
        said = set(stems(clause.text))
        known = {stem(word) for step in self._scene.steps for word in words(step.skill.name)}
        return bool(self._scene.steps) and said <= _TOLD_BACK | known

    def _adds_to(self, last: Drafted, clause: Clause) -> bool:
        """"... and invite bob@example.com": the clause fills in what the step before it left open."""
        if not slots_of(last.skill):
            return False
        used = set(self._scene.used)
        alone = Filler(self._scene, clause, last.skill)
        alone.fill_literals()
        alone.fill_words()
        added = {name: value for name, value in alone.params.items() if name not in last.params}
        if added and alone.missing() and len(added) == len(alone.params):
            last.params |= added
            return True
        self._scene.used = used
        return False

    def _add(self, clause: Clause, match: Match, group: int, depth: int = 0) -> list[Drafted]:
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

    def _shared_out(self, clause: Clause, skill: Skill) -> Sequence[Value | None]:
        slots = slots_of(skill)
        for slot in slots:
            if not slot.required or slot.many or slot.sort == "number":
                continue
            kinds = slot.literals or (("quoted",) if slot.sort == "content" else ())
            if any(other.many and other.sort == slot.sort and other.required for other in slots):
                continue
            for value in self._scene.unused(clause):
                if value.kind in kinds and slot.fits(self._scene.before(value)) >= 0:
                    found = coordinated(self._scene, value, clause)
                    if len(found) > 1:
                        return found
                    break
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
            if text := same_field(self._scene, slot, group) or self._repeated(slot):
                filler.params[slot.name] = text
            elif value := recalled(slot, clause.text, self._scene.snippets):
                filler.take_text(slot, str(value.value))
        filler.fill_fixed()
        step = Drafted(f"s{len(self._scene.steps) + 1}", match.skill, clause, group, match.score, filler.params, feeds=depth > 0)
        step.depends_on = {found[1] for value in step.params.values() if isinstance(value, str) for found in REFERENCE.finditer(value)}
        self._scene.steps.append(step)
        return step

    def _fill_content(self, filler: Filler, group: int, depth: int) -> None:
        """Texts: what the clause quotes, an earlier result it speaks of, something to be had first, the latest result."""
        clause, scene = filler.clause, self._scene
        for slot in filler.slots:
            if slot.name in filler.params or slot.sort != "content" or not slot.required:
                continue
            filler.fill_words_of(slot)
            if slot.name in filler.params:
                continue
            sources = pointed(scene, clause, group) or self._providers(filler, group, depth) or scene.latest(group)
            if text := reference_to(slot, sources):
                filler.params[slot.name] = text
            elif not any(other.sort in TARGETS or other.sort == "path" for other in filler.slots):
                said = remainder(scene, clause, filler.skill)
                if not said.lower().startswith(("the ", "my ", "our ", "this ", "that ", "it")):
                    filler.take_text(slot, said)

    def _providers(self, filler: Filler, group: int, depth: int) -> list[Drafted]:
        """Steps put in ahead: "summarise https://..." needs the page, "e-mail the weather in Oslo" the weather."""
        if depth >= MAX_DEPTH:
            return []
        scene, clause = self._scene, filler.clause
        about = remainder(scene, clause, filler.skill)
        kinds = frozenset(value.kind for value in scene.unused(clause))
        if stems(about):
            for match in self._index.rank(Asked(about, "", kinds)):
                if match.score >= ENOUGH and match.skill.effects.read_only and match.skill != filler.skill and match.skill.result:
                    return self._add(replace(clause, verb=""), match, group, depth + 1)
        sources = [value for value in scene.unused(clause) if value.kind in ("url", "path")]
        if not sources or any(slot.sort in TARGETS for slot in filler.slots):
            return []
        for match in self._index.rank(Asked("get the content", "", frozenset({sources[0].kind})), at_most=10):
            needed = [slot for slot in slots_of(match.skill) if slot.required]
            if match.skill.effects.read_only and len(needed) == 1 and sources[0].kind in needed[0].literals:
                return self._add(replace(clause, verb=""), match, group, depth + 1)
        return []

    def _facts(self) -> list[Value]:
        """What the goal states rather than asks for, and does not exclude."""
        return [value for clause in self._scene.clauses if clause.kind == "statement" for value in self._scene.unused(clause)]

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

    def _sequence(self, clause: Clause, group: int, first: int) -> None:
        """"then" waits for the clause before; so does a skill without parameters, of which only the order is known."""
        before = [step for step in self._scene.steps[:first] if step.group == self._scene.steps[first - 1].group] if first else []
        for step in self._scene.steps[first:]:
            if before and (clause.then or not slots_of(step.skill) or not slots_of(before[-1].skill)):
                step.depends_on |= {earlier.step_id for earlier in before if not earlier.feeds}

    def _sentence(self, text: str, ranked: Sequence[Match]) -> str:
        near = ", ".join(match.skill.name for match in ranked) or "none"
        return f"no skill serves {text[:120]!r}; the nearest are {near}: add a skill for it, or say it in other words"
