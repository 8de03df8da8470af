"""Each clause of a goal given to the skill that serves it, in the order of the goal."""

import re
from collections.abc import Sequence

from planfold.infrastructure.planners.offline.asking import Asked, asked
from planfold.infrastructure.planners.offline.clauses import Clause
from planfold.infrastructure.planners.offline.http import left_out, method_in, sends
from planfold.infrastructure.planners.offline.making import Maker
from planfold.infrastructure.planners.offline.matching import ENOUGH, Match, SkillIndex
from planfold.infrastructure.planners.offline.phrases import points_back
from planfold.infrastructure.planners.offline.restrictions import NotPlanned, changing, lost, unplanned
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.slots import slots_of
from planfold.infrastructure.planners.offline.values import OPAQUE, Kind
from planfold.infrastructure.planners.offline.words import listed, stem, stemmed, stems, words

# Speak of how to do the rest rather than of a thing to do.
_MANNERS = stemmed("ensure keep be use include note remember consider avoid thank thanks wait follow try")
_MANNER = re.compile(r"(?:make|do) (?:it|them|this|that|so|sure)\b", re.IGNORECASE)

# Ask for what a step gives already: whoever set the goal sees the results.
_TOLD_BACK = stemmed("say result outcome answer output finding success status everything done") | listed("everyth")
_TO_ME = re.compile(r"(?:show|give|tell|read|send) (?:it|them|this|that) to (?:me|us)", re.IGNORECASE)

_SHOWING = stemmed("get give show take see view look check open read find list")
"""Verbs of a clause that asks for what stands somewhere."""
_FINITE = re.compile(r"\b(?:is|are|was|were|be|been|has|have|had|am|will|\w+'s|\w+'m|needs?|i|we|you)\b", re.IGNORECASE)
_EXCLUDING = re.compile(
    r"(?:(?:but|do not|don't|never|without|no need to|rather than|instead of)\b\s*)+", re.IGNORECASE
)
SURE = 0.6
"""The score from which a thing that is only named is asked for."""
MANY = 100
"""How far down the ranking a skill is looked for that sends a request with a given method."""


class NotServed(Exception):
    """No skill of the manifest does what a clause asks for."""


class Assembly:
    """Makes the steps of one plan. `unserved` are the words about manners that no step takes up."""

    def __init__(self, scene: Scene, index: SkillIndex) -> None:
        self._scene, self._index = scene, index
        self._maker = Maker(scene, index)
        self._around = index.surroundings(scene.said)
        self.unserved: list[str] = []

    def steps(self) -> Sequence[Drafted]:
        """At least one. Raises NotServed or NotPlanned."""
        requests = [clause for clause in self._scene.clauses if self._asks(clause)] or self._likely()
        for group, clause in enumerate(requests):
            if not (clause.shares and self._same(clause, requests[group + 1])):
                self._serve(clause, group)
        if not self._scene.steps:
            nearest = [match for clause in requests[:1] for match in self._rank(clause)]
            raise NotServed(_sentence(self._scene.goal, nearest))
        self._refuse_what_is_lost()
        return self._scene.steps

    def _refuse_what_is_lost(self) -> None:
        texts = [*lost(self._scene), *self._unclear_exclusions()]
        texts += [text for step in self._scene.steps for text in left_out(self._scene, step)]
        if texts:
            raise NotPlanned(unplanned(texts))
        if (statement := changing(self._scene.steps)) is not None:
            raise NotPlanned(
                f"{statement!r} changes data, and the skill that would get it only reads; ask for the records to read, "
                "or add a skill that changes data"
            )

    def _unclear_exclusions(self) -> list[str]:
        """Exclusions that forbid more than a deed that is not planned anyway: "don't include names"."""
        planned = {step.skill.name for step in self._scene.steps}
        excluded = [clause for clause in self._scene.clauses if clause.kind == "exclusion"]
        bare = [(clause, _EXCLUDING.sub("", clause.text)) for clause in excluded]
        known = [
            (
                clause,
                next(
                    iter(self._index.rank(Asked(text, next(iter(words(text)), ""), _kinds(self._scene, clause)))), None
                ),
            )
            for clause, text in bare
        ]
        return [
            clause.text[:120]
            for clause, match in known
            if match is None or match.score < ENOUGH or match.skill.name in planned
        ]

    def unused(self) -> list[str]:
        """Literals that no step takes up, as written: "Every Monday" of a goal whose skills take no time."""
        clauses = [clause for clause in self._scene.clauses if clause.kind != "exclusion"]
        left = {value for clause in clauses for value in self._scene.unused(clause) if value.kind in OPAQUE}
        texts = [self._scene.goal[value.start : value.end] for value in sorted(left, key=lambda value: value.start)]
        written = [str(text) for step in self._scene.steps for text in step.params.values()]
        return [text for text in texts if not any(text in whole for whole in written)]

    def _asks(self, clause: Clause) -> bool:
        """A request, or a thing that a skill serves and of which nothing is said: "The weather in Oslo"."""
        named = clause.kind == "statement" and not clause.lead and not _FINITE.search(clause.text)
        return clause.kind == "request" or (named and (best := self._best(clause)) is not None and best.score >= SURE)

    def _likely(self) -> list[Clause]:
        """Of a goal without a request, such as "Weather in Oslo": what a skill serves, else its first words."""
        stated = [clause for clause in self._scene.clauses if clause.kind == "statement" and stems(clause.text)]
        return [clause for clause in stated if self._best(clause) is not None] or stated[:1]

    def _same(self, clause: Clause, following: Clause) -> bool:
        """Whether two verbs with one object ask for one skill."""
        return [match.skill.name for match in self._rank(clause)[:1]] == [
            match.skill.name for match in self._rank(following)[:1]
        ]

    def _serve(self, clause: Clause, group: int) -> None:
        best, steps = self._best(clause), self._scene.steps
        if self._needs_no_step(clause, best):
            return
        # What another skill serves is no addition to the last step.
        own = best is None or (bool(steps) and best.skill.name == steps[-1].skill.name)
        if own and steps and slots_of(steps[-1].skill) and self._maker.add_to(steps[-1], clause):
            return
        if best is not None:
            first = len(steps)
            self._maker.make(clause, best, group)
            self._sequence(clause, first)
        elif stem(clause.verb) in _MANNERS or _MANNER.match(clause.text) or not stems(clause.text):
            self.unserved.append(clause.text[:200])
        else:
            raise NotServed(_sentence(clause.text, self._rank(clause)))

    def _needs_no_step(self, clause: Clause, best: Match | None) -> bool:
        """What asks for nothing new: "and tell me the result", "after completing the purchase"."""
        steps = self._scene.steps
        if steps and _TO_ME.fullmatch(clause.text):
            return True
        if clause.told and steps:  # whoever set the goal sees the results anyway
            known = {stem(word) for step in steps for word in words(step.skill.name)}
            if _TOLD_BACK | known >= set(stems(clause.text)):
                return True
        return clause.aside and (best is None or best.skill.name in {step.skill.name for step in steps})

    def _best(self, clause: Clause) -> Match | None:
        if (method := method_in(self._scene, clause)) is not None:
            return next((match for match in self._rank(clause, MANY) if sends(match.skill, method)), None)
        best = next((match for match in self._rank(clause) if match.score >= ENOUGH), None)
        if best is not None or (clause.verb and stem(clause.verb) not in _SHOWING):
            return best
        wanted = asked(self._scene.said, clause, self._scene.inside(clause))
        if not wanted.telling:  # "show me what is in a.txt"
            return self._maker.reader(clause)
        return self._maker.finder() if wanted.within else None  # "the deadlines in a.txt"

    def _rank(self, clause: Clause, at_most: int = 3) -> list[Match]:
        around = self._around + 0.5 * self._index.akin(step.skill for step in self._scene.steps)
        return self._index.rank(asked(self._scene.said, clause, self._scene.inside(clause)), around, at_most)

    def _sequence(self, clause: Clause, first: int) -> None:
        """What waits for the clause before: "then", "delete it", and a skill of which only the order is known.

        That is one that declares no parameters, or follows one that declares none.
        """
        steps = self._scene.steps
        before = [step for step in steps[:first] if step.group == steps[first - 1].group and not step.feeds]
        for step in steps[first:]:
            untold = not slots_of(step.skill) or (before and not slots_of(before[-1].skill))
            if before and (clause.then or untold or (not step.depends_on and points_back(self._scene, clause))):
                step.depends_on |= {earlier.step_id for earlier in before}


def _kinds(scene: Scene, clause: Clause) -> frozenset[Kind]:
    return frozenset(value.kind for value in scene.inside(clause))


def _sentence(text: str, ranked: Sequence[Match]) -> str:
    near = ", ".join(match.skill.name for match in ranked) or "none"
    return f"no skill serves {text[:120]!r}; the nearest are {near}: add a skill for it, or say it in other words"
