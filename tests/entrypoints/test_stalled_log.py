"""While a foreign transaction that has written does not end: what is certain is shown, and it is named."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from subprocess import CompletedProcess

import pytest

from planfold.infrastructure import history
from planfold.infrastructure.postgres import stalling
from planfold.infrastructure.postgres.connect import Connection, connect
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.postgres.read_models import keeping
from planfold.infrastructure.postgres.stalling import Stalling

Command = Callable[..., CompletedProcess[str]]

GOAL = "Fetch the prices and summarise them"

pytestmark = pytest.mark.usefixtures("ready")


@pytest.fixture
def stalled(database: Endpoint, planfold: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The pid of a transaction whose event stands between the runs r1, which is folded, and r2, which is not."""
    monkeypatch.setattr(history, "TRIES", 1)
    monkeypatch.setattr(keeping, "NEAR", 0)
    look = stalling.stalling

    def at_once(connection: Connection) -> list[Stalling]:
        return look(connection, timedelta(0))

    monkeypatch.setattr(stalling, "stalling", at_once)
    with connect(database.owner) as owner:
        owner.execute("SELECT nextval(pg_get_serial_sequence('planfold.stored_events', 'notification_id'))")
    planfold("plan", GOAL, "--run", "r1")
    planfold("project", "--once")
    with connect(database.app) as other, other.transaction(force_rollback=True):
        other.execute(
            "INSERT INTO planfold.stored_events (originator_id, originator_version, topic, state)"
            " VALUES ('a/run/1', 1, 'topic', '')"
        )
        planfold("plan", GOAL, "--run", "r2")
        yield other.info.backend_pid


def test_a_rebuild_ends_and_says_who_keeps_back_the_rest(planfold: Command, stalled: int) -> None:
    ended = planfold("projections", "rebuild", "results")

    assert (0, "results is shown in build 2, folded up to position 6\n") == (ended.returncode, ended.stdout)
    assert re.fullmatch(
        rf"planfold: what is behind position 6 waits for pid {stalled} \(\d+ s old, idle in transaction\)\n",
        ended.stderr,
    )


def test_an_export_writes_what_is_certain_and_says_who_keeps_back_the_rest(planfold: Command, stalled: int) -> None:
    ended = planfold("export")

    assert (7, 5) == (ended.returncode, ended.stdout.count("\n"))
    assert re.fullmatch(
        rf"planfold: cannot read the log beyond position 6: pid {stalled} \(\d+ s old, idle in transaction\) has written"
        r" events and does not end; `planfold doctor` says how to end it\n",
        ended.stderr,
    )
