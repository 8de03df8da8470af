"""A hold is a bound: no request has more bytes than it was reckoned with, and one that had would not be sent."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from pydantic_ai.models import override_allow_model_requests

from planfold.application.ports import DraftRequest, DraftUnavailable
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.planners.llm import models
from planfold.infrastructure.planners.llm.loop import LoopThread
from planfold.infrastructure.planners.llm.models import Asking, LanguageModel, open_model
from planfold.infrastructure.planners.llm.options import Limits, Options, model_named
from planfold.infrastructure.planners.llm.pace import Pace
from planfold.infrastructure.planners.llm.planner import LlmPlanner
from planfold.infrastructure.planners.llm.prices import bytes_of
from planfold.infrastructure.planners.offline.indexes import SkillIndexes
from provider_wires import WIRES, Answer

NAMES = ["openai-chat:gpt-5-mini", "openai:gpt-5-mini", "anthropic:claude-sonnet-4-6", "google:gemini-2.5-flash"]
INDEXES = SkillIndexes(wordllama())
TEXTS = st.text(min_size=1, max_size=60)
SCHEMAS = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
    st.sampled_from(["string", "integer", "boolean"]).flatmap(
        lambda kind: st.fixed_dictionaries({"type": st.just(kind), "description": st.text(max_size=30)})
    ),
    max_size=4,
)
REQUESTS = st.builds(
    lambda goal, parameters, descriptions: DraftRequest(
        tenant="t",
        agent_id="a",
        run_id="r",
        goal=goal,
        snippets=(),
        context_summary=None,
        manifest=Manifest(
            skills=tuple(
                Skill(
                    name=f"skill_{number}",
                    description=text,
                    parameters={"type": "object", "properties": parameters},
                )
                for number, text in enumerate(descriptions)
            )
        ),
        attempt=1,
    ),
    TEXTS,
    SCHEMAS,
    st.lists(TEXTS, min_size=1, max_size=4),
)


class Sent(httpx2.AsyncBaseTransport):
    """Keeps what it was to send, and answers that there is nothing to be done."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(request.content)
        wire = next(wire for path, wire in WIRES.items() if path in str(request.url))
        tools = wire.tools(json.loads(request.content))
        return httpx2.Response(200, json=wire.answer("m", Answer({"steps": []}), tools[0] if tools else None))


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    with override_allow_model_requests(allow_model_requests=True):
        yield thread
    thread.stop()


def planner(name: str, loop: LoopThread, sent: Sent, **options: Any) -> LlmPlanner:
    chosen = Options.model_validate({"name": model_named(name), "key": SecretStr("k" * 20), **options})
    return LlmPlanner(
        chosen,
        INDEXES,
        Pace("p", Limits()),
        loop,
        clock=SystemClock(),
        opened=lambda asked: open_model(asked, sent),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("output", ["auto", "prompted"])
def test_no_request_has_more_bytes_or_tokens_than_it_was_reckoned_with(
    name: str, output: str, loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned: list[int] = []
    ask = LanguageModel.ask

    def asked(model: LanguageModel, asking: Asking, seconds: float) -> Any:
        reckoned.append(asking.most_bytes)
        return ask(model, asking, seconds)

    monkeypatch.setattr(LanguageModel, "ask", asked)
    sent = Sent()
    drafts = planner(name, loop, sent, output=output)

    @settings(max_examples=20, deadline=None)
    @given(REQUESTS)
    def bounded(request: DraftRequest) -> None:
        drafts.draft(request)

        body = sent.bodies[-1]
        as_read = json.dumps(json.loads(body), ensure_ascii=False)
        assert len(body) <= reckoned[-1]
        assert bytes_of(as_read) <= reckoned[-1]

    bounded()
    drafts.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_request_that_came_out_longer_than_its_hold_is_not_sent(
    name: str, loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_FRAME", -20_000)
    sent = Sent()
    drafts = planner(name, loop, sent)
    request = DraftRequest(
        tenant="t", agent_id="a", run_id="r", goal="Send it", snippets=(), context_summary=None,
        manifest=Manifest(skills=(Skill(name="send"),)), attempt=1,
    )  # fmt: skip

    with pytest.raises(DraftUnavailable, match="longer than was reckoned with") as refused:
        drafts.draft(request)

    assert ("too_long", False, False) == (refused.value.code, refused.value.retryable, refused.value.sent)
    assert not sent.bodies
    drafts.close()
