"""The outbox: claimed before the push, settled after it, in doubt in between (R3, R5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from state import Claimed, Counts, Lease, OrderState, StateStore, Verdict
from tests.state.make import (
    HOUR,
    NOW,
    body,
    claim,
    deliver,
    filled,
    quarantined,
    ready,
    retake,
    settle,
    skipped,
    take,
    waiting,
)

PENDING, IN_DOUBT, DELIVERED = OrderState.PENDING, OrderState.IN_DOUBT, OrderState.DELIVERED
SKIPPED, QUARANTINED = OrderState.SKIPPED, OrderState.QUARANTINED
MINUTE = timedelta(minutes=1)


def ids(claimed: Sequence[Claimed]) -> list[str]:
    return [one.order_id for one in claimed]


def put(store: StateStore, lease: Lease, *order_ids: str, merchant: str = "acme") -> None:
    page = [ready(order_id) for order_id in order_ids]
    store.record_page(lease, merchant, page, now=NOW)


def test_a_claimed_order_is_in_doubt_before_anything_is_sent(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, "1")

    claimed = claim(store, lease)

    assert claimed == (Claimed("acme", "1", "1/1", body("1"), again=False),)
    assert filled(store) == {IN_DOUBT: 1}


def test_only_the_outbox_is_claimed(store: StateStore, lease: Lease) -> None:
    page = [waiting("1"), skipped("2"), quarantined("3")]
    store.record_page(lease, "acme", page, now=NOW)

    assert claim(store, lease) == ()
    assert claim(store, lease, []) == ()


def test_a_claimed_order_is_not_claimed_again_under_the_same_lease(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, "1", "2", "3")

    assert ids(claim(store, lease, limit=2)) == ["1", "2"]
    assert ids(claim(store, lease, limit=2)) == ["3"]
    assert claim(store, lease) == ()


def test_what_a_dead_process_claimed_is_claimed_again_and_marked(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, "1", "2")
    claim(store, lease, limit=1)

    claimed = claim(store, retake(store, lease))

    assert {one.order_id: one.again for one in claimed} == {"1": True, "2": False}


def test_the_oldest_order_goes_first(store: StateStore, lease: Lease) -> None:
    for minute, order_id in enumerate(["5", "1", "3"]):
        store.record_page(lease, "acme", [ready(order_id)], now=NOW + minute * MINUTE)

    assert ids(claim(store, lease)) == ["5", "1", "3"]


def test_an_edited_order_keeps_its_place(store: StateStore, lease: Lease) -> None:
    put(store, lease, "1", "2")
    store.record_page(lease, "acme", [ready("1", 2)], now=NOW + MINUTE)

    assert ids(claim(store, lease)) == ["1", "2"]
    assert store.merchant_state("acme").oldest_pending_at == NOW


def test_merchants_take_turns(store: StateStore, lease: Lease) -> None:
    put(store, lease, *map(str, range(100, 150)))
    store.record_page(lease, "bolt", [ready("1"), ready("2")], now=NOW + HOUR)

    claimed = claim(store, lease, ["acme", "bolt"], limit=4)

    assert [(one.merchant, one.order_id) for one in claimed] == [
        ("acme", "100"),
        ("bolt", "1"),
        ("acme", "101"),
        ("bolt", "2"),
    ]


def test_fewer_orders_than_are_wanted_at_least_stay(store: StateStore, lease: Lease) -> None:
    put(store, lease, "1", "2")

    assert claim(store, lease, least=3) == ()
    assert filled(store) == {PENDING: 2}
    assert ids(claim(store, lease, least=2)) == ["1", "2"]


def test_orders_of_other_merchants_stay(store: StateStore, lease: Lease) -> None:
    put(store, lease, "1", merchant="other")

    assert claim(store, lease, ["acme"]) == ()


@pytest.mark.parametrize("verdict", [Verdict.RETURNED, Verdict.IN_DOUBT])
def test_orders_that_fail_go_behind_those_that_were_never_tried(
    store: StateStore, lease: Lease, verdict: Verdict
) -> None:
    put(store, lease, "1", "2", "3")

    settle(store, lease, claim(store, lease, limit=2), verdict, now=NOW + MINUTE)

    assert ids(claim(store, lease)) == ["3", "1", "2"]


# settling --------------------------------------------------------------


@pytest.mark.parametrize("doubted", [False, True], ids=["first push", "pushed before"])
@pytest.mark.parametrize(
    ("verdict", "first_push", "pushed_before"),
    [
        pytest.param(Verdict.ACCEPTED, DELIVERED, DELIVERED, id="accepted"),
        pytest.param(Verdict.REFUSED, QUARANTINED, QUARANTINED, id="refused"),
        pytest.param(Verdict.RETURNED, PENDING, IN_DOUBT, id="returned"),
        pytest.param(Verdict.IN_DOUBT, IN_DOUBT, IN_DOUBT, id="no answer"),
    ],
)
def test_a_settled_order_stands_where_its_pushes_left_it(  # noqa: PLR0913 - a table
    store: StateStore,
    lease: Lease,
    verdict: Verdict,
    first_push: OrderState,
    pushed_before: OrderState,
    *,
    doubted: bool,
) -> None:
    put(store, lease, "1")
    if doubted:
        settle(store, lease, claim(store, lease), Verdict.IN_DOUBT)

    settle(store, lease, claim(store, lease), verdict)

    expected = pushed_before if doubted else first_push
    assert filled(store) == {expected: 1}
    again = {one.order_id: one.again for one in claim(store, lease)}
    assert again == ({"1": expected is IN_DOUBT} if expected in {PENDING, IN_DOUBT} else {})


@pytest.mark.parametrize("resend", [False, True], ids=["keep", "resend"])
@pytest.mark.parametrize(
    ("verdict", "keep", "resent"),
    [
        pytest.param(Verdict.ACCEPTED, DELIVERED, PENDING, id="accepted"),
        pytest.param(Verdict.REFUSED, PENDING, PENDING, id="refused"),
        pytest.param(Verdict.RETURNED, PENDING, PENDING, id="returned"),
        pytest.param(Verdict.IN_DOUBT, IN_DOUBT, IN_DOUBT, id="no answer"),
    ],
)
def test_an_order_edited_during_its_push(  # noqa: PLR0913 - a table
    store: StateStore,
    lease: Lease,
    verdict: Verdict,
    keep: OrderState,
    resent: OrderState,
    *,
    resend: bool,
) -> None:
    put(store, lease, "1")
    pushed = claim(store, lease)
    edited = store.record_page(lease, "acme", [ready("1", 2)], now=NOW, resend_on_change=resend)

    settle(store, lease, pushed, verdict)

    assert edited == Counts(seen=1, ready=1)
    assert filled(store) == {resent if resend else keep: 1}
    if filled(store) == {DELIVERED: 1}:
        assert store.known("acme", ["1"]) == {"1": "1/1"}
        read_again = store.record_page(lease, "acme", [ready("1", 2)], now=NOW)
        assert read_again == Counts(seen=1, unchanged=1, changed=1)
    else:
        assert [one.payload for one in claim(store, lease)] == [body("1", 2)]


def test_an_order_edited_and_edited_back_during_its_push_is_delivered(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, "1")
    pushed = claim(store, lease)
    for version in (2, 1):
        page = [ready("1", version)]
        store.record_page(lease, "acme", page, now=NOW, resend_on_change=True)

    settle(store, lease, pushed, Verdict.ACCEPTED)

    assert filled(store) == {DELIVERED: 1}


@pytest.mark.parametrize("decision", [skipped("1"), quarantined("1"), waiting("1")])
def test_during_a_push_only_a_new_payload_counts(
    store: StateStore, lease: Lease, decision: object
) -> None:
    put(store, lease, "1")
    pushed = claim(store, lease)

    counts = store.record_page(lease, "acme", [decision], now=NOW)  # type: ignore[list-item]  # a table of decisions

    assert counts == Counts(seen=1, unchanged=1)
    assert filled(store) == {IN_DOUBT: 1}
    settle(store, lease, pushed, Verdict.ACCEPTED)
    assert filled(store) == {DELIVERED: 1}


def test_settling_twice_changes_nothing(store: StateStore, lease: Lease) -> None:
    put(store, lease, "1")
    pushed = claim(store, lease)
    settle(store, lease, pushed, Verdict.ACCEPTED)

    settle(store, lease, pushed, Verdict.REFUSED)

    assert filled(store) == {DELIVERED: 1}


def test_a_push_that_was_not_claimed_under_this_lease_is_not_settled_under_it(
    store: StateStore, lease: Lease
) -> None:
    put(store, lease, "1")
    pushed = claim(store, lease)
    successor = retake(store, lease)

    settle(store, successor, pushed, Verdict.ACCEPTED)

    assert filled(store) == {IN_DOUBT: 1}


def test_a_refusal_keeps_its_words(store: StateStore, lease: Lease) -> None:
    put(store, lease, "1", "2")
    settle(store, lease, claim(store, lease), Verdict.REFUSED, reason="country: unknown")

    assert store.merchant_state("acme").quarantined == {"country: unknown": 2}


# expiry ----------------------------------------------------------------

OLD = NOW - timedelta(days=61)
LIMIT = NOW - timedelta(days=60)


def expire(store: StateStore) -> int:
    return store.expire(["acme"], created_before=LIMIT, now=NOW)


def test_unsent_orders_that_grew_too_old_are_skipped(store: StateStore, lease: Lease) -> None:
    old = ready("1", created_at=OLD)
    store.record_page(lease, "acme", [old, ready("2"), ready("3", created_at=LIMIT)], now=NOW)

    assert expire(store) == 1
    assert filled(store) == {SKIPPED: 1, PENDING: 2}
    # mapping reads it once more, a moment before the limit as it counts it
    assert store.record_page(lease, "acme", [old], now=NOW) == Counts(seen=1, unchanged=1)
    found = skipped("1", "too old: created 61 days ago")
    assert store.record_page(lease, "acme", [found], now=NOW) == Counts(seen=1, unchanged=1)


def test_an_order_on_its_way_is_left_to_its_push(store: StateStore, lease: Lease) -> None:
    store.record_page(lease, "acme", [ready("1", created_at=OLD)], now=NOW)
    pushed = claim(store, lease)

    assert expire(store) == 0
    settle(store, lease, pushed, Verdict.ACCEPTED)
    assert filled(store) == {DELIVERED: 1}


def test_orders_in_the_outbox_since_then_are_told_the_next_to_go_first(
    store: StateStore, lease: Lease
) -> None:
    for hours, order_id in enumerate(("3", "1", "2")):
        page = [ready(order_id), skipped(f"{order_id}0", "cancelled")]
        store.record_page(lease, "acme", page, now=NOW + hours * HOUR)

    assert store.unsent("acme", before=NOW, limit=9) == ()
    assert store.unsent("acme", before=NOW + 2 * HOUR, limit=9) == ("3", "1")
    assert store.unsent("acme", before=NOW + 3 * HOUR, limit=2) == ("3", "1")
    assert store.unsent("bolt", before=NOW + 3 * HOUR, limit=9) == ()


def test_an_order_in_doubt_that_nobody_pushes_any_more_expires(
    store: StateStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [ready("1", created_at=OLD)], now=NOW)
    claim(store, lease)
    lease = retake(store, lease)

    assert expire(store) == 1
    # read once more, it is skipped for its age or for another reason; the doubt stays
    for reason in ("too old: created 62 days ago", "cancelled"):
        page = [skipped("1", reason)]
        assert store.record_page(lease, "acme", page, now=NOW) == Counts(seen=1, unchanged=1)
    standing = store.standings("acme", ["1"])["1"]
    assert (standing.state, standing.reason) == (
        SKIPPED,
        "too old: created 61 days ago; whether At Last took it is not known",
    )


def test_a_delivered_order_that_was_to_be_sent_again_is_delivered_still(
    store: StateStore, lease: Lease
) -> None:
    store.record_page(lease, "acme", [ready("1", created_at=OLD)], now=NOW)
    deliver(store, lease)
    page = [ready("1", 2, created_at=OLD)]
    store.record_page(lease, "acme", page, now=NOW, resend_on_change=True)

    assert expire(store) == 1
    assert filled(store) == {DELIVERED: 1}
    assert store.known("acme", ["1"]) == {"1": "1/1"}


def test_expiry_is_for_the_named_merchants_only(store: StateStore, lease: Lease) -> None:
    store.record_page(lease, "bolt", [ready("1", created_at=OLD)], now=NOW)

    assert expire(store) == 0
    assert filled(store, "bolt") == {PENDING: 1}


def test_two_accounts_claim_only_their_own_merchants(store: StateStore) -> None:
    first, second = take(store, "account:1"), take(store, "account:2")
    put(store, first, "1", merchant="acme")
    put(store, first, "2", merchant="bolt")

    assert ids(claim(store, first, ["acme"])) == ["1"]
    assert ids(claim(store, second, ["bolt"])) == ["2"]


def test_orders_under_way_are_left_alone_by_every_other_lease(
    store: StateStore, lease: Lease
) -> None:
    """Two labels of one account, as after an edit of its keys, share merchants."""
    put(store, lease, "1")
    first = take(store, "account:a")
    other = take(store, "account:b")
    store.claim(first, ["acme"], limit=10, now=NOW)

    assert store.claim(other, ["acme"], limit=10, now=NOW) == ()

    store.release(first)

    assert [one.again for one in store.claim(other, ["acme"], limit=10, now=NOW)] == [True]


def test_the_outbox_owes_what_is_pending_or_in_doubt(store: StateStore, lease: Lease) -> None:
    before = store.owes(["acme", "bolt"])
    page = [ready("1"), skipped("2"), waiting("3"), quarantined("4")]
    store.record_page(lease, "acme", page, now=NOW)
    pending = store.owes(["bolt", "acme"])
    claimed = claim(store, lease)
    in_doubt = store.owes(["acme"])
    settle(store, lease, claimed, Verdict.ACCEPTED)

    assert (before, pending, in_doubt) == (False, True, True)
    assert not store.owes(["acme"])
    assert not store.owes([])
