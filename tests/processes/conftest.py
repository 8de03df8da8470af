"""A world that outlives the processes of a test, and what its record says when ids and times are left aside."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from planfold.application.ports import Appending
from planfold.domain.ledger import CreditGranted
from planfold.domain.memory import Memory
from planfold.domain.names import TENANT_SCOPE, agent_scope, ledger_stream
from planfold.domain.recorded import EMPTY_STREAM
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.settings import Settings

WORKER = Path(__file__).with_name("worker.py")
IDS_AND_TIMES = frozenset(
    {"tenant", "day", "duration_ms", "ended_at", "expires_at", "position", "started_at", "started_position"}
)


@pytest.fixture
def url(database: Endpoint) -> str:
    """The database of the test as a URL, which is how a process is told."""
    given = conninfo_to_dict(database.app)
    port = f"&port={given['port']}" if "port" in given else ""
    return f"postgresql://{given['user']}@/{given['dbname']}?host={quote(str(given['host']), safe='')}{port}"


@pytest.fixture
def installation(url: str) -> Iterator[Installation]:
    """The database of the test, seen from the test's own process."""
    with Installation(Settings.model_validate({"database_url": url})) as opened:
        yield opened


@pytest.fixture
def run(url: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """One process of worker.py that does its deed and ends, by itself or not."""

    def started(deed: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(WORKER), deed, url, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    return started


@pytest.fixture
def answers(run: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Any]:
    """The answer of a process that was not killed."""

    def told(deed: str, *arguments: object) -> Any:
        done = run(deed, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return told


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """What the provider received: a line for each request, with its tenant and attempt."""
    path = tmp_path / "requests"
    path.touch()
    return path


@pytest.fixture
def provider(requests: Path) -> Callable[..., str]:
    """A provider as a process is told of it; free unless it has a price, in micro-USD as its worst case."""

    def told(price: int = 0, worst: int = 0, *, errs: bool = False) -> str:
        return json.dumps({"requests": str(requests), "price": price, "worst": worst, "errs": errs})

    return told


@pytest.fixture
def found(installation: Installation) -> Callable[[str, int], None]:
    """A new tenant, where scout has a memory, and a ledger of so many grants of 1 USD beside the tenant's of one."""

    def tenant(name: str, grants: int) -> None:
        given = {
            agent_scope("scout"): [CreditGranted(grant_id=f"g{n}", amount=1_000_000, reason="") for n in range(grants)],
            TENANT_SCOPE: [CreditGranted(grant_id="g", amount=500_000_000, reason="")],
        }
        installation.ports.log.append(
            [Appending(ledger_stream(name, scope), EMPTY_STREAM, facts, "g") for scope, facts in given.items()]
        )
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        installation.memories.remember(
            [Memory(memory_id="m1", tenant=name, agent_id="scout", text="fetch it by night", created_at=moment)]
        )

    return tenant


@pytest.fixture
def facts(installation: Installation) -> Callable[[str, str], list[Any]]:
    """Each event of a tenant's stream, field by field, without ids that differ by tenant and without times."""

    def told(tenant: str, stream: str) -> list[Any]:
        return [
            {"version": item.version, "name": item.name, **_comparable(item.fact)}
            for item in installation.ports.log.read(f"{tenant}/{stream}")
        ]

    return told


@pytest.fixture
def comparable() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A result as a process printed it, without ids that differ by tenant and without times."""
    return lambda result: {name: value for name, value in result.items() if name not in IDS_AND_TIMES}


def _comparable(fact: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = fact.model_dump(mode="json")
    return {name: value for name, value in dumped.items() if name not in IDS_AND_TIMES}
