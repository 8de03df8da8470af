"""A planner that may not be asked at once is waited for: before credit is held for it, and with all else on record."""

from collections.abc import Sequence
from datetime import timedelta

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.ports import DraftAnswer, DraftRequest, DraftUnavailable, Pause
from planfold.application.world import Ports
from planfold.domain.ledger import CreditHeld
from planfold.domain.plan_generation import DraftFailed
from planfold.domain.recorded import Recorded
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
LATE = DraftUnavailable("rate_limited", "slow down", retryable=True, sent=True, cost_micros=0)


class Paced(FixedPlanner):
    """Asks for a pause before each request but the first."""

    def __init__(self, *answers: object, pause: float = 7, ends: Exception | None = None, **options: int) -> None:
        super().__init__(*answers, name="paced", deterministic=False, **options)
        self._pause, self._ends = pause, ends

    def place(self, request: DraftRequest) -> Pause:  # noqa: ARG002 - the port's
        if self._ends is not None and self.requests:
            raise self._ends
        return Pause(self._pause if self.requests else 0, "asked for a pause")


class Onlooker:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def recorded(self, events: Sequence[Recorded[object]]) -> None:
        self.seen += [type(item.fact).__name__ for item in events]

    def pauses(self, planner: str, pause: Pause) -> None:
        self.seen.append(f"{planner} {pause.why}: {pause.seconds} s")


def facts(ports: Ports, stream: str) -> list[object]:
    return [item.fact for item in ports.log.read(stream)]


def test_a_pause_passes_before_the_next_request_and_is_told(ports: Ports, clock: FixedClock) -> None:
    began, onlooker = clock.now(), Onlooker()
    planner = Paced(LATE, {"plan_id": "p", "steps": []})

    PlanGenerationEngine(ports, [planner]).generate(ASKED, sink=onlooker)

    assert began + timedelta(seconds=14) == clock.now()
    assert "paced asked for a pause: 7 s" in onlooker.seen
    assert [0, 0, 7] == [request.elapsed for request in planner.requests]


def test_what_came_of_an_attempt_is_recorded_before_anybody_waits(ports: Ports) -> None:
    onlooker = Onlooker()

    PlanGenerationEngine(ports, [Paced(LATE, cost=0, worst=0)]).generate(ASKED, sink=onlooker)

    first_pause = onlooker.seen.index("paced asked for a pause: 7 s")
    assert "DraftFailed" == onlooker.seen[first_pause - 1]


def test_a_planner_knows_whether_somebody_else_can_be_asked(ports: Ports) -> None:
    first, last = FixedPlanner(None, name="first"), FixedPlanner(None, name="last")

    PlanGenerationEngine(ports, [first, last]).generate(ASKED)

    assert [True, False] == [planner.requests[0].has_others for planner in (first, last)]


def test_nothing_is_held_while_it_is_waited(ports: Ports, clock: FixedClock) -> None:
    budgets = Budgets(ports.ledgers, clock)
    budgets.grant("scout", 1_000, "g1")
    held_at = []

    class Watching(Onlooker):
        def pauses(self, planner: str, pause: Pause) -> None:  # noqa: ARG002 - the port's
            held_at.append(budgets.get_status("scout").held_micros)

    PlanGenerationEngine(ports, [Paced(LATE, cost=0, worst=100)]).generate(ASKED, sink=Watching())

    assert [0, 0] == held_at
    assert 3 == sum(isinstance(fact, CreditHeld) for fact in facts(ports, "default/ledger/agent:scout"))


def test_a_planner_that_may_not_be_asked_any_more_was_not_sent_anything(ports: Ports) -> None:
    ends = DraftUnavailable("deadline", "the time is over", retryable=False, sent=False)
    planner = Paced(LATE, ends=ends)

    result = PlanGenerationEngine(ports, [planner]).generate(ASKED)

    failures = [fact for fact in facts(ports, "default/run/r1") if isinstance(fact, DraftFailed)]
    assert ["rate_limited", "deadline"] == [failure.code for failure in failures]
    assert (0, 0) == (failures[1].cost_micros, failures[1].charged_micros)
    assert ("failed", 1) == (result.outcome, len(planner.requests))


def test_what_a_planner_was_told_is_kept_by_its_digest(ports: Ports) -> None:
    class Telling(FixedPlanner):
        def draft(self, request: DraftRequest) -> DraftAnswer:
            return super().draft(request).model_copy(update={"prompt": b"Plan this."})

    result = PlanGenerationEngine(ports, [Telling({"plan_id": "p", "steps": []})]).generate(ASKED)

    drafted = result.generation.draft
    assert drafted is not None
    assert drafted.prompt_digest is not None
    assert b"Plan this." == ports.artifacts.get("default", drafted.prompt_digest)


def test_what_a_planner_was_told_is_kept_where_it_had_no_answer(ports: Ports) -> None:
    late = DraftUnavailable("timeout", "late", retryable=False, sent=True, prompt=b"Plan this.")

    PlanGenerationEngine(ports, [FixedPlanner(late)]).generate(ASKED)

    (failure,) = [fact for fact in facts(ports, "default/run/r1") if isinstance(fact, DraftFailed)]
    assert failure.prompt_digest is not None
    assert b"Plan this." == ports.artifacts.get("default", failure.prompt_digest)
