"""An offline planner on the real table of token vectors, and a short way to ask it."""

from collections.abc import Callable

import pytest

from planfold.application.ports import DraftRequest
from planfold.domain.memory import Snippet
from planfold.domain.plan import Plan
from planfold.domain.skill import Manifest
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.planners.offline.planner import OfflinePlanner
from planfold.infrastructure.skills import StarterCatalog

Ask = Callable[..., Plan]


def request_for(goal: str, manifest: Manifest, snippets: tuple[Snippet, ...] = ()) -> DraftRequest:
    return DraftRequest(
        tenant="default",
        agent_id="scout",
        run_id="r1",
        goal=goal,
        snippets=snippets,
        context_summary=None,
        manifest=manifest,
        attempt=1,
    )


@pytest.fixture(scope="session")
def starter() -> Manifest:
    return StarterCatalog().manifest("default", "scout")


@pytest.fixture(scope="session")
def planner() -> OfflinePlanner:
    return OfflinePlanner(wordllama())


@pytest.fixture(scope="session")
def ask(planner: OfflinePlanner, starter: Manifest) -> Ask:
    """The plan for a goal, with the starter skills unless others are given. Raises DraftUnavailable."""

    def plan(goal: str, manifest: Manifest = starter, snippets: tuple[Snippet, ...] = ()) -> Plan:
        return Plan.model_validate(planner.draft(request_for(goal, manifest, snippets)).answer)

    return plan
