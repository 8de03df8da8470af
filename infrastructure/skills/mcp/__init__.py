"""Skills that are tools of MCP servers: listed, chosen, mapped, pinned, and compared with what was approved.

Only `asking`, `child` and `web` need the package `mcp`, and `listing` imports them where a server is asked.
"""
