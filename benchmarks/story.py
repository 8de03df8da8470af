"""The run that all contenders store: five real events of one plan, made in memory by the offline planner."""

from benchmarks.contenders import Body
from planfold.application import PlanGenerationContext, PlanGenerationEngine
from planfold.application.ids import new_id
from planfold.domain.frozen import Fact
from planfold.domain.names import run_stream
from planfold.domain.recorded import Head
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.event_codec import encode
from planfold.infrastructure.in_memory import in_memory_ports
from planfold.infrastructure.planners.offline.planner import OfflinePlanner
from planfold.infrastructure.skills.catalog import StarterCatalog

GOAL = "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com"
EVENTS = 5


def bodies() -> list[Body]:
    """The events of one run that is ready, as planfold stores them."""
    ports = in_memory_ports(StarterCatalog().manifest("default", "bench"))
    engine = PlanGenerationEngine(ports, [OfflinePlanner(wordllama())])
    run_id = "0123456789abcdef"  # as long as those of the contenders
    result = engine.generate(PlanGenerationContext("bench", GOAL, run_id))
    stream, head, found = run_stream("default", run_id), Head(), list[Body]()
    for recorded in ports.log.read(stream):
        assert isinstance(recorded.fact, Fact)  # noqa: S101 - the log holds nothing else
        entry = encode(
            recorded.fact,
            stream=stream,
            head=head,
            event_id=new_id(),
            now=recorded.recorded_at,
            actor="planfold",
            correlation_id=run_id,
        )
        found.append(Body(entry.topic, entry.state))
        head = entry.head
    if result.outcome != "ready" or len(found) != EVENTS:
        raise RuntimeError(f"the story was to be a ready plan of {EVENTS} events: {result.outcome}, {len(found)}")
    return found
