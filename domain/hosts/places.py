"""Which parameters hold a host, an address of e-mail, or free text: by the format of their schema, then by their name.

Names are compared in the singular. Under a name that tells nothing, a value that is wholly a host with a port or a path,
or an address, is one: only names of versions, of prose and of paths say that it is not.
"""

import re
from functools import lru_cache
from typing import Literal

Role = Literal["target", "perhaps", "whole", "command", "mail", "text"]
"""`target`: the whole value is taken for a URL or host. `perhaps`: only what surely is one. `whole`: only what surely is
one, and written as an address or with a port or a path. `command`: so each of its words. `mail`: for an e-mail address.
`text`: only URLs inside it count."""

_BY_FORMAT: dict[str, Role] = {
    "uri": "target", "iri": "target", "url": "target", "hostname": "target", "idn-hostname": "target",
    "ipv4": "target", "ipv6": "target", "uri-reference": "perhaps", "iri-reference": "perhaps",
    "email": "mail", "idn-email": "mail", "date": "text", "date-time": "text", "time": "text", "duration": "text",
    "uuid": "text", "regex": "text", "json-pointer": "text",
}  # fmt: skip
_TARGETS = frozenset({
    "fqdn", "host", "hostname", "href", "ip", "ips", "ipv4", "ipv6", "iri", "proxy", "uri", "url", "webhook",
})  # fmt: skip
_PERHAPS = frozenset({
    "addr", "address", "backend", "bastion", "bootstrap", "broker", "callback", "cluster", "connection", "destination",
    "dns", "domain", "dsn", "endpoint", "feed", "gateway", "link", "mirror", "nameserver", "node", "origin", "peer",
    "registry", "relay", "remote", "repo", "repository", "resolver", "router", "server", "site", "smtp", "socket",
    "source", "src", "target", "upstream", "website",
})  # fmt: skip
_MAIL = frozenset({"bcc", "cc", "email", "from", "mail", "recipient", "sender", "to"})
_COMMAND = frozenset({"bash", "cmd", "command", "exec", "script", "sh", "shell"})
_VERSION = frozenset({
    "build", "chapter", "cidr", "clause", "firmware", "mask", "netmask", "oid", "release", "revision", "section",
    "serial", "subnet", "version", "wildcard",
})  # fmt: skip
"""Wherever it stands in a name: what looks like an address and is none that is called."""
_PROSE = frozenset({
    "answer", "body", "branch", "caption", "class", "code", "comment", "content", "description", "dir", "directory",
    "example", "expression", "file", "filename", "folder", "html", "keyword", "label", "markdown", "message",
    "metric", "module", "namespace", "no", "note", "number", "package", "paragraph", "path", "pattern", "phrase",
    "prompt", "q", "query", "question", "ref", "regex", "search", "selector", "subject", "summary", "table", "tag",
    "text", "title", "topic",
})  # fmt: skip
"""At the end of a name: words, and paths of other things than hosts."""
_MACHINE = frozenset({"bind", "host", "ip", "ipv4", "ipv6", "listen", "network", "remote", "server", "target"})
_NO_MACHINE = frozenset({
    "billing", "contract", "delivery", "home", "mac", "mailing", "memory", "office", "postal", "shipping", "street",
    "wallet", "work",
})  # fmt: skip
_TAILS = frozenset({"list", "name", "names", "str", "string", "value"})
"""Words before which another one says what is held, as in `host_name`."""
_SHORTEST_PLURAL = 4
_ENDINGS = ("url", "uri", "webhook", "hostname")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


def role_of(name: str, declared: object = None) -> Role:
    """What the name of a parameter says of its value, or else the format that its schema declares."""
    role = _role_of_name(name)
    return role if role == "target" or not isinstance(declared, str) else _BY_FORMAT.get(declared, role)


@lru_cache(maxsize=4_096)
def _role_of_name(name: str) -> Role:
    """As in `callbackUrl` (target), `server` (perhaps), `email_address` (mail), `device` (whole), `subject` (text)."""
    words = [_singular(word.lower()) for word in _WORD.findall(name)]
    if not words:
        return "whole" if name else "text"
    if len(words) > 1 and words[-1] in _TAILS:
        words.pop()
    *before, last = words
    if last in ("address", "addr") and before:
        if before[-1] in _MACHINE:
            return "target"
        if before[-1] in _NO_MACHINE:
            return "text"
    if last in _TARGETS or last.endswith(_ENDINGS):
        return "target"
    if not _MAIL.isdisjoint(words[-2:]):
        return "mail"
    if last in _PERHAPS:
        return "perhaps"
    if last in _PROSE or not _VERSION.isdisjoint(words):
        return "text"
    return "command" if last in _COMMAND else "whole"


def _singular(word: str) -> str:
    if len(word) < _SHORTEST_PLURAL or word == "iris" or not word.endswith("s") or word[-2] in "su":
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "ches", "shes", "xes")) else word[:-1]
