"""Asks a server for its tools, once the package that speaks to it is there. Nothing here loads it before it is needed."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec

from planfold.infrastructure.errors import McpMissing
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.secrets import given_to
from planfold.infrastructure.skills.mcp.sources import Server

Lister = Callable[[Server], list[Definition]]
"""Asks one server; raises McpUnavailable, InvalidSetting."""

SECONDS = 30.0


def list_tools(
    server: Server, seconds: float = SECONDS, longer: str = "PLANFOLD_MCP_TIMEOUT_SECONDS"
) -> list[Definition]:
    """The server's tools in its order, asked for within so many seconds; nothing of a child is left afterwards.

    `longer` names what gives it more time, for whom it has too little.

    Raises McpUnavailable, InvalidSetting.
    """
    if find_spec("mcp") is None:
        raise McpMissing
    given = given_to(server)
    import anyio  # noqa: PLC0415 - comes with the package mcp, which takes a second

    from planfold.infrastructure.skills.mcp.asking import asked  # noqa: PLC0415 - as above

    logging.getLogger("mcp").addHandler(logging.NullHandler())  # else it would complain in place of us
    ask = partial(anyio.run, asked, server, given, seconds, longer)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return ask()
    with ThreadPoolExecutor(1) as pool:  # a host calls us from within its own loop
        return pool.submit(ask).result()
