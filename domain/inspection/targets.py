"""Whether a step would reach a place that no plan may reach, as far as that is written in the plan.

The executor must still resolve a name once and connect to the address that it judged: a public name may lead inside.
A host that only the run will know (`${...}`) passes, unless the skill is bound to domains of its own.
"""

import re
from collections.abc import Iterator, Sequence

from planfold.domain.hosts import Host, Named, Role, covers, named_hosts, read_host, role_of
from planfold.domain.inspection.draft import Draft, Leaf
from planfold.domain.inspection.finding import Finding, finding
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.inspection.subschemas import subschema
from planfold.domain.plan import REFERENCE
from planfold.domain.schema import unescaped
from planfold.domain.skill import Skill

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
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, str | int):
        return iter(())
    return named_hosts(leaf.value, "text" if leaf.is_name else _role(leaf, skill))


def _role(leaf: Leaf, skill: Skill | None) -> Role:
    role = role_of(leaf.name)
    if role == "target" or skill is None or not isinstance(leaf.value, str):  # the schema need not be searched
        return role
    names = [unescaped(name) for name in leaf.pointer.split("/")[4:]]
    return role_of(leaf.name, subschema(skill.parameters, names).get("format"))


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
    if own and named.beside and named.strictly:
        return _not_bound(named.beside, own)
    is_one = named.strictly or (named.mainly and "." in host.name and not _FILE.fullmatch(host.name))
    if own and named.mainly and is_one and not covers(own, host.name):
        return (
            f"would reach {host.name[:_SHOWN]}, but its skill may only reach {', '.join(own)}; "
            "name a host of these, or choose another skill"
        )
    return None


def _refusal(host: Host, rules: RuleSet, *, strictly: bool) -> str | None:
    if covers(rules.forbidden_domains, host.name):
        return f"would reach {host.name[:_SHOWN]}, which the rule set forbids; choose another host"
    counts = host.fault == "surely" or (strictly and host.fault == "as a host")
    if not counts or covers(rules.allowed_domains, host.name):
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
    return _not_bound(named.spelled, own) if own and named.strictly else None


def _not_bound(spelled: str, own: Sequence[str]) -> str:
    return (
        f"takes its host from an earlier result ({spelled[:_SHOWN]}), but its skill may only reach "
        f"{', '.join(own)}; write the host into the plan, and a slash behind it"
    )
