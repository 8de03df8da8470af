"""Only who shows the token reaches what is behind the port."""

from typing import Any

import anyio
import pytest
from starlette.types import Receive, Scope, Send

from planfold.infrastructure.mcp_server.guard import guarded

TOKEN = "kX9vQ2mL7pR4tZ8w"
SHOWN = (b"authorization", f"Bearer {TOKEN}".encode())


async def behind(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the form of an ASGI application
    await send({"type": "reached"})


def sent(scope: dict[str, Any]) -> list[Any]:
    told: list[Any] = []

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        told.append(message.get("status", message["type"]))

    anyio.run(guarded(behind, TOKEN), scope, receive, send)
    return told


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({"type": "lifespan"}, ["reached"]),
        ({"type": "http", "headers": [SHOWN]}, ["reached"]),
        ({"type": "http", "headers": []}, [401, "http.response.body"]),
        ({"type": "http", "headers": [(b"authorization", b"Bearer guess")]}, [401, "http.response.body"]),
        ({"type": "websocket", "headers": []}, ["websocket.close"]),
        ({"type": "websocket", "headers": [SHOWN]}, ["websocket.close"]),
        ({"type": "made up", "headers": [SHOWN]}, []),
    ],
)
def test_only_requests_with_the_token_get_past(scope: dict[str, Any], told: list[Any]) -> None:
    assert told == sent(scope)
