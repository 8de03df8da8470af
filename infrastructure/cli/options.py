"""Arguments and options that several commands share."""

from typing import Annotated

import typer

DEFAULT_TENANT = "default"

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.", show_default=False)]
AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.", show_default=False)]
TenantOption = Annotated[str, typer.Option("--tenant", metavar="T", help="The tenant it belongs to.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="As it stood then: ISO 8601 with a zone, or the end of a UTC date."),
]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="At most this many.")]


def of_tenant(tenant: str) -> str:
    """What to add to a command that is shown to somebody, so that it means the same tenant."""
    return "" if tenant == DEFAULT_TENANT else f" --tenant {tenant}"
