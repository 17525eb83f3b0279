"""
A slow pass over the last 60 days that finds what polls cannot see.

Polls go by modification time. It does not move when a plugin writes into the
database, or stores a tracking number on WooCommerce's legacy storage; in the
repeated autumn hour it moves back; and an order may leave the shipped statuses
and come back. A sweep lists which orders there are, compares that with the
ledger, and reads again only what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from connectors.base import OrderStamp, Window
from mapping.outcome import SkipReason
from mapping.policy import OLDEST_ORDER
from mapping.verdict import NEVER_TRACKED
from orderferry.leases import Held
from orderferry.reading import UNTRACKED, Reading
from orderferry.runs import Report, Tally
from orderferry.services import Services
from orderferry.shop_runs import record_reading
from orderferry.sync import begins
from state import OrderState, Run, RunOutcome, Standing

KIND = "sweep"

_SPREAD = 0.1
"""Part of the interval by which merchants are spread."""

_NEXT_TRY = 12
"""A sweep that failed is tried again after this part of the interval."""

_MOST_UNSENT = 100_000
"""Orders of the outbox that one sweep reads again; more are for the next."""

_AHEAD = timedelta(days=1)
"""A modification further ahead than that is no clock that is a little fast."""

_CONTRADICTED = tuple(
    reason.value
    for reason in (
        SkipReason.NOT_SHIPPED,
        SkipReason.CANCELLED,
        SkipReason.DRAFT,
        SkipReason.TRASHED,
        SkipReason.GONE,
    )
)
"""Reasons for skipping an order that a list of shipped orders disproves."""


def sweep(name: str, services: Services) -> Report:
    """Returns how one sweep of the merchant ended; what it read is durable either way."""

    def work(held: Held, tally: Tally) -> None:
        # connectors are for one thread at a time: no poll runs beside a sweep
        connector, reading = Reading.of(name, services, held, tally)
        now = services.clock.now()
        polled = services.store.watermark(name)
        first = begins(services.store, services.merchant(name), now)
        noted = services.store.reads_since(name) or first
        limits = Limits(
            # a clock that was ahead at the first poll noted too late a beginning
            since=noted if polled is None or polled <= now else min(noted, first),
            polled=polled,
            now=now,
            resend=reading.resend_on_change,
        )
        tally.add(compared=0, missing=0, differing=0)
        for chunk in connector.stamps(Window(now - OLDEST_ORDER, now)):
            services.clock.check()
            held.keep()
            stamps = {stamp.id: stamp for stamp in chunk}
            found = compare(stamps.values(), services.store.standings(name, list(stamps)), limits)
            tally.add(
                compared=len(stamps), missing=len(found.missing), differing=len(found.differing)
            )
            if found.to_read:
                reading.store_pages(connector.by_id(found.to_read))
        # what was cancelled or refunded since it was mapped is on no list of shipped orders, and
        # the settings that the rest was mapped with may have changed
        if unsent := services.store.unsent(name, before=now, limit=_MOST_UNSENT):
            reading.store_pages(connector.by_id(unsent))

    return record_reading(services, name, KIND, work)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sweep leaves alone, and why it reads more."""

    since: datetime
    """Unknown orders that were modified last before this are left out on purpose."""
    polled: datetime | None
    """The watermark: what was modified later is for the next poll to find."""
    now: datetime
    resend: bool
    """Changes of delivered orders are sent."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found."""

    missing: tuple[str, ...]
    """Orders that the ledger does not know."""
    differing: tuple[str, ...]
    """Orders that the ledger knows otherwise than the shop shows them."""
    untracked: tuple[str, ...]
    """Orders in want of a tracking number, whose arrival may leave no trace in the list."""
    quarantined: tuple[str, ...]
    """Orders that were refused as they were mapped: the settings may have changed."""

    @property
    def to_read(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return self.missing + self.differing + self.untracked + self.quarantined


def compare(
    stamps: Iterable[OrderStamp], standings: Mapping[str, Standing], limits: Limits
) -> Found:
    """Returns which of the listed orders must be read again; pure."""
    missing, differing, untracked, quarantined = [], [], [], []
    for stamp in _settled(stamps, limits):
        standing = standings.get(stamp.id)
        if standing is None:
            if stamp.modified_at is None or stamp.modified_at >= limits.since:
                missing.append(stamp.id)
        elif _differs(stamp, standing):
            differing.append(stamp.id)
        elif _wants_tracking(standing, limits):
            untracked.append(stamp.id)
        elif standing.state is OrderState.QUARANTINED:
            quarantined.append(stamp.id)
    return Found(tuple(missing), tuple(differing), tuple(untracked), tuple(quarantined))


def _settled(stamps: Iterable[OrderStamp], limits: Limits) -> Iterator[OrderStamp]:
    """Yields the stamps that no future poll would find by itself."""
    polled = limits.polled
    # a watermark that lies ahead was set by a clock that was ahead: it proves nothing
    trusted = polled is not None and polled <= limits.now
    for stamp in stamps:
        at = stamp.modified_at
        if not (trusted and at is not None and polled <= at < limits.now + _AHEAD):  # type: ignore[operator]  # trusted says that polled is not None
            yield stamp


def _differs(stamp: OrderStamp, standing: Standing) -> bool:
    if stamp.modified_at is not None and stamp.modified_at != standing.modified_at:
        return True
    if standing.state is not OrderState.SKIPPED:
        return False
    reason = standing.reason or ""
    # the list begins where orders grow too old: only a clock that was ahead can have said so
    return reason.startswith(SkipReason.TOO_OLD.value) or (
        stamp.shipped is True and reason.startswith(_CONTRADICTED)
    )


def _wants_tracking(standing: Standing, limits: Limits) -> bool:
    """Waiting orders are not among them: every poll reads those by id."""
    match standing.state:
        case OrderState.QUARANTINED:
            return NEVER_TRACKED in (standing.reason or "")
        case OrderState.DELIVERED:
            return limits.resend and UNTRACKED in standing.cautions
        case _:
            return False


def is_due(
    name: str, every: timedelta, *, last: Run | None, done: Run | None, now: datetime
) -> bool:
    """
    Returns whether the merchant is to be swept; pure.

    Merchants are spread by their names, a tenth of the interval either way. A
    sweep that failed is tried again before the interval is over, one that found
    the merchant taken at once. Instants in the future are those of a clock that
    was ahead, and count as long ago.

    Args:
        name: The merchant's.
        every: The interval.
        last: The last attempt.
        done: The last that was completed.
        now: Aware UTC.

    """
    spread = 1 + _SPREAD * (crc32(name.encode()) / 2**31 - 1)
    if done is not None and timedelta() <= now - done.started_at < every * spread:
        return False
    if last is None or last.outcome in {RunOutcome.STOPPED, RunOutcome.DONE}:
        return True
    return not timedelta() <= now - last.started_at < every / _NEXT_TRY
