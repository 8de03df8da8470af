"""What is kept beside the events: artifacts for ever, snapshots as a shortcut."""

from datetime import UTC, datetime

from planfold.application.ports import Artifacts, Snapshot, Snapshots
from planfold.domain.canonical import digest
from planfold.domain.recorded import Head

STREAM = "default/ledger/tenant"


def snapshot(version: int, fold_version: int = 1, state: bytes = b"{}") -> Snapshot:
    return Snapshot(Head(version, "a" * 64, datetime(2026, 1, 1, tzinfo=UTC)), fold_version, state)


def test_an_artifact_is_had_by_its_digest(artifacts: Artifacts) -> None:
    named = artifacts.put("default", "manifest", b"body")

    assert (digest(b"body"), b"body") == (named, artifacts.get("default", named))


def test_the_same_artifact_again_changes_nothing(artifacts: Artifacts) -> None:
    assert artifacts.put("default", "manifest", b"body") == artifacts.put("default", "manifest", b"body")


def test_one_tenant_does_not_see_anothers_artifacts(artifacts: Artifacts) -> None:
    named = artifacts.put("acme", "manifest", b"body")

    assert artifacts.get("other", named) is None


def test_an_unknown_artifact_is_none(artifacts: Artifacts) -> None:
    assert artifacts.get("default", "0" * 64) is None


def test_a_snapshot_is_loaded_as_it_was_saved(snapshots: Snapshots) -> None:
    snapshots.save(STREAM, snapshot(100))

    assert snapshot(100) == snapshots.load(STREAM)


def test_without_a_snapshot_there_is_none(snapshots: Snapshots) -> None:
    assert snapshots.load(STREAM) is None


def test_a_newer_snapshot_takes_the_place_of_an_older_one(snapshots: Snapshots) -> None:
    snapshots.save(STREAM, snapshot(100))
    snapshots.save(STREAM, snapshot(200))

    assert snapshot(200) == snapshots.load(STREAM)


def test_an_older_snapshot_that_arrives_late_changes_nothing(snapshots: Snapshots) -> None:
    snapshots.save(STREAM, snapshot(200))
    snapshots.save(STREAM, snapshot(100))

    assert snapshot(200) == snapshots.load(STREAM)


def test_a_snapshot_of_another_fold_takes_the_place_of_what_is_there(snapshots: Snapshots) -> None:
    snapshots.save(STREAM, snapshot(200, fold_version=1))
    snapshots.save(STREAM, snapshot(100, fold_version=2))

    assert snapshot(100, fold_version=2) == snapshots.load(STREAM)
