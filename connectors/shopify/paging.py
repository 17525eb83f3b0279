"""The orders of a window: a short one from its feed, a long one by bulk operation if that works."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import Page, Surroundings, Window
from connectors.shopify.bulk_reading import BulkReader
from connectors.shopify.client import ShopClient
from connectors.shopify.detail import OrderReader
from connectors.shopify.feed import MOST_ROWS, FeedReader, Rows
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.windows import whole_seconds


class WindowReader:
    """Reads the orders modified in a window; for one thread at a time."""

    def __init__(
        self,
        client: ShopClient,
        settings: ShopifySettings,
        surroundings: Surroundings,
        feed: FeedReader,
        orders: OrderReader,
    ) -> None:
        self._bulk_from = settings.bulk_from
        self._feed = feed
        self._orders = orders
        self._bulk = BulkReader(client, settings, surroundings, feed, orders)

    def read(self, window: Window) -> Iterator[Page]:
        """Yields the window's orders; `complete_until` grows to its end."""
        for page in self._read(whole_seconds(window)):
            until = page.complete_until
            if until is not None:
                # widened to whole seconds, the window may reach beyond what was asked for
                until = min(until, window.until)
            yield Page(page.orders, page.unreadable, complete_until=until)

    def _read(self, window: Window) -> Iterator[Page]:
        rows, after = self._feed.first(window)
        if after is None:
            yield from self._pages(rows)
            return
        count = self._feed.at_least(window)
        rest: Window | None = window
        if 0 < self._bulk_from <= count:
            rest = yield from self._bulk.read(window)
        if rest == window and count <= MOST_ROWS:
            yield from self._paged(window, rows, after)
        elif rest is not None:
            for part in self._feed.slices(rest):
                yield from self._paged(part, *self._feed.first(part))

    def _paged(self, window: Window, rows: Rows, after: str | None) -> Iterator[Page]:
        yield from self._pages(rows)
        if after is not None:
            for further in self._feed.further(window, after):
                yield from self._pages(further)

    def _pages(self, rows: Rows) -> Iterator[Page]:
        """Yields the orders of a page of the feed; the last page tells what is complete."""
        held = Page(())
        for number, found in enumerate(self._orders.read(rows.ids)):
            if number:
                yield held
            held = found.page()
        yield Page(held.orders, held.unreadable, complete_until=rows.complete_until)
