"""What the application asks of the world: small protocols in domain types, each kept by one contract test suite."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, get_args, runtime_checkable

from pydantic import JsonValue

from planfold.application.errors import InvalidQuery
from planfold.application.results import PlanGenerationResult
from planfold.domain.frozen import Frozen
from planfold.domain.inspection import Finding
from planfold.domain.memory import Memory, Snippet
from planfold.domain.money import Micros
from planfold.domain.plan_generation import Outcome
from planfold.domain.planner import PlannerIdentity, Usage
from planfold.domain.recorded import Head, Recorded, Stored
from planfold.domain.skill import Manifest


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """So much time has passed, unless a signal raised something before."""
        ...


# Planners


class DraftRequest(Frozen):
    """What a planner is asked; `previous` and `findings` say what the inspector refused in its last answer.

    `failure` is the code of its last attempt, if that brought no draft.
    `elapsed` are the seconds since a planner was first asked for this run, by this caller. `has_others`: if this planner cannot
    be asked soon, another one is.
    """

    tenant: str
    agent_id: str
    run_id: str
    goal: str
    snippets: tuple[Snippet, ...]
    context_summary: str | None
    manifest: Manifest
    attempt: int
    previous: JsonValue = None
    findings: tuple[Finding, ...] = ()
    failure: str | None = None
    elapsed: float = 0.0
    has_others: bool = False


class DraftAnswer(Frozen):
    """What came back, and what it cost: `cost_micros` is None if the provider did not say, never 0 for unknown.

    `prompt` is what the planner was told by, to be kept as an artifact, where no PromptingPlanner has given it before; else a
    `prompt_digest` names what is kept. `prices` names the list of prices that the cost was reckoned by, with its version.
    """

    answer: Any
    """JSON as far as it goes; what cannot be recorded is replaced before anybody judges it."""
    cost_micros: Micros | None
    usage: Usage | None = None
    prompt_digest: str | None = None
    prompt: bytes | None = None
    prices: str | None = None


class DraftUnavailable(Exception):
    """No usable answer came. `sent` says whether the request may have reached a provider that charges for it.

    Raised by `worst_case` or `place`, it says that nothing can be sent.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        retryable: bool,
        sent: bool,
        usage: Usage | None = None,
        cost_micros: int | None = None,
        prompt_digest: str | None = None,
        prompt: bytes | None = None,
        prices: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.retryable, self.sent = code, sentence, retryable, sent
        self.usage, self.cost_micros, self.prices = usage, cost_micros, prices
        self.prompt_digest, self.prompt = prompt_digest, prompt


class NotAsked(DraftUnavailable):
    """Nothing was sent, and nothing would come of asking again."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence, retryable=False, sent=False)


class Planner(Protocol):
    @property
    def identity(self) -> PlannerIdentity:
        """Who drafts; the same for the life of the planner."""
        ...

    def worst_case(self, request: DraftRequest) -> Micros | None:
        """The most that `draft(request)` can cost: 0 if it is free, None if a price is unknown. Sends nothing.

        Raises DraftUnavailable.
        """
        ...

    def draft(self, request: DraftRequest) -> DraftAnswer:
        """One answer to one request; no silent retry. Raises DraftUnavailable."""
        ...


class Pause(NamedTuple):
    """How long to wait, and what whoever asks for it does or wants: "asked for a pause"."""

    seconds: float
    why: str


@runtime_checkable
class PacedPlanner(Protocol):
    """A planner that may not be asked at any time."""

    def place(self, request: DraftRequest) -> Pause:
        """After this pause `draft(request)` may be called. Sends nothing, and does not wait. Raises DraftUnavailable."""
        ...


@runtime_checkable
class PromptingPlanner(Protocol):
    """A planner whose prompt is kept before it is asked, so that a call that nobody saw the end of has one, too."""

    def prompt_for(self, request: DraftRequest) -> bytes:
        """What `draft(request)` tells whomever it asks: the same for the same request. Sends nothing.

        Raises DraftUnavailable.
        """
        ...


# Memories and skills


class MemoryUnavailable(Exception):
    """Recall failed; the sentence says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What is asked of an agent's memory: at most `limit` snippets of at most `characters` in all."""

    tenant: str
    agent_id: str
    run_id: str
    goal: str
    limit: int
    characters: int


class MemoryRetriever(Protocol):
    @property
    def identity(self) -> str:
        """Who recalled, with the model and its dimension: recorded with every recall."""
        ...

    def recall(self, asked: Recall) -> Sequence[Snippet]:
        """The memories of this tenant's agent that bear on the goal, best first, none of this run's own.

        Raises MemoryUnavailable.
        """
        ...


class MemoryStore(Protocol):
    def remember(self, memories: Sequence[Memory]) -> None:
        """All of them can be recalled, or none was stored; the same id again changes nothing. Raises MemoryUnavailable."""
        ...

    def list(
        self, tenant: str, agent_id: str, search: str | None = None, limit: int = 50, before: str | None = None
    ) -> Sequence[Memory]:
        """An agent's memories, newest first; `before` is the id of the last one seen."""
        ...

    def find(self, tenant: str, agent_id: str, memory_id: str) -> Memory | None:
        """That memory of the agent as it was stored, or None."""
        ...

    def forget(self, tenant: str, agent_id: str, memory_id: str | None = None) -> int:
        """One memory, or all of the agent's, are gone; how many they were."""
        ...


class SkillCatalog(Protocol):
    def manifest(self, tenant: str, agent_id: str) -> Manifest:
        """The skills that this agent may use now. Raises InvalidManifest."""
        ...


# Events


class StreamMoved(Exception):
    """Somebody else has written to `stream` since it was read; nothing was written."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"{stream} has moved on since it was read; read it and decide again")
        self.stream = stream


@dataclass(frozen=True, slots=True)
class Appending:
    """Facts for the end of one stream, which stood at `head` when they were decided."""

    stream: str
    head: Head
    facts: Sequence[object]
    correlation_id: str


class EventLog(Protocol):
    def read(self, stream: str, after: int = 0) -> Sequence[Recorded[object]]:
        """The stream's events with a version above `after`, in order; none if there is no such stream."""
        ...

    def append(self, appendings: Sequence[Appending]) -> Sequence[Recorded[object]]:
        """All of them are stored in this order, exactly once, or none is. Raises StreamMoved, StoreUnavailable.

        An answer that was lost on the way back is looked up: what stands there under our own event ids was a success.
        """
        ...


class History(Protocol):
    """The log read from one end to the other, for who asks what all runs together say."""

    def newest(self) -> int:
        """The position of the newest event of all tenants, 0 if there is none. Raises StoreUnavailable."""
        ...

    def before(self, at: datetime) -> int:
        """A position up to which every event was recorded before `at`, as far as clocks are in step; the last one such.

        Raises StoreUnavailable.
        """
        ...

    def events(self, tenant: str, after: int, until: int) -> Iterator[Recorded[object]]:
        """The tenant's events with positions above `after` and up to `until`, in that order; none is passed over.

        They are read as they are asked for, a page at a time; what is recorded after that has begun is left out. Raises
        StoreUnavailable, EventUnreadable.
        """
        ...

    def stored(self, tenant: str, after: int, until: int) -> Iterator[Stored]:
        """The same events as they stand, of kinds and forms that this release does not know, too. Raises the same."""
        ...


class EventUnreadable(Exception):
    """What is stored at `version` of `stream` is no event that this program knows; whoever reads the log may go on behind it.

    `position` is None where the stream alone was read.
    """

    stream: str
    version: int
    name: str
    position: int | None


class Artifacts(Protocol):
    """Large things that events name by digest: manifests, prompts, rule sets."""

    def put(self, tenant: str, kind: str, body: bytes) -> str:
        """It can be had by the digest returned; the same body again stores nothing."""
        ...

    def get(self, tenant: str, digest: str) -> bytes | None:
        """The body whose SHA-256 is `digest`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folded state in JSON, with the head it was folded to; made by one version of the fold."""

    head: Head
    fold_version: int
    state: bytes


class Snapshots(Protocol):
    """A shortcut to a folded state; losing one costs time, never truth."""

    def load(self, stream: str) -> Snapshot | None: ...

    def save(self, stream: str, snapshot: Snapshot) -> None: ...


# Runs


UNFINISHED = "unfinished"
"""In a query, the outcome of the runs that have none yet."""
_OUTCOMES = (*get_args(Outcome), UNFINISHED)


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Runs of one tenant, newest first; `before` is the position of the last one seen.

    `outcome` may be UNFINISHED. A `search` of nothing but blanks is none. `planner` names who drafted last, `code` a
    finding in that draft; runs begun at `since` or later, before `until`; `run_id` is that one run, or none.
    Raises InvalidQuery for another outcome, and for a `limit` below 1.
    """

    tenant: str
    agent_id: str | None = None
    outcome: str | None = None
    search: str | None = None
    before: int | None = None
    limit: int = 20
    planner: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run_id: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is not None and self.outcome not in _OUTCOMES:
            raise InvalidQuery("outcome", self.outcome, f"one of {', '.join(_OUTCOMES)}, or None")
        if type(self.limit) is not int or self.limit < 1:
            raise InvalidQuery("limit", self.limit, "a whole number of runs, at least 1")


class ResultReader(Protocol):
    def find(self, query: RunQuery) -> Sequence[PlanGenerationResult]:
        """The runs that match, newest first, at most `limit`, as all that was recorded before tells them.

        A run that began meanwhile is before all that were found, so it moves no page behind it. Raises StoreUnavailable.
        """
        ...

    def wait(self, position: int, seconds: float) -> bool:
        """Whether what was recorded up to `position` is found from now on; it is waited for so long.

        Whoever wrote it somewhere else reads it here after that. Raises StoreUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class ShownRow:
    """What queries are shown of one stream, folded up to `version`: the columns by name, as JSON has them.

    Version 0 is that of a row which does not tell it; what is no value that JSON has is told in any text.
    """

    version: int
    columns: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of some streams at one moment, by stream.

    Everything up to the position `checkpoint` is folded, so that a stream which began by then has a row, except where it
    is parked: those with the reason.
    """

    checkpoint: int
    rows: Mapping[str, ShownRow]
    parked: Mapping[str, str]


class ReadModelRows(Protocol):
    """What queries are shown, just as it stands: nothing is brought up to the log before."""

    def runs(self, tenant: str, run_ids: Sequence[str]) -> Shown:
        """The results of these runs, with what they are looked for by. Raises StoreUnavailable."""
        ...

    def ledgers(self, tenant: str, scopes: Sequence[str]) -> Shown:
        """The states of these ledgers. Raises StoreUnavailable."""
        ...

    def unrecorded(self, tenant: str, at_most: int) -> Sequence[str]:
        """The streams that have a row and no event. Raises StoreUnavailable."""
        ...


class RunGuard(Protocol):
    def hold(self, stream: str, wait: float) -> AbstractContextManager[bool]:
        """Within, nobody else in any process generates this stream; True if it had to wait for somebody.

        It saves money and waiting; safety is the stream's version. Waits at most `wait` seconds, then raises
        GenerationInProgress. A dead process holds nothing.
        """
        ...


class Turns(Protocol):
    def turn(self, stream: str) -> AbstractContextManager[None]:
        """Within, everybody else who asks for a turn at this stream waits, in any process, first come, first served.

        It saves tries; safety is the stream's version, so that it raises nothing and begins without a turn, if none is
        to be had soon. A dead process holds nothing.
        """
        ...


class EventSink(Protocol):
    """Who wants to see the events as they are recorded (the command's progress)."""

    def recorded(self, events: Sequence[Recorded[object]]) -> None: ...


@runtime_checkable
class PauseSink(Protocol):
    """An event sink that also wants to see why nothing happens."""

    def pauses(self, planner: str, pause: Pause) -> None: ...
