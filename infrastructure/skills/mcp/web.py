"""The client for a server at a URL: certificates are checked, no redirect leaves the host, answers are bounded.

Redirects are the package's business: it follows one only to the same scheme, host and port, and from http:// to https:// on
the same host, both at their usual ports.
"""

from collections.abc import Mapping

import httpx2

from planfold.infrastructure.http_answers import Answers


def client(url: str, headers: Mapping[str, str], seconds: float, answers: Answers) -> httpx2.AsyncClient:
    """For the server at `url`. What is sent in the clear goes there and by no proxy, since it may hold a secret."""
    return httpx2.AsyncClient(
        trust_env=url.startswith("https://"),
        headers={**headers, "Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(seconds),
        event_hooks={"response": [answers.seen]},
    )
