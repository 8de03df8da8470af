"""What people write into facts, reasons and notes: bounded, storable, without secrets."""

from planfold.domain.canonical import is_text
from planfold.domain.errors import InvalidText
from planfold.domain.secrets import redact_text

MAX_TEXT_CHARACTERS = 2_000


def recorded_text(text: str, what: str) -> str:
    """`text` as it is recorded: its secrets are replaced. Raises InvalidText, which calls it `what`."""
    if not isinstance(text, str):
        raise InvalidText(what, f"is {type(text).__name__} and no text", "write a sentence")
    if len(text) > MAX_TEXT_CHARACTERS:
        fault = f"has {len(text)} characters, {MAX_TEXT_CHARACTERS} can be recorded"
        raise InvalidText(what, fault, "shorten it")
    if not is_text(text):
        raise InvalidText(what, "holds a NUL character or a lone surrogate, which no store keeps", "remove it")
    return redact_text(text)[:MAX_TEXT_CHARACTERS]
