"""Real processes on a real PostgreSQL: they race for runs and money, and are killed at every moment."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from planfold.application.budget import BudgetTracker
from planfold.application.ports import EventLog
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.settings import Settings

WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests"
    path.touch()
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(WORKER), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def answers(*arguments: object) -> Any:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def record(log: EventLog, stream: str) -> list[object]:
    return [(event.version, event.name) for event in log.read(stream)]


def grant(url: str, agent: str, usd: int) -> None:
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        ports = installation.engine.ports
        BudgetTracker(ports.ledgers, ports.clock).grant(agent, usd * 1_000_000, "g1")


@pytest.mark.slow
def test_called_by_eight_processes_at_once_a_run_has_one_record_and_one_draft(url: str, requests: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = [
            done["result"]
            for done in pool.map(lambda _: answers("generate", url, "scout", "r1", requests, "free", 0), range(8))
        ]

    assert [results[0]] * 8 == results
    assert requests.read_text().split() == ["r1"]
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        assert len(installation.engine.ports.log.read("default/run/r1")) == 5


@pytest.mark.slow
def test_processes_that_race_for_one_ledger_never_hold_more_than_it_has(url: str) -> None:
    grant(url, "scout", 17)

    with ThreadPoolExecutor(8) as pool:
        outcomes = [
            outcome
            for done in pool.map(lambda number: answers("spend", url, "scout", f"p{number}", 5), range(8))
            for outcome in done
        ]

    assert (outcomes.count("ready"), outcomes.count("refused")) == (17, 23)
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        ports = installation.engine.ports
        status = BudgetTracker(ports.ledgers, ports.clock).get_status("scout")
        assert (status.held_micros, status.remaining_micros) == (17_000_000, 0)


@pytest.mark.slow
@pytest.mark.parametrize("paid", ["free", "paid"])
def test_killed_at_any_moment_and_called_again_a_run_ends_whole(url: str, requests: Path, paid: str) -> None:
    grant(url, "scout", 1_000)
    whole = answers("generate", url, "scout", "whole", requests, paid, 0)
    with Installation(Settings.model_validate({"database_url": url})) as installation:
        log = installation.engine.ports.log
        expected = record(log, "default/run/whole")

        for moment in range(1, whole["moments"] + 1):
            run_id = f"killed-{moment}"
            assert run("generate", url, "scout", run_id, requests, paid, moment).returncode == -9
            again = answers("generate", url, "scout", run_id, requests, paid, 0)

            names = [event.name for event in log.read(f"default/run/{run_id}")]
            interrupted = names.count("DraftFailed")
            sent = requests.read_text().split().count(run_id)
            assert again["result"]["outcome"] == "ready", moment
            assert interrupted <= (1 if paid == "paid" else 0), moment
            assert sent <= 1 + max(interrupted, paid == "free"), moment
            if not interrupted:
                assert expected == record(log, f"default/run/{run_id}"), moment
