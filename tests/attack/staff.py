"""What people do in a shop, on either platform: the same words, so that one attack fits both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from orderferry.sandbox.server import Handler, Request, Response, drop, lose
from orderferry.sandbox.shopify import ShopifyShop
from orderferry.sandbox.shopify import faults as shopify_faults
from orderferry.sandbox.woocommerce import WooCommerceShop, faults

Failure = Callable[[Request, Handler], Response]

NUMBER = "1Z999AA10123456784"


class Staff(Protocol):
    """The people of one shop."""

    @property
    def hides_old_orders(self) -> bool:
        """Whether the API shows orders of the last 60 days only."""
        ...

    @property
    def faults(self) -> Mapping[str, Failure]:
        """What can be wrong with the shop's API, by name."""
        ...

    def add(self, *, created_at: datetime, shipped: bool, tracked: bool) -> int:
        """Enters an order, now; returns its id."""
        ...

    def ship(self, order_id: int) -> None:
        """Ships what can be shipped, without a tracking number."""
        ...

    def track(self, order_id: int) -> None:
        """Enters a tracking number, as late as plugins and carriers do."""
        ...

    def cancel(self, order_id: int) -> None:
        """Calls the order off; what was shipped was not, after all."""
        ...

    def edit(self, order_id: int, phone: str) -> None:
        """Changes something that is part of what is sent."""
        ...

    def refund(self, order_id: int, *, whole: bool) -> None:
        """Gives money back for a shipped order, once."""
        ...

    def is_shipped(self, order_id: int) -> bool:
        """Whether the shop shows an order that a shopper may return."""
        ...

    def created_at(self, order_id: int) -> datetime:
        """When the order was placed."""
        ...


class WooCommerceStaff:
    """Works with statuses and a tracking plugin."""

    hides_old_orders = False

    faults: Mapping[str, Failure] = {
        "dropped": drop(),
        "lost": lose(),
        "half an answer": faults.truncated(),
        "429": faults.rate_limited(5),
        "429, long": faults.rate_limited(3600),
        "maintenance": faults.maintenance(),
        "500": faults.php_fatal(),
        "502": faults.bad_gateway(),
        "401": faults.rest_closed(),
        "captcha": faults.captcha(),
        "login page": faults.login_page(),
        "nothing": faults.empty_body(),
    }

    def __init__(self, shop: WooCommerceShop) -> None:
        self._shop = shop

    def add(self, *, created_at: datetime, shipped: bool, tracked: bool) -> int:
        return self._shop.add_order(
            status="completed" if shipped else "processing",
            created_at=created_at,
            modified_at=self._shop.clock(),
            tracking=[(NUMBER, "ups")] if tracked else [],
        )

    def ship(self, order_id: int) -> None:
        if self._shop.order(order_id)["status"] != "refunded":
            self._shop.edit_order(order_id, status="completed")

    def track(self, order_id: int) -> None:
        """On legacy storage nothing shows that the order changed."""
        self._shop.add_tracking(order_id, NUMBER, "ups")

    def cancel(self, order_id: int) -> None:
        self._shop.edit_order(order_id, status="cancelled")

    def edit(self, order_id: int, phone: str) -> None:
        self._shop.edit_order(order_id, billing={"phone": phone})

    def refund(self, order_id: int, *, whole: bool) -> None:
        order = self._shop.order(order_id)
        if order["status"] == "completed" and not order["refunds"]:
            self._shop.refund(order_id, amount=None if whole else "1.00")

    def is_shipped(self, order_id: int) -> bool:
        return bool(self._shop.order(order_id)["status"] == "completed")

    def created_at(self, order_id: int) -> datetime:
        return datetime.fromisoformat(self._shop.order(order_id)["date_created_gmt"] + "+00:00")


class ShopifyStaff:
    """Works with parcels; the search index may hear of a change half a minute late."""

    hides_old_orders = True
    faults: Mapping[str, Failure] = {
        "dropped": drop(),
        "lost": lose(),
        "half an answer": shopify_faults.truncated(),
        "half of the JSON": shopify_faults.half_json(),
        "429": shopify_faults.too_many_requests(),
        "429, long": shopify_faults.too_many_requests("3600"),
        "THROTTLED": shopify_faults.throttled_once(),
        "timeout": shopify_faults.timeout_body(),
        "internal error": shopify_faults.internal_error(),
        "errors as text": shopify_faults.errors_as_text(),
        "errors as object": shopify_faults.errors_as_object(query="Required parameter missing"),
        "402": shopify_faults.frozen(),
        "403": shopify_faults.forbidden(),
        "404": shopify_faults.unknown_shop(),
        "423": shopify_faults.locked(),
        "430": shopify_faults.suspicious(),
        "502": shopify_faults.server_error(),
        "password page": shopify_faults.password_page(),
        "nothing": shopify_faults.empty_body(),
    }

    def __init__(self, shop: ShopifyShop, search_lag: timedelta) -> None:
        self._shop = shop
        shop.search_lag = search_lag

    def add(self, *, created_at: datetime, shipped: bool, tracked: bool) -> int:
        return self._shop.add_order(
            created_at=created_at,
            updated_at=self._shop.now(),
            lines=[{"quantity": 2}],
            fulfilled=shipped,
            trackings=[("UPS", NUMBER)] if shipped and tracked else [],
        )

    def ship(self, order_id: int) -> None:
        order = self._shop.order(order_id)
        left = sum(line["unfulfilledQuantity"] for line in order["lineItems"])
        if left and not order["cancelledAt"]:
            self._shop.fulfil(order_id)

    def track(self, order_id: int) -> None:
        for parcel in self._shop.fulfilment_ids(order_id):
            self._shop.edit_tracking(order_id, parcel, [("UPS", NUMBER)])

    def cancel(self, order_id: int) -> None:
        order = self._shop.order(order_id)
        if order["cancelledAt"] or order["refunds"]:
            return
        for parcel in order["fulfillments"]:
            if parcel["status"] == "SUCCESS":
                self._shop.cancel_fulfilment(order_id, int(parcel["legacyResourceId"]))
        self._shop.cancel_order(order_id)

    def edit(self, order_id: int, phone: str) -> None:
        self._shop.edit_order(order_id, shippingAddress={"phone": phone})

    def refund(self, order_id: int, *, whole: bool) -> None:
        order = self._shop.order(order_id)
        if self.is_shipped(order_id) and not order["refunds"]:
            (line,) = self._shop.line_ids(order_id)
            self._shop.refund(order_id, None if whole else {line: 1})

    def is_shipped(self, order_id: int) -> bool:
        order = self._shop.order(order_id)
        parcels = [one for one in order["fulfillments"] if one["status"] == "SUCCESS"]
        kept = sum(line["currentQuantity"] for line in order["lineItems"])
        return bool(parcels and kept and not order["cancelledAt"])

    def created_at(self, order_id: int) -> datetime:
        return datetime.fromisoformat(self._shop.order(order_id)["createdAt"])
