"""Whoever projects can be killed at any point: the rows are those of a process that was not."""

import signal
import subprocess
import sys

import pytest

from planfold.application.ports import Appending
from planfold.domain.ledger import CreditGranted, fold
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.bootstrap import Installation

KILLED = """
import os, signal, sys
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.read_models import keeping, projector
from planfold.infrastructure.postgres.read_models.builds import Builds
from planfold.infrastructure.postgres.read_models.ledgers_table import LedgersTable

url, deed, point, at = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
projector.PAGE, keeping.NEAR = 4, 2
passed = 0

def pass_by(name):
    global passed
    passed += name == point
    if passed == at:
        os.kill(os.getpid(), signal.SIGKILL)

def surrounded(owner, name):
    inner = getattr(owner, name)
    def outer(*given):
        pass_by(f"before {name}")
        done = inner(*given)
        pass_by(f"after {name}")
        return done
    setattr(owner, name, outer)

surrounded(LedgersTable, "store")
surrounded(projector.Projector, "step")
surrounded(projector.Projector, "fold")
surrounded(Builds, "begin")
surrounded(Builds, "switch")
surrounded(Builds, "clear")
surrounded(LedgersTable, "clear")
with open_pool(url, size=1) as pool:
    getattr(keeping.ReadModels(pool), deed)("ledgers")
"""
POINTS = [
    ("bring_up", "before store"),
    ("bring_up", "after store"),
    ("bring_up", "after fold"),
    ("bring_up", "after step"),
    ("rebuild", "after begin"),
    ("rebuild", "after store"),
    ("rebuild", "after step"),
    ("rebuild", "before switch"),
    ("rebuild", "after switch"),
    ("rebuild", "after clear"),
]
GRANTS = 30


NEVER = 1_000_000
EVERYTHING = """
SELECT version, position, state, (SELECT count(*) FROM planfold.tracking) AS tracked FROM planfold.ledger_status
"""


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "point"), POINTS)
def test_a_kill_at_any_point_loses_and_doubles_nothing(
    installation: Installation, url: str, deed: str, point: str
) -> None:
    """A ledger's row would show each event that was folded twice, or not at all."""
    stream = "default/ledger/agent:scout"
    facts = [CreditGranted(grant_id=f"g{number}", amount=1 + number, reason="") for number in range(GRANTS)]
    installation.ports.log.append([Appending(stream, EMPTY_STREAM, facts, "g")])
    if deed == "rebuild":
        installation.read_models.bring_up("ledgers")

    def project(at: int) -> int:
        command = [sys.executable, "-W", "error", "-c", KILLED, url, deed, point, str(at)]
        return subprocess.run(command, timeout=60, check=False).returncode

    assert [-signal.SIGKILL] * 2 == [project(at) for at in (1, 1)]
    project(2)
    assert 0 == project(NEVER)

    with installation.pool.connection() as connection:
        found = connection.execute(EVERYTHING).fetchall()
    state = fold(facts).model_dump(mode="json", exclude_defaults=True)
    assert [{"version": GRANTS, "position": GRANTS, "state": state, "tracked": 1}] == found
