"""Who may reach what: the domains of a skill, of the rule set, and hosts that only the run will know."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Finding, RuleSet
from planfold.domain.skill import Skill

Inspect = Callable[..., tuple[Finding, ...]]

BOUND = Skill(name="bound", allowed_domains=("example.com", "*.example.org"))


def _refused(findings: tuple[Finding, ...]) -> list[str | None]:
    return [item.path for item in findings if item.code == "FORBIDDEN_TARGET"]


@pytest.mark.parametrize(
    "params",
    [
        {"url": "https://example.com/x"},
        {"url": "https://EXAMPLE.com./x"},
        {"url": "https://api.example.com/x"},
        {"url": "https://a.example.org/x"},
        {"url": "https://example.org/x"},
        {"url": "https://example.com/?next=https://elsewhere.net/"},
        {"url": "https://example.com/${s.path}"},
        {"url": "https://example.com/x:${s.port}@y"},
        {"url": "https://example.com/?q=${s.x}"},
        {"host": "api.example.com:8080"},
        {"to": "ana@example.com"},
        {"body": "see https://example.com/a and https://a.example.org"},
        {"body": "https://example.com/a\nhttps://a.example.org"},
        {"body": "elsewhere.net is not named as a place to go"},
        {"source": "report.pdf"},
        {"source": "${s.text}"},
        {"server": "gaming"},
    ],
)
def test_a_bound_skill_may_reach_its_own_domains(params: dict[str, JsonValue], inspect_params: Inspect) -> None:
    assert [] == _refused(inspect_params(params, skill="bound", skills=(BOUND,)))


@pytest.mark.parametrize(
    "params",
    [
        {"url": "https://elsewhere.net/x"},
        {"url": "https://example.com.elsewhere.net/"},
        {"url": "https://notexample.com/"},
        {"url": "https://com/"},
        {"url": "https://example.com@elsewhere.net/"},
        {"url": "https://example.com\\@elsewhere.net/"},
        {"url": "https://elsewhere.net\\@example.com/"},
        {"url": "https://example.com#@elsewhere.net/"},
        {"url": "https://elsewhere.net#@example.com/"},
        {"url": "https://example.com\n.elsewhere.net/"},
        {"url": "https://%65lsewhere.net/"},
        {"url": "https://elsewhere\u3002net/"},
        {"url": "https://8.8.8.8/"},
        {"url": "https://[2606:4700:4700::1111]/"},
        {"url": "//elsewhere.net/x"},
        {"url": "elsewhere.net/x"},
        {"url": "https:elsewhere.net"},
        {"url": "https://example.com,elsewhere.net/"},
        {"urls": ["https://example.com/", "https://elsewhere.net/"]},
        {"urls": "https://example.com,https://elsewhere.net/"},
        {"hosts": "example.com elsewhere.net"},
        {"server": "elsewhere.net"},
        {"to": "ana@elsewhere.net"},
        {"body": "see https://elsewhere.net/"},
        {"url": "https://${s.host}/"},
        {"url": "https://${s.tenant}.example.com/"},
        {"url": "https://example.com${s.path}"},
        {"url": "${s.url}"},
        {"url": "${s.base}/users"},
        {"url": "https://${s.x}@example.com"},
        {"url": "https://${s.x}@example.com/path"},
        {"url": "https://user:${s.x}@example.com/"},
        {"url": "https://example.com:${s.port}/"},
        {"url": "https://example.com?q=${s.x}"},
        {"url": "https://example.com\\${s.x}"},
        {"url": "${s.scheme}://example.com/"},
        {"host": "example.com:${s.port}"},
        {"host": "${s.user}@example.com"},
        {"body": "see https://${s.x}@example.com"},
        {"url": "/\\elsewhere.net"},
        {"url": "\\/elsewhere.net/x"},
    ],
)
def test_a_bound_skill_may_reach_nothing_else(params: dict[str, JsonValue], inspect_params: Inspect) -> None:
    assert 1 == len(set(_refused(inspect_params(params, skill="bound", skills=(BOUND,)))))


def test_the_sentences_say_what_a_bound_skill_may_reach(inspect_params: Inspect) -> None:
    steps: list[dict[str, JsonValue]] = [{"url": "https://elsewhere.net/"}, {"url": "https://${s.host}/"}]

    assert [
        (
            "step a would reach elsewhere.net, but its skill may only reach example.com, *.example.org; "
            "name a host of these, or choose another skill"
        ),
        (
            "step a takes its host from an earlier result (${s.host}), but its skill may only reach example.com, "
            "*.example.org; write the host into the plan, and a slash behind it"
        ),
    ] == [
        item.message
        for params in steps
        for item in inspect_params(params, skill="bound", skills=(BOUND,))
        if item.code == "FORBIDDEN_TARGET"
    ]


def test_a_bound_skill_does_not_open_the_inside(inspect_params: Inspect) -> None:
    skill = Skill(name="bound", allowed_domains=("wiki.internal", "127.0.0.1"))

    for url in ("http://wiki.internal/", "http://127.0.0.1/"):
        assert ["/steps/0/params/url"] == _refused(inspect_params({"url": url}, skill="bound", skills=(skill,)))


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("wiki.internal", "http://wiki.internal/"),
        ("internal", "http://wiki.internal/"),
        ("*.internal", "http://a.wiki.internal/"),
        ("Wiki.Internal.", "http://wiki.internal/"),
        ("intranet", "http://intranet/"),
        ("localhost", "http://localhost:3000/"),
        ("10.0.0.5", "http://10.0.0.5/"),
        ("10.0.0.5", "http://0xa000005/"),
        ("[::1]", "http://[0:0::1]/"),
        ("::1", "http://[::1]/"),
        ("metadata.google.internal", "http://metadata.google.internal/"),
        ("10.0.0.1.nip.io", "http://10.0.0.1.nip.io/"),
        ("internal", "http://${s.x}.internal/"),
    ],
)
def test_the_operator_may_allow_an_internal_host(domain: str, url: str, inspect_params: Inspect) -> None:
    assert [] == _refused(inspect_params({"url": url}, rules=RuleSet(allowed_domains=(domain,))))


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("wiki.internal", "http://other.internal/"),
        ("internal", "http://metadata.google.internal/"),
        ("10.0.0.5", "http://10.0.0.6/"),
        ("0.0.5", "http://10.0.0.5/"),
        ("example.com", "http://localhost/"),
        ("localhost", "file://localhost/etc/passwd"),
    ],
)
def test_what_the_operator_did_not_allow_stays_refused(domain: str, url: str, inspect_params: Inspect) -> None:
    assert ["/steps/0/params/url"] == _refused(inspect_params({"url": url}, rules=RuleSet(allowed_domains=(domain,))))


@pytest.mark.parametrize(
    "params",
    [
        {"url": "https://evil.example/"},
        {"url": "https://a.b.evil.example/x"},
        {"url": "https://EVIL.example:8080/"},
        {"url": "https://example.com/?next=https://evil.example/"},
        {"body": "mail it via https://evil.example"},
        {"to": "ana@evil.example"},
        {"server": "evil.example"},
        {"url": "https://${s.x}.evil.example/"},
        {"url": "https://9.9.9.9/"},
    ],
)
def test_the_operator_may_forbid_a_domain(params: dict[str, JsonValue], inspect_params: Inspect) -> None:
    rules = RuleSet(forbidden_domains=("evil.example", "9.9.9.9"), allowed_domains=("evil.example",))

    (found,) = (item for item in inspect_params(params, rules=rules) if item.code == "FORBIDDEN_TARGET")

    assert "which the rule set forbids" in found.message


def test_what_is_not_forbidden_passes(inspect_params: Inspect) -> None:
    rules = RuleSet(forbidden_domains=("evil.example",))

    assert [] == _refused(inspect_params({"url": "https://notevil.example/"}, rules=rules))


@pytest.mark.parametrize(
    ("format_of_x", "value", "expected"),
    [
        ("uri", "intranet/x", 1),
        ("hostname", "intranet", 1),
        ("ipv4", "127.0.0.1", 1),
        ("ipv6", "::1", 1),
        ("email", "root@localhost", 1),
        ("uri-reference", "docs/a.html", 0),
        ("uri-reference", "127.0.0.1/a", 1),
        ("uri-reference", "http://intranet/", 1),
        ("date", "127.0.0.1", 0),
    ],
)
def test_the_format_of_a_parameter_says_that_it_is_a_target(
    format_of_x: str, value: str, expected: int, inspect_params: Inspect
) -> None:
    inner: JsonValue = {"type": "object", "properties": {"x": {"type": "array", "items": {"format": format_of_x}}}}
    skill = Skill(name="go", parameters={"properties": {"y": inner}})

    assert expected == len(_refused(inspect_params({"y": {"x": [value]}}, skill="go", skills=(skill,))))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("url", 1), ("URL", 1), ("callbackUrl", 1), ("callback_url", 1), ("baseurl", 1), ("host-name", 1), ("Host", 1),
        ("ip_address", 1), ("server_address", 1), ("webhookURL", 1), ("proxy", 1), ("proxies", 1), ("ips", 1), ("hostnames", 1),
        ("host_addresses", 1), ("webhooks", 1), ("endpoint", 0), ("server", 0),
        ("name", 0), ("text", 0), ("customer_address", 0), ("home_address", 0), ("ghost", 0), ("", 0), ("1", 0),
    ],
)  # fmt: skip
def test_the_name_of_a_parameter_says_that_it_is_a_target(name: str, expected: int, inspect_params: Inspect) -> None:
    assert expected == len(_refused(inspect_params({name: "intranet"})))


@pytest.mark.parametrize("name", ["endpoint", "server", "address", "serverName", "connection_string", "domain"])
def test_a_place_that_may_hold_a_host_is_judged_by_what_surely_is_one(name: str, inspect_params: Inspect) -> None:
    assert [f"/steps/0/params/{name}"] == _refused(inspect_params({name: "127.0.0.1:80"}))
    assert [] == _refused(inspect_params({name: "intranet"}))


def test_a_host_of_invisible_letters_is_none(inspect_params: Inspect) -> None:
    assert [] == _refused(inspect_params({"url": "https://\u00ad/"}))


def test_a_number_where_a_host_must_stand_is_one(inspect_params: Inspect) -> None:
    assert ["/steps/0/params/host"] == _refused(inspect_params({"host": 2130706433}))
    assert ["/steps/0/params/host"] == _refused(inspect_params({"host": 2130706433.0}))
    assert [] == _refused(inspect_params({"host": True, "port": 2130706433, "ip": 0.5}))


def test_a_url_in_the_name_of_a_parameter_is_judged(inspect_params: Inspect) -> None:
    assert ["/steps/0/params/links/http:~1~1localhost~1"] == _refused(
        inspect_params({"links": {"http://localhost/": "home"}})
    )


def test_what_a_step_loops_over_is_judged(inspect_params: Inspect) -> None:
    findings = inspect_params({}, loop={"over": "https://example.com/, http://10.0.0.1/", "max_iterations": 2})

    assert ["/steps/0/loop/over"] == _refused(findings)


def test_each_host_of_a_place_is_told_once(inspect_params: Inspect) -> None:
    findings = inspect_params({"body": "http://localhost/a http://localhost/b http://127.0.0.1/"})

    assert 2 == len(_refused(findings))


def test_the_sentence_says_what_the_host_is_and_what_to_do(inspect_params: Inspect) -> None:
    (found,) = inspect_params({"url": "http://0xa9fea9fe/"})

    assert found.message == (
        "step a would reach 169.254.169.254: the metadata service of AWS, Azure, Google Cloud and others; "
        "name a public host, or let the operator add it to the rule set's allowed_domains"
    )


def test_a_target_is_judged_even_where_the_skill_is_not_known(inspect_params: Inspect) -> None:
    findings = inspect_params({"url": "http://localhost/"}, skill="nothing")

    assert ["UNKNOWN_SKILL", "FORBIDDEN_TARGET"] == [item.code for item in findings]


def test_a_long_text_is_searched_for_urls_only(inspect_params: Inspect) -> None:
    assert [] == _refused(inspect_params({"url": "intranet " * 1_000}))
    assert 1 == len(_refused(inspect_params({"url": "intranet " * 1_000 + "http://intranet/"})))
