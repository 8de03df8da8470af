"""What a server answers over HTTP, bounded while it is read."""

from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2


class AnswersRefused(httpx2.ReadError):
    """The answers are longer than they may be, or encoded; what is left of them was not read."""


LONGEST_BEGINNING = 2_000
"""Bytes of a body that are kept, to tell what it was."""


class Answers:
    """All answers of one conversation, for whoever has to say why they were not enough.

    Its requests must ask for `Accept-Encoding: identity`, and each response be `seen`, as a hook of the client.
    """

    def __init__(self, most_bytes: int) -> None:
        self.left = most_bytes
        self.status: int | None = None
        """Of the last answer that was no success."""
        self.target: str | None = None
        """Where that one sends whoever asks, without a user, a query and a fragment, which may be secret."""
        self.encoded: str | None = None
        self.beginning = b""
        """Of the last answer's body, as far as it was read."""

    async def seen(self, response: httpx2.Response) -> None:
        """From here on its body is counted; one that is encoded is not read, since it may be small and mean a lot.

        Raises AnswersRefused, as reading the body does.
        """
        self.beginning = b""
        if response.is_error or response.is_redirect:
            self.status, self.target = response.status_code, _target(response)
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            self.encoded = encoding
            raise AnswersRefused(f"the answer is encoded: {encoding}")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Counted(response.stream, self)


def _target(response: httpx2.Response) -> str | None:
    location = response.headers.get("location")
    if location is not None:
        with suppress(httpx2.InvalidURL):
            target = response.request.url.join(location)
            return str(target.copy_with(userinfo=b"", query=None, fragment=None))
    return None


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, answers: Answers) -> None:
        self._stream, self._answers = stream, answers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._answers.left -= len(chunk)
            if self._answers.left < 0:
                raise AnswersRefused("the answer is too long")
            if len(self._answers.beginning) < LONGEST_BEGINNING:
                self._answers.beginning = (self._answers.beginning + chunk)[:LONGEST_BEGINNING]
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
