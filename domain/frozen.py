"""The frozen base of facts, states and values."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes; an unknown field is refused when it is made.

    What was given is never shown in an error: it may hold a secret. Reading what another release wrote passes `extra="ignore"` at the place that reads (the event codec).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class Fact(Frozen):
    """Something that happened, in the past tense: no stream, no version, no clock; those are the envelope's."""
