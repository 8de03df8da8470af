"""A record that is damaged is judged again as far as it can be read, and what cannot be judged is told with the reason."""

from datetime import UTC, datetime
from typing import Any

import pytest

from planfold.application.backtest import Backtest, Backtester
from planfold.application.backtest_money import Policy

Store = Any
RUN, LEDGER = "default/run/reported", "default/ledger/agent:scout"
LIMITS = Policy(limits=lambda limits: limits.model_copy(update={"per_run": 1}))
RULES = Policy(rules=lambda rules: rules.model_copy(update={"forbidden_domains": ("example.com",)}))


def backtest(store: Store, policy: Policy = RULES, **asked: Any) -> Backtest:
    return Backtester(store.ports.history, store.ports.log, store.ports.artifacts).backtest(policy, **asked)


def cut(store: Store, stream: str, version: int) -> None:
    store.sql(
        "UPDATE planfold.stored_events SET state = 'no event' WHERE originator_id = %s AND originator_version = %s",
        stream,
        version,
    )


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("since", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_run_that_cannot_be_read_is_not_judged_and_all_others_are(
    store: Store, version: int, since: datetime | None
) -> None:
    whole = backtest(store)
    cut(store, RUN, version)

    found = backtest(store, since=since)

    (unreadable,) = found.unreadable
    assert "reported" == unreadable.run_id
    assert unreadable.reason.startswith(f"cannot read event {version} (")
    assert (whole.checked - 1, ()) == (found.checked, whole.unreadable)


def test_an_end_that_cannot_be_read_of_a_run_that_was_decided_before_changes_nothing(store: Store) -> None:
    whole = backtest(store)
    cut(store, RUN, 6)

    assert whole == backtest(store)


def test_an_event_of_something_else_makes_a_run_unreadable(store: Store) -> None:
    envelope = next(store.named("CreditGranted"))[2]
    store.write(RUN, 3, envelope)

    (unreadable,) = backtest(store).unreadable

    assert ("reported", "event 3 (CreditGranted) does not belong into a run") == (unreadable.run_id, unreadable.reason)


def test_money_is_not_judged_where_its_ledger_cannot_be_read_any_more(store: Store) -> None:
    whole = backtest(store, LIMITS)
    cut(store, LEDGER, 3)

    found = backtest(store, LIMITS)

    changed = {run.run_id for run in found.newly_refused}
    unreadable = {run.run_id for run in found.unreadable}
    assert {"open", "reported"} <= changed  # they stood on its versions 1 and 2
    assert {"unknown", "retried"} <= unreadable
    assert not changed & unreadable
    assert whole.checked > found.checked
    reasons = {run.reason for run in found.unreadable}
    assert all(reason.startswith("its ledger cannot be judged: cannot read event 3 (") for reason in reasons)
    assert () == backtest(store, LIMITS, agent_id="limited").unreadable


def test_rules_are_judged_though_a_ledger_cannot_be_read(store: Store) -> None:
    whole = backtest(store)
    cut(store, LEDGER, 3)

    assert whole == backtest(store)


def test_a_ledger_from_before_the_time_that_was_asked_for_may_be_unreadable_too(store: Store) -> None:
    begun = datetime(2026, 5, 1, 13, tzinfo=UTC)
    whole = backtest(store, LIMITS, since=begun)
    cut(store, LEDGER, 3)

    found = backtest(store, LIMITS, since=begun)

    assert 0 < len(found.unreadable) == whole.checked - found.checked
