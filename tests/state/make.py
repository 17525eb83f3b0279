"""Made-up decisions and the few steps that most tests begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from state import Claimed, Decision, Lease, OrderState, Settlement, StateStore, Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TTL = timedelta(minutes=5)


def ready(order_id: str, version: int = 1, *, created_at: datetime = NOW - HOUR) -> Decision:
    return Decision(
        order_id,
        OrderState.PENDING,
        modified_at=NOW,
        created_at=created_at,
        fingerprint=f"{order_id}/{version}",
        payload=body(order_id, version),
    )


def body(order_id: str, version: int = 1) -> bytes:
    return f'{{"id": "{order_id}", "version": {version}}}'.encode()


def waiting(order_id: str, until: datetime = NOW + HOUR) -> Decision:
    return Decision(order_id, OrderState.WAITING, created_at=NOW - HOUR, wait_until=until)


def skipped(order_id: str, reason: str = "cancelled") -> Decision:
    return Decision(order_id, OrderState.SKIPPED, reason=reason)


def quarantined(order_id: str, reason: str = "postCode: is missing") -> Decision:
    return Decision(order_id, OrderState.QUARANTINED, reason=reason)


def take(store: StateStore, name: str = "acme", *, now: datetime = NOW) -> Lease:
    return store.acquire(name, "tester", now=now, ttl=TTL)


def retake(store: StateStore, lease: Lease, *, now: datetime = NOW) -> Lease:
    """What the next process does after the one that held *lease* died."""
    return store.acquire(lease.name, "successor", now=now + TTL, ttl=TTL)


def claim(
    store: StateStore,
    lease: Lease,
    merchants: Sequence[str] = ("acme",),
    *,
    limit: int = 100,
    least: int = 1,
) -> tuple[Claimed, ...]:
    return store.claim(lease, merchants, limit=limit, least=least, now=NOW)


def settle(  # noqa: PLR0913 - what a settlement has, and when
    store: StateStore,
    lease: Lease,
    claimed: Sequence[Claimed],
    verdict: Verdict,
    *,
    now: datetime = NOW,
    reason: str | None = None,
) -> None:
    store.settle(lease, [Settlement(one, verdict, reason) for one in claimed], now=now)


def deliver(store: StateStore, lease: Lease) -> None:
    """Pushes the whole outbox, and At Last accepts it."""
    settle(store, lease, claim(store, lease), Verdict.ACCEPTED)


def filled(store: StateStore, merchant: str = "acme") -> dict[OrderState, int]:
    """The states that have orders."""
    return {state: n for state, n in store.merchant_state(merchant).orders.items() if n}
