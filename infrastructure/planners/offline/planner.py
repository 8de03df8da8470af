"""The offline planner: no model, no network, no clock; the same goal, skills and memories give the same plan to the byte."""

from collections.abc import Sequence
from functools import cached_property

from pydantic import JsonValue

from planfold.application.ports import DraftAnswer, DraftRequest, NotAsked
from planfold.domain.canonical import canonical, digest
from planfold.domain.money import Micros
from planfold.domain.planner import PlannerIdentity
from planfold.infrastructure.embedding import Embedder
from planfold.infrastructure.errors import EmbeddingUnavailable
from planfold.infrastructure.planners.offline.assembly import Assembly, NotServed
from planfold.infrastructure.planners.offline.clauses import clauses_of
from planfold.infrastructure.planners.offline.conditions import condition_in, without_idle_words
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from planfold.infrastructure.planners.offline.restrictions import NotPlanned, not_to_be_planned, unplanned
from planfold.infrastructure.planners.offline.scene import Drafted, Scene
from planfold.infrastructure.planners.offline.values import values_in
from planfold.infrastructure.planners.offline.words import plain

NAME, VERSION = "offline", "2"
MAX_REQUESTS = 100
"""Four times what a plan may have in steps by default: beyond that, no time is spent on it."""


class OfflinePlanner:
    """Drafts by words in common, nearness of meaning and the forms of the parameters; free, and used from any thread."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._indexes = SkillIndexes(embedder)

    @cached_property
    def identity(self) -> PlannerIdentity:
        """Its model is the table of token vectors, None if that cannot be had: then each draft says why."""
        try:
            model = str(self._embedder.model)
        except EmbeddingUnavailable:
            model = None
        return PlannerIdentity(name=NAME, version=VERSION, model=model, deterministic=True)

    def worst_case(self, request: DraftRequest) -> Micros | None:  # noqa: ARG002 - the port's argument
        return 0

    def draft(self, request: DraftRequest) -> DraftAnswer:
        try:
            return DraftAnswer(answer=self._plan(request), cost_micros=0)
        except EmbeddingUnavailable as error:
            raise NotAsked("unavailable", str(error)) from error
        except NotServed as error:
            raise NotAsked("no_skill", str(error)) from error
        except NotPlanned as error:
            raise NotAsked("unsupported", str(error)) from error

    def _plan(self, request: DraftRequest) -> JsonValue:
        values = values_in(request.goal)
        said = without_idle_words(plain(request.goal), values)
        if (condition := condition_in(said, values)) is not None:
            raise NotAsked(
                "unsupported",
                f"the goal hangs on {condition!r}, and the offline planner plans only what is to be done in any case; "
                "leave the condition out, or use a planner with a model",
            )
        index = self._indexes.of(request.manifest)
        clauses = clauses_of(said, values, index.verbs)
        requests = sum(clause.kind == "request" for clause in clauses)
        if requests > MAX_REQUESTS:
            raise NotAsked(
                "too_long",
                f"the goal makes {requests} requests of at most {MAX_REQUESTS}; split it into several runs",
            )
        if (forbidden := not_to_be_planned(clauses)) is not None:
            raise NotPlanned(unplanned([forbidden]))
        assembly = Assembly(Scene(request.goal, said, values, clauses, request.snippets), index)
        steps = assembly.steps()
        return _plan(request, steps, [*assembly.unserved, *assembly.unused()])


def _plan(request: DraftRequest, drafted: Sequence[Drafted], unserved: Sequence[str]) -> JsonValue:
    """`plan_id` names the goal, the skills and the steps: memories can lead to other steps."""
    order = {step.step_id: index for index, step in enumerate(drafted)}
    steps: list[JsonValue] = [
        {
            "step_id": step.step_id,
            "skill": step.skill.name,
            "params": step.params,
            "depends_on": [*sorted(step.depends_on, key=order.__getitem__)],
            "description": step.clause.text[:500],
        }
        for step in drafted
    ]
    named = digest(canonical([request.goal, request.manifest.digest, steps]))
    matches: dict[str, JsonValue] = {step.step_id: step.score for step in drafted}
    metadata: dict[str, JsonValue] = {"planner": NAME, "planner_version": VERSION, "scores": matches}
    if unserved:
        metadata["unserved"] = list(unserved)
    return {"plan_id": f"plan-{named[:12]}", "steps": steps, "metadata": metadata}
