"""`planfold skills import-mcp` and `check-mcp`: tools of MCP servers as skills, and whether they are what was approved."""

import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from planfold.domain.errors import InvalidMoney
from planfold.domain.money import micros_from_usd, usd
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.waiting import waiting
from planfold.infrastructure.settings import read_settings
from planfold.infrastructure.skills.catalog import STARTER
from planfold.infrastructure.skills.manifest_file import load_contents
from planfold.infrastructure.skills.mcp.comparing import Comparison, compared
from planfold.infrastructure.skills.mcp.importing import Import, Wanted, opened_file, planned, write
from planfold.infrastructure.skills.mcp.listing import list_tools
from planfold.infrastructure.skills.mcp.secrets import given_to
from planfold.infrastructure.skills.mcp.sources import Server, checked_server

LONGEST = 600
"""Seconds that a server may be waited for."""
_NAMED = 8
_LONGEST_COST = 40

TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", metavar="S", help="Seconds that a server has to answer; else as set.")
]


def import_mcp(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The manifest to make or to add to, in JSON.")],
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the server is called: NAME/TOOL.")],
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="TOOL", help="A tool to import, or a pattern, as 'get_*'.")
    ] = None,
    command: Annotated[
        str | None, typer.Option("--command", metavar="CMD", help="Starts the server; no shell reads it.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where the server is, if it runs.")] = None,
    env: Annotated[
        list[str] | None, typer.Option("--env", metavar="NAME", help="A variable the command gets; it gets no other.")
    ] = None,
    header_file: Annotated[
        list[str] | None, typer.Option("--header-file", metavar="NAME=FILE", help="A header, its value in a file.")
    ] = None,
    bearer_file: Annotated[
        str | None, typer.Option("--bearer-file", metavar="FILE", help="A file with the token for the url.")
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Believe its hints that a tool only reads or destroys nothing.")
    ] = False,
    cost: Annotated[
        list[str] | None, typer.Option("--cost", metavar="TOOL=USD", help="What one call costs, as 'get_*=0.002'.")
    ] = None,
    approve: Annotated[
        list[str] | None, typer.Option("--approve", metavar="TOOL", help="Take the tool as it is defined now.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="FILE", help="A manifest that a new FILE begins with; or: starter, the starter set."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be imported; write nothing.")] = False,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> int:
    """Import tools of an MCP server as skills, each pinned as it is defined now.

    No tool is imported without --allow. Imported again, a tool that is defined otherwise is told and nothing is written,
    with exit status 1, until --approve names it. A server without --trust is taken for the worst: its tools may destroy.
    """
    if not allow:
        raise Refused(
            "no tool is named, and none is imported unnamed; add --allow TOOL (to look first: --allow '*' --dry-run)"
        )
    server = checked_server(
        name=name,
        command=None if command is None else tuple(_words(command)),
        url=url,
        env=tuple(env or ()),
        header_files={key: _whole(path) for key, path in _pairs(header_file, "--header-file", "NAME=FILE")},
        bearer_file=None if bearer_file is None else _whole(bearer_file),
        trusted=trust,
    )
    wanted = Wanted(allow, _costs(cost), approve or ())
    contents, given = (
        opened_file(file, STARTER if base == "starter" else None if base is None else Path(base)),
        given_to(server),
    )
    with waiting(f"asking {name} for its tools"):
        definitions = list_tools(server, _seconds(timeout), "--timeout")
    made = planned(contents, server, definitions, wanted, given)
    writes = not dry_run and not made.unapproved
    if writes:
        write(file, made.text)
    if as_json:
        Screen().json(_as_json(file, server, made, written=writes))
    else:
        _show(Screen(), file, server, made, dry_run=dry_run)
    if made.unapproved:
        named = " ".join(f"--approve {shlex.quote(tool)}" for tool in list(made.unapproved)[:_NAMED])
        complain(
            f"{len(made.unapproved)} of the tools of {name} are not what was approved, and nothing was written; read how they "
            f"differ, and then add: {named}"
        )
        return Status.AUDIT_FOUND_SOMETHING
    return Status.READY


def check_mcp(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A skill manifest; else the one in use.", show_default=False)
    ] = None,
    *,
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> int:
    """Ask the MCP servers of a manifest whether their tools are as they were approved; exit status 1 if not.

    It starts the commands that the manifest names.
    """
    path = file if file is not None else read_settings().skills_file
    if path is None:
        raise Refused("the starter set comes from no MCP server; name a manifest, or set PLANFOLD_SKILLS_FILE")
    contents = load_contents(path)
    if not contents.servers:
        raise Refused(f"{path} names no MCP server; planfold skills import-mcp imports from one")
    found = []
    for server in contents.servers:
        with waiting(f"asking {server.name} for its tools"):
            tools = list_tools(server, _seconds(timeout), "--timeout")
        found.append(compared(server, contents.manifest, tools, given_to(server)))
    screen = Screen()
    if as_json:
        screen.json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            _compare(screen, one)
    return Status.READY if all(one.holds for one in found) else Status.AUDIT_FOUND_SOMETHING


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise Refused(f"--command cannot be read: {error}; quote it as a shell wants it") from None


def _pairs(given: Sequence[str] | None, option: str, form: str) -> list[tuple[str, str]]:
    pairs = []
    for text in given or ():
        name, sign, value = text.rpartition("=") if option == "--cost" else text.partition("=")
        if not (name and sign and value):
            raise Refused(f"{option} wants {form}, as in {option} {_EXAMPLES[option]}")
        pairs.append((name, value))
    return pairs


def _costs(given: Sequence[str] | None) -> dict[str, str]:
    """USD by tool, judged before the server is asked: what is wrong with them is no fault of its tools."""
    costs = dict(_pairs(given, "--cost", "TOOL=USD"))
    for tool, cost in costs.items():
        try:
            micros_from_usd(cost)
        except InvalidMoney as error:
            raise Refused(f"--cost {tool}={cost[:_LONGEST_COST]} cannot be used: {error}") from None
    return costs


_EXAMPLES = {"--cost": "'get_*=0.002'", "--header-file": "X-Api-Key=/run/secrets/key"}


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def _seconds(timeout: float | None) -> float:
    if timeout is None:
        return read_settings().mcp_timeout_seconds
    if not 0 < timeout <= LONGEST:
        raise Refused(f"--timeout {timeout:g} is no time to wait; name more than 0 and at most {LONGEST} seconds")
    return timeout


def _show(screen: Screen, file: Path, server: Server, made: Import, *, dry_run: bool) -> None:
    screen.line(shown(f"{_many(len(made.skills), 'skill')} of the MCP server {server.name}, {server.place}", "bold"))
    rows = []
    for one in made.skills:
        price = Text("no price", "yellow") if one.skill.cost is None else Text(f"{usd(one.skill.cost)} USD")
        state = "new" if one.tool in made.new else "changed" if one.tool in made.comparison.changed else "as before"
        effects = ", ".join(_effects(one.skill.effects.model_dump()))
        rows.append([shown(one.skill.name, "bold"), price, Text(state), shown(effects)])
    screen.table(rows)
    for one in made.skills:
        for what in one.suspicious:
            _say(screen, "warning", f"{one.skill.name}: {what}; it is marked suspicious", "yellow")
    _differences(screen, made.comparison, {one.tool for one in made.skills} - made.unapproved.keys())
    if made.moved is not None:
        _say(screen, "warning", f"the server was reached before by: {made.moved}", "yellow")
    if made.removed:
        _say(screen, "warning", f"no skill any more, since not allowed: {', '.join(made.removed)}", "yellow")
    if dry_run:
        _say(screen, "warning", "nothing is written (--dry-run)", "yellow")
    elif not made.unapproved:
        many = _many(len(made.manifest.skills), "skill")
        _say(screen, "ready", f"{file}: {many}, digest {made.manifest.digest[:12]}", "green")


def _effects(effects: dict[str, bool]) -> list[str]:
    words = {
        "read_only": "reads only",
        "destructive": "may destroy",
        "idempotent": "idempotent",
        "open_world": "open world",
    }
    return [word for name, word in words.items() if effects[name]] or ["changes things"]


def _compare(screen: Screen, found: Comparison) -> None:
    further = f", {_many(len(found.further), 'tool')} not imported" if found.further else ""
    total = len(found.unchanged) + len(found.changed) + len(found.gone)
    sentence = f"{found.server}: {len(found.unchanged)} of {_many(total, 'skill')} as approved{further}"
    _say(screen, "ready" if found.holds else "error", sentence, "green" if found.holds else "red")
    _differences(screen, found)


def _differences(screen: Screen, found: Comparison, approved: Collection[str] = ()) -> None:
    for tool, how in found.changed.items():
        now = "is approved as it is now" if tool in approved else "is not what was approved"
        _say(screen, "warning", f"{found.server}/{tool} {now}:", "yellow")
        for what in how:
            screen.hanging(Text(f"    {screen.sign('item')} "), shown(what))
    for tool in found.gone:
        _say(screen, "warning", f"{found.server}/{tool} is not offered any more", "yellow")


def _say(screen: Screen, sign: str, sentence: str, style: str) -> None:
    screen.hanging(Text(f"{screen.sign(sign)} ", style), shown(sentence))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _as_json(file: Path, server: Server, made: Import, *, written: bool) -> dict[str, object]:
    return {
        "file": str(file),
        "server": server.name,
        "written": written,
        "digest": made.manifest.digest,
        "skills": [one.skill.model_dump(mode="json") | {"tool": one.tool} for one in made.skills],
        "definitions": {one.tool: one.approved.digest for one in made.skills},
        "suspicious": {one.tool: one.suspicious for one in made.skills if one.suspicious},
        "new": made.new,
        "removed": made.removed,
        "changed": made.comparison.changed,
        "unapproved": list(made.unapproved),
    }


def add_to(app: typer.Typer) -> None:
    app.command(name="import-mcp")(import_mcp)
    app.command(name="check-mcp")(check_mcp)
