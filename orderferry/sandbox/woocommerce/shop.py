"""The shop: its switches, its books, and what its staff and plugins do to them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from orderferry.sandbox.server import Request, Response
from orderferry.sandbox.woocommerce import fulfilment as fulfilments
from orderferry.sandbox.woocommerce import refund as refunds
from orderferry.sandbox.woocommerce.keys import ApiKey, Keyring, Permissions
from orderferry.sandbox.woocommerce.order import new_order, tracking_item
from orderferry.sandbox.woocommerce.product import new_product, new_variation
from orderferry.sandbox.woocommerce.records import (
    OrderFields,
    ProductFields,
    Records,
    Storage,
    Workshop,
    meta_value,
)
from orderferry.sandbox.woocommerce.rest import Json
from orderferry.sandbox.woocommerce.routing import respond
from orderferry.sandbox.woocommerce.site_time import SiteTime

_NEVER_TOUCH = frozenset(
    {"line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines", "refunds"}
)
"""Saving an item does not save its order: neither storage moves `date_modified` (measured)."""

_TOUCH_ON_CPT = frozenset(
    {"status", "date_created", "date_created_gmt", "parent_id", "customer_note"}
)
"""All that moves `post_modified` on legacy storage; meta data and addresses do not (measured)."""

_DEFAULT_KEY = ApiKey(f"ck_sandbox{'0' * 33}", f"cs_sandbox{'0' * 33}")


class WooCommerceShop:
    """
    One WooCommerce shop, to be served by `orderferry.sandbox.server.Server`.

    Requests may come in threads while a test edits: every method is atomic. The keyword
    arguments and the attributes below are switches that a test may turn at any time.

    Args:
        now: Returns the true time, aware UTC.
        time_zone: IANA name, or an offset like "+05:30".
        storage: "hpos" or "cpt"; decides what moves `date_modified`.
        weight_unit: kg, g, lbs or oz.
        fulfillments: Whether the core feature is on (it is off by default).
        statuses: Slugs that plugins registered, without `wc-`; take one away and orders
            in it vanish from every list.
        currency: ISO 4217 code of the books.
        decimals: How many the shop shows.

    Attributes:
        poison: Orders whose rendering is a PHP fatal error.
        version: WooCommerce's version.
        home: The address the shop takes for its own; empty: the one it is served at.
        subfolder: Where WordPress lives below the host, for example "/shop".
        rest_prefix: What a plugin may have renamed "wp-json" to.
        plain_permalinks: Addresses of the REST API end at the home page.
        behind_tls_proxy: Requests count as HTTPS though they arrive in clear.
        strips_authorization: The host drops the Authorization header.
        clock_skew: How far the shop's clock is ahead.
        header_limit: Bytes of headers the web server takes from PHP.

    """

    def __init__(  # noqa: PLR0913 - switches, each with a default and by keyword only
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        time_zone: str = "America/New_York",
        storage: Storage = "hpos",
        weight_unit: str = "kg",
        fulfillments: bool = False,
        statuses: Sequence[str] = (),
        currency: str = "USD",
        decimals: int = 2,
    ) -> None:
        self.site = SiteTime(time_zone)
        self.storage: Storage = storage
        self.weight_unit = weight_unit
        self.fulfillments = fulfillments
        self.statuses = tuple(statuses)
        self.currency = currency
        self.decimals = decimals
        self.name = "Sandbox Shop"
        self.version = "11.0.1"
        self.home = ""
        self.subfolder = ""
        self.rest_prefix = "wp-json"
        self.plain_permalinks = False
        self.behind_tls_proxy = False
        self.strips_authorization = False
        self.clock_skew = timedelta()
        self.header_limit = 4096
        self.poison: set[int] = set()
        self.keyring = Keyring((_DEFAULT_KEY,))
        self.records = Records()
        self._now = now
        self._lock = threading.RLock()

    @property
    def keys(self) -> tuple[ApiKey, ...]:
        """The consumer keys; the first is a read key of an administrator."""
        return self.keyring.keys

    @property
    def rest_root(self) -> str:
        """Where the site says its REST API is, below its home."""
        return "/index.php?rest_route=/" if self.plain_permalinks else f"/{self.rest_prefix}/"

    def clock(self) -> datetime:
        """Returns what the shop takes for the time."""
        return self._now() + self.clock_skew

    def handle(self, request: Request) -> Response:
        """Answers one request."""
        with self._lock:
            return respond(self, request)

    def grant(self, key: ApiKey) -> ApiKey:
        """Adds a key and returns it."""
        with self._lock:
            self.keyring.grant(key)
            return key

    def revoke(self, key: ApiKey | str) -> None:
        """Removes a key."""
        with self._lock:
            self.keyring.revoke(key.key if isinstance(key, ApiKey) else key)

    def limit(self, key: ApiKey | str, permissions: Permissions) -> None:
        """Changes what a key may do."""
        with self._lock:
            self.keyring.limit(key.key if isinstance(key, ApiKey) else key, permissions)

    def order(self, order_id: int) -> Json:
        """Returns a copy of the order as stored: money unrounded, no links."""
        with self._lock:
            return copy.deepcopy(self.records.orders[order_id])

    def add_order(self, **fields: Unpack[OrderFields]) -> int:
        """Adds an order with realistic defaults for what is not given; returns its id."""
        with self._lock:
            order = new_order(self._workshop(), fields)
            self.records.orders[order["id"]] = order
            return int(order["id"])

    def put_order(self, order: Json) -> int:
        """Adds a complete order as the API shows it, or replaces it; returns its id."""
        with self._lock:
            order_id = self.records.claim(int(order["id"]))
            kept = {name: value for name, value in order.items() if name != "_links"}
            self.records.orders[order_id] = copy.deepcopy(kept)
            return order_id

    def edit_order(
        self,
        order_id: int,
        *,
        touch: bool | datetime | None = None,
        **changes: Any,  # noqa: ANN401 - any keys of the order's JSON
    ) -> None:
        """
        Changes an order and moves `date_modified` where this storage would.

        Objects (`billing`) are changed field by field, `meta_data` key by key; no change at
        all is a save that changes nothing. *touch* overrules the storage: True and False as
        they say, an instant is taken as it is.
        """
        with self._lock:
            order = self.records.orders[order_id]
            before = order["status"]
            for name, value in changes.items():
                self._change(order, name, value)
            if order["status"] != before:
                self._enter(order)
            moved = self._moves(changes) if touch is None else touch
            if moved:
                self._touch(order, moved if isinstance(moved, datetime) else None)

    def add_tracking(
        self, order_id: int, number: str, carrier: str = "usps", shipped_at: datetime | None = None
    ) -> None:
        """Stores a tracking number as the official plugin does: in meta data."""
        with self._lock:
            key = "_wc_shipment_tracking_items"
            items = meta_value(self.records.orders[order_id], key) or []
            item = tracking_item(number, carrier, shipped_at or self.clock())
            self.edit_order(order_id, meta_data={key: [*items, item]})

    def add_note(self, order_id: int, text: str) -> None:
        """Writes an order note; the order's modification time stays (recorded)."""
        with self._lock:
            at = self.clock()
            note = {
                "id": self.records.new_item_id(),
                "author": "WooCommerce",
                "date_created": self.site.local(at),
                "date_created_gmt": self.site.gmt(at),
                "note": text,
                "customer_note": False,
            }
            self.records.notes.setdefault(order_id, []).append(note)

    def refund(
        self,
        order_id: int,
        quantities: Mapping[int, int] | None = None,
        amount: str | None = None,
        reason: str = "",
    ) -> int:
        """
        Refunds quantities by line item, an amount, or what is left; returns the refund's id.

        The order's total and quantities stay; a refund of everything sets its status.
        """
        with self._lock:
            order = self.records.orders[order_id]
            shop = self._workshop()
            refund = refunds.new_refund(shop, order, quantities or {}, amount, reason)
            order["refunds"] = [refunds.mention(refund), *order["refunds"]]
            self.records.refunds.setdefault(order_id, []).insert(0, refund)
            if refunds.remaining(shop, order) <= 0:
                order["status"] = "refunded"
            self._touch(order)
            return int(refund["id"])

    def delete_refund(self, order_id: int, refund_id: int) -> None:
        """Deletes a refund; neither storage moves `date_modified` for it (measured)."""
        with self._lock:
            order = self.records.orders[order_id]
            order["refunds"] = [known for known in order["refunds"] if known["id"] != refund_id]
            kept = [known for known in self.records.refunds[order_id] if known["id"] != refund_id]
            self.records.refunds[order_id] = kept

    def trash_order(self, order_id: int) -> None:
        """Moves an order to the trash: gone from lists, still shown by id."""
        with self._lock:
            order = self.records.orders[order_id]
            self.records.set_meta(order, "_wp_trash_meta_status", f"wc-{order['status']}")
            order["status"] = "trash"
            self._touch(order)

    def untrash_order(self, order_id: int) -> None:
        """Takes an order out of the trash, back into its former status."""
        with self._lock:
            order = self.records.orders[order_id]
            former = str(meta_value(order, "_wp_trash_meta_status") or "wc-pending")
            order["status"] = former.removeprefix("wc-")
            self._touch(order)

    def delete_order(self, order_id: int) -> None:
        """Deletes an order for good."""
        with self._lock:
            del self.records.orders[order_id]
            self.records.refunds.pop(order_id, None)
            self.records.fulfilments.pop(order_id, None)

    def fulfil(
        self,
        order_id: int,
        items: Mapping[int, int],
        number: str = "",
        provider: str = "",
        *,
        fulfilled: bool = True,
    ) -> int:
        """
        Records a core fulfilment of quantities by line item; returns its id.

        Nothing checks the quantities, as in the real shop. Without a number it looks like
        the entry WooCommerce makes by itself for virtual items.
        """
        with self._lock:
            meta = {"_tracking_number": number, "_shipment_provider": provider} if number else {}
            entry = fulfilments.new_fulfilment(self._workshop(), order_id, items, meta)
            entries = self.records.fulfilments.setdefault(order_id, [])
            entries.append(entry if fulfilled else fulfilments.as_draft(entry))
            lines = self.records.orders[order_id]["line_items"]
            status = fulfilments.order_status(lines, entries)
            self.edit_order(order_id, meta_data={"_fulfillment_status": status})
            return int(entry["id"])

    def add_product(self, **fields: Unpack[ProductFields]) -> int:
        """Adds a simple product; returns its id."""
        with self._lock:
            return self.put_product(new_product(self._workshop(), fields))

    def add_variation(self, parent_id: int, **fields: Unpack[ProductFields]) -> int:
        """Adds a variation, which shows its parent's values where it has none; returns its id."""
        with self._lock:
            parent = self.records.products[parent_id]
            return self.put_product(new_variation(self._workshop(), parent, fields))

    def put_product(self, product: Json) -> int:
        """Adds a complete product or variation as the API shows it; returns its id."""
        with self._lock:
            product_id = self.records.claim(int(product["id"]))
            kept = {name: value for name, value in product.items() if name != "_links"}
            self.records.products[product_id] = copy.deepcopy(kept)
            return product_id

    def edit_product(self, product_id: int, **changes: Any) -> None:  # noqa: ANN401 - any keys of the product's JSON
        """Changes a product; orders show its new sku and image at once, but the old name."""
        with self._lock:
            self.records.products[product_id] |= changes

    def delete_product(self, product_id: int) -> None:
        """Deletes a product; its lines in orders lose ids, sku and image, and keep the name."""
        with self._lock:
            del self.records.products[product_id]
            self.records.deleted_products.add(product_id)

    def _workshop(self) -> Workshop:
        return Workshop(
            self.records, self.site, self.clock(), self.currency, self.decimals, self.version
        )

    def _change(self, order: Json, name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
        if name == "meta_data" and isinstance(value, Mapping):
            for key, content in value.items():
                self.records.set_meta(order, key, content)
        elif isinstance(value, Mapping) and isinstance(order.get(name), dict):
            order[name] |= value
        else:
            order[name] = value

    def _enter(self, order: Json) -> None:
        # completing sets its date each time and pays an order that was not paid; leaving the
        # status clears neither (measured)
        for name in ("is_editable", "needs_payment"):
            order.pop(name, None)
        if order["status"] != "completed":
            return
        dates = ["completed"] if order["date_paid_gmt"] else ["completed", "paid"]
        for name in dates:
            order[f"date_{name}"] = self.site.local(self.clock())
            order[f"date_{name}_gmt"] = self.site.gmt(self.clock())

    def _moves(self, changes: Mapping[str, object]) -> bool:
        if self.storage == "cpt":
            return bool(_TOUCH_ON_CPT & changes.keys())
        return not changes or bool(changes.keys() - _NEVER_TOUCH)

    def _touch(self, order: Json, at: datetime | None = None) -> None:
        local = self.site.local(at or self.clock())
        order["date_modified"] = local
        # the order tables derive UTC from the local string, and lose the autumn hour by it
        derived = self.storage == "hpos" and at is None
        order["date_modified_gmt"] = (
            self.site.gmt_of_local(local) if derived else self.site.gmt(at or self.clock())
        )
