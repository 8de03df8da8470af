"""`planfold mcp` as a process of its own, and clients of the package that speak to it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com"
TOKEN = "kX9vQ2mL7pR4tZ8wkX9vQ2mL7pR4tZ8w"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}

TALKATIVE = """
import os, sys
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli import main

quiet = Installation.planner_named

def talkative(self, name):
    planner = quiet(self, name)
    class Talkative:
        identity = planner.identity
        worst_case = planner.worst_case
        def draft(self, request):
            print("thinking ...", flush=True)
            os.write(1, b"{ really hard\\n")
            return planner.draft(request)
    return Talkative()

Installation.planner_named = talkative
sys.exit(main(sys.argv[1:]))
"""
"""The command with a planner that prints."""


def test_a_client_plans_reads_and_checks_whatever_is_printed_meanwhile(
    environment: Mapping[str, str], run: Command, tmp_path: Path
) -> None:
    arguments = ["-W", "error", "-c", TALKATIVE, "mcp", "--tenant", "acme", "--agent", "scout"]
    parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(environment))

    async def converse() -> list[Any]:
        with (tmp_path / "errors").open("w") as errors:
            async with Client(stdio_client(parameters, errors)) as client:
                names = [tool.name for tool in (await client.list_tools()).tools]
                made = await client.call_tool("generate_plan", {"goal": GOAL, "run_id": "r1"})
                read = await client.call_tool("get_plan", {"run_id": "r1"})
                told = await client.call_tool("explain_plan", {"run_id": "r1"})
                plan = made.structured_content["plan"]
                judged = await client.call_tool("check_plan", {"plan": plan, "goal": GOAL})
                refused = await client.call_tool("generate_plan", {"goal": GOAL, "agent": "mallory"})
                return [names, made, read, told, judged, refused]

    names, made, read, told, judged, refused = anyio.run(converse)

    assert ["generate_plan", "get_plan", "explain_plan", "check_plan"] == names
    assert [False, False, False, False, True] == [each.is_error for each in (made, read, told, judged, refused)]
    assert ("ready", "scout", True) == tuple(made.structured_content[name] for name in ("outcome", "agent", "may_run"))
    assert made.structured_content == read.structured_content
    assert 5 == len(told.structured_content["sentences"])
    assert judged.structured_content["valid"]
    assert (
        "thinking ...\n{ really hard\nplanfold: generate_plan: agent 'mallory' is not served here; these are: scout\n"
        == (tmp_path / "errors").read_text(encoding="utf-8")
    )
    recorded = [json.loads(line)["name"] for line in run("events", "r1", "--tenant", "acme").stdout.splitlines()]
    assert ["ContextBuilt", "MemoryRetrieved", "PlanDrafted", "PlanValidated", "BudgetChecked"] == recorded


@pytest.fixture
def served(program: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """It has answered once, and waits for more."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(program), "mcp"],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(HELLO) + "\n")
        process.stdin.flush()
        assert "planfold" == json.loads(process.stdout.readline())["result"]["serverInfo"]["name"]
        yield process


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (signal.SIGTERM, 0, ""),
        pytest.param(signal.SIGINT, 130, "planfold: interrupted; what was recorded stays\n", marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_it_though_the_client_is_still_there(
    served: subprocess.Popen[str], sent: int, status: int, said: str
) -> None:
    served.send_signal(sent)

    assert served.stderr is not None
    assert (status, said) == (served.wait(timeout=60), served.stderr.read())


@pytest.mark.slow
def test_it_ends_when_the_client_closes_its_end(served: subprocess.Popen[str]) -> None:
    assert ("", "") == served.communicate(timeout=60)
    assert 0 == served.returncode


def test_a_call_that_is_under_way_is_answered_though_the_client_has_closed_its_end(
    served: subprocess.Popen[str],
) -> None:
    asked = {"name": "generate_plan", "arguments": {"goal": GOAL, "run_id": "r1"}}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}

    told, said = served.communicate(json.dumps(call) + "\n", timeout=60)

    assert ("", 0) == (said, served.returncode)
    answer = json.loads(told)
    assert (2, "ready") == (answer["id"], answer["result"]["structuredContent"]["outcome"])


@pytest.mark.slow
def test_a_client_that_reads_no_more_is_told_of_in_a_sentence(served: subprocess.Popen[str]) -> None:
    assert served.stdin is not None
    assert served.stdout is not None
    served.stdout.close()
    served.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"}) + "\n")
    served.stdin.flush()

    assert 0 == served.wait(timeout=60)
    assert served.stderr is not None
    assert "planfold: the client reads no more; the connection is closed\n" == served.stderr.read()


@pytest.mark.slow
def test_garbage_is_answered_and_a_message_that_is_too_long_ends_it(served: subprocess.Popen[str]) -> None:
    assert served.stdin is not None
    assert served.stdout is not None
    served.stdin.write("what?\n" + json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"}) + "\n")
    served.stdin.flush()
    refused, answered = json.loads(served.stdout.readline()), json.loads(served.stdout.readline())
    assert [(None, -32700), 2] == [(refused["id"], refused["error"]["code"]), answered["id"]]

    served.stdin.write("x" * (1024 * 1024 + 1))
    served.stdin.flush()

    assert 0 == served.wait(timeout=60)
    assert served.stderr is not None
    assert (
        "planfold: the client sent a message of more than 1048576 bytes; the connection is closed\n"
        == served.stderr.read()
    )


@pytest.fixture
def over_http(
    program: Path, environment: Mapping[str, str], tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its address, once it serves there."""
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(program), "mcp", "--http", "0", "--token-file", str(tmp_path / "token")],
        env=dict(environment),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said.startswith("planfold: serving MCP at http://127.0.0.1:")
        yield said.split()[-1], process


@pytest.mark.slow
def test_over_http_only_who_shows_the_token_is_served(over_http: tuple[str, subprocess.Popen[str]]) -> None:
    address, process = over_http

    async def plan(token: str) -> Any:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            return await client.call_tool("generate_plan", {"goal": GOAL, "run_id": "r1"})

    def status(**headers: str) -> int:
        return httpx2.post(address, json=HELLO, headers=headers).status_code

    assert [401, 401] == [status(), status(authorization="Bearer guess")]
    assert 400 <= status(authorization=f"Bearer {TOKEN}", host="mallory.example") < 500
    assert 400 <= status(authorization=f"Bearer {TOKEN}", origin="https://mallory.example") < 500
    assert "ready" == anyio.run(plan, TOKEN).structured_content["outcome"]
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(timeout=60)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--http", "0"], "--http and --token-file go together: whoever is on this machine can reach a port"),
        (["--agent", "a b"], "agent 'a b' is not an identifier"),
        (["--tenant", "/"], "tenant '/' is not an identifier"),
        (["--http", "0", "--token-file", "/no/such/file"], "the file /no/such/file cannot be read"),
    ],
)
def test_what_it_cannot_serve_is_refused_before_it_begins(planfold: Command, options: list[str], told: str) -> None:
    ended = planfold("mcp", *options)

    assert (2, "") == (ended.returncode, ended.stdout)
    assert told in ended.stderr


def test_a_short_token_is_refused(planfold: Command, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short", encoding="utf-8")

    ended = planfold("mcp", "--http", "0", "--token-file", str(tmp_path / "token"))

    assert (2, True) == (ended.returncode, "has fewer than 16 characters" in ended.stderr)


LOADED = """
import json, sys
from planfold.infrastructure.cli import main
main(sys.argv[1:])
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_who_does_not_ask_for_it_does_not_load_it(environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, "plan", GOAL], env=dict(environment), capture_output=True, text=True, check=True
    )

    assert not {name.partition(".")[0] for name in json.loads(ended.stderr)} & {"mcp", "mcp_types", "anyio", "httpx2"}
