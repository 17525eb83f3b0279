"""The connector: a WooCommerce shop as the protocol wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from connectors.base import (
    CheckResult,
    OrderStamp,
    Page,
    ShopProfile,
    Surroundings,
    Unreadable,
    Window,
)
from connectors.woocommerce.by_id import read_by_id
from connectors.woocommerce.check import Checker
from connectors.woocommerce.client import Json, Params, ShopClient
from connectors.woocommerce.lanes import LANES
from connectors.woocommerce.paging import WindowReader
from connectors.woocommerce.pieces import PieceReader
from connectors.woocommerce.products import ProductCache, ProductReader
from connectors.woocommerce.profile import Details, read_details
from connectors.woocommerce.related import ORDER_FIELDS, RelatedReader
from connectors.woocommerce.settings import WooCommerceSettings
from connectors.woocommerce.stamps import StampReader
from connectors.woocommerce.windows import whole_seconds, zone_of

_PROFILE_AGE: Final = timedelta(days=1)


class WooCommerceConnector:
    """
    Reads one WooCommerce shop; for one thread at a time.

    It remembers products, the shop's profile and the page size that works, so
    one instance should live as long as its merchant's settings.
    """

    def __init__(self, settings: WooCommerceSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._client = ShopClient(settings, surroundings)
        # one per lane: each keeps the page size that works
        self._pieces = [PieceReader(self._client, settings.page_size) for _ in range(LANES)]
        cache = ProductCache(surroundings.now, settings.product_cache)
        self._products = ProductReader(self._client, cache)
        self._related = RelatedReader(
            self._client,
            self._products,
            notes_of=settings.shipped_statuses if settings.tracking_from_notes else (),
        )
        self._details_read: tuple[datetime, Details] | None = None

    def profile(self) -> ShopProfile:
        """Returns the shop's own settings, read at most once a day."""
        return self._details().profile

    def changed(self, window: Window) -> Iterator[Page]:
        """Yields the shipped orders modified in the window, latest ids first within a slice."""
        for rows in self._windows().read(window):
            page = self._page(rows.rows, rows.unreadable)
            yield Page(page.orders, page.unreadable, complete_until=rows.complete_until)

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """
        Yields the orders with these ids in any status.

        Missing are those that are deleted or in the trash.
        """
        for found in read_by_id(self._client, ids, self._rendering()):
            page = self._page(found.rows, found.unreadable)
            yield Page(page.orders, page.unreadable, found.missing)

    def stamps(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields the stamps of the shipped orders created in the window, a request's at a time."""
        reader = StampReader(
            self._client,
            self._settings.page_size,
            statuses=self._settings.shipped_statuses,
            zone=zone_of(self._details().profile.time_zone),
        )
        yield from reader.read(window)

    def count(self, window: Window) -> int | None:
        """Returns how many orders were modified in the window; one cheap request."""
        return self._windows().list(whole_seconds(window)).count()

    def check(self) -> Iterator[CheckResult]:
        """Yields what an operator must know of this shop; each fault with one remedy."""
        yield from Checker(self._client, self._settings, self._surroundings, self.count).run()

    def close(self) -> None:
        """Releases the connections; may be called again."""
        self._client.close()

    def _details(self) -> Details:
        now = self._surroundings.now()
        if self._details_read is None or now - self._details_read[0] >= _PROFILE_AGE:
            self._details_read = (now, read_details(self._client, self._settings))
            self._related.fulfillments_off = False  # it may have been turned on since
        return self._details_read[1]

    def _rendering(self) -> Params:
        return {"_fields": ORDER_FIELDS, "dp": self._details().decimals}

    def _windows(self) -> WindowReader:
        return WindowReader(
            self._client,
            self._pieces,
            statuses=self._settings.shipped_statuses,
            zone=zone_of(self._details().profile.time_zone),
            rendering=self._rendering(),
        )

    def _page(self, rows: Sequence[Json], unreadable: Sequence[Unreadable]) -> Page:
        orders, lost = self._related.complete(rows, decimals=self._details().decimals)
        return Page(orders, (*unreadable, *lost))
