"""What a host is, however it is spelled: one name or address to compare, and what is wrong with it.

The reading is that of the WHATWG URL standard's host parser, and beyond it what laxer readers do.
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import unquote

from planfold.domain.hosts.addresses import (
    ends_in_a_number,
    forbidden_ipv4,
    forbidden_ipv6,
    ipv4_text,
    ipv6_text,
    overflowed_ipv4,
    read_ipv4,
    read_ipv6,
)
from planfold.domain.hosts.characters import mapped
from planfold.domain.hosts.hostnames import inside

Fault = Literal["none", "surely", "as a host"]


class Host(NamedTuple):
    """`name` is the canonical name or address; `what` says what it is, if no plan may name it.

    `fault` is "surely" where no honest text spells this by chance, "as a host" where it only counts in a place that
    holds a host: a bare word, a single number.
    """

    name: str
    fault: Fault = "none"
    what: str = ""


_SIMPLE = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*", re.ASCII)
_NO_HOST = re.compile(r"[\x00-\x20\x7f#/<>?@\[\\\]^|%]")
_DISGUISED = "an address in a spelling that programs read differently"
_UNREADABLE = "no host that can be read in one way"


def read_host(raw: str) -> Host:
    """The host that `raw` spells: what stands in a URL between user information and port, brackets included."""
    if _SIMPLE.fullmatch(raw):
        return _named(raw)
    if raw.startswith("["):
        return _bracketed(raw)
    text = mapped(unquote(raw) if "%" in raw else raw).strip("\t\n\r ")
    if text.count(":") > 1 and (number := read_ipv6(text)) is not None:
        return _ipv6(number)
    name = text.removesuffix(".")
    if not name or _NO_HOST.search(name) or ".." in name or name.startswith("."):
        return Host(text, "as a host", _UNREADABLE)
    if ends_in_a_number(text):
        return _ipv4(text)
    return _named(name)


def _named(name: str) -> Host:
    what = inside(name)
    if what is not None:
        return Host(name, "surely" if "." in name or name.startswith("localhost") else "as a host", what)
    if "." not in name:
        return Host(name, "as a host", "a name of the local network, since it has no dot")
    return Host(name)


def _ipv4(text: str) -> Host:
    spelling = read_ipv4(text)
    if spelling is None:
        number = overflowed_ipv4(text)
        what = forbidden_ipv4(number) if number is not None else None
        if number is not None and what is not None:
            return Host(ipv4_text(number), "surely", what)
        return Host(text, "as a host", _UNREADABLE)
    name, what = ipv4_text(spelling.number), forbidden_ipv4(spelling.number)
    if what is not None:
        return Host(name, "surely" if spelling.parts == 4 else "as a host", what)  # noqa: PLR2004 - octets
    return Host(name) if spelling.plain else Host(name, "as a host", _DISGUISED)


def _ipv6(number: int) -> Host:
    what = forbidden_ipv6(number)
    return Host(f"[{ipv6_text(number)}]", *(("surely", what) if what is not None else ()))


def _bracketed(raw: str) -> Host:
    """An IPv6 address, or an address literal of an e-mail (RFC 5321, 4.1.3)."""
    text = mapped(unquote(raw))
    inner = text[1:].partition("]")[0].removeprefix("ipv6:")
    number = read_ipv6(inner)
    if number is not None:
        return _ipv6(number)
    spelling = read_ipv4(inner)
    return _ipv4(inner) if spelling is not None else Host(text, "as a host", _UNREADABLE)
