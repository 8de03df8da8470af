"""Whether a step would reach a place that no plan may reach, as far as that is written in the plan.

The executor must still resolve a name once and connect to the address that it judged: a public name may lead inside.
A host that only the run will know (`${...}`) passes, unless the skill is bound to domains of its own.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from planfold.domain.inspection.addresses import ends_in_a_number
from planfold.domain.inspection.authorities import Named, hosts_in_text, mail_hosts
from planfold.domain.inspection.bare_hosts import bare_hosts
from planfold.domain.inspection.draft import Draft, Leaf
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.hostnames import METADATA
from planfold.domain.inspection.hosts import Host, read_host
from planfold.domain.inspection.places import BY_FORMAT, Role, role_of_name
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.inspection.subschemas import subschema
from planfold.domain.plan import REFERENCE
from planfold.domain.skill import Skill

_CONTROLS = "".join(map(chr, range(33)))
_LONGEST_HOST = 2_048
_SHOWN = 100
_FILE = re.compile(r".*\.(?:csv|docx?|gif|html?|jpe?g|json|md|mp[34]|pdf|png|pptx?|txt|xlsx?|xml|ya?ml|zip)", re.ASCII)


def forbidden_targets(draft: Draft) -> Iterator[Finding]:
    """One finding for each host, local scheme or unknown host, at each place that names one."""
    for (_, _, skill), leaves in zip(draft.steps, draft.leaves, strict=True):
        for leaf in leaves:
            faults = (_fault(named, skill, draft.rules) for named in _named_hosts(leaf, skill))
            for fault in dict.fromkeys(faults):
                if fault is not None:
                    yield finding(
                        "FORBIDDEN_TARGET",
                        f"step {leaf.step.step_id} {fault}",
                        step_id=leaf.step.step_id,
                        path=leaf.pointer,
                    )


def _named_hosts(leaf: Leaf, skill: Skill | None) -> Iterator[Named]:
    if isinstance(leaf.value, int) and not isinstance(leaf.value, bool):
        if _role(leaf, skill) == "target":
            yield Named(str(leaf.value), strictly=True)
        return
    if not isinstance(leaf.value, str):
        return
    text = leaf.value.strip(_CONTROLS)
    role = "text" if leaf.is_name or len(text) > _LONGEST_HOST else _role(leaf, skill)
    if role == "mail":
        yield from mail_hosts(text)
    elif role != "text":
        yield from bare_hosts(text, strictly=role == "target")
    yield from hosts_in_text(text)


def _role(leaf: Leaf, skill: Skill | None) -> Role:
    """What the schema's format says of the place, or else its name."""
    role = role_of_name(leaf.name)
    if role == "target" or skill is None:
        return role
    names = [name.replace("~1", "/").replace("~0", "~") for name in leaf.pointer.split("/")[4:]]
    declared = subschema(skill.parameters, names).get("format")
    return BY_FORMAT.get(declared, role) if isinstance(declared, str) else role


def _fault(named: Named, skill: Skill | None, rules: RuleSet) -> str | None:
    """What is wrong with naming this host, said of the step; None if nothing is."""
    if named.scheme:
        return f"names a {named.scheme}: URL, which reads from the machine that runs it; give a public https:// URL"
    own = skill.allowed_domains if skill is not None else ()
    if "${" in named.spelled:
        return _fault_of_unknown(named, own, rules)
    host = read_host(named.spelled)
    if not host.name:
        return None
    refused = _refusal(host, rules, strictly=named.strictly)
    if refused is not None:
        return refused
    is_one = named.strictly or (named.mainly and "." in host.name and not _FILE.fullmatch(host.name))
    if own and named.mainly and is_one and not _covers(own, host.name):
        return (
            f"would reach {host.name[:_SHOWN]}, but its skill may only reach {', '.join(own)}; "
            "name a host of these, or choose another skill"
        )
    return None


def _refusal(host: Host, rules: RuleSet, *, strictly: bool) -> str | None:
    if _covers(rules.forbidden_domains, host.name):
        return f"would reach {host.name[:_SHOWN]}, which the rule set forbids; choose another host"
    counts = host.fault == "surely" or (strictly and host.fault == "as a host")
    if not counts or _covers(rules.allowed_domains, host.name):
        return None
    return (
        f"would reach {host.name[:_SHOWN]}: {host.what}; name a public host, "
        "or let the operator add it to the rule set's allowed_domains"
    )


def _fault_of_unknown(named: Named, own: Sequence[str], rules: RuleSet) -> str | None:
    """What is certain whatever the reference will hold: that the rest leads inside, or that nobody can tell."""
    for stand_in in ("", "x", "1"):
        refused = _refusal(read_host(REFERENCE.sub(stand_in, named.spelled)), rules, strictly=False)
        if refused is not None:
            return refused
    if own and named.strictly:
        return (
            f"takes its host from an earlier result ({named.spelled[:_SHOWN]}), but its skill may only reach "
            f"{', '.join(own)}; write the host into the plan"
        )
    return None


def _covers(domains: tuple[str, ...], name: str) -> bool:
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
