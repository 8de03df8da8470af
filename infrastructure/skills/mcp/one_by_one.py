"""The tools of a page, each judged by itself: the package judges a page as a whole, and one bad tool would hide the others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from mcp.client import Transport
from mcp.shared.inbound import find_invalid_x_mcp_header
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCResponse, Tool
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from planfold.infrastructure.skills.mcp.definitions import SAID, Definition
from planfold.infrastructure.wording import first_problem

_Heard = SessionMessage | Exception


class Kept:
    """The tools that the last answer listed, as the server said them."""

    def __init__(self) -> None:
        self.tools: list[Any] = []

    def aside(self, heard: _Heard) -> _Heard:
        """The same message without its tools, which are kept; a message that lists none stays as it is."""
        if not isinstance(heard, SessionMessage) or not isinstance(heard.message, JSONRPCResponse):
            return heard
        result = heard.message.result
        if not isinstance(result.get("tools"), list):
            return heard
        self.tools = result["tools"]
        return replace(heard, message=heard.message.model_copy(update={"result": {**result, "tools": []}}))


@asynccontextmanager
async def keeping(transport: Transport, kept: Kept) -> AsyncGenerator[tuple["_Reading", Any]]:
    """The transport, whose tools are kept aside before the package sees them."""
    async with transport as (heard, asking):
        yield _Reading(heard, kept), asking


class _Reading:
    """What the package reads a server's messages from."""

    def __init__(self, heard: Any, kept: Kept) -> None:
        self._heard, self._kept = heard, kept

    @property
    def last_context(self) -> Any:
        """Of the sender, for a transport that has one; the package asks for it by this name."""
        return getattr(self._heard, "last_context", None)

    async def receive(self) -> _Heard:
        return self._kept.aside(await self._heard.receive())

    async def aclose(self) -> None:
        await self._heard.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Heard:
        return self._kept.aside(await anext(self._heard))

    async def __aenter__(self) -> Self:
        await self._heard.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        stopped: bool | None = await self._heard.__aexit__(kind, error, trace)
        return stopped


def judged(said: object, protocol: str) -> Definition:
    """What the server says of one tool, in the package's form; `unreadable` tells why there is no more than its name."""
    parts = said if isinstance(said, dict) else {}
    name = parts.get("name")
    if not isinstance(name, str):
        return Definition.unread("", "it has no name")
    try:
        tool = Tool.model_validate({key: parts[key] for key in SAID if key in parts}, by_name=False)
    except ValidationError as error:
        place, problem = first_problem(error)
        return Definition.unread(name, f"{place}: {problem}")
    if protocol in MODERN_PROTOCOL_VERSIONS and find_invalid_x_mcp_header(tool.input_schema) is not None:
        return Definition.unread(name, "inputSchema: its x-mcp-header is not as the protocol has it")
    return Definition.of(tool.model_dump(mode="json", by_alias=True, exclude_none=True))
