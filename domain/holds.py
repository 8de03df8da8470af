"""Holds on the credit of one ledger, and what was spent of them: part of its state.

A hold is open until it is settled or released. A released execution hold can still be settled, since a run may outlive
its hold. What is spent counts on the day of the hold, whenever it is settled.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from planfold.domain.frozen import Frozen
from planfold.domain.money import Micros

Purpose = Literal["planning", "execution"]
HoldId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}/([1-9][0-9]{0,8}|execution)$")]

REMEMBERED_RELEASES = 256
"""Of the released execution holds those with the latest end are kept; another must be looked for among the events."""


def planning_hold_id(run_id: str, attempt: int) -> str:
    return f"{run_id}/{attempt}"


def execution_hold_id(run_id: str) -> str:
    return f"{run_id}/execution"


class Hold(Frozen):
    """Credit set aside for one paid planner call, or for running a plan; only the latter has an end."""

    amount: Micros
    day: date
    purpose: Purpose = "execution"
    model: str | None = None
    expires_at: AwareDatetime | None = None


class DaySpent(Frozen):
    """What was spent of the holds of one UTC day, and by which models."""

    total: int = 0
    by_model: dict[str, int] = Field(default_factory=dict)

    def of(self, model: str | None) -> int:
        """By that model; by all if none is named."""
        return self.total if model is None else self.by_model.get(model, 0)

    def alone(self, model: str | None) -> int:
        """By that model; without any if none is named."""
        return self.total - sum(self.by_model.values()) if model is None else self.by_model.get(model, 0)

    def plus(self, model: str | None, amount: int) -> "DaySpent":
        added = {} if model is None else {model: self.of(model) + amount}
        return DaySpent(total=self.total + amount, by_model=self.by_model | added)


NOTHING_SPENT = DaySpent()


class Holds(Frozen):
    """Every method takes any input, as the fold of a stream must: what concerns no hold changes as little as it can."""

    open: dict[HoldId, Hold] = Field(default_factory=dict)
    released: dict[HoldId, Hold] = Field(default_factory=dict)
    """Execution holds given back that can still be settled."""
    spent: int = 0
    today: date | None = None
    """The newest day on which anything was held or spent: the fold has no clock."""
    days: dict[date, DaySpent] = Field(default_factory=dict)
    """For today, the day before (clocks differ around midnight), and the days of the holds above."""

    @property
    def held(self) -> int:
        return sum(hold.amount for hold in self.open.values())

    def spent_on(self, day: date, model: str | None = None) -> int:
        """Of the holds of that day, by that model if one is named; 0 for a day that is not in `days`."""
        return self.days.get(day, NOTHING_SPENT).of(model)

    def counted_on(self, day: date, model: str | None = None) -> int:
        """Held and spent on that day, by that model if one is named: what daily limits look at."""
        held = sum(hold.amount for hold in self.open.values() if hold.day == day and model in (None, hold.model))
        return held + self.spent_on(day, model)

    def settleable(self, hold_id: str) -> Hold | None:
        return self.open.get(hold_id) or self.released.get(hold_id)

    def overdue(self, now: datetime) -> list[str]:
        """The open holds that have come to their end, the oldest end first."""
        ended = [key for key, hold in self.open.items() if hold.expires_at is not None and hold.expires_at <= now]
        return sorted(ended, key=lambda hold_id: _end(hold_id, self.open[hold_id]))

    def taken(self, hold_id: str, hold: Hold) -> "Holds":
        """With the hold open, in place of another of the same id."""
        today = hold.day if self.today is None else max(self.today, hold.day)
        return _without_old_days(
            self._with(open={**self.open, hold_id: hold}, released=_without(self.released, hold_id), today=today)
        )

    def extended(self, hold_id: str, expires_at: datetime) -> "Holds":
        hold = self.open.get(hold_id)
        if hold is None:
            return self
        return self._with(open={**self.open, hold_id: hold.model_copy(update={"expires_at": expires_at})})

    def settled(self, hold_id: str, amount: int, day: date | None = None, model: str | None = None) -> "Holds":
        """With the amount spent, even if no such hold is known: money that is gone is gone.

        It counts on the day and by the model of the hold; of one that is not known, on those given, if any are.
        """
        hold = self.settleable(hold_id)
        if hold is not None:
            day, model = hold.day, hold.model
        if day is None:
            return self._with(spent=self.spent + amount)
        spent = self._with(
            open=_without(self.open, hold_id),
            released=_without(self.released, hold_id),
            spent=self.spent + amount,
            today=day if self.today is None else max(self.today, day),
            days={**self.days, day: self.days.get(day, NOTHING_SPENT).plus(model, amount)},
        )
        return _without_old_days(spent)

    def corrected(self, more: int, day: date | None, model: str | None) -> "Holds":
        """With so much more spent than was settled, or less, but for what was never spent.

        A day that is forgotten is not counted by any more.
        """
        days = self.days
        if day is not None and day in days:
            days = {**days, day: days[day].plus(model, max(more, -days[day].alone(model)))}
        return self._with(spent=max(self.spent + more, sum(each.total for each in days.values())), days=days)

    def given_back(self, hold_id: str) -> "Holds":
        hold = self.open.get(hold_id)
        if hold is None:
            return self
        remembered = self.released if hold.purpose == "planning" else {**self.released, hold_id: hold}
        if len(remembered) > REMEMBERED_RELEASES:
            first = min(remembered, key=lambda key: _end(key, remembered[key]))
            remembered = _without(remembered, first)
        return self._with(open=_without(self.open, hold_id), released=remembered)

    def _with(self, **changes: object) -> "Holds":
        return self.model_copy(update=changes)


def _without_old_days(holds: Holds) -> Holds:
    if holds.today is None or len(holds.days) <= 1:
        return holds
    since = holds.today.toordinal() - 1
    if all(day.toordinal() >= since for day in holds.days):
        return holds
    wanted = {hold.day for group in (holds.open, holds.released) for hold in group.values()}
    days = {day: spent for day, spent in holds.days.items() if day.toordinal() >= since or day in wanted}
    return holds.model_copy(update={"days": days})


def _without(holds: dict[str, Hold], hold_id: str) -> dict[str, Hold]:
    if hold_id not in holds:
        return holds
    rest = holds.copy()  # which takes a tenth of what picking the others out does
    del rest[hold_id]
    return rest


def _end(hold_id: str, hold: Hold) -> tuple[float, str]:
    """The order in which holds end; it does not depend on how a store orders a mapping."""
    return (hold.expires_at.timestamp() if hold.expires_at is not None else 0.0, hold_id)
