"""What whoever works on through a lost database says of it, a line each on standard error."""

from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.errors import InfrastructureError, LogStalled


class Outages:
    def __init__(self) -> None:
        self._stalled = False

    def lost(self, error: InfrastructureError, pause: float) -> None:
        self._stalled = isinstance(error, LogStalled)
        complain(f"{error}; " + ("this waits for it" if self._stalled else f"the next try is in {pause:g} s"))

    def found(self) -> None:
        complain("the log can be read on" if self._stalled else "the database answers again")
