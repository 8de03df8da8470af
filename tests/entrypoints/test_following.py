"""Who is asked while nothing else can be shown, and what it has taken so far."""

import pytest

from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.budget import Budgets
from planfold.application.ports import DraftAnswer, DraftRequest
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.domain.planner import Usage
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.cli import following, waiting
from planfold.infrastructure.cli.following import Following
from planfold.infrastructure.in_memory import FixedPlanner, in_memory_ports

ASKED = PlanGenerationContext("scout", "fetch it", "r1")
GOOD = {"plan_id": "p", "steps": [{"step_id": "s1", "skill": "fetch"}]}


class Counted(FixedPlanner):
    def draft(self, request: DraftRequest) -> DraftAnswer:
        usage = Usage(input_tokens=1_200, output_tokens=34)
        return super().draft(request).model_copy(update={"usage": usage})


@pytest.fixture
def ports() -> Ports:
    return in_memory_ports(Manifest(skills=(Skill(name="fetch", cost=1),)))


@pytest.fixture
def deeds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is shown to be waited for, one after the other."""
    shown: list[str] = []

    class Noted(waiting.Waiting):
        def begin(self, deed: str) -> None:
            shown.append(deed)

    monkeypatch.setattr(following, "Waiting", Noted)
    return shown


def test_who_is_asked_is_shown_with_what_it_may_cost_and_the_tokens_so_far(ports: Ports, deeds: list[str]) -> None:
    Budgets(ports.ledgers, ports.clock).grant("scout", 9_000_000, "g1")
    dear = Counted(None, GOOD, name="dear", deterministic=False, cost=10, worst=2_000_000)
    engine = PlanGenerationEngine(ports, [FixedPlanner(None, name="cheap"), dear])

    with Following(_runs(ports), "default", "r1", lambda _: None) as follower:
        engine.generate(ASKED, sink=follower)

    assert [
        "planning",
        "asking cheap",
        "asking dear (attempt 2, at most 2.00 USD)",
        "asking dear (attempt 3, at most 2.00 USD, 1,234 tokens so far)",
        "planning",
    ] == deeds


def test_what_others_record_meanwhile_is_told_too_once_and_in_order(ports: Ports, deeds: list[str]) -> None:
    told: list[int] = []
    PlanGenerationEngine(ports, [FixedPlanner(GOOD)]).generate(ASKED)
    events = _runs(ports).events("r1")

    with Following(_runs(ports), "default", "r1", lambda some: told.extend(item.version for item in some)) as follower:
        follower.recorded(events[:1])
        follower.recorded(events[3:])

    assert [item.version for item in events] == told
    assert deeds


def _runs(ports: Ports) -> Runs:
    return Runs(ports.log, ports.reader, ports.ledgers, ports.clock)


def test_how_long_it_has_been_is_shown_and_goes_on() -> None:
    times = [100.0, 101.2, 142.6]
    elapsed = waiting.Elapsed("asking a model", lambda: times.pop(0))

    assert ["asking a model ... 1 s", "asking a model ... 43 s"] == [elapsed.__rich__(), elapsed.__rich__()]
