"""The host of a value that is one without a scheme: `host:port/path`, `user@host:path`, a list, a connection string."""

import re
from collections.abc import Iterator

from planfold.domain.inspection.authorities import (
    LOCAL,
    SLASHLESS,
    SPECIAL,
    Named,
    authority,
    other_readings,
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
    connections = () if is_url else _CONNECTION.finditer(folded)
    connected = [next(filter(None, match.groups())) for match in connections]
    yield from (Named(without_port(host), strictly=False) for host in connected)
    if connected or not joined or _HOSTLESS.match(joined):
        return
    if is_url or SLASHLESS.match(joined) or joined.startswith(("//", "\\\\")):
        if strictly:
            yield from _of_url(joined)
    elif strictly and joined.startswith("file:"):
        yield Named("", strictly=True, scheme="file")
    elif not _NAMES_NO_HOST.match(joined):
        items = [item for item in _BETWEEN.split(folded) if item]
        alone = len(items) == 1
        yield from (Named(_host(item), strictly=strictly and alone) for item in items)
        if not alone:
            yield Named(_host(joined), strictly=False, mainly=False)
        yield from other_readings(joined, strictly=strictly)


def _of_url(joined: str) -> Iterator[Named]:
    """The host behind the first scheme, whatever stands in it: blanks do not end a value that is a URL."""
    match = _SCHEME.match(joined)
    scheme, slashes = match.groups() if match else ("http", "//")
    rest = joined[match.end() :] if match else joined.lstrip("/\\")
    if scheme in SPECIAL or (scheme not in LOCAL and len(slashes) == 2):  # noqa: PLR2004 - scheme:///path has no host
        yield from authority(rest, scheme, in_text=False)


def _host(item: str) -> str:
    return without_port(_ENDS.split(item, maxsplit=1)[0].rpartition("@")[2])
