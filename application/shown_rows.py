"""What queries are shown: the row of a run and that of a ledger, as their events make them.

Of a run it is its result, beside it what runs are looked for by, and what each of its drafts came to.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from planfold.application.ports import ShownRow
from planfold.application.results import EMPTY, PlanGenerationResult, evolve
from planfold.domain import ledger as ledgers
from planfold.domain.inspection import Finding
from planfold.domain.ledger import Ledger
from planfold.domain.plan_generation import DraftFailed, PlanDrafted, PlanValidated
from planfold.domain.recorded import Recorded

Draft = dict[str, Any]
"""Who answered and when, in how many tokens, for how many micro-USD, in how many milliseconds; what was found in it.

`valid` is None as long as nobody inspected it, which for a failed one is for ever; of each finding the code and the skill
of its step.
"""


class RunAt(NamedTuple):
    result: PlanGenerationResult
    drafts: tuple[Draft, ...]


NO_RUN = RunAt(EMPTY, ())


def evolve_run(state: RunAt, event: Recorded[Any]) -> RunAt:
    """`state` after one more event of the run."""
    result = evolve(state.result, event)
    return RunAt(result, _drafts(state.drafts, event, result))


def beside(state: RunAt) -> dict[str, Any]:
    """The columns beside the result, as JSON has them."""
    result = state.result
    return {
        "agent_id": result.agent_id,
        "goal": result.goal,
        "outcome": result.outcome,
        "planner": None if result.planner is None else result.planner.name,
        "codes": sorted({finding.code for finding in result.findings}),
        "started_at": None if result.started_at is None else result.started_at.isoformat(),
        "started_position": result.started_position,
        "position": result.position,
        "drafts": [*state.drafts],
    }


def run_row(events: Sequence[Recorded[Any]]) -> ShownRow:
    """The row of a run with these events, of which there is one at least."""
    state = NO_RUN
    for event in events:
        state = evolve_run(state, event)
    return row_of_run(state)


def row_of_run(state: RunAt) -> ShownRow:
    return ShownRow(state.result.version, beside(state) | {"result": state.result.model_dump(mode="json")})


def ledger_row(events: Sequence[Recorded[Any]]) -> ShownRow:
    """The row of a ledger with these events, of which there is one at least."""
    last = events[-1]
    return row_of_ledger(ledgers.fold(event.fact for event in events), last.version, last.position)


def row_of_ledger(ledger: Ledger, version: int, position: int) -> ShownRow:
    return ShownRow(version, {"position": position, "state": ledger.model_dump(mode="json", exclude_defaults=True)})


def _drafts(drafts: tuple[Draft, ...], event: Recorded[Any], result: PlanGenerationResult) -> tuple[Draft, ...]:
    match event.fact:
        case PlanDrafted() | DraftFailed() as fact:
            draft = {
                "attempt": fact.attempt,
                "answered": isinstance(fact, PlanDrafted),
                "at": event.recorded_at.isoformat(),
                "planner": fact.planner.name,
                "model": fact.planner.model,
                "tokens": None if fact.usage is None else fact.usage.input_tokens + fact.usage.output_tokens,
                "cost_micros": fact.cost_micros,
                "duration_ms": fact.duration_ms,
                "valid": None,
                "findings": [],
            }
            return (*drafts, draft)
        case PlanValidated() as fact if drafts:
            found = [{"code": item.code, "skill": _skill(result, item)} for item in fact.findings]
            return (*drafts[:-1], drafts[-1] | {"valid": fact.valid, "findings": found})
        case _:
            return drafts


def _skill(result: PlanGenerationResult, finding: Finding) -> str | None:
    """What the step calls that a finding is about; None if it is about none, or about one without a name."""
    for step in result.steps if finding.step_id is not None else ():
        if step.get("step_id") == finding.step_id:
            skill = step.get("skill")
            return skill if isinstance(skill, str) else None
    return None
