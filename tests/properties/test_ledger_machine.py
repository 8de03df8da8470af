"""Two ledgers under any sequence of commands, beside a model that was written without them.

The model keeps plain numbers and lists. It is told of commands, not of facts, and predicts every figure and verdict.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from planfold.domain.errors import CreditNotAvailable, GrantIdTaken, HoldIdTaken, HoldIsPlanning, UnknownHold
from planfold.domain.ledger import (
    EMPTY,
    CreditHeld,
    HoldReleased,
    HoldSettled,
    Ledger,
    LedgerEvent,
    LimitsChanged,
    change_limits,
    fold,
    grant,
    pause,
    resume,
    revoke,
)
from planfold.domain.spending import (
    HoldRequest,
    after_expiry,
    decide_holds,
    expire,
    extend,
    release,
    release_unsent,
    settle,
)

SCOPES = ("agent:scout", "tenant")

scopes = st.sampled_from(SCOPES)
amounts = st.integers(0, 60)
holds = st.sampled_from([f"r{run}/{last}" for run in range(3) for last in ("1", "2", "execution")])
models = st.none() | st.sampled_from(["large", "small"])
limits = st.none() | st.none() | st.integers(0, 120)
numbers = st.integers(0, 19)
edges = st.none() | st.none() | st.integers(-1, 1)
hours = st.integers(1, 30)
pauses = st.just(0) | st.just(0) | hours


@dataclass
class Promise:
    amount: int
    day: date
    model: str | None
    end: datetime | None


@dataclass
class Book:
    """What one ledger should know."""

    commands: dict[str, int] = field(default_factory=dict)
    limits: LimitsChanged = field(default_factory=LimitsChanged)
    opened: bool = False
    paused: bool = False
    promises: dict[str, Promise] = field(default_factory=dict)
    lapsed: dict[str, Promise] = field(default_factory=dict)
    """Executions given back, whose cost may still come."""
    costs: list[tuple[date, str | None, int]] = field(default_factory=list)
    spent_before: int = 0
    """Costs until credit was first granted."""
    overrun: bool = False
    """Whether anything ever cost more than was still promised to it, or the first credit was less than the promises."""

    @property
    def funded(self) -> bool:
        return any(amount > 0 for amount in self.commands.values())

    @property
    def credit(self) -> int:
        return sum(self.commands.values())

    @property
    def held(self) -> int:
        return sum(promise.amount for promise in self.promises.values())

    @property
    def spent(self) -> int:
        return sum(amount for _, _, amount in self.costs)

    @property
    def left(self) -> int:
        return self.credit - self.held - (self.spent - self.spent_before)

    def left_at(self, now: datetime) -> int:
        """What is left once the promises are closed that have come to their end."""
        return self.left + sum(it.amount for it in self.promises.values() if it.end is not None and it.end <= now)

    def counted(self, today: date, model: str | None = None) -> int:
        every = [(it.day, it.model, it.amount) for it in self.promises.values()] + self.costs
        return sum(amount for day, of, amount in every if day == today and (model is None or of == model))

    def lapse(self, now: datetime) -> None:
        for hold_id, promise in list(self.promises.items()):
            if promise.end is not None and promise.end <= now:
                self.lapsed[hold_id] = self.promises.pop(hold_id)


def refusals(books: Sequence[Book], request: HoldRequest, today: date) -> Iterator[str]:
    """Every reason against the request, the one to be given first."""
    if any(book.paused for book in books):
        yield "paused"
    if request.needed is None:
        if request.cap is not None or any(book.funded or book.limits != LimitsChanged() for book in books):
            yield "unknown_price"
        return
    needed, charged = request.needed, request.charged_to_run
    if request.cap is not None and (charged + needed > request.cap or charged >= request.cap):
        yield "per_run"
    if any(book.limits.per_run is not None and charged + needed > book.limits.per_run for book in books):
        yield "per_run"
    for book in books:
        cap = book.limits.per_model.get(request.model) if request.model is not None else None
        if cap is not None and book.counted(today, request.model) + needed > cap:
            yield "per_model"
    if any(book.limits.per_day is not None and book.counted(today) + needed > book.limits.per_day for book in books):
        yield "per_day"
    if any(book.funded and (needed > book.left or book.left <= 0) for book in books):
        yield "total"


class Ledgers(RuleBasedStateMachine):
    """Every rule gives one command to the ledgers and to their books, and gives it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.ledgers = dict.fromkeys(SCOPES, EMPTY)
        self.books = {scope: Book() for scope in SCOPES}
        self.history: dict[str, list[LedgerEvent]] = {scope: [] for scope in SCOPES}

    def append(self, scope: str, facts: Sequence[LedgerEvent]) -> None:
        """Recorded; and the state is stored and read back, as a snapshot is."""
        ledger = fold(facts, self.ledgers[scope])
        self.ledgers[scope] = Ledger.model_validate_json(ledger.model_dump_json(exclude_defaults=True))
        assert ledger == self.ledgers[scope]
        self.history[scope] += facts
        self.books[scope].opened |= bool(facts)

    def twice(self, scope: str, decide: Callable[[Ledger], Sequence[LedgerEvent]]) -> None:
        self.append(scope, decide(self.ledgers[scope]))
        assert decide(self.ledgers[scope]) == []

    def owns(self, scope: str, decide: Callable[[Ledger], list[LedgerEvent]], *, but: str | None = None) -> None:
        """A decision of whoever owns the money: one that records something closes what is overdue."""
        before = len(self.history[scope])
        self.twice(scope, lambda ledger: after_expiry(ledger, self.now, decide, but=but))
        if len(self.history[scope]) > before:
            self.books[scope].lapse(self.now)

    @property
    def known(self) -> list[str]:
        """Holds that some ledger has open or could still settle."""
        return sorted({hold_id for book in self.books.values() for hold_id in [*book.promises, *book.lapsed]})

    # Whoever owns the money

    @initialize(agent=st.integers(0, 200), tenant=st.integers(0, 200))
    def start(self, agent: int, tenant: int) -> None:
        for scope, amount in zip(SCOPES, (agent, tenant), strict=True):
            if amount > 0:
                self.books[scope].commands["start"] = amount
                self.append(scope, grant(EMPTY, "start", amount, ""))

    @rule(scope=scopes, number=st.integers(0, 9), amount=st.integers(1, 100), revoked=st.integers(0, 4))
    def grants_or_revokes(self, scope: str, number: int, amount: int, revoked: int) -> None:
        book, grant_id = self.books[scope], f"g{number}"
        signed, decide = (-amount, revoke) if revoked == 0 else (amount, grant)
        if book.commands.get(grant_id, signed) != signed:
            with pytest.raises(GrantIdTaken):
                self.owns(scope, lambda ledger: decide(ledger, grant_id, amount, ""))
        elif signed < 0 and grant_id not in book.commands and (not book.funded or amount > book.left_at(self.now)):
            with pytest.raises(CreditNotAvailable):
                self.owns(scope, lambda ledger: decide(ledger, grant_id, amount, ""))
        else:
            first = not book.funded
            self.owns(scope, lambda ledger: decide(ledger, grant_id, amount, ""))
            book.commands[grant_id] = signed
            if first:
                book.spent_before, book.overrun = book.spent, amount < book.held

    @rule(
        scope=scopes,
        paused=st.sampled_from([None, None, False, False, False, True]),
        per_run=limits,
        per_day=limits,
        cap=st.none() | amounts,
    )
    def governs(
        self, *, scope: str, paused: bool | None, per_run: int | None, per_day: int | None, cap: int | None
    ) -> None:
        """Pauses or resumes; or changes the limits, that of the large model to `cap`."""
        if paused is not None:
            self.books[scope].paused = paused
            self.owns(scope, lambda ledger: pause(ledger, "incident") if paused else resume(ledger, "over"))
            return
        limits = LimitsChanged(per_run=per_run, per_day=per_day, per_model={} if cap is None else {"large": cap})
        self.books[scope].limits = limits
        self.owns(scope, lambda ledger: change_limits(ledger, limits))

    # Runs, and those who run them

    @rule(
        hold_id=holds,
        needed=st.one_of(amounts, amounts, amounts, st.none()),
        edge=edges,
        model=models,
        charged=st.integers(0, 40),
        cap=limits,
        lasting=hours,
        later=pauses,
    )
    def asks(
        self,
        *,
        hold_id: str,
        needed: int | None,
        edge: int | None,
        model: str | None,
        charged: int,
        cap: int | None,
        lasting: int,
        later: int,
    ) -> None:
        """`edge`, if there is one, asks for as much as is left, or for 1 more or less."""
        self.now += timedelta(hours=later)
        if edge is not None:
            needed = max(0, edge + min((book.left for book in self.books.values() if book.funded), default=0))
        run_id, _, last = hold_id.partition("/")
        request = HoldRequest(
            hold_id=hold_id,
            run_id=run_id,
            purpose="execution" if last == "execution" else "planning",
            model=model,
            needed=needed,
            expires_at=self.now + timedelta(hours=lasting) if last == "execution" else None,
            charged_to_run=charged,
            cap=cap,
        )
        open_amounts = [it.promises[hold_id].amount for it in self.books.values() if hold_id in it.promises]
        if open_amounts and (needed is None or needed > min(open_amounts)):
            with pytest.raises(HoldIdTaken):
                decide_holds(self.ledgers, request, self.now)
            return
        decision = decide_holds(self.ledgers, request, self.now)
        if open_amounts:
            assert (decision.verdict, decision.facts) == ("allowed", {})
            return
        self._is_predicted(request, *decision.facts.values(), breach=decision.breach)
        for scope in SCOPES:
            self.append(scope, decision.facts.get(scope, []))
        again = decide_holds(self.ledgers, request, self.now)
        assert (decision.verdict, {}) == (again.verdict, again.facts)

    def _is_predicted(self, request: HoldRequest, *facts: list[LedgerEvent], breach: str | None) -> None:
        for book in self.books.values():
            book.lapse(self.now)
        taking = [book for book in self.books.values() if book.opened]
        assert next(refusals(taking, request, self.now.date()), None) == breach
        taken = [fact for added in facts for fact in added if isinstance(fact, CreditHeld)]
        if breach is not None or (not request.needed and request.purpose == "planning") or request.needed is None:
            assert taken == []
            return
        assert len(taking) == len(taken)
        for book in taking:
            assert not book.funded or request.needed <= book.left
            promise = Promise(request.needed, self.now.date(), request.model, request.expires_at)
            book.promises[request.hold_id] = promise
            book.lapsed.pop(request.hold_id, None)

    @precondition(lambda self: self.known)
    @rule(number=numbers, cost=st.none() | st.integers(0, 90), edge=edges, later=pauses)
    def settles(self, *, number: int, cost: int | None, edge: int | None, later: int) -> None:
        """`edge`, if there is one, costs as much as is left, or 1 more or less."""
        self.now += timedelta(hours=later)
        hold_id = self.known[number % len(self.known)]
        if edge is not None:
            book = self.books[SCOPES[number % 2]]
            cost = max(0, edge + book.left + (book.promises[hold_id].amount if hold_id in book.promises else 0))
        for scope, book in self.books.items():
            self.twice(scope, lambda ledger: settle(ledger, hold_id, cost, self.now))
            promise = book.promises.get(hold_id) or book.lapsed.get(hold_id)
            if promise is None:
                continue
            amount = promise.amount if cost is None else cost
            above = amount > (promise.amount if hold_id in book.promises else 0)
            book.promises.pop(hold_id, None)
            book.lapsed.pop(hold_id, None)
            book.costs.append((promise.day, promise.model, amount))
            book.lapse(self.now)
            book.overrun |= above
            book.paused |= above and book.funded and book.left < 0

    @precondition(lambda self: self.known)
    @rule(scope=scopes, number=numbers, sent=st.booleans())
    def releases(self, *, scope: str, number: int, sent: bool) -> None:
        hold_id = self.known[number % len(self.known)]
        book, planning = self.books[scope], not hold_id.endswith("execution")
        if sent and planning and hold_id in book.promises:
            with pytest.raises(HoldIsPlanning):
                release(self.ledgers[scope], hold_id, "by hand")
            return
        promise = book.promises.pop(hold_id, None)
        if promise is not None and not planning:
            book.lapsed[hold_id] = promise
        if sent:
            self.owns(scope, lambda ledger: release(ledger, hold_id, "by hand"), but=hold_id)
        else:
            self.twice(scope, lambda ledger: release_unsent(ledger, hold_id))

    @precondition(lambda self: self.known)
    @rule(scope=scopes, number=numbers, lasting=hours, later=pauses)
    def extends(self, *, scope: str, number: int, lasting: int, later: int) -> None:
        """And then expires what is overdue."""
        self.now += timedelta(hours=later)
        hold_id, end = self.known[number % len(self.known)], self.now + timedelta(hours=lasting)
        promise = self.books[scope].promises.get(hold_id)
        if promise is None:
            with pytest.raises(UnknownHold):
                extend(self.ledgers[scope], hold_id, end, self.now)
        elif promise.end is None:
            with pytest.raises(HoldIsPlanning):
                extend(self.ledgers[scope], hold_id, end, self.now)
        else:
            promise.end = max(promise.end, end)
            self.owns(scope, lambda ledger: extend(ledger, hold_id, end, self.now), but=hold_id)
        self.books[scope].lapse(self.now)
        self.twice(scope, lambda ledger: expire(ledger, self.now))

    # What holds after every command

    @invariant()
    def the_books_agree(self) -> None:
        for scope, book in self.books.items():
            ledger, today = self.ledgers[scope], self.now.date()
            assert (book.opened, book.funded, book.paused) == (ledger.opened, ledger.funded, ledger.paused is not None)
            assert (book.credit, book.held, book.spent) == (ledger.credit, ledger.held, ledger.spent)
            assert set(book.promises) == set(ledger.holds.open)
            assert set(book.lapsed) == set(ledger.holds.released)
            assert book.counted(today) == ledger.holds.counted_on(today)
            assert book.counted(today, "large") == ledger.holds.counted_on(today, "large")

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        for scope, book in self.books.items():
            available = self.ledgers[scope].available
            assert (book.credit - book.held - book.spent + book.spent_before if book.funded else None) == available
            assert available is None or available >= 0 or book.overrun

    def teardown(self) -> None:
        for scope, history in self.history.items():
            half = len(history) // 2
            assert self.ledgers[scope] == fold(history) == fold(history[half:], fold(history[:half]))
            _resolved_once(history)


def _resolved_once(history: Sequence[LedgerEvent]) -> None:
    """Since it was taken, a hold was released at most once and settled at most once, and nothing came after that."""
    seen: Counter[tuple[str, str]] = Counter()
    for fact in history:
        match fact:
            case CreditHeld():
                seen[fact.hold_id, "released"] = seen[fact.hold_id, "settled"] = 0
            case HoldReleased():
                assert (seen[fact.hold_id, "released"], seen[fact.hold_id, "settled"]) == (0, 0)
                seen[fact.hold_id, "released"] = 1
            case HoldSettled():
                assert seen[fact.hold_id, "settled"] == 0
                seen[fact.hold_id, "settled"] = 1
            case _:
                pass


def test_no_sequence_of_commands_holds_more_than_is_available() -> None:
    run_state_machine_as_test(Ledgers, settings=settings(max_examples=300, stateful_step_count=40, deadline=None))


@pytest.mark.slow
def test_no_sequence_of_many_commands_holds_more_than_is_available() -> None:
    run_state_machine_as_test(Ledgers, settings=settings(max_examples=10_000, stateful_step_count=50, deadline=None))
