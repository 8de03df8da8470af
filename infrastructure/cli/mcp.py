"""`planfold mcp`: plans for whoever speaks the Model Context Protocol."""

import signal
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from planfold.application.checking import PlanChecker
from planfold.domain.names import identifier
from planfold.infrastructure.bootstrap import policy
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, TenantOption
from planfold.infrastructure.cli.plan import DEFAULT_AGENT
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.errors import McpMissing
from planfold.infrastructure.skills.mcp.secrets import first_line

SHORTEST_TOKEN = 16

app = new_app()


@app.command()
def mcp(
    *,
    tenant: TenantOption = DEFAULT_TENANT,
    agent: Annotated[
        list[str] | None, typer.Option("--agent", metavar="A", help="An agent that it serves; the first by default.")
    ] = None,
    http: Annotated[
        int | None,
        typer.Option("--http", metavar="PORT", min=0, max=65_535, help="Serve on this port of 127.0.0.1; 0: any."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="A file with the token that HTTP clients show.")
    ] = None,
) -> int:
    """Serve plans to MCP clients: generate_plan, get_plan, explain_plan, check_plan.

    A client, which starts it and speaks over standard input and output, gets the tenant and the agents that are named
    here and no others; without --agent that is "me". Skills, rules and planner are those of the settings. It ends when the
    client closes its end, or with status 0 by SIGTERM.
    """
    if (http is None) != (token_file is None):
        raise Refused("--http and --token-file go together: whoever is on this machine can reach a port")
    if find_spec("mcp") is None:
        raise McpMissing
    identifier(tenant, "tenant")
    agents = tuple(identifier(each, "agent") for each in dict.fromkeys(agent or [DEFAULT_AGENT]))
    token = None if token_file is None else _token(token_file)
    from planfold.infrastructure.mcp_server.serving import serve_http, serve_stdio  # noqa: PLC0415 - takes a second
    from planfold.infrastructure.mcp_server.tools import Service  # noqa: PLC0415 - as above

    with opened() as use:
        checker = PlanChecker(use.installation.catalog, policy(use.installation.settings))
        served = Service(use.engine, use.runs, checker, tenant, agents)
        if http is None or token is None:
            received = serve_stdio(served)
        else:
            try:
                received = serve_http(served, http, token, lambda address: complain(f"serving MCP at {address}"))
            except OSError as error:
                raise Refused(f"port {http} cannot be had: {error.strerror or error}; name another") from error
    return Status.INTERRUPTED if received == signal.SIGINT else Status.READY


def _token(file: Path) -> str:
    token = first_line(file, "--token-file")
    if len(token) < SHORTEST_TOKEN:
        raise Refused(f"the token in {file} has fewer than {SHORTEST_TOKEN} characters; make one: openssl rand -hex 32")
    return token
