"""Where a text names hosts: URLs of any scheme, and what stands for one without a scheme.

URLs are taken apart as the WHATWG URL standard does it: backslashes are slashes, tabs and newlines vanish, user
information ends at the last `@`. Where other programs would take them apart differently, their readings are given too.
A URL inside the query or path of another one is a URL, percent-encoded or not: a redirector or proxy would follow it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from planfold.domain.hosts.addresses import ends_in_a_number, read_ipv6
from planfold.domain.hosts.characters import mapped


class Named(NamedTuple):
    """A host as it is spelled in a text.

    `strictly`: it stands where only a host can, so that a bare word counts. `mainly`: the call itself would go there,
    and not somebody whom it passes the text on to. `scheme` is set, and no host, where the scheme leads to the machine.
    `beside` is what stands with the host before the first slash and only the run will know: a user, a port.
    """

    spelled: str
    strictly: bool
    mainly: bool = True
    scheme: str = ""
    beside: str = ""


SPECIAL = frozenset({"http", "https", "ws", "wss", "ftp"})
"""The schemes in which browsers take a backslash for a slash, and need no slash at all."""
NETWORK = SPECIAL | {
    "afp", "amqp", "amqps", "cassandra", "cifs", "clickhouse", "coap", "coaps", "couchdb", "dict", "dns", "docker",
    "elasticsearch", "ftps", "git", "gopher", "grpc", "grpcs", "h2c", "hdfs", "imap", "imaps", "irc", "ircs", "kafka",
    "ldap", "ldaps", "mariadb", "memcache", "memcached", "mongodb", "mqtt", "mqtts", "mssql", "mysql", "nats", "neo4j",
    "nfs", "ntp", "oracle", "pop3", "pop3s", "postgres", "postgresql", "rdp", "redis", "rediss", "rsync", "rtmp",
    "rtsp", "sftp", "smb", "smtp", "smtps", "snmp", "socks", "socks4", "socks5", "socks5h", "sqlserver", "ssh", "stomp",
    "svn", "tcp", "telnet", "tftp", "tls", "udp", "vnc", "xmpp",
}  # fmt: skip
"""Where `//name` is a host of the network; elsewhere, as in s3://bucket, only what surely is a host counts."""
LOCAL = frozenset({
    "compress.bzip2", "compress.zlib", "expect", "file", "glob", "http+unix", "https+unix", "local_file", "netdoc",
    "npipe", "phar", "php", "unix",
})  # fmt: skip
"""Schemes that read the files, sockets or processes of the machine that runs them."""

_TELLTALE = re.compile(r"[/\\:]|[^\x00-\x7f]")
_BREAKS = re.compile(r"[\t\r\n]+(?![a-z][a-z0-9+.-]{0,39}:[/\\])", re.ASCII)
"""What browsers drop from inside a URL; a line that begins with a URL of its own is another one."""
_SLASHES = re.compile(r":[/\\]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+._-]{0,39}\Z", re.ASCII)
_LONGEST_AUTHORITY = 1_000
SLASHLESS = re.compile(r"(?<![a-z0-9+.-])(?:https?|wss?|ftp):[/\\]?(?=[^\s/\\])", re.ASCII)
_SCHEMELESS = re.compile(r"(?:\A[/\\]{2}|(?<=[\s\"'=(,])(?://|\\\\))(?=[^\s/\\])")
_MAILTO = re.compile(r"(?<![a-z])mailto:([^\s\"'<>?]{1,1000}+)", re.ASCII)
_MAIL = re.compile(r"(?<=[^\s<>,;:(])@(\[[^\]\s]{1,100}\]|[^\s@<>,;:\"'()\[\]]{1,300}+)")
_ENDS_IN_TEXT = re.compile(r"[\s\"'`<>()]")
_ENDS_RUN = re.compile(r"[\s\"'`<>(),;|]")
_ENDS = re.compile(r"[/?#]")
_ENDS_SPECIAL = re.compile(r"[/\\?#]")
_SEPARATORS = re.compile(r"([\x00-\x20\x7f\\?#@;,&<>^|]+)")
_TRAPS = re.compile(r"[@\\%\x00-\x20\x7f&;<>^|]|[^\x00-\x7f]")
_ASCII_START = re.compile(r"[\x21-\x7e]*")
_OPEN = re.compile(r"[{}*$]")
"""What stands in a host that somebody is to fill in."""
_REFERENCE = re.compile(r"\$\{[^{}]{0,1000}\}")


def hosts_in_text(text: str) -> Iterator[Named]:
    """The hosts of the URLs in `text`, in lower case; one may come several times."""
    if not _TELLTALE.search(text):
        return
    folded = text.lower()
    yield from _hosts_in(folded)
    joined = _BREAKS.sub("", folded)
    if joined != folded and " " not in joined:
        yield from _hosts_in(joined)
    readings = {} if folded.isascii() else {mapped(folded): None}
    for _ in range(2):
        folded = unquote(folded).lower()
        readings[folded] = None
    readings.pop(text.lower(), None)
    for reading in readings:
        yield from (named._replace(mainly=False) for named in _hosts_in(reading))


def mail_hosts(text: str) -> Iterator[Named]:
    """The hosts of the e-mail addresses in `text`; `@name` alone is none."""
    yield from (Named(found, strictly=True) for found in _MAIL.findall(text))


def _hosts_in(text: str) -> Iterator[Named]:
    end_of_run = 0
    for match in _SLASHES.finditer(text):
        found = _SCHEME.search(text[max(0, match.start() - 40) : match.start()])
        scheme = found[0] if found else ""
        slashes = match.end() - match.start() - 1
        if scheme in LOCAL and (slashes > 1 or scheme in ("file", "unix")):
            yield Named("", strictly=True, scheme=scheme)
        elif slashes > 1 and len(scheme) != 1 and (scheme in SPECIAL or slashes == 2):  # noqa: PLR2004 - c:\\ is a drive
            rest = text[match.end() : match.end() + _LONGEST_AUTHORITY]
            mainly = match.start() >= end_of_run
            yield from (named._replace(mainly=mainly and named.mainly) for named in authority(rest, scheme))
        if match.start() >= end_of_run:
            after = _ENDS_RUN.search(text, match.end())
            end_of_run = after.start() if after else len(text)
    for pattern in (SLASHLESS, _SCHEMELESS):
        for match in pattern.finditer(text):
            rest = text[match.end() : match.end() + _LONGEST_AUTHORITY]
            yield from (named._replace(strictly=False) for named in authority(rest, "http"))
    for match in _MAILTO.finditer(text):
        yield from mail_hosts(match[1])


def authority(rest: str, scheme: str, *, in_text: bool = True) -> Iterator[Named]:
    """The hosts of a URL whose text goes on with `rest` after the slashes; several only where commas part them.

    A URL inside a longer text ends at a blank, a quotation mark or a bracket; one that is a whole value does not.
    """
    is_special = scheme in SPECIAL or not scheme
    is_network = is_special or not NETWORK.isdisjoint(re.split(r"[+.]", scheme))
    rest = _ENDS_IN_TEXT.split(rest, maxsplit=1)[0] if in_text else rest
    standard = (_ENDS_SPECIAL if is_special else _ENDS).split(rest, maxsplit=1)[0]
    beside = unknown_in(rest)
    for spelled in standard.rpartition("@")[2].split(","):
        host = without_port(spelled)
        if "${" not in host and not host.startswith("["):
            host = host.rstrip(".!*_~;'}]")
        if host:
            is_whole = not _OPEN.search(_REFERENCE.sub("", host))
            yield Named(host, strictly=is_network and is_whole, beside=beside)
    yield from other_readings(rest, strictly=is_network)


def unknown_in(rest: str) -> str:
    """What stands before the first slash, if a reference is in it: its value may hold an `@` or a slash of its own."""
    before = rest.partition("/")[0] if "${" in rest else ""
    return before if "${" in before else ""


def other_readings(rest: str, *, strictly: bool) -> Iterator[Named]:
    """What programs that do not follow the standard may take for the host, after the slashes of a URL.

    Each piece of what stands before the first slash, except user information; behind an `@` mainly so. `strictly` lets
    a single number count where a host may begin.
    """
    lenient = rest.partition("/")[0]
    if not _TRAPS.search(lenient):
        return
    once = unquote(lenient)
    for form in dict.fromkeys((lenient, once, unquote(once), mapped(once))):
        pieces = _SEPARATORS.split(form)
        for index in range(0, len(pieces), 2):
            before = pieces[index - 1] if index else ""
            is_user = index == 0 and pieces[1:2] == ["@"]
            if pieces[index] and not is_user:
                host = without_port(pieces[index])
                begins = index == 0 or before.endswith("@")
                is_number = begins and strictly and ends_in_a_number(host)
                yield Named(host, strictly=is_number, mainly=before.endswith("@") and "." in host)
                if not host.isascii() and (start := _ASCII_START.match(host)) and start[0]:
                    yield Named(start[0], strictly=False, mainly=False)


def without_port(spelled: str) -> str:
    """`host:port` without its port; an IPv6 address is left whole, with brackets or without."""
    if spelled.startswith("["):
        return spelled[: spelled.find("]") + 1] or spelled
    is_ipv6 = spelled.count(":") > 1 and read_ipv6(spelled) is not None
    return spelled if is_ipv6 else spelled.partition(":")[0]
