"""Every way to write a private, loopback, link-local, metadata or internal address: each one is refused."""

from collections.abc import Callable

import pytest
from pydantic import JsonValue

from planfold.domain.inspection import Finding

LOOPBACK_AND_NUMBERS = (
    "http://127.0.0.1/",
    "http://127.0.0.1",
    "https://127.0.0.1:8443/admin",
    "http://127.0.0.1.:80/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.000.000.001/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://00000177.0.0.1/",
    "http://017700000001/",
    "http://0x7f.0.0.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0X7F.0.0.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0x7F000001/",
    "http://2130706433/",
    "http://2130706433:8080/x",
    "http://4294967297/",
    "http://6425673729/",
    "http://127.255.255.254/",
    f"http://127.0.0.{'0' * 100}1/",
    f"http://{'0' * 100}17700000001/",
    f"http://0x{'0' * 100}7f000001/",
    "http://127.0.0.0x1/",
    "http://0/",
    "http://0:8080/",
    "http://0.0.0.0/",
    "http://0.0/",
    "http://00/",
    "http://0x0/",
    "http://0.1.2.3/",
    "http://383.256.256.257/",
    "http://425.510.425.510/",
    "http://1.2.3.4.5/",
    "http://256.256.256.256/",
    "http://08.8.8.8/",
    "http://8.8/",
    "http://0x08080808/",
    "http://134744072/",
    "http://8.8.8.010/",
)
RANGES = (
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://10.1/",
    "http://0xa.0.0.1/",
    "http://012.0.0.1/",
    "http://167772161/",
    "http://100.64.0.1/",
    "http://100.127.255.254/",
    "http://169.254.0.1/",
    "http://169.254.255.254/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://0xac.0x10.0.1/",
    "http://192.0.0.1/",
    "http://192.0.0.170/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.0.1/",
    "http://192.168.1/",
    "http://192.168.255.255/",
    "http://3232235777/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://198.51.100.1/",
    "http://203.0.113.7/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
)
METADATA = (
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0xA9.0xFE.0xA9.0xFE/",
    "http://0251.0376.0251.0376/",
    "http://025177524776/",
    "http://0251.254.169.254/",
    "http://0xa9.254.0251.0xfe/",
    "http://169.254.170.2/v2/credentials",
    "http://169.254.170.23/",
    "http://169.254.42.42/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/latest/",
    "http://metadata/computeMetadata/v1/",
    "http://metadata.google.internal/",
    "http://METADATA.google.INTERNAL./computeMetadata/",
    "http://metadata.goog/",
    "http://metadata.tencentyun.com/",
    "http://metadata.platformequinix.com/metadata",
    "http://instance-data/latest/",
    "http://instance-data.ec2.internal/",
    "http://rancher-metadata/2015-12-19/",
    "http://[fd00:ec2::254]/latest/",
    "http://[fd20:ce::254]/",
    "http://[fe80::a9fe:a9fe]/openstack",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
)
NAMES = (
    "http://localhost/",
    "http://LocalHost:3000",
    "http://localhost./",
    "http://foo.localhost/",
    "http://a.b.localhost:8080/",
    "http://localhost.localdomain/",
    "http://localhost6.localdomain6/",
    "http://ip6-localhost/",
    "http://printer.local/",
    "http://nas.local.:5000/",
    "http://wiki.internal/",
    "http://host.docker.internal:2375/",
    "http://ip-10-0-0-1.ec2.internal/",
    "http://router.home.arpa/",
    "http://1.0.0.127.in-addr.arpa/",
    "http://wiki.intranet/",
    "http://srv.corp/",
    "http://media.home/",
    "http://nas.lan/",
    "http://db.private/",
    "http://intranet/",
    "http://intranet./path",
    "http://db:5432/",
    "http://kubernetes/",
    "http://kubernetes.default/api",
    "https://kubernetes.default.svc/api",
    "https://kubernetes.default.svc.cluster.local/",
    "http://redis.prod.svc:6379/",
    "http://vault.service.consul:8200/",
    "http://exampleonionaddress.onion/",
)
WILDCARD_DNS = (
    "http://127.0.0.1.nip.io/",
    "http://app.10.0.0.1.nip.io/",
    "http://app-10-0-0-1.nip.io/",
    "http://7f000001.nip.io/",
    "http://app-c0a80101.nip.io/",
    "http://169-254-169-254.sslip.io/",
    "http://www.192.168.0.1.sslip.io/",
    "http://www-192-168-0-1.sslip.io/",
    "http://--1.sslip.io/",
    "http://fe80--1.sslip.io/",
    "http://0-0-0-0-0-0-0-1.sslip.io/",
    "http://10.0.0.1.xip.io/",
    "http://192-168-1-5.0123abcd.plex.direct:32400/",
    "http://10-0-0-1.local-ip.co/",
    "http://localtest.me/",
    "http://app.localtest.me/",
    "http://lvh.me:3000/",
    "http://sub.vcap.me/",
    "http://lacolhost.com/",
    "http://7f000001.c0a80001.rbndr.us/",
    "http://make-127-0-0-1-rr.1u.ms/",
    "http://127.1.sslip.io/",
    "http://app.127.1.sslip.io/",
    "http://0x7f000001.nip.io/",
    "http://2130706433.nip.io/",
    "http://www.127-0-0-1.ip.es.io/",
)
IPV6 = (
    "http://[::1]/",
    "http://[::1]:8080/x",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "http://[::0001]/",
    "http://[::]/",
    "http://[0::0]:80/",
    "http://[::127.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[::8.8.8.8]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::FFFF:7F00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%eth0]/",
    "http://[fe80::1%25eth0]/",
    "http://[febf::1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456:789a::1]/",
    "http://[ff02::1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b:1::8.8.8.8]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2002:c0a8:101::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[2001:0:808:808:0:0:5601:5601]/",
    "http://[2001:470:1f0b::5efe:10.0.0.1]/",
    "http://[2001:470:1f0b::200:5efe:127.0.0.1]/",
    "http://[2001:db8::1]/",
    "http://[2001:2::1]/",
    "http://[2001:10::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[100::1]/",
    "http://[4000::1]/",
    "http://[::1/",
    "http://[v1.a]/",
    "http://::1/",
    "http://::ffff:127.0.0.1/",
)
USER_INFORMATION = (
    "http://good.com@127.0.0.1/",
    "http://good.com:80@169.254.169.254/",
    "http://user:pw@10.0.0.1/",
    "http://a@b@127.0.0.1/",
    "http://good.com%40127.0.0.1/",
    "http://169.254.169.254#@good.com/",
    "http://169.254.169.254?@good.com/",
    "http://good.com#@169.254.169.254/",
    "http://good.com?@169.254.169.254/",
    "http://169.254.169.254\\@good.com/",
    "http://good.com\\@169.254.169.254/",
    "http://good.com:80\\@127.0.0.1/",
    "http://1.1.1.1 &@127.0.0.1# @8.8.8.8/",
    "http://good.com;@127.0.0.1/",
    "http://127.0.0.1%23@good.com/",
    "http://127.0.0.1%2f@good.com/",
    "http://127.0.0.1%00.good.com/",
    "http://127.0.0.1%20.good.com/",
    "http://${a.user}@127.0.0.1/",
)
DISGUISED = (
    "HTTP://LOCALHOST/",
    "hTtP://127.0.0.1/",
    "  http://127.0.0.1/  ",
    "\x00http://127.0.0.1/".replace("\x00", "\x01"),
    "http://127.0.0.1\t/",
    "http://127.0\n.0.1/",
    "ht\ntp://127.0.0.1/",
    "http:/\t/127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http:/\\127.0.0.1/",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "https:localhost",
    "http:////127.0.0.1/",
    "http:///127.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "http://loc%61lhost/",
    "http://%25%36%63ocalhost/",
    "http://127%2e0%2e0%2e1/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\uff0e0\uff0e0\uff0e1/",
    "http://127\u30020\u30020\u30021/",
    "http://127\uff610\uff610\uff611/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1/",
    "http://\u00b9\u00b2\u2077.0.0.1/",
    "http://\u0661\u0662\u0667.\u0660.\u0660.\u0661/",
    "http://\U0001ccf1\U0001ccf2\U0001ccf7.0.0.1/",
    "http://\uff4cocalhost/",
    "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",
    "http://loca\u2113host/",
    "http://local\u00adhost/",
    "http://local\u200bhost/",
    "http://localhost\u3002/",
    "http://localho\u017ft/",
    "http://\uff3b::1\uff3d/",
    "http:\uff0f\uff0f127.0.0.1/",
    "http://127.0.0.1\u3002\u8c22\u8c22/",
)
SCHEMES = (
    "ftp://10.0.0.1/file",
    "ws://localhost:9000/",
    "wss://127.0.0.1/socket",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://localhost:11211/stat",
    "ldap://10.1.2.3/dc=x",
    "ssh://root@192.168.1.1/",
    "git://10.0.0.1/repo.git",
    "git+ssh://git@10.0.0.1/repo.git",
    "tftp://192.168.0.2/boot",
    "smb://fileserver/share",
    "jdbc:postgresql://10.0.0.5:5432/db",
    "jdbc:mysql://localhost/db",
    "jdbc:oracle:thin:@10.0.0.1:1521:orcl",
    "postgres://u@127.0.0.1/db",
    "postgresql+psycopg://db/app",
    "mongodb://h1.example.com,10.0.0.2:27017/db",
    "redis://localhost:6379/0",
    "amqp://rabbit/",
    "tcp://127.0.0.1:2375",
    "s3://127.0.0.1/bucket",
    "custom-app://localhost/x",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "file:etc/passwd",
    "FILE://localhost/etc/passwd",
    "jar:file:///x.jar!/a",
    "jar:http://127.0.0.1/x.jar!/a",
    "view-source:http://localhost/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "php://filter/resource=index.php",
    "netdoc:///etc/passwd",
)
WITHOUT_SCHEME = (
    "//127.0.0.1/x",
    "/\\127.0.0.1",
    "\\/127.0.0.1/x",
    "/\\localhost",
    "//localhost",
    "//intranet/x",
    "\\\\10.0.0.1\\c$",
    "\\\\fileserver\\share",
    "127.0.0.1",
    "127.0.0.1:8080",
    "127.1",
    "2130706433",
    "0x7f000001",
    "10.0.0.1/path",
    "localhost",
    "localhost:3000/path",
    "intranet",
    "intranet/wiki",
    "metadata.google.internal",
    "::1",
    "[::1]",
    "[::1]:80",
    "fe80::1%eth0",
    "::ffff:127.0.0.1",
    "root@127.0.0.1",
    "git@10.0.0.1:org/repo.git",
    "root@localhost:/srv",
    "db1.example.com,10.0.0.2",
    "8.8.8.8 127.0.0.1",
    "host=127.0.0.1 port=5432 dbname=x",
    "user@tcp(127.0.0.1:3306)/db",
    "Server=10.0.0.1;Database=x",
    "169.254.169.254\n",
    "\uff11\uff10.0.0.1",
)
INSIDE_OTHERS = (
    "https://example.com/?next=http://127.0.0.1/",
    "https://example.com/?next=http%3A%2F%2F127.0.0.1%2F",
    "https://example.com/?next=http%253A%252F%252Flocalhost%252F",
    "https://proxy.example.com/http://169.254.169.254/latest",
    "https://example.com/?next=//localhost/",
    "https://example.com/a,http://10.0.0.1/",
    "https://${a.sub}.internal/",
    "http://127.0.0.${a.last}/",
    "http://127.0.0.1${a.port}/",
)
FORBIDDEN = (
    *LOOPBACK_AND_NUMBERS, *RANGES, *METADATA, *NAMES, *WILDCARD_DNS, *IPV6, *USER_INFORMATION, *DISGUISED, *SCHEMES,
    *WITHOUT_SCHEME, *INSIDE_OTHERS,
)  # fmt: skip

ONE_ADDRESS = (
    "169.254.169.254", "0xa9.0xfe.0xa9.0xfe", "0XA9FEA9FE", "2852039166", "7147006462", "025177524776",
    "0251.0376.00251.0376", "0251.254.43518", "425.510.425.510", "0x41414141a9fea9fe",
    "\u2460\u2465\u2468.\u2461\u2464\u2463\uff61169\u3002254", "[::ffff:a9fe:a9fe]", "[64:ff9b::169.254.169.254]",
    "[2606:4700::a9fe:a9fe]", "0o251.254.169.254",
)  # fmt: skip
TRICKS = (
    "http://{}:80/", "http://{}:80?@good.com/", "http://{}:80#@good.com/", "http://good.com@{}:80/",
    "http://a!$^&*();:,.|~`b@{}:80/", "http://a<b>@{}:80/", "http://a@{}:80@good.com/", "http://a@{}:@good.com/",
    "http://a@good.com@{}:80/", "http://{}:80+&@good.com#+@good.com/", "http://good.com+&@{}:80#+@good.com/",
    "http://good.com+&@good.com#+@{}:80/", "http://{}:80:80/", "http://{}:80\tgood.com/", "http://{}:80%09good.com/",
    "http://{}:80%2509good.com/", "http://{}:80\\@good.com:80/", "http://good.com:80\\@@{}:80/",
    "http://good.com:80:\\@@{}:80/", "http://good.com:80#\\@{}:80/", "http:{}", "http:\\\\\\{}\\x", "//{}", "{}:+80aaa",
    "{}:00080aaaa", "0://evil.com:80;http://{}:80/", "http://{}\u3002/", "http://{}%E3%80%82/", "http://good.com;@{}",
    "http://{}&@good.com", "http://{}\u3000/", "http://{} /", "http://good.com%00@{}/", "  \t\nhttp://{}",
    "gopher://{}:80/_x",
)  # fmt: skip

IN_FREE_TEXT = (
    "see http://localhost:3000 for the preview",
    "(http://127.0.0.1)",
    "[the wiki](http://wiki.internal/page)",
    '<a href="http://10.0.0.1/">x</a>',
    "curl -s 'http://169.254.169.254/latest/meta-data/'",
    "open http://intranet, please",
    "first https://example.com\nthen http://192.168.0.1",
    "requests.get('//localhost/x')",
    "at \\\\10.0.0.1\\share",
    "write to mailto:root@localhost",
    "read file:///etc/shadow first",
    "jdbc:mysql://10.0.0.9:3306/x",
    "\u8bf7\u8bbf\u95eehttp://127.0.0.1\u3002\u8c22\u8c22",
)
FOR_MAIL = (
    "root@localhost",
    "x@[127.0.0.1]",
    "x@[IPv6:::1]",
    "x@127.0.0.1",
    "ops@mail.internal",
    "ops@mailserver",
    "Ana <ana@nas.local>",
    "ana@example.com, bob@corp",
)
NAMES_OF_ANYTHING = (
    "smtp", "database", "db", "cluster", "instance", "device", "machine", "api", "location", "host_port", "hostAndPort",
    "nameservers", "upstreams", "backend", "relay", "router", "bastion", "socket", "jump_host", "listen_addr", "args",
    "\u0430\u0434\u0440\u0435\u0441", "to",
)  # fmt: skip
WHOLE = (
    "10.0.0.5:5432", "localhost:8080", "169.254.169.254", "127.0.0.1/admin", "[::1]:80", "fe80::1", "root@10.0.0.5",
    "db.internal:5432", "metadata.google.internal/computeMetadata", "0x7f.0.0.1:80", "localhost/x", "10.0.0.5/",
)  # fmt: skip
OTHERWISE = (
    {"jdbc": "jdbc:oracle:thin:@10.0.0.1:1521:x"},
    {"conn": "host=10.0.0.5 port=5432"},
    {"pool": "user@tcp(127.0.0.1:3306)/db"},
    {"nodes_by_name": {"a": "10.0.0.5:80"}},
    {"command": "ssh root@10.0.0.5"},
    {"command": "ssh -p 22 root@db.internal"},
    {"command": "curl -s localhost:9200/_cat"},
    {"script": "cd /x && wget 127.0.0.1/x"},
    {"cmd": "psql --host=10.0.0.5"},
    {"args": ["curl", "127.0.0.1:80/x"]},
)


def _codes(findings: tuple[Finding, ...]) -> set[tuple[str, str | None]]:
    return {(item.code, item.path) for item in findings if item.code == "FORBIDDEN_TARGET"}


@pytest.mark.parametrize("spelled", FORBIDDEN)
def test_a_url_that_leads_inside_is_refused(spelled: str, inspect_params: Callable[..., tuple[Finding, ...]]) -> None:
    assert {("FORBIDDEN_TARGET", "/steps/0/params/url")} == _codes(inspect_params({"url": spelled}))


@pytest.mark.parametrize("spelled", ONE_ADDRESS)
@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_with_a_url_hides_an_address(
    trick: str, spelled: str, inspect_params: Callable[..., tuple[Finding, ...]]
) -> None:
    assert {("FORBIDDEN_TARGET", "/steps/0/params/url")} == _codes(inspect_params({"url": trick.format(spelled)}))


@pytest.mark.parametrize("spelled", WHOLE)
@pytest.mark.parametrize("name", NAMES_OF_ANYTHING)
def test_a_whole_value_that_leads_inside_is_refused_under_any_name(
    name: str, spelled: str, inspect_params: Callable[..., tuple[Finding, ...]]
) -> None:
    assert 1 == len(_codes(inspect_params({name: spelled})))
    assert 1 == len(_codes(inspect_params({name: [spelled]})))


@pytest.mark.parametrize("params", OTHERWISE, ids=str)
def test_a_host_inside_is_found_wherever_a_call_would_be_given_it(
    params: dict[str, JsonValue], inspect_params: Callable[..., tuple[Finding, ...]]
) -> None:
    assert 1 == len(_codes(inspect_params(params)))


@pytest.mark.parametrize("text", IN_FREE_TEXT)
def test_a_url_that_leads_inside_is_refused_in_free_text(
    text: str, inspect_params: Callable[..., tuple[Finding, ...]]
) -> None:
    assert {("FORBIDDEN_TARGET", "/steps/0/params/body")} == _codes(inspect_params({"body": text}))


@pytest.mark.parametrize("address", FOR_MAIL)
def test_mail_to_the_inside_is_refused(address: str, inspect_params: Callable[..., tuple[Finding, ...]]) -> None:
    assert {("FORBIDDEN_TARGET", "/steps/0/params/to")} == _codes(inspect_params({"to": address}))


def test_the_table_covers_what_it_claims() -> None:
    assert len(set(FORBIDDEN)) == len(FORBIDDEN) >= 220
