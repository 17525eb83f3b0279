"""What operators do with quarantined orders, verb by verb (OperatorStore)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from state import Decision, Lease, OperatorStore, OrderState, Verdict
from tests.state.make import HOUR, NOW, body, claim, filled, quarantined, ready, settle, skipped

LATER = NOW + HOUR


def record(store: OperatorStore, lease: Lease, *decisions: Decision, resend: bool = False) -> None:
    store.record_page(lease, "acme", decisions, now=NOW, resend_on_change=resend)


def refuse(store: OperatorStore, lease: Lease, *order_ids: str) -> None:
    """Orders that At Last refused; their payloads are kept."""
    record(store, lease, *map(ready, order_ids))
    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="items: too many")


def ids(store: OperatorStore, *, reason: str = "", order_ids: Sequence[str] = ()) -> list[str]:
    found = store.quarantined("acme", reason=reason, order_ids=order_ids, limit=100)
    return [order.order_id for order in found]


def state_of(store: OperatorStore, order_id: str) -> tuple[OrderState, str | None]:
    order = store.order("acme", order_id)
    assert order is not None
    return order.state, order.reason


def test_an_order_is_shown_with_everything_the_ledger_knows(
    store: OperatorStore, lease: Lease
) -> None:
    refuse(store, lease, "1")

    order = store.order("acme", "1")

    assert order is not None
    assert (order.merchant, order.order_id, order.state) == ("acme", "1", OrderState.QUARANTINED)
    assert (order.reason, order.since_at) == ("items: too many", NOW)
    assert (order.created_at, order.modified_at) == (NOW - HOUR, NOW)
    assert (order.kept, order.payload, order.fingerprint) == (True, body("1"), "1/1")
    assert store.order("acme", "2") is None
    assert store.order("bolt", "1") is None


def test_the_quarantine_is_listed_without_payloads(store: OperatorStore, lease: Lease) -> None:
    refuse(store, lease, "1")
    record(store, lease, quarantined("2"), skipped("3"), ready("4"))

    listed = store.quarantined("acme", limit=10)

    assert [(order.order_id, order.kept, order.payload) for order in listed] == [
        ("1", True, None),
        ("2", False, None),
    ]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        pytest.param({}, ["1", "2", "3"], id="all"),
        pytest.param({"reason": "POSTCODE"}, ["1", "3"], id="by reason, whatever the case"),
        pytest.param({"reason": "%"}, [], id="a reason is text, not a pattern"),
        pytest.param({"order_ids": ["3", "2", "9"]}, ["2", "3"], id="by order"),
        pytest.param({"order_ids": ["2", "3"], "reason": "postCode"}, ["3"], id="by both"),
    ],
)
def test_the_quarantine_is_chosen_by_reason_and_by_order(
    store: OperatorStore, lease: Lease, chosen: dict[str, str], found: list[str]
) -> None:
    record(store, lease, quarantined("1"), quarantined("2", "city: is missing"), quarantined("3"))

    assert [o.order_id for o in store.quarantined("acme", limit=9, **chosen)] == found  # type: ignore[arg-type] # a table of keyword arguments


def test_pages_of_the_quarantine_lose_and_repeat_nothing(
    store: OperatorStore, lease: Lease
) -> None:
    everything = [f"{number}" for number in range(10)]
    record(store, lease, *map(quarantined, everything))

    seen, after = [], 0
    while page := store.quarantined("acme", after=after, limit=3):
        seen += [order.order_id for order in page]
        after = page[-1].row
        store.drop("acme", [page[0].order_id], now=NOW)  # what was shown may leave meanwhile

    assert seen == everything


def test_a_refused_order_that_is_retried_is_pending_with_its_payload(
    store: OperatorStore, lease: Lease
) -> None:
    refuse(store, lease, "1", "2")

    assert store.retry("acme", ["1"], now=LATER) == ("1",)

    assert state_of(store, "1") == (OrderState.PENDING, None)
    assert ids(store) == ["2"]
    (claimed,) = claim(store, lease)
    assert (claimed.order_id, claimed.payload, claimed.again) == ("1", body("1"), False)


def test_an_order_that_could_not_be_mapped_stays_until_it_is_read_again(
    store: OperatorStore, lease: Lease
) -> None:
    record(store, lease, quarantined("1"))

    assert store.retry("acme", ["1", "no such order"], now=LATER) == ()
    assert ids(store) == ["1"]
    record(store, lease, ready("1"))

    assert state_of(store, "1")[0] is OrderState.PENDING


def test_orders_that_are_not_quarantined_cannot_be_retried_or_dropped(
    store: OperatorStore, lease: Lease
) -> None:
    record(store, lease, ready("1"), skipped("2"))
    before = filled(store)

    assert store.retry("acme", ["1", "2"], now=LATER) == ()
    assert store.drop("acme", ["1", "2"], now=LATER) == 0
    assert filled(store) == before


def test_a_dropped_order_is_skipped_keeps_its_reason_and_loses_its_payload(
    store: OperatorStore, lease: Lease
) -> None:
    refuse(store, lease, "1")

    assert store.drop("acme", ["1"], now=LATER) == 1

    order = store.order("acme", "1")
    assert order is not None
    assert order.state is OrderState.SKIPPED
    assert order.reason == "dropped by operator: items: too many"
    assert (order.since_at, order.kept, order.payload) == (LATER, False, None)
    assert filled(store) == {OrderState.SKIPPED: 1}


@pytest.mark.parametrize(
    ("again", "state"),
    [
        pytest.param(quarantined("1"), OrderState.SKIPPED, id="the same problem"),
        pytest.param(quarantined("1", "city: is missing"), OrderState.QUARANTINED, id="another"),
        pytest.param(ready("1"), OrderState.PENDING, id="it can be mapped now"),
    ],
)
def test_a_dropped_order_stays_so_until_reading_it_comes_to_something_else(
    store: OperatorStore, lease: Lease, again: Decision, state: OrderState
) -> None:
    record(store, lease, quarantined("1"))
    store.drop("acme", ["1"], now=LATER)

    counts = store.record_page(lease, "acme", [again], now=LATER)

    assert state_of(store, "1")[0] is state
    assert counts.unchanged == (state is OrderState.SKIPPED)


def test_a_refused_order_that_was_dropped_is_not_sent_again_as_it_was(
    store: OperatorStore, lease: Lease
) -> None:
    refuse(store, lease, "1")
    store.drop("acme", ["1"], now=LATER)

    record(store, lease, ready("1"))
    same = state_of(store, "1")[0]
    record(store, lease, ready("1", 2))

    assert same is OrderState.SKIPPED
    assert state_of(store, "1")[0] is OrderState.PENDING


def test_a_drop_can_be_taken_back_and_the_order_is_read_again(
    store: OperatorStore, lease: Lease
) -> None:
    refuse(store, lease, "1")
    record(store, lease, skipped("2"))
    store.drop("acme", ["1"], now=LATER)

    assert store.retry("acme", ["1", "2"], now=LATER) == ()

    assert state_of(store, "1") == (OrderState.QUARANTINED, "items: too many")
    assert state_of(store, "2") == (OrderState.SKIPPED, "cancelled")
    record(store, lease, ready("1"))
    assert state_of(store, "1")[0] is OrderState.PENDING


def test_a_merchants_quarantine_is_nobody_elses(store: OperatorStore, lease: Lease) -> None:
    refuse(store, lease, "1")

    assert store.quarantined("bolt", limit=9) == ()
    assert store.retry("bolt", ["1"], now=NOW) == ()
    assert store.drop("bolt", ["1"], now=NOW) == 0
    assert ids(store) == ["1"]
