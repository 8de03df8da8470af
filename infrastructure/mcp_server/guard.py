"""Only who shows the token gets in: a port is open to everybody on the machine, and to every page in a browser."""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send


def guarded(app: ASGIApp, token: str) -> ASGIApp:
    """Beginning and end, which concern no client, and requests with the token reach `app`; nothing else does."""
    wanted = f"Bearer {token}".encode()

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        shown = next((value for name, value in scope.get("headers", ()) if name == b"authorization"), b"")
        kind = scope["type"]
        if kind == "lifespan" or (kind == "http" and hmac.compare_digest(shown, wanted)):
            await app(scope, receive, send)
        elif kind == "http":
            headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        elif kind == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: the client sees 403

    return guard
