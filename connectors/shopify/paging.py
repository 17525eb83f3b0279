"""The orders of a window: a short one from its feed, a long one by bulk operation if that works."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from connectors.base import Page, Surroundings, Window
from connectors.shopify.bulk_reading import BulkReader
from connectors.shopify.client import ShopClient
from connectors.shopify.detail import OrderReader
from connectors.shopify.feed import MOST_ROWS, FeedReader, Rows
from connectors.shopify.lanes import LaneReader
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.windows import whole_seconds


class WindowReader:
    """Reads the orders modified in a window; for one caller at a time."""

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
        self._lanes = LaneReader(orders, client.together)
        self._bulk = BulkReader(client, settings, surroundings, feed, orders)

    def read(self, window: Window) -> Generator[Page]:
        """Yields the window's orders; `complete_until` grows to its end. Close it when done."""
        with closing(self._read(whole_seconds(window))) as pages:
            for page in pages:
                until = page.complete_until
                if until is not None:
                    # widened to whole seconds, the window may reach beyond what was asked for
                    until = min(until, window.until)
                yield Page(page.orders, page.unreadable, complete_until=until)

    def _read(self, window: Window) -> Generator[Page]:
        rows, after = self._feed.first(window)
        if after is None:
            yield from self._lanes.read(iter((rows,)))
            return
        count = self._feed.at_least(window)
        rest: Window | None = window
        if 0 < self._bulk_from <= count:
            rest = yield from self._bulk.read(window)
        if rest == window and count <= MOST_ROWS:
            yield from self._lanes.read(self._listed(window, rows, after))
        elif rest is not None:
            yield from self._lanes.read(self._listed_in_parts(rest))

    def _listed(self, window: Window, rows: Rows, after: str | None) -> Iterator[Rows]:
        yield rows
        if after is not None:
            yield from self._feed.further(window, after)

    def _listed_in_parts(self, window: Window) -> Iterator[Rows]:
        for part in self._feed.slices(window):
            yield from self._listed(part, *self._feed.first(part))
