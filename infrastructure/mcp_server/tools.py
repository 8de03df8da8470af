"""The four tools: what each takes and answers, and the use case behind it. Nothing here knows the protocol.

Whose runs they are is not the client's to say: the tenant and the agents are fixed by whoever starts the server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from planfold.application import (
    PlanGenerationContext,
    PlanGenerationEngine,
    PlanGenerationResult,
    RunConflict,
    RunUnknown,
)
from planfold.application.checking import NO_GOAL, PlanChecker
from planfold.application.ids import new_id
from planfold.application.runs import Runs
from planfold.application.story import told
from planfold.domain.errors import DomainError
from planfold.domain.frozen import Frozen
from planfold.domain.names import IDENTIFIER, Identifier
from planfold.infrastructure.mcp_server.answers import Checked, Planned, Sentence, Story, checked, planned

LONGEST_GOAL = 40_000
"""Characters; the engine may be set to fewer."""

_FORM: JsonDict = {"pattern": f"^{IDENTIFIER.pattern}$", "maxLength": 128}
Id = Annotated[Identifier, Field(json_schema_extra=_FORM)]
RunId = Annotated[Id, Field(description="The id of the run.")]
AgentField = Annotated[
    Id | None, Field(description="Whose skills, memories and budget count; one that this server serves.")
]


class GenerateArguments(Frozen):
    goal: str = Field(min_length=1, max_length=LONGEST_GOAL, description="What is to be reached, in a sentence.")
    agent: AgentField = None
    run_id: Annotated[
        Id | None, Field(description="The id of the run; the same again gives the same answer. A new one if not given.")
    ] = None
    budget_cents: int | None = Field(
        default=None, ge=0, le=10**12, description="What this run may cost at most, in US cents, beside its budgets."
    )


class RunArguments(Frozen):
    run_id: RunId


class CheckArguments(Frozen):
    plan: dict[str, JsonValue] = Field(
        description='The plan: {"plan_id", "steps": [{"step_id", "skill", "params", "depends_on"}]}.'
    )
    goal: str = Field(
        default=NO_GOAL, min_length=1, max_length=LONGEST_GOAL, description="The goal that it is to reach."
    )
    agent: AgentField = None


class Answer(NamedTuple):
    """`sentence` says the same as `content`, as far as a person needs it."""

    sentence: str
    content: Frozen


class NotServed(DomainError):
    """The client asked for what it was not started for."""


class Hints(NamedTuple):
    """What a client is told of a tool (`ToolAnnotations`); none of them reaches beyond planfold."""

    read_only: bool
    idempotent: bool


@dataclass(frozen=True)
class Tool:
    name: str
    title: str
    description: str
    takes: type[Frozen]
    answers: type[Frozen]
    hints: Hints
    call: Callable[[Any], Answer]

    @property
    def input_schema(self) -> dict[str, Any]:
        return self.takes.model_json_schema()

    @property
    def output_schema(self) -> dict[str, Any]:
        return self.answers.model_json_schema(mode="serialization")


@dataclass(frozen=True)
class Service:
    """The use cases, for one tenant and these agents, the first of them where the client names none."""

    engine: PlanGenerationEngine
    runs: Runs
    checker: PlanChecker
    tenant: str
    agents: tuple[str, ...]

    def generate(self, asked: GenerateArguments) -> Answer:
        run_id = new_id() if asked.run_id is None else asked.run_id
        context = PlanGenerationContext(
            self._agent(asked.agent), asked.goal, run_id, asked.budget_cents, tenant=self.tenant
        )
        try:
            result = self.engine.generate(context)
        except RunConflict:  # its sentence names the agent, who may be none of this client's
            raise NotServed(
                f"run {run_id!r} is recorded already with another agent or goal; use a new run id"
            ) from None
        return self._planned(result)

    def get(self, asked: RunArguments) -> Answer:
        return self._planned(self._run(asked.run_id))

    def explain(self, asked: RunArguments) -> Answer:
        self._run(asked.run_id)
        sentences = tuple(
            Sentence(at=item.recorded_at, event=item.name, sentence=told(item.fact))
            for item in self.runs.events(asked.run_id, self.tenant)
        )
        story = "\n".join(f"{item.at:%Y-%m-%d %H:%M:%S} UTC  {item.sentence}" for item in sentences)
        return Answer(story, Story(run_id=asked.run_id, sentences=sentences))

    def check(self, asked: CheckArguments) -> Answer:
        found = self.checker.check(asked.plan, self._agent(asked.agent), goal=asked.goal, tenant=self.tenant)
        answer = checked(found)
        return Answer(answer.sentence, answer)

    def _agent(self, named: str | None) -> str:
        if named is None:
            return self.agents[0]
        if named not in self.agents:
            raise NotServed(f"agent {named!r} is not served here; these are: {', '.join(self.agents)}")
        return named

    def _planned(self, result: PlanGenerationResult) -> Answer:
        answer = planned(result, held=self.runs.money_is_held(result))
        return Answer(answer.sentence, answer)

    def _run(self, run_id: str) -> PlanGenerationResult:
        """Raises RunUnknown, also for a run of an agent that is not served here: who it was is not told."""
        result = self.runs.result(run_id, self.tenant)
        if result.agent_id not in self.agents:
            raise RunUnknown(self.tenant, run_id)
        return result


def tools_of(service: Service) -> Mapping[str, Tool]:
    """By name, in the order in which they are shown."""
    made = (
        Tool(
            "generate_plan",
            "Generate a plan",
            "Turn a goal into a plan of skill calls that is inspected, checked against the agent's budget and recorded. "
            "Only a plan with may_run true may be run. Nothing is run by this tool.",
            GenerateArguments,
            Planned,
            Hints(read_only=False, idempotent=False),
            service.generate,
        ),
        Tool(
            "get_plan",
            "Read a plan",
            "Read a recorded run: its plan, what the inspector found in it, what it may cost, and how it ended.",
            RunArguments,
            Planned,
            Hints(read_only=True, idempotent=True),
            service.get,
        ),
        Tool(
            "explain_plan",
            "Explain a plan",
            "Tell how a plan came about: one sentence for each recorded event, with the figures that decided it.",
            RunArguments,
            Story,
            Hints(read_only=True, idempotent=True),
            service.explain,
        ),
        Tool(
            "check_plan",
            "Check a plan",
            "Judge a plan of your own by the agent's skills and rules, and say the most that it would cost. "
            "Nothing is recorded or held.",
            CheckArguments,
            Checked,
            Hints(read_only=True, idempotent=True),
            service.check,
        ),
    )
    return {tool.name: tool for tool in made}
