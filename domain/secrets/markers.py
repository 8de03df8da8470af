"""What stands where a secret stood. The kinds are a closed set: whatever else looks like a marker is not trusted."""

import re

from pydantic import JsonValue

from planfold.domain.secrets.shapes import SHAPES

REDACTED_NAME = "$redacted"
_BY_CONTEXT = frozenset({
    "api_key", "authorization", "bearer_token", "cookie", "database_url", "iban", "password", "payment_card", "pin",
    "url_password", "url_signature",
})  # fmt: skip
KINDS: frozenset[str] = _BY_CONTEXT | {shape.kind for shape in SHAPES}
"""None is ever removed: it may be recorded."""
REDACTED = re.compile(rf"\[redacted:({'|'.join(sorted(KINDS))})\]")


def is_redacted(value: JsonValue) -> bool:
    """Whether `value` is exactly `{"$redacted": kind}`, with a kind that is given here."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    kind = value.get(REDACTED_NAME)
    return isinstance(kind, str) and kind in KINDS
