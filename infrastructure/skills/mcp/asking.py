"""One conversation with one server: its tools page by page, within a time and a size, or one sentence that says why not."""

import shutil
from importlib.metadata import version

import anyio
from mcp.client import Client, Transport
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation
from pydantic import ValidationError

from planfold.domain.skill import MAX_SKILLS
from planfold.infrastructure.errors import McpUnavailable
from planfold.infrastructure.http_answers import Answers
from planfold.infrastructure.skills.mcp.child import Child, spoken_to
from planfold.infrastructure.skills.mcp.definitions import Definition
from planfold.infrastructure.skills.mcp.one_by_one import Kept, judged, keeping
from planfold.infrastructure.skills.mcp.secrets import Given
from planfold.infrastructure.skills.mcp.sources import Server
from planfold.infrastructure.skills.mcp.web import client

MAX_PAGES = 200
MAX_BYTES = 16 * 1024 * 1024
"""Of all that a server says, its answers and what it says unasked."""
MAX_REASON = 300
_UNKNOWN_TO_IT = (401, 403)
"""HTTP statuses of a server that wants to know who asks."""


async def asked(server: Server, given: Given, seconds: float, longer: str) -> list[Definition]:
    """The server's tools, in its order; `longer` is what gives it more time. Raises McpUnavailable."""
    conversation = _Conversation(server, given, seconds)
    try:
        with anyio.fail_after(seconds):
            return await conversation.tools()
    except TimeoutError:
        raise conversation.lost(f"did not list its tools within {seconds:g} s ({longer} gives it longer)") from None
    except McpUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the package or the server comes up with
        raise conversation.failed(error) from None


class _Conversation:
    def __init__(self, server: Server, given: Given, seconds: float) -> None:
        self._server, self._given, self._seconds = server, given, seconds
        self._child, self._answers = Child(MAX_BYTES, given.longest), Answers(MAX_BYTES)

    async def tools(self) -> list[Definition]:
        url = self._server.url
        if url is None:
            return await self._pages(self._child_process())
        async with client(url, self._given.headers, self._seconds, self._answers) as http:
            return await self._pages(streamable_http_client(url, http_client=http))

    def _child_process(self) -> Transport:
        program, *arguments = self._server.command or ()
        found = shutil.which(program)
        if found is None:
            raise McpUnavailable(
                self._server.name, f"cannot be started: there is no program {program!r}; install it, or name its path"
            )
        return spoken_to([found, *arguments], self._given.env, self._child)

    async def _pages(self, transport: Transport) -> list[Definition]:
        us = Implementation(name="planfold", version=version("planfold"))
        found: list[Definition] = []
        seen: set[str | None] = set()
        cursor: str | None = None
        kept = Kept()
        async with Client(keeping(transport, kept), client_info=us, cache=None) as session:
            while cursor not in seen:
                seen.add(cursor)
                page = await session.list_tools(cursor=cursor)
                found += [judged(said, session.protocol_version) for said in kept.tools]
                if len(found) > MAX_SKILLS:
                    raise self.lost(f"offers more than {MAX_SKILLS} tools, which is more than a manifest can hold")
                cursor = page.next_cursor
                if cursor is None:
                    return found
                if len(seen) >= MAX_PAGES:
                    raise self.lost(f"has more than {MAX_PAGES} pages of tools")
        raise self.lost("shows the same page of tools again and again")

    def failed(self, error: Exception) -> McpUnavailable:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, McpUnavailable):
            return error
        if isinstance(error, OSError) and self._server.command is not None and self._child.status is None:
            return self.lost(f"cannot be started: {error.strerror or error}")
        if self._child.left < 0 or self._answers.left < 0:
            return self.lost(f"says more than {MAX_BYTES} bytes")
        if self._answers.encoded is not None:
            encoding = self._shown(self._answers.encoded)[:MAX_REASON]
            return self.lost(f"answers in the encoding {encoding!r}, which nobody asked for")
        if isinstance(error, ValidationError):
            return self.lost("does not list its tools as the protocol has it")
        return self.lost(f"did not list its tools: {self._shown(str(error))[:MAX_REASON] or type(error).__name__}")

    def lost(self, what: str) -> McpUnavailable:
        """What happened and all that the server said about it, without secrets."""
        told = self._of_child() if self._server.url is None else self._of_answers(self._server.url)
        return McpUnavailable(self._server.name, "; ".join([what, *told]))

    def _of_answers(self, url: str) -> list[str]:
        status = self._answers.status
        if status is None:
            return [f"is it there, at {url}?"]
        remedy = " (--bearer-file or --header-file gives it who asks)" if status in _UNKNOWN_TO_IT else ""
        return [f"the last answer had the status {status}{remedy}"]

    def _of_child(self) -> list[str]:
        child, told = self._child, []
        if child.left_us and child.status is not None:
            told.append(f"the program ended with status {child.status}")
        if child.noise is not None:
            noise = self._shown(_text(child.noise[: child.kept]), ends_cut=len(child.noise) > child.kept)
            told.append(f"it writes what is no message to standard output: {noise[:MAX_REASON]!r}")
        if said := self._shown(_text(child.said), begins_cut=child.said_more):
            told.append(f"its last words: {said[-MAX_REASON:]!r}")
        if told:
            known = ", ".join(self._server.env) or "nothing"
            told.append(f"of the environment it is given {known}: --env NAME gives it more")
        return told

    def _shown(self, text: str, *, begins_cut: bool = False, ends_cut: bool = False) -> str:
        """Words of the server without secrets, before they are cut to what is shown."""
        return self._given.without(text, begins_cut=begins_cut, ends_cut=ends_cut).strip()


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace")
