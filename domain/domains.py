"""Entries of domain lists: a bare host name or address, since anything else would be a rule that never holds."""

import ipaddress
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from planfold.domain.errors import InvalidDomain

LONGEST_NAME = 253
"""Characters of a host name (RFC 1035, 2.3.4)."""
_LONGEST_LABEL = 63
_IPV4_PARTS = 4
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")


def check_domain(entry: str) -> str:
    """`entry`, if it is a host name or an address, with `*.` or `.` before it or not. Raises InvalidDomain."""
    bare = entry.strip()
    name = bare.removeprefix("*").removeprefix(".") if bare.startswith((".", "*.")) else bare
    if not (_is_name(name) or (name == bare and _is_ipv6(name))):
        raise InvalidDomain(entry)
    return entry


def _is_ipv6(name: str) -> bool:
    inner = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        return ":" in inner and "%" not in inner and ipaddress.IPv6Address(inner) is not None
    except ValueError:
        return False


def _is_name(name: str) -> bool:
    """Labels of letters, digits, `-` and `_`; one that ends in a number is an IPv4 address, however short."""
    labels = name.translate(_DOTS).removesuffix(".").split(".")
    if len(name) > LONGEST_NAME or not all(map(_is_label, labels)):
        return False
    if not labels[-1].isdecimal():
        return True
    if not all(label.isdecimal() for label in labels) or len(labels) > _IPV4_PARTS:
        return False
    return len(labels) < _IPV4_PARTS or all(int(label) <= 255 for label in labels)  # noqa: PLR2004 - an octet


def _is_label(label: str) -> bool:
    return 0 < len(label) <= _LONGEST_LABEL and not label.startswith("-") and all(map(_may_stand, label))


def _may_stand(char: str) -> bool:
    return char in "-_" or unicodedata.category(char)[0] in "LMN"


def _unless_recorded(entry: str, info: ValidationInfo) -> str:
    """What was recorded is read as it stands: in JSON, before entries were checked."""
    return entry if info.mode == "json" else check_domain(entry)


Domain = Annotated[str, AfterValidator(_unless_recorded)]
"""A host with everything below it."""
