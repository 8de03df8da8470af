"""The frozen base of facts, states and values."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes; an unknown field is refused when it is made.

    Reading what another release wrote passes `extra="ignore"` at the place that reads (the event codec).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Fact(Frozen):
    """Something that happened, in the past tense: no stream, no version, no clock; those are the envelope's."""
