"""A server made with the package mcp, as most are: python real.py [FD]; over standard input and output, or over HTTP.

FD is a socket that listens already, so that nobody has to wait until it does.
"""

import sys
from typing import Annotated

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

server = MCPServer("weather", log_level="ERROR")


class Weather(BaseModel):
    celsius: float
    sky: str


@server.tool(annotations=ToolAnnotations(read_only_hint=True, open_world_hint=True))
def forecast(
    city: Annotated[str, Field(description="The city, as Oslo")],
    days: Annotated[int, Field(ge=1, le=14, description="How many days ahead")] = 1,
) -> Weather:
    """Tell the weather of a city some days ahead."""
    return Weather(celsius=20.0 + days, sky=f"clear over {city}")


@server.tool(annotations=ToolAnnotations(destructive_hint=False, idempotent_hint=True))
def subscribe(city: str, email: str) -> str:
    """Send the forecast of a city by e-mail every morning."""
    return f"{email} hears of {city}"


@server.tool()
def wipe() -> str:
    """Delete all subscriptions."""
    return "gone"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvicorn.run(server.streamable_http_app(), fd=int(sys.argv[1]), log_level="error")
    else:
        server.run()
