"""The client for a server at a URL: certificates are checked, no redirect leaves the host, answers are bounded.

Redirects are the package's business: it follows one only to the same scheme, host and port, and from http:// to https:// on
the same host, both at their usual ports.
"""

from collections.abc import AsyncIterator, Mapping

import httpx2


class Answers:
    """What came back, for whoever has to say why it was not enough."""

    def __init__(self, most_bytes: int) -> None:
        self.left = most_bytes
        self.status: int | None = None
        """Of the last answer that was no success."""
        self.encoded: str | None = None

    async def seen(self, response: httpx2.Response) -> None:
        """From here on its body is counted; one that is encoded is not read, since it may be small and mean a lot."""
        if response.is_error or response.is_redirect:
            self.status = response.status_code
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            self.encoded = encoding
            raise httpx2.DecodingError(f"the answer is encoded: {encoding}", request=response.request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Counted(response.stream, self)


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, answers: Answers) -> None:
        self._stream, self._answers = stream, answers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._answers.left -= len(chunk)
            if self._answers.left < 0:
                raise httpx2.ReadError("the answers are too long")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def client(url: str, headers: Mapping[str, str], seconds: float, answers: Answers) -> httpx2.AsyncClient:
    """For the server at `url`. What is sent in the clear goes there and by no proxy, since it may hold a secret."""
    return httpx2.AsyncClient(
        trust_env=url.startswith("https://"),
        headers={**headers, "Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(seconds),
        event_hooks={"response": [answers.seen]},
    )
