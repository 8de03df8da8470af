"""planfold as an MCP server: an agent asks for its plans, reads them, and has its own judged.

Only `serving` and what it imports need the package `mcp`.
"""
