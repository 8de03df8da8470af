"""What a server may be reached by, and what the `mcp` part of a manifest must hold."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from planfold.domain.errors import InvalidManifest
from planfold.domain.skill import Skill
from planfold.infrastructure.skills.manifest_file import load_contents, parse_contents
from planfold.infrastructure.skills.mcp.sources import checked_server

SECRET = "ghp_8dK2mQ9xL4vT7rW1zN5bC3jF6hG0pSaYuEiO"
URL = "https://mcp.example.com/mcp"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "it is reached either by a command or at a url; name one of them"),
        ({"command": ("a",), "url": URL}, "it is reached either by a command or at a url"),
        ({"command": ()}, "the server's command"),
        ({"name": "a/b", "command": ("a",)}, "use 1 to 32 characters"),
        ({"command": ("a", f"--token={SECRET}")}, "it holds a secret; a secret is given by --env"),
        ({"command": ("a",), "env": ("A=1",)}, "it is no name of a variable"),
        ({"command": ("a",), "bearer_file": "/f"}, "only a server at a url gets headers"),
        ({"url": URL, "env": ("A",)}, "only a command has an environment"),
        ({"url": "ftp://example.com/"}, "it must begin with https:// or http://"),
        ({"url": "https:///mcp"}, "name a host"),
        ({"url": "https://[::1/mcp"}, "it is no address of a server"),
        ({"url": "https://ana:pass@example.com/mcp"}, "it names a user"),
        ({"url": f"{URL}?k={SECRET}"}, "it holds a secret"),
        ({"url": f"{URL}?a=b&token=abc"}, "its query holds a secret under 'token'"),
        ({"url": f"{URL}?api-key=abc"}, "a secret is given by --bearer-file or --header-file"),
        ({"url": f"{URL}?a=b#access_token=abc"}, "its query holds a secret under 'access_token'"),
        ({"url": "http://mcp.example.com/mcp", "bearer_file": "/f"}, "http:// would show them to all on the way"),
        ({"url": "http://127.0.0.1.example.com/", "header_files": {"X-Key": "/f"}}, "would show them to all"),
        ({"url": URL, "header_files": {"Host": "/f"}}, "the header Host belongs to the protocol"),
        ({"url": URL, "header_files": {"a b": "/f"}}, "it is no name of a header"),
    ],
)
def test_a_server_that_cannot_be_asked_safely_is_refused(fields: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidManifest) as raised:
        checked_server(**{"name": "s"} | fields)

    assert told in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize("url", [URL, "http://localhost:8000/mcp", "http://127.0.0.1/", "http://[::1]:1/mcp"])
def test_a_token_goes_over_https_or_stays_on_the_machine(url: str) -> None:
    assert url == checked_server(name="s", url=url, bearer_file="/run/secrets/token").url


@pytest.mark.parametrize(
    "query", ["project=north", "token=", "tokenizer=bpe", "keyboard=de", "tools=a,b&read_only=true"]
)
def test_a_query_that_tells_no_secret_is_kept(query: str) -> None:
    assert f"{URL}?{query}" == checked_server(name="s", url=f"{URL}?{query}").url


PINNED = Skill(name="s/look")
SERVER: dict[str, JsonValue] = {"name": "s", "command": ["serve"], "tools": {"look": {"digest": "0" * 64}}}


def document(*servers: JsonValue, **skill: JsonValue) -> str:
    return json.dumps({"skills": [{"name": "s/look", "pin": PINNED.digest} | skill], "mcp": list(servers)})


def test_a_manifest_tells_where_its_skills_come_from(tmp_path: Path) -> None:
    (tmp_path / "skills.json").write_text(document(SERVER), encoding="utf-8")

    (server,) = load_contents(tmp_path / "skills.json").servers

    assert ("s", ("serve",), {"s/look": "look"}, False) == (server.name, server.command, server.skills, server.trusted)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (document(SERVER, pin=None), "skill 's/look' of the MCP server 's' has no pin; import it again"),
        (document(SERVER, name="s/other"), "skill 's/look' of the MCP server 's' is missing"),
        (document(SERVER, SERVER), "mcp names the server 's' twice"),
        (document({**SERVER, "colour": "red"}), "mcp[0].colour cannot be used"),
        (document({**SERVER, "tools": {"look": {"digest": "short"}}}), "mcp[0].tools.look.digest cannot be used"),
        (document(3), "mcp[0] cannot be used"),
        (json.dumps({"skills": [{"name": "a"}], "mcp": {}}), "mcp is no list of at most 64 servers"),
    ],
)
def test_an_mcp_part_that_says_less_than_it_must_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidManifest) as raised:
        parse_contents(text, json_form=True)

    assert told in str(raised.value)
