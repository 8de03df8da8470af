"""An MCP server in a few lines, which starts at once and misbehaves as it is told: python plain.py FILE [HOW ...].

FILE is JSON: a list of pages, each a list of tools. It is read anew for each page. Without the package mcp, so that what
its client accepts is not what the same package sends.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

OLD = "2025-06-18"


def answered(request: dict[str, Any], pages: list[list[Any]], how: list[str]) -> dict[str, Any]:
    match request["method"]:
        case "initialize":
            info = {"name": "plain", "version": "1"}
            return {"result": {"protocolVersion": OLD, "capabilities": {"tools": {}}, "serverInfo": info}}
        case "tools/list" if "fail" in how:
            return {"error": {"code": -32000, "message": f"no tools today, {os.environ.get('TOKEN')}"}}
        case "tools/list" if "nonsense" in how:
            return {"result": {"tools": {"name": "look"}}}
        case "tools/list":
            number = int((request.get("params") or {}).get("cursor") or 0)
            result: dict[str, Any] = {"tools": pages[number] if number < len(pages) else []}
            if "circle" in how:
                result["nextCursor"] = "0"
            elif "endless" in how or number + 1 < len(pages):
                result["nextCursor"] = str(number + 1)
            return {"result": result}
        case _:
            return {"error": {"code": -32601, "message": "not known here"}}


def begin(file: str, how: list[str]) -> None:
    if "environment" in how:
        Path(f"{file}.environment").write_text(json.dumps(dict(os.environ)), encoding="utf-8")
    if "child" in how:  # one that would go on after its parent
        there, told = os.pipe()
        if os.fork() == 0:
            Path(f"{file}.child").write_text(str(os.getpid()), encoding="utf-8")
            os.write(told, b".")
            threading.Event().wait()
        os.read(there, 1)
    if "noise" in how:
        say("Welcome to my server!\n")


def misbehave(how: list[str]) -> None:
    if "die" in how:
        sys.stderr.write(f"out of memory, and {os.environ.get('TOKEN')}\n")
        sys.stderr.flush()
        os._exit(3)
    if "babble" in how:
        say(f"{os.environ.get('TOKEN')} {'x' * 20_000}\n")
        sys.stderr.write(f"{'x' * 20_000} {os.environ.get('TOKEN')} {os.environ.get('TOKEN')}\n")
        sys.stderr.flush()
        os._exit(3)
    if "hang" in how:
        threading.Event().wait()
    while "flood" in how:
        say("x" * 65_536)
    while "garble" in how:
        say("what?\n" * 1_000)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main(file: str, *given: str) -> None:
    how = list(given)
    begin(file, how)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        if request["method"] == "tools/list":
            misbehave(how)
        pages = json.loads(Path(file).read_text(encoding="utf-8"))
        say(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answered(request, pages, how)}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
