"""Lists of domains: a bare host name or address in each entry, since anything else would be a rule that never holds."""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from planfold.domain.errors import InvalidDomain
from planfold.domain.hosts.addresses import ends_in_a_number, read_ipv4, read_ipv6
from planfold.domain.hosts.characters import mapped
from planfold.domain.hosts.hostnames import METADATA
from planfold.domain.hosts.reading import read_host

_LONGEST_NAME = 253
"""Characters of a host name (RFC 1035, 2.3.4)."""
_LABEL = re.compile(r"(?!-)(?:[a-z0-9_-]|[^\x00-\x7f\s]){1,63}")


def check_domain(entry: str) -> str:
    """`entry`, if it is a host name or an address, with `*.` or `.` before it or not. Raises InvalidDomain."""
    bare = entry.strip()
    name = bare.removeprefix("*").removeprefix(".") if bare.startswith((".", "*.")) else bare
    if not (_is_name(name) or (name == bare and _is_ipv6(name))):
        raise InvalidDomain(entry)
    return entry


def _is_ipv6(name: str) -> bool:
    inner = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    return "%" not in inner and read_ipv6(inner) is not None


def _is_name(name: str) -> bool:
    """Labels of letters, digits, `-` and `_`; one that ends in a number is an IPv4 address, however short."""
    text = mapped(name).removesuffix(".")
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, text.split("."))):
        return False
    return not ends_in_a_number(text) or read_ipv4(text) is not None


def _unless_recorded(entry: str, info: ValidationInfo) -> str:
    """What was recorded is read as it stands: in JSON, before entries were checked."""
    return entry if info.mode == "json" else check_domain(entry)


Domain = Annotated[str, AfterValidator(_unless_recorded)]
"""A host with everything below it."""


def covers(domains: tuple[str, ...], name: str) -> bool:
    """Whether `name` is one of `domains` or below one. Addresses and metadata services must be named themselves."""
    if not domains:
        return False
    known = _canonical(domains)
    if name in known:
        return True
    if name.startswith("[") or name in METADATA or ends_in_a_number(name):
        return False
    labels = name.split(".")
    return any(".".join(labels[first:]) in known for first in range(1, len(labels)))


@lru_cache(maxsize=1_024)
def _canonical(domains: tuple[str, ...]) -> frozenset[str]:
    """The domains as hosts are read; `*.example.com` and `.example.com` are `example.com`."""
    return frozenset(read_host(domain.strip().lower().removeprefix("*").lstrip(".")).name for domain in domains)
