"""Which IP addresses no plan may name, and how they are spelled.

The tables are ours, so that an inspection can be repeated: `ipaddress.is_private` changes between Python releases.
They follow the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates, as of 2025-10), the
IPv6 address architecture (RFC 4291) and the cloud providers' documentation of their metadata services. The registry's
few anycast blocks that are globally reachable inside 192.0.0.0/24 and 2001::/23 are refused with the rest: no honest
plan names them.
"""

import re
from typing import NamedTuple


class Network(NamedTuple):
    value: int
    mask: int
    what: str


def ipv4_text(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def ipv6_text(number: int) -> str:
    """The eight groups, without the abbreviation of RFC 5952: only for sentences and comparisons."""
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


class Spelling(NamedTuple):
    """An IPv4 address as a browser reads it; `plain` if it is four decimal numbers, `parts` how many there are."""

    number: int
    plain: bool
    parts: int


_PLAIN = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!\Z)|\Z)){4}", re.ASCII)
_NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]{0,80}|[0-9]{1,80}", re.ASCII)
"""A longer one is numeric, but not read: it is refused as unreadable."""
_OCTETS = 4
_OCTET = 255


def ends_in_a_number(host: str) -> bool:
    """Whether browsers take this lower-case host for an IPv4 address (WHATWG URL, "ends in a number checker")."""
    return _NUMERIC.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def read_ipv4(host: str) -> Spelling | None:
    """The address spelled by `host` (lower case) in decimal, octal, hexadecimal or short form; None if none is.

    The WHATWG URL "IPv4 parser". A trailing dot is allowed, empty parts are not.
    """
    parts = host.removesuffix(".").split(".")
    if len(parts) > _OCTETS or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    *first, last = (number or 0 for number in numbers)
    if any(number > _OCTET for number in first) or last >= (_OCTET + 1) ** (_OCTETS + 1 - len(parts)):
        return None
    high = sum(number << 8 * (3 - index) for index, number in enumerate(first))
    return Spelling(high + last, _PLAIN.fullmatch(host.removesuffix(".")) is not None, len(parts))


def overflowed_ipv4(host: str) -> int | None:
    """Four numbers of which some exceed an octet, as a parser reads them that keeps the low bits; None for all else."""
    parts = host.removesuffix(".").split(".")
    if len(parts) != _OCTETS or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    return sum(((number or 0) & 255) << 8 * (3 - index) for index, number in enumerate(numbers))


def _number(part: str) -> int | None:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8) if set(part) <= set("01234567") else None
    return int(part)


_GROUP = re.compile(r"[0-9a-f]{1,4}", re.ASCII)
_GROUPS = 8


def read_ipv6(text: str) -> int | None:
    """The address spelled by `text`, without brackets; a zone id is left aside (RFC 4291, 2.2 and RFC 4007, 11)."""
    body = text.partition("%")[0].lower()
    head, gap, tail = body.partition("::")
    if "::" in tail or body.count(":") < 2:  # noqa: PLR2004 - the shortest is `::`
        return None
    before, after = _groups(head, ends=not gap), _groups(tail, ends=True)
    if before is None or after is None:
        return None
    missing = _GROUPS - len(before) - len(after)
    if missing < 0 or bool(gap) != (missing > 0):
        return None
    number = 0
    for group in (*before, *([0] * missing), *after):
        number = number << 16 | group
    return number


def _groups(text: str, *, ends: bool) -> list[int] | None:
    """The 16-bit groups of one side of `::`; an IPv4 address may end the whole."""
    if not text:
        return []
    groups: list[int] = []
    parts = text.split(":")
    for index, part in enumerate(parts):
        if _GROUP.fullmatch(part):
            groups.append(int(part, 16))
        elif ends and index == len(parts) - 1 and (spelling := read_ipv4(part)) and spelling.parts == _OCTETS:
            groups += [spelling.number >> 16, spelling.number & 0xFFFF]
        else:
            return None
    return groups


def _network4(text: str, what: str) -> Network:
    base, _, length = text.partition("/")
    spelling = read_ipv4(base)
    return Network(spelling.number if spelling else 0, (1 << 32) - (1 << 32 - int(length or 32)), what)


def _network6(text: str, what: str) -> Network:
    base, _, length = text.partition("/")
    return Network(read_ipv6(base) or 0, (1 << 128) - (1 << 128 - int(length or 128)), what)


# The first match counts: single addresses stand before the networks that hold them.
FORBIDDEN_IPV4: tuple[Network, ...] = tuple(
    _network4(*row)
    for row in (
        ("169.254.169.254", "the metadata service of AWS, Azure, Google Cloud and others"),
        ("169.254.170.2", "the credentials service of AWS ECS"),
        ("169.254.170.23", "the credentials service of AWS EKS"),
        ("169.254.42.42", "the metadata service of Scaleway"),
        ("100.100.100.200", "the metadata service of Alibaba Cloud"),
        ("168.63.129.16", "the wire server of Azure"),
        ("192.0.0.192", "the metadata service of Oracle Cloud"),
        ("0.0.0.0/8", "an address of this host (0.0.0.0/8)"),
        ("10.0.0.0/8", "a private address (10.0.0.0/8)"),
        ("100.64.0.0/10", "a carrier's shared address (100.64.0.0/10)"),
        ("127.0.0.0/8", "a loopback address (127.0.0.0/8)"),
        ("169.254.0.0/16", "a link-local address (169.254.0.0/16)"),
        ("172.16.0.0/12", "a private address (172.16.0.0/12)"),
        ("192.0.0.0/24", "an address for protocols (192.0.0.0/24)"),
        ("192.0.2.0/24", "an address for documentation (192.0.2.0/24)"),
        ("192.88.99.0/24", "a former 6to4 relay (192.88.99.0/24)"),
        ("192.168.0.0/16", "a private address (192.168.0.0/16)"),
        ("198.18.0.0/15", "an address for benchmarks (198.18.0.0/15)"),
        ("198.51.100.0/24", "an address for documentation (198.51.100.0/24)"),
        ("203.0.113.0/24", "an address for documentation (203.0.113.0/24)"),
        ("224.0.0.0/4", "a multicast address (224.0.0.0/4)"),
        ("255.255.255.255", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address (240.0.0.0/4)"),
    )
)
FORBIDDEN_IPV6: tuple[Network, ...] = tuple(
    _network6(*row)
    for row in (
        ("fd00:ec2::254", "the metadata service of AWS"),
        ("fd00:ec2::23", "the credentials service of AWS EKS"),
        ("fd20:ce::254", "the metadata service of Google Cloud"),
        ("fd00:42::42", "the metadata service of Scaleway"),
        ("fe80::a9fe:a9fe", "the metadata service of OpenStack"),
        ("::1", "the loopback address (::1)"),
        ("::", "the unspecified address (::)"),
        ("fe80::/10", "a link-local address (fe80::/10)"),
        ("fec0::/10", "a site-local address (fec0::/10)"),
        ("fc00::/7", "a unique local address (fc00::/7)"),
        ("ff00::/8", "a multicast address (ff00::/8)"),
        ("64:ff9b:1::/48", "a local translation to IPv4 (64:ff9b:1::/48)"),
        ("100::/64", "an address that discards (100::/64)"),
        ("2001:db8::/32", "an address for documentation (2001:db8::/32)"),
        ("2001::/23", "an address for protocols (2001::/23)"),
        ("2620:4f:8000::/48", "an AS112 name server (2620:4f:8000::/48)"),
        ("3fff::/20", "an address for documentation (3fff::/20)"),
        ("5f00::/16", "a segment routing identifier (5f00::/16)"),
    )
)
_GLOBAL_UNICAST = _network6("2000::/3", "")
_TEREDO = _network6("2001::/32", "")
_LOW = 0xFFFF_FFFF
# Where an IPv4 address stands inside an IPv6 one: the network and how far the address is from the right.
_CARRIERS: tuple[tuple[Network, int], ...] = (
    (_network6("::ffff:0:0/96", "IPv4-mapped (RFC 4291)"), 0),
    (_network6("::ffff:0:0:0/96", "IPv4-translated (RFC 2765)"), 0),
    (_network6("64:ff9b::/96", "NAT64 (RFC 6052)"), 0),
    (_network6("2002::/16", "6to4 (RFC 3056)"), 80),
)
# A network may translate to IPv4 under a prefix of its own: what ends in the address of such a service leads there.
_SINGLE = {value: what for value, mask, what in FORBIDDEN_IPV4 if mask == _LOW and value != _LOW}
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def forbidden_ipv4(number: int) -> str | None:
    """What the address is, if no plan may name it."""
    return next((what for value, mask, what in FORBIDDEN_IPV4 if number & mask == value), None)


def forbidden_ipv6(number: int) -> str | None:
    """What the address is, or the IPv4 address that it carries, if no plan may name it.

    Outside of 2000::/3 only the forms that carry a public IPv4 address are allowed.
    """
    single = _SINGLE.get(number & _LOW)
    if single is not None:
        return f"{ipv4_text(number & _LOW)} inside an IPv6 address: {single}"
    for (value, mask, how), shift in _CARRIERS:
        if number & mask == value:
            return _carried(number >> shift & _LOW, how)
    if number & _TEREDO.mask == _TEREDO.value:
        return _carried(number >> 64 & _LOW, "Teredo (RFC 4380)") or _carried(~number & _LOW, "Teredo (RFC 4380)")
    named = next((what for value, mask, what in FORBIDDEN_IPV6 if number & mask == value), None)
    if named is not None:
        return named
    if number >> 32 & _LOW in _ISATAP and (carried := _carried(number & _LOW, "ISATAP (RFC 5214)")):
        return carried
    if number & _GLOBAL_UNICAST.mask == _GLOBAL_UNICAST.value:
        return None
    if number <= _LOW:
        return _carried(number, "IPv4-compatible (RFC 4291)") or "a deprecated IPv4-compatible address (::/96)"
    return "outside of the global unicast addresses (2000::/3)"


def _carried(number: int, how: str) -> str | None:
    what = forbidden_ipv4(number)
    return f"{ipv4_text(number)} as {how}: {what}" if what is not None else None
