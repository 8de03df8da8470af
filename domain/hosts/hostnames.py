"""Names that lead inside: to this machine, its network, its cluster or its cloud's metadata, whatever DNS says.

Sources: the IANA registry of special-use domain names (RFC 6761, 6762, 7686, 8375), ICANN's reservation of `.internal`
and its name collision study (`.corp`, `.home`), RFC 6762 appendix G, the Kubernetes DNS specification, the providers'
documentation of metadata services, and the public services that answer every name with an address spelled in it.
"""

import re

from planfold.domain.hosts.addresses import (
    forbidden_ipv4,
    forbidden_ipv6,
    ipv4_text,
    ipv6_text,
    read_ipv4,
    read_ipv6,
)

METADATA: dict[str, str] = {
    "metadata.google.internal": "the metadata service of Google Cloud",
    "metadata.goog": "the metadata service of Google Cloud",
    "metadata": "the metadata service of Google Cloud",
    "instance-data": "the metadata service of AWS",
    "instance-data.ec2.internal": "the metadata service of AWS",
    "metadata.tencentyun.com": "the metadata service of Tencent Cloud",
    "metadata.platformequinix.com": "the metadata service of Equinix Metal",
    "metadata.packet.net": "the metadata service of Equinix Metal",
    "api.metadata.cloud.ibm.com": "the metadata service of IBM Cloud",
    "rancher-metadata": "the metadata service of Rancher",
    "kubernetes.default": "the API of the Kubernetes cluster",
    "kubernetes.default.svc": "the API of the Kubernetes cluster",
}
INSIDE: dict[str, str] = {
    "localhost": "a name of this machine",
    "localhost4": "a name of this machine",
    "localhost6": "a name of this machine",
    "ip6-localhost": "a name of this machine",
    "ip6-loopback": "a name of this machine",
    "localdomain": "a name of the local network",
    "localdomain4": "a name of this machine",
    "localdomain6": "a name of this machine",
    "local": "a name of the local network (RFC 6762)",
    "home.arpa": "a name of the local network (RFC 8375)",
    "arpa": "a name of the infrastructure (RFC 3172)",
    "internal": "a name for private use (.internal)",
    "intranet": "a name for private use (.intranet)",
    "private": "a name for private use (.private)",
    "corp": "a name for private use (.corp)",
    "home": "a name for private use (.home)",
    "lan": "a name for private use (.lan)",
    "svc": "a service of the Kubernetes cluster",
    "cluster.local": "a service of the Kubernetes cluster",
    "consul": "a service of the Consul cluster",
    "onion": "a hidden service (RFC 7686), reached only through Tor",
    # Public names that always answer with this machine, or with whatever the asker wants (rebinding).
    "localtest.me": "a public name of 127.0.0.1",
    "lvh.me": "a public name of 127.0.0.1",
    "vcap.me": "a public name of 127.0.0.1",
    "lacolhost.com": "a public name of 127.0.0.1",
    "localho.st": "a public name of 127.0.0.1",
    "localhost.direct": "a public name of 127.0.0.1",
    "localdev.me": "a public name of 127.0.0.1",
    "fuf.me": "a public name of 127.0.0.1",
    "yoogle.com": "a public name of 127.0.0.1",
    "smackaho.st": "a public name of 127.0.0.1",
    "local.gd": "a public name of 127.0.0.1",
    "spoofed.burpcollaborator.net": "a public name of 127.0.0.1",
    "rbndr.us": "a name that changes its address (DNS rebinding)",
    "1u.ms": "a name that changes its address (DNS rebinding)",
    "rebind.network": "a name that changes its address (DNS rebinding)",
}
"""With everything below them."""
SPELLED_BELOW = frozenset({
    "backname.io", "ip.es.io", "ip6.name", "local-ip.co", "local-ip.sh", "nip.io", "plex.direct", "sslip.io", "traefik.me",
    "xip.io", "xip.name",
})  # fmt: skip
"""Services that answer a name below them with the address which it spells."""

_MOST_LABELS = 4
_SPELLED_IPV4 = re.compile(r"(?:\A|[.-])(\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3})(?=[.-]|\Z)", re.ASCII)
_SPELLED_NUMBERS = re.compile(
    r"(?:\A|\.)((?:0x[0-9a-f]{1,80}|[0-9]{1,80})(?:\.(?:0x[0-9a-f]{1,80}|[0-9]{1,80})){0,3})\Z", re.ASCII
)
_SPELLED_HEX = re.compile(r"(?:\A|[.-])([0-9a-f]{8})(?=\.|\Z)", re.ASCII)
_SPELLED_IPV6 = re.compile(r"(?:\A|\.)([0-9a-f]{0,4}(?:-[0-9a-f]{0,4}){2,7})(?=\.|\Z)", re.ASCII)


def inside(name: str) -> str | None:
    """What the lower-case host name leads to, if that is inside; None for a public name of two labels or more."""
    if name in METADATA:
        return METADATA[name]
    labels = name.rsplit(".", _MOST_LABELS)
    for first in range(len(labels)):
        suffix = ".".join(labels[first:])
        if suffix in INSIDE:
            return INSIDE[suffix]
        if suffix in SPELLED_BELOW:
            return _spelled(name.removesuffix(suffix).removesuffix("."))
    return None


def _spelled(prefix: str) -> str | None:
    """The forbidden address that a wildcard service would read in `prefix`."""
    for found in _SPELLED_IPV4.findall(prefix):
        spelling = read_ipv4(re.sub(r"\b0+(?=\d)", "", found.replace("-", ".")))
        if spelling and (what := forbidden_ipv4(spelling.number)):
            return f"a public name of {ipv4_text(spelling.number)}, {what}"
    if (numbers := _SPELLED_NUMBERS.search(prefix)) and (spelling := read_ipv4(numbers[1])):
        what = forbidden_ipv4(spelling.number)
        if what:
            return f"a public name of {ipv4_text(spelling.number)}, {what}"
    for found in _SPELLED_HEX.findall(prefix):
        if what := forbidden_ipv4(int(found, 16)):
            return f"a public name of {ipv4_text(int(found, 16))}, {what}"
    for found in _SPELLED_IPV6.findall(prefix):
        number = read_ipv6(found.replace("-", ":"))
        if number is not None and (what := forbidden_ipv6(number)):
            return f"a public name of {ipv6_text(number)}, {what}"
    return None
