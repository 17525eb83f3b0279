"""The quarantine, worked through page by page: choosing orders, and trying them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orderferry.backfill import Progress, Request, backfill
from orderferry.runs import Report
from orderferry.services import Services
from state import LedgerOrder, OperatorStore, RunOutcome

PAGE = 500
"""Orders per transaction."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which quarantined orders of a merchant are meant; without reason and ids, all of them."""

    reason: str = ""
    """Text that their reason holds, whatever the case."""
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of one merchant's orders, before any delivery."""

    merchant: str
    order_ids: tuple[str, ...]
    """The orders that were tried again."""
    requeued: int
    """How many of them had a payload and are pending."""
    reread: int
    """How many were read from the shop again."""
    report: Report | None
    """How that reading ended; None if there was none."""


def pages(store: OperatorStore, merchant: str, chosen: Chosen) -> Iterator[tuple[LedgerOrder, ...]]:
    """Yields the chosen orders; those that leave the quarantine meanwhile disturb nothing."""
    after = 0
    while page := store.quarantined(
        merchant,
        reason=chosen.reason,
        order_ids=chosen.order_ids,
        after=after,
        limit=PAGE,
    ):
        yield page
        after = page[-1].row


def strangers(
    store: OperatorStore, merchant: str, chosen: Chosen, *, dropped: bool = False
) -> tuple[str, ...]:
    """Returns the named ids that are not chosen: not quarantined; *dropped* counts as that too."""
    found = {order.order_id for page in pages(store, merchant, chosen) for order in page}
    left = [order_id for order_id in dict.fromkeys(chosen.order_ids) if order_id not in found]
    if dropped and not chosen.reason:
        orders = ((order_id, store.order(merchant, order_id)) for order_id in left)
        left = [order_id for order_id, order in orders if order is None or not order.retriable]
    return tuple(left)


def retry(name: str, chosen: Chosen, services: Services) -> Retried:
    """
    Puts the chosen orders into the outbox, or reads them from the shop again.

    What At Last refused has a payload and is pending at once. All are read by id,
    under the merchant's lease: settings may have changed since they were mapped. An
    order named by its id may also be one that was dropped: that is taken back. Ends
    early, with the reading's report, if the shop cannot be read.
    """
    tried: list[str] = []
    requeued = reread = 0
    report: Report | None = None
    for order_ids in _batches(services.store, name, chosen):
        pending = services.store.retry(name, order_ids, now=services.clock.now())
        left = services.store.quarantined(name, order_ids=order_ids, limit=len(order_ids))
        unread = tuple(order.order_id for order in left)
        both = (*pending, *unread)
        tried += both
        requeued += len(pending)
        if not both:
            continue
        report = backfill(name, Request(order_ids=both), services, Progress())
        if report.outcome is not RunOutcome.DONE:
            break
        reread += len(unread)
    return Retried(name, tuple(tried), requeued, reread, report)


def drop(name: str, chosen: Chosen, services: Services) -> int:
    """Moves the chosen orders to skipped; returns how many."""
    return sum(
        services.store.drop(name, [order.order_id for order in page], now=services.clock.now())
        for page in pages(services.store, name, chosen)
    )


def _batches(store: OperatorStore, merchant: str, chosen: Chosen) -> Iterator[Sequence[str]]:
    if chosen.order_ids and not chosen.reason:
        yield from (
            chosen.order_ids[start : start + PAGE]
            for start in range(0, len(chosen.order_ids), PAGE)
        )
        return
    for page in pages(store, merchant, chosen):
        yield [order.order_id for order in page]
