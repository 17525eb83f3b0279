"""The connector: a Shopify shop as the protocol wants it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.base import (
    CheckResult,
    OrderStamp,
    Page,
    ShopProfile,
    Surroundings,
    Window,
)
from connectors.errors import Contract
from connectors.shopify.auth import RENEWAL_REMEDY, is_spent
from connectors.shopify.check import Checker
from connectors.shopify.client import ShopClient
from connectors.shopify.detail import OrderReader
from connectors.shopify.documents import PRODUCTS_TAGGED, SAMPLE, SHOP
from connectors.shopify.feed import FeedReader
from connectors.shopify.pace import Pace
from connectors.shopify.paging import WindowReader
from connectors.shopify.protection import Sight, sight
from connectors.shopify.refusals import PROTECTED_REMEDY
from connectors.shopify.settings import ShopifySettings
from connectors.shopify.stamps import StampReader
from connectors.shopify.versions import complaint
from connectors.shopify.windows import whole_seconds

SAMPLE_SIZE: Final = 10

_PROFILE_AGE: Final = timedelta(days=1)
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_WEIGHT_UNITS: Final = {"KILOGRAMS": "kg", "GRAMS": "g", "POUNDS": "lbs", "OUNCES": "oz"}


class ShopifyConnector:
    """
    Reads one Shopify shop; for one thread at a time.

    It remembers the shop's profile, its bucket, its token and the sizes that
    work, so one instance should live as long as its merchant's settings.
    """

    def __init__(self, settings: ShopifySettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._client = ShopClient(settings, surroundings)
        self._feed = FeedReader(self._client, surroundings, settings.feed_page)
        self._pace = Pace(settings.order_page, settings.line_page)
        self._orders = OrderReader(self._client, self._pace)
        self._profile: tuple[datetime, ShopProfile] | None = None
        self._sees_customers = False

    def profile(self) -> ShopProfile:
        """Returns the shop's own settings, read at most once a day; the cautions are of now."""
        now = self._surroundings.now()
        if self._profile is None or now - self._profile[0] >= _PROFILE_AGE:
            self._profile = (now, self._read_profile())
            # the right to read products may have been granted since
            self._orders = OrderReader(self._client, self._pace)
        return replace(self._profile[1], cautions=tuple(self._cautions(now)))

    def changed(self, window: Window) -> Generator[Page]:
        """Yields the orders modified in the window, shipped or not, the earliest change first."""
        reader = WindowReader(
            self._client, self._settings, self._surroundings, self._feed, self._orders
        )
        with self._promises(), closing(reader.read(window)) as pages:
            for page in pages:
                self._require_sight(page)
                yield page

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """
        Yields the orders with these ids in any state.

        Missing are those that are deleted, and without the scope read_all_orders
        those that are older than 60 days.
        """
        known = [id_ for id_ in dict.fromkeys(ids) if _ID.fullmatch(id_)]
        strange = tuple(id_ for id_ in dict.fromkeys(ids) if not _ID.fullmatch(id_))
        if strange:
            yield Page((), missing=strange)
        with self._promises():
            for found in self._orders.read(known):
                page = Page(tuple(found.orders), tuple(found.unreadable), tuple(found.missing))
                self._require_sight(page)
                yield page

    def stamps(self, window: Window) -> Iterator[tuple[OrderStamp, ...]]:
        """Yields the stamps of the orders created in the window, shipped or not, oldest first."""
        with self._promises():
            yield from StampReader(self._client, self._settings.feed_page).read(window)

    def count(self, window: Window) -> int | None:
        """Returns how many orders were modified in the window; one request of 10 points."""
        with self._promises():
            return self._feed.count(whole_seconds(window))

    def check(self) -> Iterator[CheckResult]:
        """Yields what an operator must know of this shop; each fault with one remedy."""
        yield from Checker(self._client, self._settings, self._surroundings, self).run()

    def close(self) -> None:
        """Releases the connections; may be called again."""
        self._client.close()

    def sample(self) -> Sight:
        """Returns whether the shop's latest orders show their customers to the app."""
        with self._promises():
            orders = self._client.ask(SAMPLE, {"first": SAMPLE_SIZE}, partial=True)
            if any(one.protected for one in orders.problems):
                return Sight.REDACTED
            return sight(orders.data["orders"]["nodes"])

    def _cautions(self, now: datetime) -> Iterator[str]:
        wrong = complaint(self._settings.api_version, self._client.answered, now)
        if wrong is not None:
            yield " ".join(wrong)
        tokens = self._client.tokens()
        if tokens is not None and is_spent(tokens, now):
            yield (
                f"{self._client.where} gives no new access token, and the old one ends soon."
                f" {RENEWAL_REMEDY}"
            )

    def has_products_tagged(self, tag: str) -> bool:
        """Returns whether any product that the app may read has the tag."""
        with self._promises():
            found = self._client.ask(PRODUCTS_TAGGED, {"search": f"tag:'{tag}'"}, partial=True)
            return bool((found.data["productsCount"] or {"count": 0})["count"])

    def _read_profile(self) -> ShopProfile:
        with self._promises():
            shop = self._client.ask(SHOP).data["shop"]
            return ShopProfile(
                time_zone=shop["ianaTimezone"],
                weight_unit=_WEIGHT_UNITS[shop["weightUnit"]],
                currency=shop["currencyCode"],
            )

    def _require_sight(self, page: Page) -> None:
        """
        Raises Contract if customers are hidden from the app; one fault, not a thousand orders.

        A few orders without any name may be just that (a sale at the counter):
        the shop's latest ones decide.
        """
        if self._sees_customers:
            return
        seen = sight(raw.order for raw in page.orders)
        if seen is Sight.REDACTED and self.sample() is Sight.REDACTED:
            raise Contract(
                f"{self._client.where} hides customers' names and addresses from the app"
                " (protected customer data).",
                PROTECTED_REMEDY,
            )
        self._sees_customers = seen is Sight.VISIBLE

    @contextmanager
    def _promises(self) -> Iterator[None]:
        """Turns an answer of another shape than the schema's into a Contract error."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise Contract(
                f"{self._client.where} answered in another shape than its schema has"
                f" ({type(error).__name__}).",
                "Leave api_version out, or update orderferry.",
            ) from error
