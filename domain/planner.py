"""Who drafted, and what it used: data of the facts, whatever stands behind the port."""

from pydantic import Field

from planfold.domain.canonical import LARGEST_INTEGER
from planfold.domain.frozen import Frozen

Tokens = int
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


class PlannerIdentity(Frozen):
    """A deterministic planner answers the same request with the same bytes, so it is asked once."""

    name: str = Field(min_length=1, max_length=128, pattern=PRINTABLE)
    version: str = Field(min_length=1, max_length=64, pattern=PRINTABLE)
    model: str | None = Field(default=None, max_length=256, pattern=PRINTABLE)
    deterministic: bool


class Usage(Frozen):
    """Tokens of one call as its provider counted them; cached and reasoning tokens are included in input and output."""

    input_tokens: Tokens = Field(default=0, ge=0, le=LARGEST_INTEGER)
    output_tokens: Tokens = Field(default=0, ge=0, le=LARGEST_INTEGER)
    cache_read_tokens: Tokens = Field(default=0, ge=0, le=LARGEST_INTEGER)
    cache_write_tokens: Tokens = Field(default=0, ge=0, le=LARGEST_INTEGER)
    reasoning_tokens: Tokens = Field(default=0, ge=0, le=LARGEST_INTEGER)
