"""The host of a value that is one without a scheme: `host:port/path`, `user@host:path`, a list, a connection string."""

import re
from collections.abc import Iterator

from planfold.domain.hosts.addresses import read_ipv6
from planfold.domain.hosts.authorities import (
    LOCAL,
    SLASHLESS,
    SPECIAL,
    Named,
    authority,
    other_readings,
    unknown_in,
    without_port,
)

_HOSTLESS = re.compile(
    r"(?:about|acct|arn|blob|bitcoin|cid|data|did|doi|ethereum|geo|info|isbn|javascript|magnet|mailto|mid|news|pkg|sms|"
    r"spotify|tag|tel|urn|uuid|xri):(?!//)"
)
"""Schemes after which no host stands."""
_NAMES_NO_HOST = re.compile(r"[/\\.#?{<]")
_CONNECTION = re.compile(
    r"(?<![a-z])(?:host|hostaddr|server|data source|addr|address|bootstrap\.servers)\s?=\s?([^\s;,'\"&]{1,300}+)"
    r"|@(?:tcp|tcp6|udp)\(([^()\s]{1,300}+)\)|:thin:@(?://)?([^\s/]{1,300}+)",
    re.ASCII,
)
"""As drivers of databases write it: libpq, ADO.NET, Go's MySQL, Oracle's thin JDBC."""
_CONNECTED = ("host", "server", "data source", "addr", "@tcp", "@udp", ":thin:@")
_TWO_SLASHES = re.compile(r"[/\\]{2}")
"""Of either kind: browsers read `/\\host` as they read `//host` (WHATWG URL, relative slash state)."""
_WHOLE = re.compile(
    r"(?:[^\s/@:\\\"'<>]{1,64}+@)?(?P<host>\[[0-9a-f:.]{2,60}(?:%[^\]\s]{1,20})?\]|[^\s/\\:@?#,;|\[\]\"'<>(){}=$]{1,253}+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>[/?#]\S{0,2000})?"
)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[.+\]", re.ASCII)
_NETWORK = re.compile(r"/[0-9]{1,3}", re.ASCII)
"""As in 10.0.0.0/8, which names a network and no host that is called."""
_GROUPED = re.compile(r"::|[0-9a-f]{3}")
_WORDS = re.compile(r"[\s\"'`;|&<>(),]+")
_BETWEEN = re.compile(r"[\s,;|]+")
_BREAKS = re.compile(r"[\t\r\n]+")
_ENDS = re.compile(r"[/\\?#]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,39}):([/\\]*)", re.ASCII)


def bare_hosts(value: str, *, strictly: bool) -> Iterator[Named]:
    """The hosts that `value` names as a whole; what `://` leads to is left to the reading of texts.

    `strictly` says that the place holds nothing but hosts and URLs: a bare word counts, and so do odd spellings.
    """
    folded = value.lower()
    joined = _BREAKS.sub("", folded)
    is_url = "://" in joined
    connected = [] if is_url else list(_connected(folded))
    yield from connected
    if connected or not joined or _HOSTLESS.match(joined):
        return
    if is_url or SLASHLESS.match(joined) or _TWO_SLASHES.match(joined):
        if strictly:
            yield from _of_url(joined)
    elif strictly and joined.startswith("file:"):
        yield Named("", strictly=True, scheme="file")
    elif not _NAMES_NO_HOST.match(joined):
        items = [item for item in _BETWEEN.split(folded) if item]
        alone = len(items) == 1
        yield from (Named(_host(item), strictly=strictly and alone, beside=unknown_in(item)) for item in items)
        if not alone:
            yield Named(_host(joined), strictly=False, mainly=False)
        yield from other_readings(joined, strictly=strictly)


def whole_host(value: str) -> Iterator[Named]:
    """The host of a value under any name that is wholly `host:port`, `host/path` or an address, or a connection string.

    A name that is no address needs a port or path to be told from other words, and nothing counts that only may be one.
    """
    folded = value.lower()
    match = _WHOLE.fullmatch(folded)
    if match is not None:
        host, port, path = match["host"], match["port"], match["path"]
        is_address = _ADDRESS.fullmatch(host) is not None
        is_network = is_address and port is None and path is not None and _NETWORK.fullmatch(path)
        if (is_address or port or path) and not is_network:
            yield Named(host, strictly=False, mainly=False)
    elif any(word in folded for word in _CONNECTED):
        yield from (named._replace(mainly=False) for named in _connected(folded))
    elif _is_long_ipv6(folded):
        yield Named(folded, strictly=False, mainly=False)


def hosts_in_command(value: str) -> Iterator[Named]:
    """The hosts that the words of a command line name: `host:port`, `host/path`, an address, `user@host`."""
    for word in _WORDS.split(value.lower()):
        argument = word.partition("=")[2] if word.startswith("-") else word
        user, at, host = argument.partition("@")
        if at and user and host:
            yield Named(without_port(_ENDS.split(host, maxsplit=1)[0]), strictly=False, mainly=False)
        elif argument:
            yield from whole_host(argument)


def _is_long_ipv6(text: str) -> bool:
    """An IPv6 address with a gap or a group that no clock or hardware address has: not `a::b`, not `00:1b:44:11:3a:b7`."""
    has_digit = any(char.isdigit() for char in text)
    return text.count(":") > 1 and has_digit and bool(_GROUPED.search(text)) and read_ipv6(text) is not None


def _connected(folded: str) -> Iterator[Named]:
    for match in _CONNECTION.finditer(folded):
        host = next(filter(None, match.groups()))
        yield Named(without_port(host), strictly=False)


def _of_url(joined: str) -> Iterator[Named]:
    """The host behind the first scheme, whatever stands in it: blanks do not end a value that is a URL."""
    match = _SCHEME.match(joined)
    scheme, slashes = match.groups() if match else ("http", "//")
    rest = joined[match.end() :] if match else joined.lstrip("/\\")
    if scheme in SPECIAL or (scheme not in LOCAL and len(slashes) == 2):  # noqa: PLR2004 - scheme:///path has no host
        yield from authority(rest, scheme, in_text=False)


def _host(item: str) -> str:
    return without_port(_ENDS.split(item, maxsplit=1)[0].rpartition("@")[2])
