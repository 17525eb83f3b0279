"""The shop: its switches, its books, and what its staff does to them."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.shopify import fulfilment
from orderferry.sandbox.shopify import refund as refunds
from orderferry.sandbox.shopify.books import Books, head_of, node_of
from orderferry.sandbox.shopify.bucket import Bucket
from orderferry.sandbox.shopify.bulk import BulkOperations
from orderferry.sandbox.shopify.completion import Completion
from orderferry.sandbox.shopify.json_types import Json, gid, instant_text, legacy_id
from orderferry.sandbox.shopify.order import item_count, new_head
from orderferry.sandbox.shopify.profile import profile
from orderferry.sandbox.shopify.records import Order, OrderFields, Recipe, Tracking
from orderferry.sandbox.shopify.refund import Restock
from orderferry.sandbox.shopify.rights import Redaction
from orderferry.sandbox.shopify.routing import respond
from orderferry.sandbox.shopify.tokens import Tokens

_TOKEN = "shpat_sandbox"  # noqa: S105 - the simulator's, known to everybody

Query = tuple[str, int, int | None, str]
"""(operation name, requested cost, actual cost or None, token)"""


class ShopifyShop:
    """
    One Shopify shop, to be served by `orderferry.sandbox.server.Server`.

    Requests may come in threads while a test edits: every method is atomic. The keyword
    arguments and the attributes below are switches that a test may turn at any time.

    Args:
        now: Returns the true time, aware UTC.
        domain: The shop's name for ever, ending in .myshopify.com.
        token: A static access token; others come from `tokens`.
        scopes: What every token may do.
        time_zone: IANA name.
        currency: ISO 4217 code of the books.
        maximum_available: Points in the full bucket.
        restore_rate: Points that come back per second.
        search_lag: How late the index behind `query:` hears of a change.
        api_version: The newest stable version; the three before it are supported.

    Attributes:
        redacts: What becomes of personal data: "" shows it, "null" hides it, "error" hides
            it and says so.
        deepest: Objects of one connection that can be paged through.
        throttles_with_429: Whether an empty bucket is a 429 instead of a 200.
        tokens: Access and refresh tokens, the client id and secret.
        bulk: Bulk operations and how they end.
        bucket: The points left.
        queries: (operation name, requested cost, actual cost or None, token) of the last
            documents that were understood; None: it was refused for its cost.
        points_spent: The sum of all actual costs.
        plan_name: What the merchant pays for.
        order_prefix: What order names begin with.
        product_tags: One entry for each product: the tag it has.

    """

    def __init__(  # noqa: PLR0913 - switches, each with a default and by keyword only
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        domain: str = "acme.myshopify.com",
        token: str = _TOKEN,
        scopes: Sequence[str] = ("read_orders", "read_products"),
        time_zone: str = "Europe/London",
        currency: str = "GBP",
        maximum_available: float = 2000,
        restore_rate: float = 100,
        search_lag: timedelta = timedelta(0),
        api_version: str = "2026-10",
    ) -> None:
        self.now = now
        self.domain = domain
        self.token = token
        self.scopes = tuple(scopes)
        self.zone = ZoneInfo(time_zone)
        self.currency = currency
        self.search_lag = search_lag
        self.api_version = api_version
        self.redacts: Redaction = ""
        self.deepest = 25_000
        self.throttles_with_429 = False
        self.plan_name = "Grow"
        self.order_prefix = "#"
        self.product_tags: list[str] = []
        self.tokens = Tokens(token)
        self.bulk = BulkOperations()
        self.bucket = Bucket(now, maximum_available, restore_rate)
        self.books = Books()
        self.queries: deque[Query] = deque(maxlen=100_000)
        self.points_spent = 0
        self.answered = 0
        self._lock = threading.RLock()

    def handle(self, request: Request) -> Response:
        """Answers one request."""
        with self._lock:
            return respond(self, request)

    def order(self, order_id: int) -> Json:
        """Returns a copy of the order's JSON, in which connections are plain lists."""
        with self._lock:
            return copy.deepcopy(node_of(self.books.orders[order_id]))

    def line_ids(self, order_id: int) -> list[int]:
        """Returns the ids of an order's lines."""
        with self._lock:
            return [legacy_id(line["id"]) for line in self._lines(order_id)]

    def fulfilment_ids(self, order_id: int) -> list[int]:
        """Returns the ids of an order's parcels, oldest first."""
        with self._lock:
            parcels = node_of(self.books.orders[order_id])["fulfillments"]
            return [int(parcel["legacyResourceId"]) for parcel in parcels]

    def add_order(self, **fields: Unpack[OrderFields]) -> int:
        """Adds an order with realistic defaults for what is not given; returns its id."""
        with self._lock:
            books = self.books
            books.last_number += 1
            name = f"{self.order_prefix}{books.last_number}"
            head = new_head(fields, books.new_order_id(fields.get("id")), name, self.now())
            first = books.new_item_ids(item_count(fields))
            recipe = Recipe(fields, head, first, self.currency)
            books.put(Order(head, recipe=recipe), self.now())
            return head.id

    def put_order(self, node: Json) -> int:
        """
        Adds an order's GraphQL JSON, or replaces it; returns its id.

        What it lacks is completed with null, nothing or zero. `updatedAt` is taken as it is.
        """
        with self._lock:
            currency = node.get("currencyCode") or self.currency
            stamp = node.get("createdAt") or instant_text(self.now())
            completion = Completion(currency, stamp, lambda: self.books.new_item_ids(1))
            whole = completion.order(copy.deepcopy(node))
            order_id = self.books.new_order_id(int(whole["legacyResourceId"]))
            self.books.put(Order(head_of(whole), node=whole), self.now())
            return order_id

    def delete_order(self, order_id: int) -> None:
        """Deletes an order for good."""
        with self._lock:
            self.books.remove(order_id)

    def fulfil(
        self,
        order_id: int,
        quantities: Mapping[int, int] | None = None,
        trackings: Sequence[Tracking] = (),
        created_at: datetime | None = None,
    ) -> int:
        """Ships quantities by line id, or all that is left; returns the parcel's id."""
        with self._lock:
            node = self.books.open(order_id)
            left = {line["id"]: line["unfulfilledQuantity"] for line in node["lineItems"]}
            wanted = _by_gid(quantities) if quantities is not None else left
            wanted = {line_id: count for line_id, count in wanted.items() if count}
            number = self.books.new_item_ids(1)
            at = created_at or self.now()
            parcel = fulfilment.new_fulfilment(node, number, wanted, trackings, instant_text(at))
            fulfilment.ship(node, parcel)
            self._save(order_id)
            return number

    def edit_tracking(
        self, order_id: int, fulfilment_id: int, trackings: Sequence[Tracking]
    ) -> None:
        """Replaces the tracking of a parcel."""
        with self._lock:
            parcel = self._parcel(order_id, fulfilment_id)
            parcel["trackingInfo"] = fulfilment.tracking_info(trackings)
            parcel["updatedAt"] = instant_text(self.now())
            self._save(order_id)

    def cancel_fulfilment(self, order_id: int, fulfilment_id: int) -> None:
        """Cancels a parcel, for example because its label was voided."""
        with self._lock:
            parcel = self._parcel(order_id, fulfilment_id)
            fulfilment.cancel(self.books.open(order_id), parcel, instant_text(self.now()))
            self._save(order_id)

    def refund(
        self,
        order_id: int,
        quantities: Mapping[int, int] | None = None,
        *,
        restock: Restock = "RETURN",
        shipping: str = "0",
    ) -> int:
        """Refunds quantities by line id, or all that is left; returns the refund's id."""
        with self._lock:
            node = self.books.open(order_id)
            left = {line["id"]: line["refundableQuantity"] for line in node["lineItems"]}
            wanted = _by_gid(quantities) if quantities is not None else left
            number = self.books.new_item_ids(1)
            stamp = instant_text(self.now())
            refund = refunds.new_refund(
                node, number, wanted, restock=restock, shipping=Decimal(shipping), stamp=stamp
            )
            refunds.give_back(node, refund)
            node["displayFulfillmentStatus"] = fulfilment.fulfilment_status(node)
            self._save(order_id)
            return number

    def cancel_order(self, order_id: int, reason: str = "CUSTOMER", *, refund: bool = True) -> None:
        """Cancels an order, which closes it, and refunds what is left of it."""
        with self._lock:
            node = self.books.open(order_id)
            if refund:
                shipping = node["currentShippingPriceSet"]["presentmentMoney"]["amount"]
                self.refund(order_id, restock="CANCEL", shipping=shipping)
            stamp = instant_text(self.now())
            node |= {"cancelledAt": stamp, "closedAt": stamp, "cancelReason": reason}
            self._save(order_id)

    def edit_order(
        self,
        order_id: int,
        *,
        touch: bool = True,
        **changes: Any,  # noqa: ANN401 - any keys of the order's JSON
    ) -> None:
        """Changes keys of the order's JSON, objects (addresses) field by field."""
        with self._lock:
            node = self.books.open(order_id)
            for name, value in changes.items():
                old = node.get(name)
                if isinstance(value, Mapping) and isinstance(old, dict):
                    node[name] = {**old, **value}  # the old one may be shared
                else:
                    node[name] = value
            self._save(order_id, touch=touch)

    def touch(self, order_id: int, at: datetime | None = None) -> None:
        """Moves the order's time of change and nothing else, as tags and apps do."""
        with self._lock:
            self.books.touch(order_id, self.now(), at or self.now())

    def settled_books(self) -> Books:
        """Returns the books after the search index heard what is old enough."""
        self.books.settle(self.now(), self.search_lag)
        return self.books

    def profile(self) -> Json:
        """Returns the `shop` object."""
        return profile(self.domain, self.currency, self.zone, self.now(), self.plan_name)

    def note(self, name: str, requested: int, actual: int | None, token: str) -> None:
        """Keeps what a document cost."""
        self.queries.append((name, requested, actual, token))
        self.points_spent += actual or 0

    def _lines(self, order_id: int) -> list[Json]:
        lines: list[Json] = node_of(self.books.orders[order_id])["lineItems"]
        return lines

    def _parcel(self, order_id: int, fulfilment_id: int) -> Json:
        parcels: list[Json] = self.books.open(order_id)["fulfillments"]
        return next(one for one in parcels if one["legacyResourceId"] == str(fulfilment_id))

    def _save(self, order_id: int, *, touch: bool = True) -> None:
        self.books.save(order_id, self.now(), self.now() if touch else None)


def _by_gid(quantities: Mapping[int, int]) -> dict[str, int]:
    return {gid("LineItem", line_id): count for line_id, count in quantities.items()}
