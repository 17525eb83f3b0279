"""What is old is deleted, and never what still protects from sending an order twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from state import (
    Decision,
    Forgotten,
    Lease,
    OperatorStore,
    OrderState,
    RunOutcome,
    Standing,
    StateStore,
    Verdict,
)
from tests.state.make import (
    NOW,
    claim,
    deliver,
    filled,
    quarantined,
    ready,
    settle,
    skipped,
    waiting,
)

DAY = timedelta(days=1)
KEEP = 120 * DAY


def forget(
    store: StateStore, now: datetime, *, keep_quarantined: timedelta = 90 * DAY, limit: int = 1000
) -> Forgotten:
    return store.forget(now=now, keep_orders=KEEP, keep_quarantined=keep_quarantined, limit=limit)


def time_goes_on(store: StateStore, lease: Lease, now: datetime) -> None:
    """Another order of today: that is how the shops' own time is known."""
    today = replace(skipped("today"), modified_at=now)
    store.record_page(lease, "other", [today], now=now)


def put(store: StateStore, lease: Lease, *decisions: Decision) -> None:
    store.record_page(lease, "acme", decisions, now=NOW)


def test_a_delivered_order_is_kept_for_its_time_and_then_forgotten(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, ready("1", created_at=NOW - 5 * DAY))
    deliver(store, lease)
    time_goes_on(store, lease, NOW + 200 * DAY)

    # delivered five days after it was created: the later one counts
    before = forget(store, NOW + 119 * DAY)
    after = forget(store, NOW + 121 * DAY)

    assert (before.orders, after.orders) == (0, 1)
    assert store.known("acme", ["1"]) == {}


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(skipped("1"), id="skipped"),
        pytest.param(quarantined("1"), id="quarantined"),
        pytest.param(waiting("1"), id="waiting, of a merchant that is no longer polled"),
        pytest.param(ready("1"), id="pending, of a merchant that is gone"),
    ],
)
def test_every_other_order_is_forgotten_too(
    store: StateStore, lease: Lease, decision: Decision
) -> None:
    put(store, lease, decision)
    time_goes_on(store, lease, NOW + 121 * DAY)

    assert forget(store, NOW + 121 * DAY).orders == 1


def test_a_clock_that_is_years_ahead_forgets_nothing_that_was_sent(
    store: StateStore, lease: Lease
) -> None:
    """Only the shops tell how late it is; else everything would be sent again."""
    put(store, lease, ready("1"))
    deliver(store, lease)

    assert forget(store, NOW + 3650 * DAY).orders == 0
    assert filled(store) == {OrderState.DELIVERED: 1}


def test_an_order_that_was_decided_anew_lately_is_kept(store: StateStore, lease: Lease) -> None:
    put(store, lease, quarantined("1"))
    later = NOW + 100 * DAY
    store.record_page(lease, "acme", [skipped("1")], now=later)
    time_goes_on(store, lease, later + 30 * DAY)

    assert forget(store, later + 30 * DAY).orders == 0


def test_the_payload_of_a_quarantined_order_is_erased_and_its_reason_kept(
    store: OperatorStore, lease: Lease
) -> None:
    put(store, lease, ready("1"))
    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="country: unknown")

    before = forget(store, NOW + 89 * DAY)
    after = forget(store, NOW + 91 * DAY)

    assert (before.payloads, after.payloads) == (0, 1)
    kept = store.order("acme", "1")
    assert kept is not None
    assert (kept.state, kept.reason, kept.kept) == (
        OrderState.QUARANTINED,
        "country: unknown",
        False,
    )
    # it cannot be sent as it was: the next reading decides
    assert store.retry("acme", ["1"], now=NOW) == ()


def test_an_order_waiting_to_be_sent_keeps_its_payload(store: StateStore, lease: Lease) -> None:
    put(store, lease, ready("1"))

    assert forget(store, NOW + 91 * DAY).payloads == 0
    assert [one.order_id for one in claim(store, lease)] == ["1"]


def test_runs_and_abandoned_backfills_are_kept_for_90_days(store: StateStore) -> None:
    store.start_run("acme", "poll", now=NOW)
    store.open_backfill("acme", NOW - DAY, NOW, now=NOW)

    before = forget(store, NOW + 89 * DAY)
    after = forget(store, NOW + 91 * DAY)

    assert (before.runs, after.runs) == (0, 2)
    assert store.runs("acme", limit=1) == ()


def test_a_limit_keeps_each_transaction_short(store: StateStore, lease: Lease) -> None:
    put(store, lease, *(skipped(str(number)) for number in range(25)))
    time_goes_on(store, lease, NOW + 121 * DAY)

    steps = [forget(store, NOW + 121 * DAY, limit=10).orders for _ in range(4)]

    assert steps == [10, 10, 5, 0]


# what sweeps need to know ----------------------------------------------


def test_where_orders_stand_is_told_with_the_version_that_was_read(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, replace(ready("1"), cautions=("untracked: x",)), skipped("2"))

    assert store.standings("acme", ["1", "2", "3"]) == {
        "1": Standing(OrderState.PENDING, NOW, None, ("untracked: x",)),
        "2": Standing(OrderState.SKIPPED, None, "cancelled"),
    }


def test_a_version_that_changes_nothing_is_remembered_as_read(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, ready("1"))
    deliver(store, lease)
    put(store, lease, replace(ready("1"), modified_at=NOW + DAY))

    assert store.standings("acme", ["1"])["1"] == Standing(OrderState.DELIVERED, NOW + DAY)


def test_the_last_run_of_a_kind_is_found_among_the_others(store: StateStore) -> None:
    first = store.start_run("acme", "sweep", now=NOW)
    store.finish_run(first, RunOutcome.DONE, now=NOW, counts={"compared": 9})
    second = store.start_run("acme", "sweep", now=NOW + DAY)
    store.finish_run(second, RunOutcome.TRANSIENT, now=NOW + DAY, counts={}, problem="x")
    store.start_run("acme", "poll", now=NOW + 2 * DAY)

    last, done = store.last_run("acme", "sweep"), store.last_run("acme", "sweep", done=True)

    assert last is not None
    assert done is not None
    assert (last.id, done.id, done.counts) == (second, first, {"compared": 9})
    assert store.last_run("bolt", "sweep") is None


def test_where_reading_began_is_the_earliest_window(store: StateStore, lease: Lease) -> None:
    assert store.reads_since("acme") is None

    for since, until in ((-7, -1), (-2, 0), (-30, 1)):
        store.record_page(
            lease, "acme", [], now=NOW, watermark=NOW + until * DAY, since=NOW + since * DAY
        )

    assert store.reads_since("acme") == NOW - 30 * DAY


@pytest.mark.parametrize(
    ("at", "since"),
    [
        pytest.param(NOW - DAY, NOW - DAY, id="forward leaves out what lies before"),
        pytest.param(NOW - 20 * DAY, NOW - 20 * DAY, id="back reads more"),
        pytest.param(NOW - 5 * DAY, NOW - 7 * DAY, id="back within what was read"),
    ],
)
def test_a_watermark_set_by_hand_says_what_is_left_out(
    store: OperatorStore, lease: Lease, at: datetime, since: datetime
) -> None:
    store.record_page(lease, "acme", [], now=NOW, watermark=NOW - 2 * DAY, since=NOW - 7 * DAY)

    store.set_watermark(lease, "acme", at, now=NOW, by="tester")

    assert store.reads_since("acme") == since


# clocks ----------------------------------------------------------------


@pytest.mark.parametrize("back", [timedelta(hours=1), DAY], ids=["an hour", "a day"])
def test_a_lease_taken_by_a_clock_that_was_ahead_is_not_waited_for(
    store: StateStore, back: timedelta
) -> None:
    store.acquire("acme", "killed", now=NOW + back, ttl=timedelta(minutes=5))

    lease = store.acquire("acme", "successor", now=NOW, ttl=timedelta(minutes=5))

    assert lease.generation == 2


def test_an_order_skipped_by_a_clock_that_was_ahead_is_ready_when_it_is_read_again(
    store: StateStore, lease: Lease
) -> None:
    order = ready("1", created_at=NOW - 59 * DAY)
    put(store, lease, order)
    ahead = NOW + 2 * DAY
    store.expire(["acme"], created_before=ahead - 60 * DAY, now=ahead)
    skipped_then = filled(store)

    put(store, lease, order)

    assert skipped_then == {OrderState.SKIPPED: 1}
    assert filled(store) == {OrderState.PENDING: 1}
