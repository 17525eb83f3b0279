"""The orders of a long window, by a bulk operation."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from connectors.base import Page, Surroundings, Window
from connectors.errors import ConnectorError
from connectors.shopify.bulk import BulkRunner, Operation, Result
from connectors.shopify.client import ShopClient
from connectors.shopify.detail import Found, OrderReader
from connectors.shopify.download import fetch_lines
from connectors.shopify.feed import INDEXED_AFTER, FeedReader
from connectors.shopify.proof import proven
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.shape import number
from connectors.shopify.spool import Damaged, Row, Spool

_TRIES: Final = 3  # downloads of one file
_WAIT: Final = 2.0  # seconds before the second one
_AHEAD: Final = 1_000  # orders in memory for the sake of one request; a spool's part holds more
_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draft:
    """A page that lacks the orders which must be read by id."""

    until: datetime
    """Where the next page begins."""
    found: Found = field(default_factory=Found)
    unproven: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.found) + len(self.unproven)


class BulkReader:
    """Reads windows by bulk operations; for one thread at a time."""

    def __init__(
        self,
        client: ShopClient,
        settings: ShopifySettings,
        surroundings: Surroundings,
        feed: FeedReader,
        orders: OrderReader,
    ) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._feed = feed
        self._orders = orders
        self._runner = BulkRunner(client, surroundings)

    def read(self, window: Window) -> Generator[Page, None, Window | None]:
        """
        Yields the window's orders, the earliest change first; returns what is left for paging.

        That is all of it where the operation is of no use, its end where a
        former run's operation ends earlier, and None else. While the shop is at
        work the pages are empty.
        """
        running = self._runner.run(window, customs=self._orders.customs)
        while True:
            try:
                next(running)
            except StopIteration as end:
                result: Result | None = end.value
                break
            yield Page(())
        if result is None:
            return window
        spool = self._fetch(result, window)
        if spool is None:
            self._runner.forget()
            return window
        with spool:
            yield from self._pages(spool, result.operation, window)
        self._runner.forget()
        until = result.operation.window.until
        return Window(until, window.until) if until < window.until else None

    def _fetch(self, result: Result, window: Window) -> Spool | None:
        """Returns the operation's orders; None if they cannot be had or are not all."""
        for attempt in range(1, _TRIES + 1):
            try:
                spool = Spool(self._lines(result))
                why = self._lacks(spool, result, window)
                if not why:
                    return spool
                spool.close()
            except Damaged as error:
                why = f"its file has {error}"
            except ConnectorError as error:
                why = f"its file cannot be had ({error.problem})"
            except OSError as error:
                why = f"there is no room for its file ({error.strerror})"
            if attempt < _TRIES:
                self._surroundings.sleep(_WAIT * attempt)
        _LOG.warning(
            "The bulk operation is given up for paging: %s.", why, extra={"action": "bulk_given_up"}
        )
        return None

    def _lines(self, result: Result) -> Iterable[bytes]:
        if result.url is None:
            return ()
        return fetch_lines(result.url, self._settings, self._surroundings)

    def _lacks(self, spool: Spool, result: Result, window: Window) -> str:
        """Returns what the file lacks, "" if it has everything."""
        if (spool.objects, len(spool.times)) != (result.objects, result.orders):
            return f"its file has {spool.objects} objects of {result.objects}"
        operation = result.operation
        until = min(operation.window.until, operation.started_at - INDEXED_AFTER)
        until = until.replace(microsecond=0)
        if until <= window.since:
            return ""
        # what lies there by now did so all the time, and the index had it when the shop began
        due = self._feed.at_least(Window(window.since, until))
        begin = window.since.timestamp()
        found = sum(1 for at in spool.times if at >= begin)
        return f"its file has {found} orders of {due}" if found < due else ""

    def _pages(self, spool: Spool, operation: Operation, window: Window) -> Iterator[Page]:
        """Yields the orders; what has a page to itself is complete up to the next one's first."""
        rows = (row for row in spool.rows() if row.modified_at >= window.since)
        drafts = self._drafts(rows, operation)
        for group in _groups(drafts, self._settings.order_page):
            self._read_unproven(group)
            for draft in group:
                until = draft.until
                yield draft.found.page(until if until > window.since else None)

    def _drafts(self, rows: Iterator[Row], operation: Operation) -> Iterator[_Draft]:
        """Yields the pages as far as the rows themselves prove enough."""
        size, end = self._settings.order_page, operation.window.until
        chunk = list(islice(rows, size))
        while True:
            following = list(islice(rows, size))
            draft = _Draft(min(following[0].modified_at, end) if following else end)
            for row in chunk:
                order = None if operation.resumed else proven(row)
                if order is None:
                    draft.unproven.append(str(number(row.order["id"])))
                else:
                    draft.found.orders.append(order)
            yield draft
            if not following:
                return
            chunk = following

    def _read_unproven(self, group: Sequence[_Draft]) -> None:
        """Reads by id what the rows do not prove, for several pages at once."""
        page_of = {id_: draft.found for draft in group for id_ in draft.unproven}
        for read in self._orders.read(list(page_of)):
            for order in read.orders:
                page_of[order.id].orders.append(order)
            for one in read.unreadable:
                page_of[one.id].unreadable.append(one)


def _groups(drafts: Iterable[_Draft], most: int) -> Iterator[Sequence[_Draft]]:
    """Yields pages together as long as they want at most that many reads; one at least."""
    group: list[_Draft] = []
    reads = orders = 0
    for draft in drafts:
        reads += len(draft.unproven)
        orders += len(draft)
        if group and (reads > most or orders > _AHEAD):
            yield group
            group, reads, orders = [], len(draft.unproven), len(draft)
        group.append(draft)
    if group:
        yield group
