"""
The orders of a feed, by several requests at the same time, in the feed's order.

Why reading ahead is safe: orders are read by id, and after they were listed. A
change that comes between moves an order to a time after the window's end, where
the next poll finds it, however long the way from the list to the read is. The
pages of the feed are a keyset and need no order read before the next is listed.
What is read is handed over in the order of the feed, and `complete_until` is
told with the last order of its page: what lies before it was handed over, at
whatever time it was read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, cycle, islice
from typing import Final

from connectors.base import Page
from connectors.shopify.detail import Found, OrderReader, Outage
from connectors.shopify.feed import Rows
from connectors.shopify.together import Together

AT_ONCE: Final = 4
"""Requests under way at the same time, and answers that wait to be handed over."""


class LaneReader:
    """Reads the orders of a feed; for one thread at a time, with some of its own."""

    def __init__(self, orders: OrderReader, together: Together) -> None:
        self._orders = orders
        self._together = together

    def read(self, feed: Iterator[Rows]) -> Iterator[Page]:
        """
        Yields the orders of all pages of the feed, of which there is at least one.

        The first request for orders is alone: many a window needs no other, and
        what it teaches (rights, sizes that work) need not be learned by four. A
        fault comes to light in its turn, behind everything that was listed before.
        """
        rows, rest = next(feed).cut(self._orders.size)
        outage, left = Outage(self._orders.where), len(rows.ids)
        for found in self._orders.pieces(rows.ids) if rows.ids else (Found(),):
            outage.note(found)
            left -= len(found)
            yield found.page(None if left else rows.complete_until)
        rest = rest or next(feed, None)
        if rest is not None:
            yield from self._side_by_side(chain((rest,), feed))

    def _side_by_side(self, feed: Iterator[Rows]) -> Iterator[Page]:
        lanes = (self._orders, *(self._orders.twin() for _ in range(AT_ONCE - 1)))
        with self._together.pool(AT_ONCE) as pool:
            # a lane's next batch begins when its last one is handed over: never two at a time
            batches = _batches(pool, feed, cycle(lanes))
            under_way = deque(islice(batches, AT_ONCE))
            while under_way:
                page = under_way[0].page(pool)
                if not under_way[0].left:
                    under_way.popleft()
                    if not any(batch.has_failed() for batch in under_way):
                        under_way.extend(islice(batches, 1))
                yield page


@dataclass(slots=True)
class _Batch:
    """Orders that one lane reads: by one request, or by several smaller ones if that fails."""

    pieces: Iterator[Found]
    coming: Future[Found]
    left: int
    """Orders that are not handed over yet."""
    complete_until: datetime | None
    outage: Outage
    """One for all batches of a page of the feed."""

    def page(self, pool: ThreadPoolExecutor) -> Page:
        """Waits for the next piece, and asks for the one after it."""
        found = self.coming.result()
        self.outage.note(found)
        self.left -= len(found)
        if self.left:
            self.coming = _ask(pool, self.pieces)
        return found.page(None if self.left else self.complete_until)

    def has_failed(self) -> bool:
        """Returns whether it is known already that the reading ends here."""
        return self.coming.done() and self.coming.exception() is not None


def _batches(
    pool: ThreadPoolExecutor, feed: Iterator[Rows], lanes: Iterator[OrderReader]
) -> Iterator[_Batch]:
    """Yields the feed in batches of a lane's size; the page after is listed meanwhile."""
    listed = _list(pool, feed)
    while True:
        fault = listed.exception()
        if fault is not None:
            pieces = _raised(fault)
            yield _Batch(pieces, _ask(pool, pieces), 1, None, Outage(""))
            return
        rest = listed.result()
        if rest is None:
            return
        listed = _list(pool, feed)
        lane = next(lanes)
        outage = Outage(lane.where)
        while rest is not None:
            rows, rest = rest.cut(lane.size)
            pieces = lane.pieces(rows.ids) if rows.ids else iter((Found(),))
            yield _Batch(pieces, _ask(pool, pieces), len(rows.ids), rows.complete_until, outage)
            lane = next(lanes) if rest else lane


def _list(pool: ThreadPoolExecutor, feed: Iterator[Rows]) -> Future[Rows | None]:
    return pool.submit(copy_context().run, lambda: next(feed, None))


def _ask(pool: ThreadPoolExecutor, pieces: Iterator[Found]) -> Future[Found]:
    return pool.submit(copy_context().run, lambda: next(pieces))


def _raised(fault: BaseException) -> Iterator[Found]:
    yield from ()  # a generator: it raises when it is asked, not when it is made
    raise fault
