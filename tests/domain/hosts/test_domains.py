"""What may stand in a list of domains."""

import pytest
from pydantic import ValidationError

from planfold.domain.errors import InvalidDomain
from planfold.domain.hosts import check_domain
from planfold.domain.inspection.rules import RuleSet
from planfold.domain.skill import Skill

NO_HOSTS = (
    "", " ", "*", "*.", ".", "**.com", "*evil.com", "https://evil.com", "evil.com:443", "evil.com evil2.com",
    "evil.com;x.com", "evil.com/x", "ana@evil.com", "evil.com?x", "evil..com", "-evil.com", "evil%2ecom", "10.0.0.0/8",
    "10.0.0.1.2", "999.1.1.1", "evil.1", "[::1", "[::1]:80", "fe80::1%eth0", "*.::1", "a" * 64, "a." * 130 + "a", "x,y",
)  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    [
        "evil.com", "*.evil.com", ".evil.com", "Wiki.Internal.", "localhost", "a_b.example", "10.0.0.5", "0.0.5", "0xa000005",
        "::1", "[::1]", "m\u00fcnchen.de", "\u0939\u093f\u0928\u094d\u0926\u0940.com", " evil.com ",
    ],
)  # fmt: skip
def test_a_bare_host_is_taken_as_it_is(entry: str) -> None:
    assert entry == check_domain(entry)


@pytest.mark.parametrize("entry", NO_HOSTS)
def test_what_would_never_hold_is_refused_by_name(entry: str) -> None:
    with pytest.raises(InvalidDomain, match="is not a host; write a bare host name or address") as refused:
        check_domain(entry)
    assert repr(entry)[:50] in str(refused.value)


@pytest.mark.parametrize("name", ["allowed_domains", "forbidden_domains"])
def test_a_rule_set_takes_hosts_only_but_a_recorded_one_is_read_as_it_stands(name: str) -> None:
    with pytest.raises(ValidationError, match=r"'evil\.com:443' is not a host"):
        RuleSet.model_validate({name: ("evil.com:443",)})
    assert ("evil.com:443",) == getattr(RuleSet.model_validate_json(f'{{"{name}": ["evil.com:443"]}}'), name)


def test_a_skill_takes_hosts_only_but_a_recorded_one_is_read_as_it_stands() -> None:
    with pytest.raises(ValidationError, match=r"'https://evil\.com' is not a host"):
        Skill(name="x", allowed_domains=("https://evil.com",))
    recorded = Skill.model_validate_json('{"name": "x", "allowed_domains": ["https://evil.com"]}')
    assert ("https://evil.com",) == recorded.allowed_domains
