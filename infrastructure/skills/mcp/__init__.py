"""Skills that are tools of MCP servers: listed, chosen, mapped, pinned, and compared with what was approved.

Only `listing`, `child` and `web` import the package `mcp`, and they are imported where a server is asked.
"""
