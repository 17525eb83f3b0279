"""Runs and what `status` shows of a merchant."""

from __future__ import annotations

from datetime import timedelta

from state import Lease, OrderState, Run, RunOutcome, StateStore
from tests.state.make import HOUR, NOW, claim, quarantined, ready

MINUTE = timedelta(minutes=1)


def test_a_run_is_open_until_it_is_finished(store: StateStore) -> None:
    run_id = store.start_run("acme", "poll", now=NOW)
    opened = store.runs("acme", limit=5)

    store.finish_run(
        run_id,
        RunOutcome.TRANSIENT,
        now=NOW + MINUTE,
        counts={"seen": 3, "ready": 1},
        problem="The shop does not answer.",
        retry_at=NOW + HOUR,
    )

    assert opened == (Run(run_id, "acme", "poll", NOW),)
    assert store.runs("acme", limit=5) == (
        Run(
            run_id,
            "acme",
            "poll",
            NOW,
            NOW + MINUTE,
            RunOutcome.TRANSIENT,
            {"seen": 3, "ready": 1},
            "The shop does not answer.",
            NOW + HOUR,
        ),
    )


def test_runs_come_newest_first_and_of_one_subject(store: StateStore) -> None:
    ids = [store.start_run("acme", "poll", now=NOW) for _ in range(3)]
    store.start_run("bolt", "poll", now=NOW)

    assert [run.id for run in store.runs("acme", limit=2)] == [ids[2], ids[1]]


def test_old_runs_are_forgotten_but_never_the_last_success(store: StateStore) -> None:
    success = store.start_run("acme", "poll", now=NOW)
    store.finish_run(success, RunOutcome.DONE, now=NOW, counts={})
    for minute in range(600):
        run_id = store.start_run("acme", "poll", now=NOW + minute * MINUTE)
        store.finish_run(run_id, RunOutcome.CREDENTIALS, now=NOW + minute * MINUTE, counts={})

    kept = store.runs("acme", limit=1000)

    assert len(kept) == 501
    assert kept[-1].id == success
    assert store.merchant_state("acme").last_success_at == NOW


def test_an_unknown_merchant_has_an_empty_state(store: StateStore) -> None:
    state = store.merchant_state("nobody")

    assert dict(state.orders) == dict.fromkeys(OrderState, 0)
    assert state.watermark is None
    assert state.oldest_pending_at is None
    assert state.last_run is None
    assert state.last_success_at is None
    assert state.quarantined == {}


def test_the_outbox_is_as_old_as_its_oldest_order(store: StateStore, lease: Lease) -> None:
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    store.record_page(lease, "acme", [ready("2")], now=NOW + MINUTE)
    claim(store, lease, limit=1)

    assert store.merchant_state("acme").oldest_pending_at == NOW


def test_the_ten_most_frequent_reasons_of_quarantine_come_in_order(
    store: StateStore, lease: Lease
) -> None:
    page = [
        quarantined(f"{reason}.{number}", f"reason {reason:02}")
        for reason in range(1, 13)
        for number in range(reason)
    ]
    store.record_page(lease, "acme", page, now=NOW)

    found = store.merchant_state("acme").quarantined

    assert list(found.items()) == [(f"reason {n:02}", n) for n in range(12, 2, -1)]
