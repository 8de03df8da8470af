"""Secrets are replaced before anything is recorded: by their shape, by what stands before them, or by their name.

In a text a secret becomes `[redacted:kind]`; in JSON the whole string that holds one becomes `{"$redacted": kind}`.
Redacting twice is redacting once. References `${...}` and placeholders are no secrets.
"""

from planfold.domain.secrets.markers import KINDS, REDACTED, REDACTED_NAME, is_redacted
from planfold.domain.secrets.redaction import redact, redact_text, secret_kind

__all__ = ["KINDS", "REDACTED", "REDACTED_NAME", "is_redacted", "redact", "redact_text", "secret_kind"]
