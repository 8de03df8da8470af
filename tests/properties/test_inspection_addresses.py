"""However a forbidden address is spelled, it is refused; a public one in plain spelling is not."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.hosts.addresses import (
    forbidden_ipv4,
    forbidden_ipv6,
    ipv4_text,
    ipv6_text,
    read_ipv4,
    read_ipv6,
)
from planfold.domain.inspection import Draft, inspect
from planfold.domain.skill import Manifest, Skill

MANIFEST = Manifest(skills=(Skill(name="fetch"),))
NETWORKS = st.sampled_from(
    [(0x0A000000, 24), (0x7F000000, 24), (0xA9FE0000, 16), (0xAC100000, 20), (0xC0A80000, 16), (0xE0000000, 28)]
)
FORBIDDEN = st.builds(
    lambda network, low: network[0] | low & (1 << network[1]) - 1, NETWORKS, st.integers(0, 2**32 - 1)
)
ADDRESSES = st.integers(0, 2**32 - 1)
NUMERALS = st.sampled_from(["{}", "0{:o}", "0x{:x}", "0X{:X}", "00{:o}", "0x0{:x}"])
DIGITS = st.sampled_from([0, 0xFF10, 0x0660, 0x1D7CE, 0x1CCF0])
DOTS = st.sampled_from([".", "\u3002", "\uff0e", "\uff61"])


@st.composite
def _spelled(draw: st.DrawFn, number: st.SearchStrategy[int]) -> str:
    """An address in one to four parts, each in its own base, in the digits and dots of some script."""
    value, parts = draw(number), draw(st.integers(1, 4))
    octets = [value >> shift & 255 for shift in (24, 16, 8, 0)]
    numbers = [*octets[: parts - 1], value & (1 << 8 * (5 - parts)) - 1]
    text = draw(DOTS).join(draw(NUMERALS).format(part) for part in numbers)
    zero = draw(DIGITS)
    return "".join(chr(zero + int(char)) if zero and char.isdigit() and char.isascii() else char for char in text)


def _is_refused(url: str) -> bool:
    answer: JsonValue = {"plan_id": "p", "steps": [{"step_id": "a", "skill": "fetch", "params": {"url": url}}]}
    draft = Draft(answer=answer, goal="", manifest=MANIFEST, recorded_manifest=MANIFEST.digest)
    return any(item.code == "FORBIDDEN_TARGET" for item in inspect(draft))


@given(
    _spelled(FORBIDDEN), st.sampled_from(["http://{}/", "HTTPS:\\\\{}\\x", "http://a@{}:80", "{}", "//{}", "ws://{}?x"])
)
def test_a_forbidden_address_is_refused_however_it_is_spelled(spelled: str, frame: str) -> None:
    assert _is_refused(frame.format(spelled))


@given(FORBIDDEN, st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}", "::ffff:0:{}", "2001:470::5efe:{}"]))
def test_an_ipv6_address_that_carries_a_forbidden_one_is_refused(number: int, frame: str) -> None:
    assert _is_refused(f"http://[{frame.format(ipv4_text(number))}]/")


@given(FORBIDDEN)
def test_a_tunnel_to_a_forbidden_address_is_refused(number: int) -> None:
    assert _is_refused(f"http://[{ipv6_text(0x2002 << 112 | number << 80)}]/")
    assert _is_refused(f"http://[{ipv6_text(0x20010000 << 96 | number << 64 | 0xF7F7F7F7)}]/")
    assert _is_refused(f"http://[{ipv6_text(0x20010000 << 96 | 0x08080808 << 64 | number ^ 0xFFFFFFFF)}]/")


@given(ADDRESSES)
def test_a_plain_address_is_refused_if_and_only_if_a_table_names_it(number: int) -> None:
    assert _is_refused(f"http://{ipv4_text(number)}/") == (forbidden_ipv4(number) is not None)


@given(st.integers(0, 2**128 - 1) | ADDRESSES)
def test_an_ipv6_address_is_refused_if_and_only_if_a_table_names_it(number: int) -> None:
    assert _is_refused(f"http://[{ipv6_text(number)}]/") == (forbidden_ipv6(number) is not None)


@given(ADDRESSES, st.integers(0, 2**128 - 1))
def test_what_is_written_is_read_again(four: int, six: int) -> None:
    spelling = read_ipv4(ipv4_text(four))

    assert spelling is not None
    assert (four, True) == (spelling.number, spelling.plain)
    assert six == read_ipv6(ipv6_text(six))
