"""The hosts that a value of a parameter names, by the role of its place."""

from collections.abc import Iterator

from planfold.domain.hosts.authorities import Named, hosts_in_text, mail_hosts
from planfold.domain.hosts.bare_hosts import bare_hosts, hosts_in_command, whole_host
from planfold.domain.hosts.places import Role

_CONTROLS = "".join(map(chr, range(33)))
_LONGEST_HOST = 2_048


def named_hosts(value: str | int, role: Role) -> Iterator[Named]:
    """The hosts of a text or number; one may come several times. A long text is searched for URLs only."""
    if isinstance(value, int):
        if role == "target":
            yield Named(str(value), strictly=True)
        return
    text = value.strip(_CONTROLS)
    match "text" if len(text) > _LONGEST_HOST else role:
        case "target":
            yield from bare_hosts(text, strictly=True)
        case "perhaps":
            yield from bare_hosts(text, strictly=False)
        case "mail":
            yield from mail_hosts(text)
            yield from whole_host(text)
        case "whole":
            yield from whole_host(text)
        case "command":
            yield from hosts_in_command(text)
        case "text":
            pass
    yield from hosts_in_text(text)
