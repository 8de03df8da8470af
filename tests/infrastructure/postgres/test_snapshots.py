"""What the database keeps of a ledger: a snapshot of any size that it can come to."""

from datetime import UTC, datetime

from planfold.application.ledgers import SNAPSHOT_BYTES
from planfold.application.ports import Snapshot
from planfold.domain.recorded import Head
from planfold.infrastructure.postgres.artifacts import PostgresSnapshots
from planfold.infrastructure.postgres.connect import open_pool
from planfold.infrastructure.postgres.embedded import Endpoint


def test_the_largest_snapshot_that_is_made_is_kept(database: Endpoint) -> None:
    largest = Snapshot(Head(100, "a" * 64, datetime(2026, 1, 1, tzinfo=UTC)), 1, b"\xff" * SNAPSHOT_BYTES)

    with open_pool(database.app, size=1) as pool:
        snapshots = PostgresSnapshots(pool)
        snapshots.save("default/ledger/tenant", largest)

        assert largest == snapshots.load("default/ledger/tenant")
