"""`planfold remember`, `memories` and `forget`: what agents remember."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from planfold.application.ids import new_id
from planfold.domain.memory import Memory, Trust
from planfold.domain.names import identifier
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import (
    DEFAULT_TENANT,
    AgentArgument,
    JsonOption,
    LimitOption,
    TenantOption,
    of_tenant,
)
from planfold.infrastructure.cli.screen import Screen, shown

app = new_app()


@app.command()
def remember(
    agent: AgentArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it is to remember.", show_default=False)],
    *,
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="What sort of memory it is.")] = "fact",
    trust: Annotated[Trust, typer.Option(help="How far it can be trusted; plans that use what is low are marked.")] = (
        "medium"
    ),
    memory_id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="Its id; the same memory again changes nothing, another one under it is refused."
        ),
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Give an agent something to remember. Secrets in it are replaced."""
    with opened() as use:
        known = memory_id is not None and use.memories.find(agent, memory_id, tenant=tenant) is not None
        memory = use.memories.remember(agent, text, memory_id or new_id(), tenant=tenant, type=kind, trust=trust)
    screen = Screen()
    if as_json:
        screen.json(memory.model_dump(mode="json"))
    else:
        screen.table([_row(memory)])
        if known:
            screen.line(Text("  it was there already; nothing new was recorded", "dim"))


@app.command(name="memories")
def list_memories(
    agent: AgentArgument,
    *,
    search: Annotated[str | None, typer.Option(metavar="WORDS", help="Only those with these words.")] = None,
    before: Annotated[str | None, typer.Option(metavar="ID", help="The page after this memory.")] = None,
    limit: LimitOption = 20,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """List an agent's memories, newest first, a page at a time."""
    identifier(tenant, "tenant")
    with opened() as use:
        found = use.memories.list(agent, tenant=tenant, search=search, limit=limit + 1, before=before)
    page = found[:limit]
    following = page[-1].memory_id if len(found) > limit else None
    screen = Screen()
    if as_json:
        screen.json({"memories": [memory.model_dump(mode="json") for memory in page], "next": following})
        return
    if page:
        screen.table([_row(memory) for memory in page], ["made (UTC)", "memory", "type and trust", "text"])
    else:
        screen.line("no memories")
    if following is not None:
        screen.more(f"planfold memories {agent}{of_tenant(tenant)}", {"--search": search or None}, limit, following)


@app.command()
def forget(
    agent: AgentArgument,
    memory_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Which memory; not given: all of them.", show_default=False)
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Forget all of them without being asked.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Delete one memory of an agent, or all of them. What plans have recorded of them stays recorded."""
    identifier(agent, "agent")
    identifier(tenant, "tenant")
    screen = Screen()
    if memory_id is None and not yes:
        if not sys.stdin.isatty():
            raise Refused(f"this would delete all memories of agent {agent!r}: name one by its id, or add --yes")
        if not typer.confirm(f"Delete all memories of agent {agent}?", err=True):
            screen.line("nothing was deleted")
            return
    with opened() as use:
        gone = use.memories.forget(agent, memory_id, tenant=tenant)
    if as_json:
        screen.json({"forgotten": gone})
    else:
        screen.line(f"{gone} {'memory' if gone == 1 else 'memories'} deleted")


def _row(memory: Memory) -> list[Text]:
    return [
        Text(f"{memory.created_at:%Y-%m-%d %H:%M}", "dim"),
        shown(memory.memory_id, "cyan"),
        shown(f"{memory.type}, trust {memory.trust}", "yellow" if memory.trust == "low" else "dim"),
        shown(memory.text),
    ]
