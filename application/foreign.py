"""What foreign code says, made fit to be recorded."""

from planfold.domain.canonical import recordable
from planfold.domain.secrets import redact_text

MAX_SENTENCE_CHARACTERS = 2_000


def storable(text: object, at_most: int = MAX_SENTENCE_CHARACTERS) -> str:
    """The text without secrets, NUL and lone surrogates, bounded; something to read even if it was no text."""
    value = recordable(text if isinstance(text, str) else str(text))
    said = (
        value
        if isinstance(value, str)
        else str(text).encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    )
    return redact_text(said)[:at_most]
