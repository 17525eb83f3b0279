"""R7: one process per name; what an old holder writes is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from state import Lease, LeaseHeld, LeaseLost, StateStore, Verdict
from tests.state.make import NOW, TTL, claim, filled, ready, retake, settle, take

SECOND = timedelta(seconds=1)


def test_a_held_lease_names_its_owner_and_its_expiry(store: StateStore) -> None:
    store.acquire("acme", "host-1/17", now=NOW, ttl=TTL)

    with pytest.raises(LeaseHeld) as refused:
        store.acquire("acme", "host-2/9", now=NOW + TTL - SECOND, ttl=TTL)

    assert str(refused.value) == "acme is held by host-1/17 until 2026-11-23 12:05:00 UTC."
    assert refused.value.expires_at == NOW + TTL


def test_the_same_owner_does_not_get_a_lease_twice(store: StateStore, lease: Lease) -> None:
    with pytest.raises(LeaseHeld):
        store.acquire(lease.name, lease.owner, now=NOW, ttl=TTL)


def test_leases_of_different_names_do_not_meet(store: StateStore) -> None:
    assert take(store, "acme").generation == take(store, "bolt").generation == 1


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda store, lease: store.release(lease), id="given back"),
        pytest.param(lambda store, lease: None, id="expired"),
    ],
)
def test_a_free_lease_changes_hands_with_a_higher_generation(
    store: StateStore, lease: Lease, end: Callable[[StateStore, Lease], None]
) -> None:
    end(store, lease)

    assert retake(store, lease) == Lease("acme", "successor", lease.generation + 1)


def test_a_renewed_lease_lasts_from_the_renewal_on(store: StateStore, lease: Lease) -> None:
    store.renew(lease, now=NOW + TTL - SECOND, ttl=TTL)

    with pytest.raises(LeaseHeld):
        store.acquire("acme", "other", now=NOW + TTL, ttl=TTL)
    store.acquire("acme", "other", now=NOW + TTL + TTL, ttl=TTL)


def test_an_expired_lease_that_nobody_took_can_be_renewed(store: StateStore, lease: Lease) -> None:
    store.renew(lease, now=NOW + 3 * TTL, ttl=TTL)

    with pytest.raises(LeaseHeld):
        store.acquire("acme", "other", now=NOW + 3 * TTL, ttl=TTL)


def test_giving_back_a_lost_lease_leaves_the_new_holder_alone(
    store: StateStore, lease: Lease
) -> None:
    retake(store, lease)

    store.release(lease)

    with pytest.raises(LeaseHeld, match="successor"):
        store.acquire("acme", "third", now=NOW + TTL, ttl=TTL)


@pytest.mark.parametrize("lost_by", ["taken over", "given back"])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda store, lease: store.renew(lease, now=NOW, ttl=TTL), id="renew"),
        pytest.param(
            lambda store, lease: store.record_page(
                lease, "acme", [ready("2")], now=NOW, watermark=NOW
            ),
            id="record_page",
        ),
        pytest.param(claim, id="claim"),
        pytest.param(lambda store, lease: settle(store, lease, [], Verdict.ACCEPTED), id="settle"),
    ],
)
def test_a_write_under_a_lost_lease_is_refused_and_changes_nothing(
    store: StateStore, lease: Lease, lost_by: str, write: Callable[[StateStore, Lease], object]
) -> None:
    store.record_page(lease, "acme", [ready("1")], now=NOW)
    if lost_by == "given back":
        store.release(lease)
    else:
        retake(store, lease)
    before = store.merchant_state("acme")

    with pytest.raises(LeaseLost, match=r"^acme is no longer held by tester; nothing was changed"):
        write(store, lease)

    assert store.merchant_state("acme") == before
    assert filled(store) == {"pending": 1}
