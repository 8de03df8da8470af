"""Records the golden streams of a release: `uv run python tests/infrastructure/golden/record.py`, once, when it is made.

What it writes is named after the version in pyproject.toml and never changes again: `events.jsonl` has every stored event
as its bytes stand, `runs.json` and `ledgers.json` what they amount to. Every later release must read the same from them.
"""

import json
import sys
import tomllib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from planfold.application.budget import Budgets
from planfold.application.context import PlanGenerationContext
from planfold.application.engine import PlanGenerationEngine
from planfold.application.memories import Memories
from planfold.application.ports import DraftUnavailable
from planfold.application.results import fold as result_of
from planfold.application.runs import Runs
from planfold.application.world import EnginePolicy, Ports
from planfold.domain import ledger
from planfold.domain.ledger import LimitsChanged
from planfold.domain.plan_generation import reported
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.event_codec import decode
from planfold.infrastructure.in_memory import FixedClock, FixedPlanner, in_memory_ports

HERE = Path(__file__).parent
MANIFEST = Manifest(
    skills=(
        Skill(
            name="fetch",
            description="Fetch a URL",
            parameters={"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}},
            cost=4_000_000,
        ),
        Skill(name="guess", description="Guess what nobody knows the price of"),
    )
)


class Model(FixedPlanner):
    """One that is paid for, and says what it used."""

    def __init__(self, *answers: Any, cost: int | None, worst: int) -> None:
        super().__init__(*answers, cost=cost, worst=worst, deterministic=False)
        self.identity = PlannerIdentity(name="model", version="2", model="small-1", deterministic=False)

    def draft(self, request: Any) -> Any:
        usage = Usage(input_tokens=900, output_tokens=120, cache_read_tokens=400, reasoning_tokens=30)
        return super().draft(request).model_copy(update={"usage": usage, "prompt_digest": "3" * 64})


class Killed(FixedPlanner):
    def draft(self, request: Any) -> Any:  # noqa: ARG002 - the port's
        raise KeyboardInterrupt


def calls(skill: str = "fetch", **params: Any) -> dict[str, Any]:
    return {"plan_id": "p", "steps": [{"step_id": "s1", "skill": skill, "params": params}]}


def lived() -> Ports:
    """A world in which everything has happened that there is an event for, and every run has ended in its own way."""
    clock = FixedClock()
    ports = in_memory_ports(MANIFEST, clock, actor="planfold")
    good = FixedPlanner(calls(url="https://example.com/ü?q=\U0001f600"))
    engine = PlanGenerationEngine(ports, [good], EnginePolicy(execution_hold=timedelta(hours=24)))
    money, runs = Budgets(ports.ledgers, clock), Runs(ports.log, ports.reader, ports.ledgers, clock)

    def plan(run: str, agent: str, goal: str = "fetch the prices", cents: int | None = None, **how: Any) -> None:
        engine.generate(PlanGenerationContext(agent, goal, run, agent_budget_cents=cents), **how)
        clock.advance(timedelta(minutes=1, microseconds=7))

    memories = Memories(ports.memories, clock)
    memories.remember("scout", "Ana wants the prices by e-mail, ünïcode and all", "m1", trust="high")
    memories.remember("scout", "Prices are at https://example.com/", "m2", trust="low")

    plan("ready", "free")
    plan("invalid", "free", planner=FixedPlanner(calls("unknown", n=1e-7, big=2**60, bad=float("nan"))))
    plan("price-unknown", "free", planner=FixedPlanner(calls("guess")))
    plan(
        "secret",
        "free",
        goal="fetch with password=hunter2-hunter2",
        planner=FixedPlanner(calls(url="x", k=[None, 0.5])),
    )
    plan("no-plan-at-all", "free", planner=FixedPlanner("a sentence and no plan"))
    plan("capped", "free", cents=100)

    money.grant("scout", 50_000_000, "g1", reason="November")
    money.revoke("scout", 5_000_000, "v1", reason="typo")
    money.limits("scout", LimitsChanged(per_run=10_000_000, per_day=40_000_000, per_model={"small-1": 90_000}))
    money.grant(None, 100_000_000, "g2", reason="all of us")
    plan("reported", "scout")
    runs.report("reported", reported("good", 3_900_000, "delivered"))
    plan(
        "second-try",
        "scout",
        planner=Model(calls("unknown"), calls(url="https://example.com/"), cost=1_234, worst=30_000),
    )
    plan("unknown-cost", "scout", planner=Model(calls(url="https://example.com/"), cost=None, worst=30_000))
    plan("model-limit", "scout", planner=Model(calls(url="https://example.com/"), cost=20_000, worst=60_000))
    sent = DraftUnavailable("timeout", "no answer within 30 seconds", retryable=True, sent=True, cost_micros=500)
    unsent = DraftUnavailable("no_capacity", "no machine is free", retryable=False, sent=False)
    plan("failed", "scout", planner=Model(sent, unsent, cost=0, worst=10_000))
    with suppress(KeyboardInterrupt):
        plan("unfinished", "scout", planner=Killed())
    ports.memories.broken = "the wiki does not answer"  # type: ignore[attr-defined] # the one in memory
    plan("degraded", "scout")
    ports.memories.broken = None  # type: ignore[attr-defined] # as above

    money.extend("scout", "second-try", clock.now() + timedelta(days=3))
    money.release("scout", "unknown-cost", "not started")
    money.pause("scout", "holidays")
    plan("paused", "scout")
    money.resume("scout", "back again")
    clock.advance(timedelta(days=1, hours=1))
    plan("next-day", "scout")  # closes what is overdue
    runs.report("next-day", reported("bad", 80_000_000, "it went wrong"))  # an overdraft, on both ledgers
    plan("overdrawn", "scout")
    money.settle("scout", "second-try", None)
    money.correct("scout", "second-try", 2_000_000, reason="the bill of November")
    return ports


def events(ports: Ports) -> list[Any]:
    recorder = ports.log._application.recorder  # type: ignore[attr-defined] # past the port, to the bytes
    found: list[Any] = recorder.select_notifications(start=1, limit=recorder.max_notification_id())
    return found


def figures(state: ledger.Ledger) -> dict[str, Any]:
    """What a ledger says to the outside, whatever its state is made of."""
    return {
        "granted": state.granted,
        "revoked": state.revoked,
        "held": state.held,
        "spent": state.spent,
        "available": state.available,
        "paused": state.paused,
        "limits": state.limits.model_dump(mode="json"),
        "open": {hold_id: hold.model_dump(mode="json") for hold_id, hold in sorted(state.holds.open.items())},
        "spent_on": {day.isoformat(): state.holds.spent_on(day) for day in sorted(state.holds.days)},
        "by_small_1": {day.isoformat(): state.holds.spent_on(day, "small-1") for day in sorted(state.holds.days)},
    }


def main() -> None:
    version = tomllib.loads((HERE.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    folder = HERE / "streams" / version
    folder.mkdir(parents=True)  # FileExistsError: a release is recorded once
    streams: dict[str, list[Any]] = {}
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        for item in events(lived()):
            streams.setdefault(str(item.originator_id), []).append(decode(item))
            row = [item.id, item.originator_id, item.originator_version, item.topic, item.state.decode()]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    runs = {name: result_of(found).model_dump(mode="json") for name, found in streams.items() if "/run/" in name}
    ledgers = {
        name: figures(ledger.fold(item.fact for item in found)) for name, found in streams.items() if "/ledger/" in name
    }
    for name, told in (("runs", runs), ("ledgers", ledgers)):
        text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(runs)} runs and {len(ledgers)} ledgers: {folder}\n")


if __name__ == "__main__":
    main()
