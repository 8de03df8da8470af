"""Somebody who may do anything with the tables damages the record: it is found, and the first broken event is named."""

from datetime import timedelta
from typing import Any

import pytest

from planfold.application.audit import Auditor
from planfold.application.audit_all import audit_all

Store = Any
RUN, LEDGER = "default/run/reported", "default/ledger/agent:scout"


def first(store: Store, tenant: str = "default") -> tuple[str, int, str]:
    found = store.audit(tenant)
    assert found.holds is False
    assert found.first_broken is not None
    return (found.first_broken.stream, found.first_broken.version, found.first_broken.sentence)


def version_of(store: Store, stream: str, name: str, hold_id: str | None = None) -> int:
    (found,) = [
        row["version"]
        for row in store.stream(stream)
        if row["topic"] == name and hold_id in {None, row["envelope"]["body"].get("hold_id")}
    ]
    assert isinstance(found, int)
    return found


def test_an_event_that_was_removed_is_missed_at_the_next_one(store: Store) -> None:
    store.remove(RUN, [3])

    assert (RUN, 4, f"version 3 of {RUN} is missing") == first(store)


def test_an_altered_event_is_betrayed_by_the_next_one(store: Store) -> None:
    [*_, drafted, _, _, _] = store.stream(RUN)
    store.write(RUN, 3, drafted["envelope"] | {"actor": "mallory"})

    stream, version, sentence = first(store)

    assert (RUN, 4) == (stream, version)
    assert sentence.startswith("it follows ")


def test_events_that_changed_places_are_out_of_order(store: Store) -> None:
    _, second, third, *_ = store.stream(RUN)
    store.write(RUN, 2, third["envelope"])
    store.write(RUN, 3, second["envelope"])

    assert (RUN, 2) == first(store)[:2]


def test_positions_that_changed_places_are_out_of_order(store: Store) -> None:
    _, second, third, *_ = store.stream(RUN)
    for version, position in ((2, -1), (3, second["position"]), (2, third["position"])):
        store.sql(
            "UPDATE planfold.stored_events SET notification_id = %s"
            " WHERE originator_id = %s AND originator_version = %s",
            position,
            RUN,
            version,
        )

    assert (RUN, 3, f"version 2 of {RUN} is missing") == first(store)


def test_an_event_that_stands_twice_is_named(store: Store) -> None:
    report = store.stream(RUN)[-1]
    store.insert(RUN, report["version"] + 1, report["envelope"])

    assert (RUN, report["version"] + 1) == first(store)[:2]


def test_an_event_that_stands_twice_is_named_though_the_chain_was_mended(store: Store) -> None:
    version = store.append(RUN, store.stream(RUN)[-1]["envelope"])

    assert (RUN, version, "it came after the end") == first(store)


@pytest.mark.parametrize("stream", [RUN, LEDGER])
def test_a_body_that_was_cut_is_named_and_the_rest_is_audited_all_the_same(store: Store, stream: str) -> None:
    whole = store.audit()
    store.sql(
        "UPDATE planfold.stored_events SET state = substring(state FROM 1 FOR 200)"
        " WHERE originator_id = %s AND originator_version = 3",
        stream,
    )

    found = store.audit()

    assert [stream] == [each.stream for each in found.not_holding]
    assert (stream, 3) == (found.first_broken.stream, found.first_broken.version)
    assert found.first_broken.sentence.startswith("cannot read event 3 ")
    assert whole.runs == found.runs


def test_a_time_is_found_in_the_log_past_what_cannot_be_read(store: Store) -> None:
    history = store.ports.history
    newest, times = history.newest(), [item.recorded_at for item in history.events("default", 0, history.newest())]
    store.sql(
        "UPDATE planfold.stored_events SET state = substring(state FROM 1 FOR 20)"
        " WHERE notification_id > %s AND notification_id <= %s",
        newest // 2,
        newest // 2 + 3,
    )

    assert (0, newest) == (history.before(min(times)), history.before(max(times) + timedelta(days=1)))
    assert not audit_all(store.ports, since=max(times)).broken


def test_a_result_that_was_altered_is_named_with_what_differs(store: Store) -> None:
    store.sql(
        "UPDATE planfold.results SET result = jsonb_set(result, '{outcome}', '\"invalid\"') WHERE run_id = 'reported'"
    )

    sentence = "queries are shown something else than the events say, in result.outcome"
    assert (RUN, len(store.stream(RUN)), sentence) == first(store)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("agent_id", "nobody"),
        ("goal", "another"),
        ("outcome", "invalid"),
        ("planner", "another"),
        ("codes", ["EMPTY_PLAN"]),
        ("started_at", "2020-01-01T00:00:00Z"),
        ("started_position", 1),
        ("position", 1),
        ("drafts", []),
        ("result", {}),
    ],
)
def test_what_stands_beside_a_result_is_compared_too(store: Store, column: str, value: object) -> None:
    store.change_row("results", column, value)

    assert RUN == first(store)[0]


@pytest.mark.parametrize(("column", "value"), [("state", {"opened": True}), ("version", 2), ("position", 1)])
def test_the_row_of_a_ledger_that_was_altered_is_named(store: Store, column: str, value: object) -> None:
    store.change_row("ledger_status", column, value)

    assert LEDGER == first(store)[0]


def test_a_row_that_was_removed_is_missed_where_the_projection_has_passed_it(store: Store) -> None:
    store.sql("DELETE FROM planfold.results WHERE run_id = 'reported'")

    stream, version, sentence = first(store)

    assert (RUN, 1) == (stream, version)
    assert sentence.startswith("queries are not shown it, though all events up to position ")


def test_a_row_that_is_not_there_yet_is_no_damage_and_counted(store: Store) -> None:
    started = store.stream(RUN)[0]["position"]
    store.sql("UPDATE planfold.tracking SET notification_id = %s WHERE application_name = 'results:1'", started - 1)
    store.sql("DELETE FROM planfold.results WHERE started_position >= %s AND tenant = 'default'", started)

    found = store.audit()

    assert (True, 0) == (found.holds, found.broken)
    assert 0 < found.rows_behind < found.runs


def test_a_parked_stream_is_told_and_no_damage(store: Store) -> None:
    last = store.stream(RUN)[-1]
    store.sql(
        "INSERT INTO planfold.parked (tenant, stream, projection, build, version, position, reason)"
        " VALUES ('default', %s, 'results', 1, 1, %s, 'poison')",
        RUN,
        last["position"],
    )
    store.sql("DELETE FROM planfold.results WHERE run_id = 'reported'")

    found = store.audit()

    assert (True, 3) == (found.holds, found.remarks)
    assert "reported" in {remark.run_id for remark in found.remarked}


@pytest.mark.parametrize("mended", [False, True])
def test_a_hold_that_was_removed_is_missed(store: Store, *, mended: bool) -> None:
    version = version_of(store, LEDGER, "CreditHeld", "reported/execution")
    store.remove(LEDGER, [version])
    if mended:
        store.close_gap(LEDGER, version)

    told = [problem.sentence for each in store.audit().not_holding for problem in each.problems]

    assert f"its hold reported/execution is missing in {LEDGER}" in told


@pytest.mark.parametrize("kind", ["manifest", "rules", "prompt"])
def test_an_artifact_that_was_altered_is_named(store: Store, kind: str) -> None:
    store.sql("UPDATE planfold.artifacts SET body = body || ' ' WHERE kind = %s", kind)

    _, _, sentence = first(store)

    assert sentence.endswith(" is altered")


@pytest.mark.parametrize("kind", ["manifest", "rules"])
def test_an_artifact_that_was_removed_is_named(store: Store, kind: str) -> None:
    store.sql("DELETE FROM planfold.artifacts WHERE kind = %s", kind)

    assert first(store)[2].endswith(" is missing")


def test_a_prompt_that_nobody_kept_is_told_and_no_damage(store: Store) -> None:
    store.sql("DELETE FROM planfold.artifacts WHERE kind = 'prompt'")

    found = store.audit()

    assert found.holds
    assert any(remark.sentence.endswith(" is missing") for remark in found.remarked)


@pytest.mark.parametrize("name", ["MemoryRetrieved", "CreditGranted"])
def test_a_foreign_event_in_a_run_is_named(store: Store, name: str) -> None:
    _, _, envelope = next(store.named(name))
    version = store.append(RUN, envelope)

    assert (RUN, version) == first(store)[:2]


def test_a_foreign_event_in_a_ledger_is_named(store: Store) -> None:
    _, _, envelope = next(store.named("MemoryRetrieved"))
    version = store.append(LEDGER, envelope)

    assert (LEDGER, version, "it does not belong into a ledger") == first(store)


@pytest.mark.parametrize("stream", ["default/walk/x", "default/run/ x", "default/ledger/nobody:x", "default/run/a/b"])
def test_an_event_in_a_stream_that_cannot_be_is_named(store: Store, stream: str) -> None:
    _, _, envelope = next(store.named("ContextBuilt"))
    store.insert(stream, 1, envelope)

    assert (stream, 1) == first(store)[:2]


@pytest.mark.parametrize("stream", [RUN, LEDGER])
def test_a_head_that_was_cut_off_is_missed(store: Store, stream: str) -> None:
    store.remove(stream, [1, 2])

    told = [problem.sentence for each in store.audit().not_holding for problem in each.problems]

    assert f"version 1 of {stream} is missing" in told


def test_a_time_that_was_moved_is_named(store: Store) -> None:
    third = store.stream(RUN)[2]
    store.write(RUN, 3, third["envelope"] | {"recorded_at": "2030-01-01T00:00:00.000000+00:00"})
    store.mend_chain(RUN)

    assert (RUN, 4, "it was recorded before the event that it follows") == first(store)


def test_a_run_with_a_hold_that_was_removed_whole_is_missed_by_its_ledger(store: Store) -> None:
    whole = store.audit()
    store.remove(RUN)
    store.sql("DELETE FROM planfold.results WHERE run_id = 'reported'")
    version = version_of(store, LEDGER, "CreditHeld", "reported/execution")

    assert (LEDGER, version, "it holds reported/execution, and run reported has no event") == first(store)
    found = store.audit()
    assert (whole.runs - 1, whole.runs - 1, 1) == (found.runs, found.ok, found.broken)


@pytest.mark.parametrize("stream", ["default/run/free", "default/ledger/agent:nobody2"])
def test_what_was_removed_whole_is_betrayed_by_its_row(store: Store, stream: str) -> None:
    if stream.endswith("2"):
        store.sql("INSERT INTO planfold.ledger_status VALUES ('default', 'agent:nobody2', 1, 1, 1, '{}')")
    store.remove(stream)

    assert (stream, 1, "queries are shown what its events made, and there is no event") == first(store)


@pytest.mark.parametrize(("stream", "left"), [(RUN, 5), ("default/run/free", 2), (LEDGER, 40)])
def test_a_tail_that_was_cut_off_is_betrayed_by_what_queries_are_shown(store: Store, stream: str, left: int) -> None:
    cut = [row["version"] for row in store.stream(stream)][left:]
    assert cut
    store.remove(stream, cut)

    told = {
        problem.sentence for each in store.audit().not_holding for problem in each.problems if problem.stream == stream
    }

    assert any("and after this one there is none" in sentence for sentence in told)


def test_a_settlement_that_stands_twice_is_named(store: Store) -> None:
    settled = version_of(store, LEDGER, "HoldSettled", "reported/execution")
    (envelope,) = [row["envelope"] for row in store.stream(LEDGER) if row["version"] == settled]
    version = store.append(LEDGER, envelope)

    stream, at, sentence = first(store)

    assert (LEDGER, version, "it settles reported/execution, which was settled before") == (stream, at, sentence)


def test_a_hold_that_is_given_back_after_it_was_settled_is_named(store: Store) -> None:
    released = version_of(store, LEDGER, "HoldReleased", "released/execution")
    (envelope,) = [row["envelope"] for row in store.stream(LEDGER) if row["version"] == released]
    body = envelope["body"] | {"hold_id": "reported/execution"}
    version = store.append(LEDGER, envelope | {"body": body})

    assert (LEDGER, version, "reported/execution is not held") == first(store)


def test_a_topic_that_is_not_the_events_name_is_named(store: Store) -> None:
    store.sql(
        "UPDATE planfold.stored_events SET topic = 'PlanDrafted' WHERE originator_id = %s AND originator_version = 2",
        RUN,
    )

    assert (RUN, 2) == first(store)[:2]


def test_more_credit_than_was_granted_is_betrayed_by_the_decisions_after_it(store: Store) -> None:
    granted = store.stream(LEDGER)[0]["envelope"]
    store.write(LEDGER, 1, granted | {"body": granted["body"] | {"amount": 900_000_000}})
    store.mend_chain(LEDGER)
    store.sql("DELETE FROM planfold.ledger_status")
    store.sql("UPDATE planfold.tracking SET notification_id = 0 WHERE application_name = 'ledgers:1'")

    stream, _, sentence = first(store)

    assert stream == "default/run/open"
    assert sentence.startswith(f"{LEDGER} did not have 100000000 micro-USD at version 1")


def test_gaps_in_positions_are_no_damage(store: Store) -> None:
    store.sql("UPDATE planfold.stored_events SET notification_id = notification_id * 3 + 1000000")  # beyond all others
    store.sql("DELETE FROM planfold.results")
    store.sql("DELETE FROM planfold.ledger_status")
    store.sql("UPDATE planfold.tracking SET notification_id = 0")

    assert store.audit().holds


def test_damage_elsewhere_is_no_problem_of_a_run_by_itself(store: Store) -> None:
    store.remove("default/run/retried", [4])

    assert Auditor(store.ports).audit("reported").holds
    assert not Auditor(store.ports).audit("retried").holds


def test_a_run_without_holds_that_was_removed_with_its_row_is_not_missed(store: Store) -> None:
    store.remove("default/run/free")
    store.sql("DELETE FROM planfold.results WHERE run_id = 'free'")

    assert store.audit().holds
