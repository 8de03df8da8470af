"""The hosts that a value names, and what they are: read as browsers read them, and as whoever reads them otherwise.

`named_hosts` finds them in a value, by the role that `role_of` tells from the name of its parameter; `read_host` says what
one is. Nothing here knows of plans, and nothing is looked up: a name is judged by what is written.
"""

from planfold.domain.hosts.authorities import Named
from planfold.domain.hosts.characters import mapped
from planfold.domain.hosts.domains import Domain, check_domain, covers
from planfold.domain.hosts.places import Role, role_of
from planfold.domain.hosts.reading import Host, read_host
from planfold.domain.hosts.values import named_hosts

__all__ = ["Domain", "Host", "Named", "Role", "check_domain", "covers", "mapped", "named_hosts", "read_host", "role_of"]
