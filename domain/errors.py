"""Broken rules of the domain. Expected refusals are facts, not errors.

DomainError
+-- InvalidIdentifier      an id that cannot name a tenant, agent, run or grant
+-- InvalidGoal            empty, too long, or with characters that cannot be stored
+-- InvalidMoney           not an amount in USD that micro-USD can hold
+-- InvalidManifest        skills that cannot be offered: duplicate, malformed, remote $ref
+-- InvalidDomain          an entry of a domain list that is no host
+-- InvalidMemory          a text that cannot be remembered
+-- MemoryIdTaken          the id of a memory that says something else, so not a repetition
+-- InvalidText            a reason or a note that cannot be recorded
+-- InvalidReport          an end of a run that is neither good nor bad
+-- IllegalTransition      a decision asked of a plan generation that is elsewhere
+-- LedgerRuleBroken       a command that the rules of a ledger forbid
    +-- AmountOutOfRange   a grant or revocation of nothing, or of more than a ledger can hold
    +-- GrantIdTaken       the id of another grant or revocation, so not a repetition
    +-- CreditNotAvailable a revocation of more than is available
    +-- UnknownHold        a hold that is not there to be settled, released or extended
    +-- HoldIdTaken        the id of an open hold that is smaller or for another purpose
    +-- HoldIsPlanning     a planning hold, which never comes back by time or by hand
    +-- ExpiryPassed       an end that is not later than now
"""

from datetime import datetime


class DomainError(ValueError):
    """A rule of the domain was broken by the caller."""


class InvalidIdentifier(DomainError):
    def __init__(self, what: str, value: str) -> None:
        self.what, self.value = what, value
        shown = value[:40] + ("..." if len(value) > 40 else "")  # noqa: PLR2004 - enough to recognise it
        super().__init__(
            f"{what} {shown!r} is not an identifier; use 1 to 128 characters, a letter or digit first, "
            "then letters, digits and . _ : @ -"
        )


class InvalidGoal(DomainError):
    pass


class InvalidMoney(DomainError):
    pass


class InvalidManifest(DomainError):
    pass


class InvalidDomain(DomainError):
    def __init__(self, entry: str) -> None:
        shown = entry[:60] + ("..." if len(entry) > 60 else "")  # noqa: PLR2004 - enough to recognise it
        super().__init__(
            f"{shown!r} is not a host; write a bare host name or address, as example.com, *.example.com or 10.0.0.5, "
            "without scheme, port or path, and part entries by commas"
        )


class InvalidMemory(DomainError):
    pass


class MemoryIdTaken(DomainError):
    def __init__(self, memory_id: str, agent_id: str, differs: str) -> None:
        """`differs` is what is recorded otherwise: text, type or trust."""
        self.memory_id, self.agent_id, self.differs = memory_id, agent_id, differs
        super().__init__(
            f"memory {memory_id!r} of agent {agent_id!r} is recorded with another {differs}, and stays as it is; "
            "choose another id, or forget that memory first"
        )


class InvalidText(DomainError):
    def __init__(self, what: str, fault: str, remedy: str) -> None:
        """`what` is what the text was to be: a reason, a note."""
        self.what = what
        super().__init__(f"the {what} {fault}; {remedy}")


class InvalidReport(DomainError):
    pass


class IllegalTransition(DomainError):
    pass


class LedgerRuleBroken(DomainError):
    """Amounts are in micro-USD."""


class AmountOutOfRange(LedgerRuleBroken):
    def __init__(self, grant_id: str, amount: object, at_most: int) -> None:
        self.grant_id, self.amount, self.at_most = grant_id, amount, at_most
        super().__init__(
            f"cannot grant or revoke {amount!r} micro-USD as {grant_id!r}: it must be a whole number from 1 to {at_most}, "
            "which is what this ledger can still take; name another amount"
        )


class GrantIdTaken(LedgerRuleBroken):
    def __init__(self, grant_id: str, amount: int, recorded: int) -> None:
        """Both amounts are negative where they are revocations."""
        self.grant_id, self.amount, self.recorded = grant_id, amount, recorded
        super().__init__(
            f"cannot {'grant' if amount > 0 else 'revoke'} {abs(amount)} micro-USD as {grant_id!r}: "
            f"{abs(recorded)} were {'granted' if recorded > 0 else 'revoked'} under that id; choose another id"
        )


class CreditNotAvailable(LedgerRuleBroken):
    def __init__(self, grant_id: str, amount: int, available: int, credit: int) -> None:
        self.grant_id, self.amount, self.available, self.credit = grant_id, amount, available, credit
        super().__init__(
            f"cannot revoke {amount} micro-USD as {grant_id!r}: {available} of {credit} are available, the others are "
            "held or spent; revoke less, or pause the scope"
        )


class UnknownHold(LedgerRuleBroken):
    def __init__(self, hold_id: str, deed: str) -> None:
        """`deed` is what was asked: settle, release, extend."""
        self.hold_id, self.deed = hold_id, deed
        super().__init__(
            f"cannot {deed} hold {hold_id!r}: it is not open, but settled, released or never taken; "
            "see what the ledger holds, or plan under a new run_id"
        )


class NothingToCorrect(LedgerRuleBroken):
    def __init__(self, run_id: str, attempt: int | None, several: list[str]) -> None:
        """`several` are the holds that may be meant, if there are any."""
        self.run_id, self.attempt, self.several = run_id, attempt, several
        asked = f"run {run_id!r}" if attempt is None else f"attempt {attempt} of run {run_id!r}"
        against = f"{', '.join(several)} were all settled at an unknown cost; name the attempt"
        nothing = (
            "nothing was settled at an unknown cost there; grant or revoke the difference, if a known one is wrong"
        )
        super().__init__(f"cannot correct what {asked} cost: {against if several else nothing}")


class HoldIdTaken(LedgerRuleBroken):
    def __init__(self, hold_id: str, needed: int | None, held: int) -> None:
        """`needed` is None if a price is unknown."""
        self.hold_id, self.needed, self.held = hold_id, needed, held
        super().__init__(
            f"cannot hold {'an unknown price' if needed is None else f'{needed} micro-USD'} as {hold_id!r}: that hold "
            f"is open already, of {held} or for another purpose; settle it, or hold under another id"
        )


class HoldIsPlanning(LedgerRuleBroken):
    def __init__(self, hold_id: str, amount: int) -> None:
        self.hold_id, self.amount = hold_id, amount
        super().__init__(
            f"cannot release or extend hold {hold_id!r} of {amount} micro-USD: its request may have been billed, and a "
            "planning hold never comes back by time; settle it"
        )


class ExpiryPassed(LedgerRuleBroken):
    def __init__(self, hold_id: str, expires_at: datetime, now: datetime) -> None:
        self.hold_id, self.expires_at, self.now = hold_id, expires_at, now
        super().__init__(
            f"cannot keep hold {hold_id!r} until {expires_at.isoformat()}: it is {now.isoformat()} already; "
            "name a later time"
        )
