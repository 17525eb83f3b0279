"""
One poll of one merchant: lease, windows, pages, outcomes, durable.

Delivery is the fifth step and a job of its own (`orderferry.deliver`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from connectors.base import Page, Window
from mapping.policy import OLDEST_ORDER
from orderferry.ahead import ahead, leave
from orderferry.config import Merchant
from orderferry.leases import Held
from orderferry.reading import Reading
from orderferry.runs import Failed, Report, Tally
from orderferry.services import Services
from orderferry.shop_runs import record_reading
from state import RunOutcome, StateStore

UNSENT_AFTER = timedelta(minutes=10)
"""So long an order may lie in the outbox before it is read again."""
MOST_UNSENT = 500
"""Orders read again for that in one poll: five requests. Sweeps read the rest."""


def poll(name: str, services: Services) -> Report:
    """Returns how one poll of the merchant ended; its pages are durable either way."""

    def work(held: Held, tally: Tally) -> None:
        _read(services.merchant(name), services, held, tally)

    return record_reading(services, name, "poll", work)


def _read(merchant: Merchant, services: Services, held: Held, tally: Tally) -> None:
    started_at = services.clock.now()
    deadline = started_at + services.config.daemon.run_deadline
    watermark = services.store.watermark(merchant.name)
    window = plan(
        watermark,
        now=started_at,
        begins=begins(services.store, merchant, started_at) if watermark is None else started_at,
        overlap=services.config.daemon.overlap,
        settle_delay=services.config.daemon.settle_delay,
    )
    connector, reading = Reading.of(merchant.name, services, held, tally)
    if window is not None:
        changed = until(deadline, services.clock.now, connector.changed(window))
        with closing(ahead(changed, window)) as pages:
            reading.store_pages(pages, window=window)
    # after the window, so that a long list of waiting orders cannot keep it from being read
    over = services.store.waiting(merchant.name, until=started_at)
    waiting = [one for one in services.store.waiting(merchant.name) if one not in set(over)]
    # while At Last is away an order may be cancelled, and is on no list of shipped ones then
    unsent = services.store.unsent(
        merchant.name, before=started_at - UNSENT_AFTER, limit=MOST_UNSENT
    )
    for ids, way in ((over, reading.without_wait()), (waiting, reading), (unsent, reading)):
        if ids:
            way.store_pages(until(deadline, services.clock.now, connector.by_id(ids), gaps=True))


def begins(store: StateStore, merchant: Merchant, now: datetime) -> datetime:
    """Returns since when a merchant that was never read is to be read."""
    seen = store.first_seen(merchant.name, now=now)
    # not before At Last's limit; a clock that was behind may have said a year ago
    return max(min(seen, now) - merchant.first_sync, now - OLDEST_ORDER)


def plan(
    watermark: datetime | None,
    *,
    now: datetime,
    begins: datetime,
    overlap: timedelta,
    settle_delay: timedelta,
) -> Window | None:
    """
    Returns what a poll that starts *now* reads; pure.

    The window ends before the run starts, so that the watermark can never pass
    a change that is still to come (R2). It begins an overlap before the
    watermark, or at *begins* if there is none. A watermark that lies ahead was
    set by a clock that was ahead: then each poll reads the last overlap, until
    the time has caught up; otherwise the shop would not be read for so long.
    None if there is nothing to read yet.

    >>> from datetime import UTC
    >>> window = plan(
    ...     datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    ...     now=datetime(2026, 11, 23, 9, 5, 0, 250_000, tzinfo=UTC),
    ...     begins=datetime(2026, 9, 24, 9, 5, tzinfo=UTC),
    ...     overlap=timedelta(minutes=90),
    ...     settle_delay=timedelta(seconds=15),
    ... )
    >>> f"{window.since:%H:%M:%S} to {window.until:%H:%M:%S}"
    '07:30:00 to 09:04:45'
    """
    ends = (now - settle_delay).replace(microsecond=0)
    since = min(ends if watermark is None else watermark, ends) - overlap
    if watermark is None:
        since = min(since, begins)
    since = since.replace(microsecond=0)
    return Window(since, ends) if since < ends else None


def until(
    deadline: datetime, now: Callable[[], datetime], pages: Iterator[Page], *, gaps: bool = False
) -> Iterator[Page]:
    """
    Yields the pages; ends the run if there is one more after the deadline.

    It ends only behind a page that moved the watermark: the next run begins
    there, and pages read in vain every time would never get anywhere. With
    *gaps* it ends behind any page.
    """
    may_end = False
    try:
        for page in pages:
            if may_end and now() > deadline:
                raise Failed(
                    RunOutcome.TRANSIENT,
                    "The run took longer than daemon.run_deadline; what it read is kept and the"
                    " next poll goes on from there.",
                )
            yield page
            may_end = gaps or page.complete_until is not None
    finally:
        leave(pages)
