"""Servers at a URL: who they know us by, what they may send, and where they may not send us."""

import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from planfold.infrastructure.errors import McpUnavailable
from planfold.infrastructure.skills.mcp import asking
from planfold.infrastructure.skills.mcp.listing import list_tools
from planfold.infrastructure.skills.mcp.sources import Server

REAL = Path(__file__).parents[3] / "servers" / "real.py"
TOKEN = "kX9vQ2mL7pR4tZ8w"

Respond = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[[Respond], str]


@pytest.fixture
def real() -> Iterator[str]:
    """The address of a server made with the package."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen([sys.executable, str(REAL), str(listening.fileno())], pass_fds=[listening.fileno()])
        with process:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
            process.terminate()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers every request in one way; gives the address."""
    running: list[ThreadingHTTPServer] = []

    def begin(respond: Respond) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                respond(self)

            def do_GET(self) -> None:
                self.do_POST()

            def do_DELETE(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/mcp"

    yield begin
    for server in running:
        server.shutdown()
        server.server_close()


def sent(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def lost(server: Server, seconds: float = 20.0) -> str:
    with pytest.raises(McpUnavailable) as raised:
        list_tools(server, seconds)
    return str(raised.value)


def test_a_server_made_with_the_package_is_listed(real: str) -> None:
    found = list_tools(Server(name="weather", url=real))

    assert ["forecast", "subscribe", "wipe"] == [tool.name for tool in found]


def test_a_server_is_shown_the_secrets_in_the_files_and_tells_them_nobody(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (tmp_path / "key").write_text(TOKEN.lower(), encoding="utf-8")
    seen: list[tuple[str | None, str | None]] = []

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.headers["authorization"], handler.headers["x-key"]))
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"%s is no token"}}' % TOKEN.encode()
        sent(handler, 401, body, content_type="application/json")

    files = {"X-Key": str(tmp_path / "key")}
    server = Server(name="s", url=serve(refuse), bearer_file=str(tmp_path / "token"), header_files=files)
    sentence = lost(server)

    assert {(f"Bearer {TOKEN}", TOKEN.lower())} == set(seen)
    assert TOKEN not in sentence
    assert "the last answer had the status 401 (--bearer-file or --header-file gives it who asks)" in sentence


def test_what_is_sent_in_the_clear_goes_by_no_proxy(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    seen: dict[str, int] = {}

    def refusing(who: str) -> Callable[[BaseHTTPRequestHandler], None]:
        def refuse(handler: BaseHTTPRequestHandler) -> None:
            seen[who] = seen.get(who, 0) + 1
            sent(handler, 404, b"", content_type="text/plain")

        return refuse

    monkeypatch.setenv("HTTP_PROXY", serve(refusing("proxy")))
    monkeypatch.delenv("NO_PROXY", raising=False)
    lost(Server(name="s", url=serve(refusing("server")), bearer_file=str(tmp_path / "token")))

    assert ["server"] == list(seen)


def test_a_redirect_to_another_server_is_not_followed(serve: Serve) -> None:
    came: list[str] = []
    other = serve(lambda handler: came.append(handler.path))
    first = serve(lambda handler: sent(handler, 307, location=other))

    sentence = lost(Server(name="s", url=first))

    assert "not followed" in sentence
    assert [] == came


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"content_type": "application/json"}, "says more than 100000 bytes"),
        ({"content_type": "text/event-stream"}, "says more than 100000 bytes"),
        ({"content_type": "application/json", "content_encoding": "deflate"}, "answers in the encoding 'deflate'"),
    ],
)
def test_an_answer_is_bounded_however_it_is_packed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], told: str
) -> None:
    monkeypatch.setattr(asking, "MAX_BYTES", 100_000)
    body = b" " * 200_000
    if "content_encoding" in headers:
        body = zlib.compress(body)

    assert told in lost(Server(name="s", url=serve(lambda handler: sent(handler, 200, body, **headers))))


def test_a_server_that_does_not_answer_is_given_up(serve: Serve) -> None:
    done = threading.Event()

    def hang(_: BaseHTTPRequestHandler) -> None:
        done.wait(20)

    sentence = lost(Server(name="s", url=serve(hang)), 0.5)
    done.set()

    assert "did not list its tools within 0.5 s (PLANFOLD_MCP_TIMEOUT_SECONDS gives it longer)" in sentence
    assert "; is it there, at http://127" in sentence


def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    assert "the MCP server 's' did not list its tools: " in lost(Server(name="s", url=f"http://127.0.0.1:{port}/mcp"))


@pytest.fixture
def of_nobody(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_secret_is_sent(
    of_nobody: Path, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(of_nobody)
    came: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as connection:
            came.append(connection.recv(1_000))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        url = f"https://localhost:{listening.getsockname()[1]}/mcp"
        sentence = lost(Server(name="s", url=url, bearer_file=str(tmp_path / "token")))
        thread.join()

    assert "CERTIFICATE_VERIFY_FAILED" in sentence
    assert [] == [said for said in came if said]


def test_a_page_that_is_no_server_is_told(serve: Serve) -> None:
    page = serve(lambda handler: sent(handler, 200, b"<html>Welcome</html>", content_type="text/html"))

    assert "the MCP server 's' did not list its tools" in lost(Server(name="s", url=page))
