"""Whether the answer is a plan at all, and of bounded size: what can be said without knowing a skill."""

from collections import Counter
from collections.abc import Iterator

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from planfold.domain.inspection.draft import FORGED, Draft
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.schema import escaped
from planfold.domain.secrets import secret_kind


def unrepresentable_values(draft: Draft) -> Iterator[Finding]:
    for pointer, what in draft.unrepresentable:
        fault = (
            f"is {what}; use another name"
            if what == FORGED
            else f"held {what}, which JSON between systems (RFC 7493) cannot carry; use plain text and numbers below 2^53"
        )
        yield finding(
            "INVALID_PLAN",
            f"{pointer or 'the answer'} {fault}",
            step_id=_step_at(draft, pointer),
            path=pointer,
        )


def malformed_plan(draft: Draft) -> Iterator[Finding]:
    """One finding for each place where the answer departs from the form of a plan; its path leads there."""
    if not isinstance(draft.parsed, ValidationError):
        return
    told = tuple(f"{pointer}/" for pointer, _ in draft.unrepresentable)
    places = {_pointer(draft.answer, error["loc"]): error for error in reversed(draft.parsed.errors())}
    for pointer in sorted(places):
        if not f"{pointer}/".startswith(told):
            fault = _fault(places[pointer])
            yield finding(
                "INVALID_PLAN",
                f"the answer is no plan: {pointer or 'the whole'} {fault}",
                step_id=_step_at(draft, pointer),
                path=pointer,
            )


def _fault(error: ErrorDetails) -> str:
    kind = secret_kind(error["input"]) if isinstance(error["input"], dict) else None
    if kind is not None:
        return f"held a secret ({kind}) where a text without one must stand; leave it out"
    match error["type"]:
        case "missing":
            return "is missing; give it"
        case "extra_forbidden":
            return "is not a field of a plan; leave it out"
        case "model_type" | "dict_type":
            return "must be an object"
        case "tuple_type":
            return "must be a list"
        case _:
            message = error["msg"]
            return f"is refused: {message[:1].lower()}{message[1:]}"


def empty_plan(draft: Draft) -> Iterator[Finding]:
    if draft.plan is not None and not draft.plan.steps:
        yield finding("EMPTY_PLAN", "the plan has no step; give at least one, or say that no skill fits", path="/steps")


def too_many_steps(draft: Draft) -> Iterator[Finding]:
    most = draft.rules.max_steps
    if len(draft.steps) > most:
        yield finding(
            "TOO_MANY_STEPS",
            f"the plan has {len(draft.steps)} steps of at most {most}; merge steps, or loop over a list",
            path="/steps",
        )


def duplicate_step_ids(draft: Draft) -> Iterator[Finding]:
    """One finding for each step after the first of its id."""
    times: Counter[str] = Counter()
    for place, step, _ in draft.steps:
        times[step.step_id] += 1
        if times[step.step_id] > 1:
            yield finding(
                "DUPLICATE_STEP_ID",
                f"step id {step.step_id!r} stands {times[step.step_id]} times; give each step an id of its own",
                step_id=step.step_id,
                path=f"{place}/step_id",
            )


def excessive_loops(draft: Draft) -> Iterator[Finding]:
    most = draft.rules.max_iterations
    for place, step, _ in draft.steps:
        if step.loop is not None and step.loop.max_iterations > most:
            yield finding(
                "EXCESSIVE_LOOP",
                f"step {step.step_id} loops up to {step.loop.max_iterations} times of at most {most}; lower max_iterations",
                step_id=step.step_id,
                path=f"{place}/loop/max_iterations",
            )


def excessive_retries(draft: Draft) -> Iterator[Finding]:
    most = draft.rules.max_retries
    for place, step, _ in draft.steps:
        if step.retry_count > most:
            yield finding(
                "EXCESSIVE_RETRIES",
                f"step {step.step_id} is retried up to {step.retry_count} times of at most {most}; lower retry_count",
                step_id=step.step_id,
                path=f"{place}/retry_count",
            )


def _pointer(answer: JsonValue, location: tuple[int | str, ...]) -> str:
    """pydantic's location as a JSON Pointer: it also names the branches of a union, which stand nowhere in the answer."""
    pointer, here = "", answer
    for position, name in enumerate(location):
        last = position == len(location) - 1
        if isinstance(here, dict) and isinstance(name, str) and (name in here or last):
            pointer, here = f"{pointer}/{escaped(name)}", here.get(name)
        elif isinstance(here, list) and isinstance(name, int) and name < len(here):
            pointer, here = f"{pointer}/{name}", here[name]
    return pointer


def _step_at(draft: Draft, pointer: str) -> str | None:
    """The id of the step that `pointer` leads into, as far as the answer has one."""
    names = pointer.split("/")
    steps = draft.answer.get("steps") if isinstance(draft.answer, dict) else None
    if len(names) < 3 or names[1] != "steps" or not isinstance(steps, list):  # noqa: PLR2004 - "", "steps", index
        return None
    step = steps[int(names[2])] if names[2].isdigit() and int(names[2]) < len(steps) else None
    named = step.get("step_id") if isinstance(step, dict) else None
    return named if isinstance(named, str) else None
