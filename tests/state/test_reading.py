"""Pages become durable: decisions, watermark and backfill in one transaction (R1, R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from state import Counts, Decision, Lease, OrderState, StateError, StateStore, Verdict
from tests.state.make import (
    HOUR,
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

PENDING, DELIVERED = OrderState.PENDING, OrderState.DELIVERED
WAITING, SKIPPED, QUARANTINED = OrderState.WAITING, OrderState.SKIPPED, OrderState.QUARANTINED


def record(store: StateStore, lease: Lease, *decisions: Decision, resend: bool = False) -> Counts:
    return store.record_page(lease, "acme", decisions, now=NOW, resend_on_change=resend)


def test_a_page_counts_each_order_once_and_the_sum_is_what_was_seen(
    store: StateStore, lease: Lease
) -> None:
    page = [ready("1"), ready("2"), waiting("3"), skipped("4"), quarantined("5")]

    counts = record(store, lease, *page)

    assert counts == Counts(seen=5, ready=2, waiting=1, skipped=1, quarantined=1)
    assert filled(store) == {PENDING: 2, WAITING: 1, SKIPPED: 1, QUARANTINED: 1}


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(ready("1"), id="pending"),
        pytest.param(waiting("1"), id="waiting"),
        pytest.param(skipped("1"), id="skipped"),
        pytest.param(quarantined("1"), id="quarantined"),
    ],
)
def test_the_same_decision_again_is_unchanged(
    store: StateStore, lease: Lease, decision: Decision
) -> None:
    record(store, lease, decision)
    before = store.merchant_state("acme")

    assert record(store, lease, decision) == Counts(seen=1, unchanged=1)
    assert store.merchant_state("acme") == before


@pytest.mark.parametrize(
    ("first", "second", "counted"),
    [
        pytest.param(waiting("1"), ready("1"), Counts(seen=1, ready=1), id="tracking came"),
        pytest.param(ready("1"), ready("1", 2), Counts(seen=1, ready=1), id="edited"),
        pytest.param(ready("1"), skipped("1"), Counts(seen=1, skipped=1), id="cancelled"),
        pytest.param(skipped("1"), ready("1"), Counts(seen=1, ready=1), id="shipped after all"),
        pytest.param(
            skipped("1"), skipped("1", "refunded"), Counts(seen=1, skipped=1), id="other reason"
        ),
        pytest.param(quarantined("1"), ready("1"), Counts(seen=1, ready=1), id="repaired"),
        pytest.param(ready("1"), quarantined("1"), Counts(seen=1, quarantined=1), id="broken"),
    ],
)
def test_a_new_decision_replaces_the_old_one(
    store: StateStore, lease: Lease, first: Decision, second: Decision, counted: Counts
) -> None:
    record(store, lease, first)

    assert record(store, lease, second) == counted
    assert filled(store) == {second.state: 1}
    assert store.known("acme", ["1"]) == {"1": second.fingerprint}


def test_the_newest_payload_of_an_edited_order_is_pushed(store: StateStore, lease: Lease) -> None:
    record(store, lease, ready("1", 1))
    record(store, lease, ready("1", 2))

    (claimed,) = claim(store, lease)

    assert claimed.payload == b'{"id": "1", "version": 2}'
    assert claimed.fingerprint == "1/2"


@pytest.mark.parametrize(
    ("page", "state"),
    [
        pytest.param([ready("1"), skipped("1")], SKIPPED, id="cancelled while we read"),
        pytest.param([waiting("1"), ready("1")], PENDING, id="shipped while we read"),
    ],
)
def test_of_an_order_twice_in_a_page_the_later_decision_counts(
    store: StateStore, lease: Lease, page: Sequence[Decision], state: OrderState
) -> None:
    counts = record(store, lease, *page)

    assert counts.seen == 2
    assert filled(store) == {state: 1}


def test_the_same_order_twice_in_a_page_is_new_once_and_unchanged_once(
    store: StateStore, lease: Lease
) -> None:
    assert record(store, lease, ready("1"), ready("1")) == Counts(seen=2, ready=1, unchanged=1)


def test_equal_ids_of_two_merchants_are_two_orders(store: StateStore, lease: Lease) -> None:
    record(store, lease, ready("1"))
    store.record_page(lease, "bolt", [ready("1", 7)], now=NOW)

    assert store.known("acme", ["1"]) == {"1": "1/1"}
    assert store.known("bolt", ["1"]) == {"1": "1/7"}


def test_known_names_only_what_the_ledger_holds(store: StateStore, lease: Lease) -> None:
    record(store, lease, ready("1"), skipped("2"))

    assert store.known("acme", ["1", "2", "3"]) == {"1": "1/1", "2": None}


# delivered orders ------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "changed"),
    [
        pytest.param(ready("1", 1), 0, id="the same"),
        pytest.param(ready("1", 2), 1, id="edited"),
        pytest.param(skipped("1"), 0, id="cancelled"),
        pytest.param(quarantined("1"), 0, id="cannot be mapped any more"),
    ],
)
def test_a_delivered_order_stays_delivered(
    store: StateStore, lease: Lease, decision: Decision, changed: int
) -> None:
    record(store, lease, ready("1"))
    deliver(store, lease)

    assert record(store, lease, decision) == Counts(seen=1, unchanged=1, changed=changed)
    assert filled(store) == {DELIVERED: 1}
    assert store.known("acme", ["1"]) == {"1": "1/1"}
    assert claim(store, lease) == ()


def test_a_changed_delivered_order_is_sent_again_where_policy_says_so(
    store: StateStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))
    deliver(store, lease)

    assert record(store, lease, ready("1", 2), resend=True) == Counts(seen=1, ready=1)
    (claimed,) = claim(store, lease)
    assert (claimed.fingerprint, claimed.again) == ("1/2", False)


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(ready("1", 1), id="edited back"),
        pytest.param(skipped("1"), id="cancelled"),
    ],
)
def test_an_order_to_be_sent_again_falls_back_to_delivered_when_that_is_pointless(
    store: StateStore, lease: Lease, decision: Decision
) -> None:
    record(store, lease, ready("1"))
    deliver(store, lease)
    record(store, lease, ready("1", 2), resend=True)

    assert record(store, lease, decision, resend=True) == Counts(seen=1, unchanged=1)
    assert filled(store) == {DELIVERED: 1}
    assert store.known("acme", ["1"]) == {"1": "1/1"}


# refused orders --------------------------------------------------------


def test_a_refused_order_stays_in_quarantine_until_it_changes(
    store: StateStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))
    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="postCode: invalid")

    assert record(store, lease, ready("1")) == Counts(seen=1, unchanged=1)
    assert store.merchant_state("acme").quarantined == {"postCode: invalid": 1}
    assert record(store, lease, ready("1", 2)) == Counts(seen=1, ready=1)
    assert filled(store) == {PENDING: 1}


# waiting orders --------------------------------------------------------


def test_the_longest_waiting_order_comes_first(store: StateStore, lease: Lease) -> None:
    for minute, order_id in enumerate(["9", "3", "5"]):
        at = NOW + timedelta(minutes=minute)
        store.record_page(lease, "acme", [waiting(order_id)], now=at)
    record(store, lease, ready("3"))

    assert store.waiting("acme") == ("9", "5")


def test_a_waiting_order_does_not_wait_anew_when_it_is_read_again(
    store: StateStore, lease: Lease
) -> None:
    record(store, lease, waiting("1", NOW + HOUR))

    assert record(store, lease, waiting("1", NOW + 2 * HOUR)) == Counts(seen=1, unchanged=1)
    assert record(store, lease, waiting("1", NOW)) == Counts(seen=1, unchanged=1)
    assert store.waiting("acme") == ("1",)


# the watermark ---------------------------------------------------------


def test_a_merchant_has_no_watermark_before_its_first_window(
    store: StateStore, lease: Lease
) -> None:
    record(store, lease, ready("1"))

    assert store.watermark("acme") is None


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        pytest.param([NOW], NOW, id="first"),
        pytest.param([NOW, NOW + HOUR], NOW + HOUR, id="forward"),
        pytest.param([NOW, NOW - HOUR], NOW, id="never back"),
        pytest.param([NOW, NOW - timedelta(microseconds=1)], NOW, id="not by a microsecond"),
    ],
)
def test_the_watermark_only_moves_forward(
    store: StateStore, lease: Lease, moves: Sequence[datetime], expected: datetime
) -> None:
    for at in moves:
        store.record_page(lease, "acme", [], now=NOW, watermark=at)

    assert store.watermark("acme") == expected
    assert store.watermark("bolt") is None


def test_an_instant_without_a_time_zone_is_refused(store: StateStore, lease: Lease) -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        store.record_page(lease, "acme", [ready("1")], now=NOW, watermark=datetime(2026, 1, 1))  # noqa: DTZ001 - the point

    assert filled(store) == {}


def test_an_unsound_decision_changes_nothing(store: StateStore, lease: Lease) -> None:
    unsound = replace(ready("2"), payload=None)

    with pytest.raises(ValueError, match="order 2: "):
        store.record_page(lease, "acme", [ready("1"), unsound], now=NOW, watermark=NOW)

    assert filled(store) == {}
    assert store.watermark("acme") is None


# backfills -------------------------------------------------------------


def test_an_unfinished_backfill_resumes_where_it_was(store: StateStore, lease: Lease) -> None:
    window = (NOW - 10 * HOUR, NOW)
    begun = store.open_backfill("acme", *window, now=NOW)
    half = replace(begun, done_until=NOW - 5 * HOUR)
    back = replace(begun, done_until=NOW - 7 * HOUR)

    for step in (half, back):
        store.record_page(lease, "acme", [], now=NOW, backfill=step)

    assert begun.done_until == NOW - 10 * HOUR
    assert store.open_backfill("acme", *window, now=NOW) == half
    assert store.watermark("acme") is None


def test_another_window_is_another_backfill(store: StateStore) -> None:
    first = store.open_backfill("acme", NOW - 2 * HOUR, NOW, now=NOW)
    second = store.open_backfill("acme", NOW - 3 * HOUR, NOW, now=NOW)

    assert second.id != first.id


def test_an_open_ended_backfill_is_found_again_by_its_beginning(store: StateStore) -> None:
    begun = store.open_backfill("acme", NOW - HOUR, NOW, now=NOW, open_ended=True)

    later = store.open_backfill("acme", NOW - HOUR, NOW + HOUR, now=NOW, open_ended=True)
    exact = store.open_backfill("acme", NOW - HOUR, NOW + HOUR, now=NOW)

    assert later == begun
    assert exact.id != begun.id


def test_a_finished_backfill_begins_anew_and_takes_no_more_progress(
    store: StateStore, lease: Lease
) -> None:
    window = (NOW - HOUR, NOW)
    backfill = replace(store.open_backfill("acme", *window, now=NOW), done_until=NOW)
    store.record_page(lease, "acme", [], now=NOW, backfill=backfill)
    store.close_backfill(backfill, now=NOW)

    with pytest.raises(StateError, match="already finished; nothing was changed"):
        store.record_page(lease, "acme", [ready("1")], now=NOW, backfill=backfill)

    assert filled(store) == {}
    assert store.open_backfill("acme", *window, now=NOW).done_until == NOW - HOUR


def test_a_merchant_is_first_seen_once(store: StateStore) -> None:
    first = store.first_seen("acme", now=NOW)
    again = store.first_seen("acme", now=NOW + HOUR)

    assert (first, again) == (NOW, NOW)
    assert store.first_seen("bolt", now=NOW + HOUR) == NOW + HOUR
    assert store.watermark("acme") is None
