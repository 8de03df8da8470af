"""The tools behind the protocol, on standard input and output or on a port of this machine, until somebody says stop.

Standard output belongs to the protocol: the package keeps it for itself and leads whatever else is printed to standard
error.
"""

import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

import anyio
import uvicorn
from anyio.abc import TaskStatus
from anyio.to_thread import run_sync
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as Shown

from planfold.infrastructure.cli.errors import judged
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.mcp_server.conversation import Conversation
from planfold.infrastructure.mcp_server.guard import guarded
from planfold.infrastructure.mcp_server.lines import Lines
from planfold.infrastructure.mcp_server.tools import Service, Tool, tools_of

AT_ONCE = 4
"""Calls that are worked on at a time; the others wait."""
MAX_MESSAGE_BYTES = 1024 * 1024
"""A plan has at most a quarter of it."""
HOST = "127.0.0.1"
PATH = "/mcp"

_INSTRUCTIONS = (
    "planfold turns goals into plans that are inspected, budgeted and recorded. Ask generate_plan for a plan before you "
    "act, run only a plan whose may_run is true, and have a plan of your own judged by check_plan. Agents served here: {}."
)


def server_of(service: Service) -> Server[Any]:
    """Every failure of a tool is an error of that tool, in a sentence that the model reads."""
    tools = tools_of(service)
    limit = anyio.CapacityLimiter(AT_ONCE)
    shown = [_shown(tool) for tool in tools.values()]

    async def listed(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=shown)

    async def called(_: ServerRequestContext[Any], asked: CallToolRequestParams) -> CallToolResult:
        tool = tools.get(asked.name)
        if tool is None:
            return _failed(f"there is no tool {asked.name[:60]!r}; these are: {', '.join(tools)}")
        return await run_sync(partial(_answered, tool, asked.arguments or {}), limiter=limit)

    return Server(
        "planfold",
        version=version("planfold"),
        instructions=_INSTRUCTIONS.format(", ".join(service.agents)),
        on_list_tools=listed,
        on_call_tool=called,
    )


def _shown(tool: Tool) -> Shown:
    return Shown(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=ToolAnnotations(
            read_only_hint=tool.hints.read_only,
            destructive_hint=False,
            idempotent_hint=tool.hints.idempotent,
            open_world_hint=False,
        ),
    )


def _answered(tool: Tool, arguments: Mapping[str, Any]) -> CallToolResult:
    try:
        answer = tool.call(tool.takes.model_validate(arguments))
    except Exception as error:  # noqa: BLE001 - whatever happens, the client is told, and the server goes on
        sentence, _ = judged(error)
        complain(f"{tool.name}: {sentence}")
        return _failed(sentence)
    document = answer.content.model_dump_json()
    return CallToolResult(
        content=[TextContent(type="text", text=answer.sentence), TextContent(type="text", text=document)],
        structured_content=answer.content.model_dump(mode="json"),
    )


def _failed(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=sentence)], is_error=True)


def serve_stdio(service: Service) -> int | None:
    """Until the client closes its end and has its answers, or a signal comes: then that signal.

    What is being worked on then is finished and recorded, though its answer is not sent.
    """
    return _until_told(partial(_stdio, server_of(service)))


async def _stdio(server: Server[Any]) -> None:
    lines = Lines(MAX_MESSAGE_BYTES)
    conversation: Any = Conversation(lines)
    try:
        async with stdio_server(stdin=conversation) as (asked, told):
            await server.run(asked, conversation.answering(told), server.create_initialization_options())
    except* BrokenPipeError:
        complain("the client reads no more; the connection is closed")
    if lines.too_long:
        complain(f"the client sent a message of more than {MAX_MESSAGE_BYTES} bytes; the connection is closed")


def serve_http(service: Service, port: int, token: str, ready: Callable[[str], None]) -> int | None:
    """On this machine alone, for those who show the token, until a signal comes: then that signal.

    `ready` is told the address. Raises OSError if the port cannot be had.
    """
    with socket.create_server((HOST, port)) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}{PATH}"
        app = server_of(service).streamable_http_app(
            streamable_http_path=PATH, host=HOST, stateless_http=True, max_request_body_size=MAX_MESSAGE_BYTES
        )
        config = uvicorn.Config(
            guarded(app, token), log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=5
        )
        return _until_told(partial(_http, _Quiet(config), listening, partial(ready, address)))


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are our business."""
        yield


async def _http(server: _Quiet, listening: socket.socket, ready: Callable[[], None]) -> None:
    async def announce() -> None:
        while not server.started:  # noqa: ASYNC110 - uvicorn tells of it by no event
            await anyio.sleep(0.01)
        ready()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(announce)
        try:
            await server.serve(sockets=[listening])
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listening])
            raise


def _until_told(work: Callable[[], Awaitable[None]]) -> int | None:
    """The signal that ended it, None if it ended by itself. A second signal does not wait."""
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    async def hear(scope: anyio.CancelScope, *, task_status: TaskStatus[None]) -> None:
        heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
        with anyio.open_signal_receiver(*heard) as signals:
            task_status.started()
            async for number in signals:
                received.append(number)
                scope.cancel()
                break
        _restore(before)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(hear, tasks.cancel_scope)
            await work()
            tasks.cancel_scope.cancel()

    try:
        anyio.run(main)
    finally:
        _restore(before)
    return received[0] if received else None


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
