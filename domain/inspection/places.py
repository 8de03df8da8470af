"""Which parameters hold a host, an address of e-mail, or free text: by the format of their schema, then by their name."""

import re
from functools import lru_cache
from typing import Literal

Role = Literal["target", "perhaps", "mail", "text"]
"""`target`: the whole value is taken for a URL or host. `perhaps`: only what surely is one. `mail`: for an e-mail address.
`text`: only URLs inside it count."""

BY_FORMAT: dict[str, Role] = {
    "uri": "target", "iri": "target", "url": "target", "hostname": "target", "idn-hostname": "target",
    "ipv4": "target", "ipv6": "target", "uri-reference": "perhaps", "iri-reference": "perhaps",
    "email": "mail", "idn-email": "mail",
}  # fmt: skip
_TARGETS = frozenset({
    "fqdn", "host", "hostname", "hostnames", "hosts", "href", "ip", "ips", "ipv4", "ipv6", "iri", "proxy", "uri",
    "uris", "url", "urls", "webhook", "webhooks",
})  # fmt: skip
_PERHAPS = frozenset({
    "addr", "address", "addresses", "bootstrap", "broker", "brokers", "callback", "connection", "destination", "dns",
    "domain", "domains", "dsn", "endpoint", "endpoints", "feed", "gateway", "link", "links", "mirror", "nameserver",
    "node", "nodes", "origin", "peer", "registry", "remote", "repo", "repository", "resolver", "server", "servers",
    "site", "source", "src", "target", "targets", "upstream", "website",
})  # fmt: skip
_MAIL = frozenset({
    "bcc", "cc", "email", "emails", "from", "mail", "mails", "recipient", "recipients", "sender", "to",
})  # fmt: skip
_MACHINE = frozenset({"bind", "host", "ip", "ipv4", "ipv6", "listen", "network", "remote", "server", "target"})
_NO_MACHINE = frozenset({
    "billing", "contract", "delivery", "home", "mac", "mailing", "memory", "office", "postal", "shipping", "street",
    "wallet", "work",
})  # fmt: skip
_TAILS = frozenset({"list", "name", "names", "str", "string", "value"})
"""Words before which another one says what is held, as in `host_name`."""
_ENDINGS = ("url", "uri", "webhook", "hostname")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")


@lru_cache(maxsize=4_096)
def role_of_name(name: str) -> Role:
    """As in `callbackUrl` (target), `server` (perhaps), `email_address` (mail), `subject` (text)."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return "text"
    if len(words) > 1 and words[-1] in _TAILS:
        words.pop()
    *before, last = words
    if last in ("address", "addresses", "addr") and before:
        if before[-1] in _MACHINE:
            return "target"
        if before[-1] in _NO_MACHINE:
            return "text"
    if last in _TARGETS or last.endswith(_ENDINGS):
        return "target"
    if not _MAIL.isdisjoint(words[-2:]):
        return "mail"
    return "perhaps" if last in _PERHAPS else "text"
