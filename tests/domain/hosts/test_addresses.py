"""The tables of addresses, at their edges, and the ways to spell an address."""

import pytest

from planfold.domain.hosts.addresses import (
    FORBIDDEN_IPV4,
    FORBIDDEN_IPV6,
    Network,
    forbidden_ipv4,
    forbidden_ipv6,
    ipv4_text,
    ipv6_text,
    overflowed_ipv4,
    read_ipv4,
    read_ipv6,
)


@pytest.mark.parametrize("network", FORBIDDEN_IPV4, ids=lambda network: network.what)
def test_the_first_and_the_last_address_of_an_ipv4_network_are_forbidden(network: Network) -> None:
    last = network.value | (~network.mask & 0xFFFF_FFFF)

    assert forbidden_ipv4(network.value) is not None
    assert forbidden_ipv4(last) is not None


@pytest.mark.parametrize("network", FORBIDDEN_IPV6, ids=lambda network: network.what)
def test_the_first_and_the_last_address_of_an_ipv6_network_are_forbidden(network: Network) -> None:
    last = network.value | (~network.mask & (1 << 128) - 1)

    assert forbidden_ipv6(network.value) is not None
    assert forbidden_ipv6(last) is not None


@pytest.mark.parametrize(
    "text",
    ["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
     "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
     "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
     "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "168.63.129.15"],
)  # fmt: skip
def test_the_neighbours_of_a_forbidden_network_are_public(text: str) -> None:
    spelling = read_ipv4(text)

    assert spelling is not None
    assert (text, None) == (ipv4_text(spelling.number), forbidden_ipv4(spelling.number))


@pytest.mark.parametrize(
    "text",
    ["2000::", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2620:4f:7fff::1", "2620:4f:8001::1",
     "3ffe::1", "3fff:1000::1", "2001:0:808:808:0:0:f7f7:f7f7", "2001:470:1f0b::5efe:808:808"],
)  # fmt: skip
def test_the_neighbours_of_a_forbidden_ipv6_network_are_public(text: str) -> None:
    number = read_ipv6(text)

    assert number is not None
    assert forbidden_ipv6(number) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.2.3.4", 0x01020304),
        ("1.2.3.4.", 0x01020304),
        ("1.2.772", 0x01020304),
        ("1.131844", 0x01020304),
        ("16909060", 0x01020304),
        ("0x1020304", 0x01020304),
        ("0100401404", 0x01020304),
        ("0x", 0),
        ("0", 0),
        ("255.255.255.255", 0xFFFFFFFF),
        ("4294967295", 0xFFFFFFFF),
    ],
)
def test_an_ipv4_address_is_read_as_browsers_do(text: str, number: int) -> None:
    spelling = read_ipv4(text)

    assert spelling is not None
    assert number == spelling.number


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "1.2.65536", "1.16777216", "4294967296", "08", "0x1g", "1..2",
     "a.b.c.d", "1.2.3.4..", "-1", "1.2.3.\u0664", "9" * 100],
)  # fmt: skip
def test_what_browsers_do_not_read_is_no_ipv4_address(text: str) -> None:
    assert read_ipv4(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("383.256.256.257", 0x7F000001), ("1.2.3.4", 0x01020304), ("1.2.3", None), ("1.2.3.09", None), ("1.2.3.x", None)],
)
def test_four_numbers_too_large_for_octets_keep_their_low_bits(text: str, number: int | None) -> None:
    assert number == overflowed_ipv4(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("::", 0),
        ("::1", 1),
        ("1::", 1 << 112),
        ("1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008),
        ("1:2:3:4:5:6:7::", 0x00010002000300040005000600070000),
        ("::2:3:4:5:6:7:8", 0x00000002000300040005000600070008),
        ("0001:0002::0008", 0x00010002000000000000000000000008),
        ("::ffff:1.2.3.4", 0xFFFF01020304),
        ("1:2:3:4:5:6:1.2.3.4", 0x00010002000300040005000601020304),
        ("FE80::A%eth0", 0xFE80000000000000000000000000000A),
    ],
)
def test_an_ipv6_address_is_read_in_every_spelling(text: str, number: int) -> None:
    assert number == read_ipv6(text)
    assert number == read_ipv6(ipv6_text(number))


@pytest.mark.parametrize(
    "text",
    ["", ":", "1", "1:2", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::",
     "g::", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3", "::256.1.1.1", ":1:2:3:4:5:6:7:8"],
)  # fmt: skip
def test_what_is_no_ipv6_address_is_not_read(text: str) -> None:
    assert read_ipv6(text) is None
