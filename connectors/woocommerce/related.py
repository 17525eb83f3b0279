"""Raw orders, completed with what their own JSON leaves out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.base import RawOrder, Unreadable
from connectors.errors import Contract
from connectors.woocommerce.client import Json, Params, ShopClient
from connectors.woocommerce.decoding import Row
from connectors.woocommerce.isolation import UNNAMED, isolate
from connectors.woocommerce.products import ProductReader
from connectors.woocommerce.refusals import Missing, NoRoute
from connectors.woocommerce.tracked import shows_tracking
from connectors.woocommerce.windows import modified_at

ORDER_FIELDS: Final = (
    "id,parent_id,number,status,currency,created_via,prices_include_tax,"
    "date_created_gmt,date_modified_gmt,date_completed_gmt,date_paid_gmt,"
    "discount_total,discount_tax,shipping_total,shipping_tax,total,total_tax,"
    "billing,shipping,needs_processing,meta_data,line_items,shipping_lines,fee_lines,"
    "coupon_lines,refunds,shipments,shipping_status"
)
"""
All that mapping may use; `shipments` and `shipping_status` are Shiptastic's.

What stays away: order_key and payment_url open the order to whoever has them,
direct_debit holds bank accounts (Germanized), the customer's IP and note are
nobody's business here.
"""

_REFUND_FIELDS: Final = "id,date_created_gmt,amount,meta_data,line_items,shipping_lines,fee_lines"
_NOTES: Final[Params] = {"_fields": "id,date_created_gmt,note"}
_NOT_PAGED: Final = frozenset({"fulfillments", "notes"})
_FULL: Final = 100  # rows of a page
_MOST_PAGES: Final = 20

_LOG: Final = logging.getLogger(__name__)


class RelatedReader:
    """Reads refunds, fulfilments, notes and products for orders."""

    def __init__(
        self, client: ShopClient, products: ProductReader, *, notes_of: Sequence[str] = ()
    ) -> None:
        self._client = client
        self._products = products
        self._notes_of = frozenset(status.removeprefix("wc-") for status in notes_of)
        """Statuses of the orders whose notes are read."""
        self.fulfillments_off = False
        """The shop said that it has no fulfilments, whatever its orders say."""

    def complete(
        self, rows: Sequence[Json], *, decimals: int
    ) -> tuple[tuple[RawOrder, ...], tuple[Unreadable, ...]]:
        """
        Returns the orders of a page with their `related`, and those that cannot be had.

        `related` holds "refunds" where the order has any, "fulfillments" where the
        order says that it has some, "notes" where they are wanted and
        the order shows no tracking number, and "products" by id as text, variations
        among them; deleted ones are absent.
        """
        orders: list[RawOrder] = []
        unreadable: list[Unreadable] = []
        self._products.of([row for row in rows if isinstance(row, dict)])
        last = 0
        for row in rows:
            if not isinstance(row, dict) or not isinstance(row.get("id"), int):
                problem = "The shop's list has something there that is no order."
                unreadable.append(Unreadable(f"{UNNAMED}{last}", problem))
                continue
            last = row["id"]
            related = self._related(row, decimals=decimals)
            if isinstance(related, Unreadable):
                unreadable.append(related)
            else:
                text = row.text if isinstance(row, Row) else None
                orders.append(RawOrder(str(last), modified_at(row), row, related, text))
        return tuple(orders), tuple(unreadable)

    def _related(self, order: Mapping[str, Any], *, decimals: int) -> dict[str, Json] | Unreadable:
        related: dict[str, Json] = {"products": self._products.for_order(order)}
        if order.get("refunds"):
            params: Params = {"_fields": _REFUND_FIELDS, "dp": decimals}
            refunds = self._rows_of(order, "refunds", params)
            if isinstance(refunds, Unreadable):
                return refunds
            related["refunds"] = refunds
        if not self.fulfillments_off and _has_fulfillments(order):
            try:
                entries = self._rows_of(order, "fulfillments", {})
            except NoRoute:
                self.fulfillments_off = True  # orders keep the meta when the feature is turned off
                return related
            if isinstance(entries, Unreadable):
                return entries
            related["fulfillments"] = entries
        if order.get("status") in self._notes_of and not shows_tracking({**order, **related}):
            notes = self._rows_of(order, "notes", _NOTES)
            if isinstance(notes, Unreadable):
                return notes
            related["notes"] = notes
        return related

    def _rows_of(
        self, order: Mapping[str, Any], name: str, params: Params
    ) -> list[Json] | Unreadable:
        """Returns all rows of a list below an order; a failure on this very order is its own."""
        order_id = order["id"]
        path = f"wc/v3/orders/{order_id}/{name}"
        rows: list[Json] = []
        for number in range(1, _MOST_PAGES + 1):
            where: Params = {"per_page": _FULL, "page": number}
            try:
                read, fatal = isolate(
                    self._client,
                    [order_id],
                    lambda _ids, where=where: self._client.rows(path, {**params, **where}),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                )
            except Missing:
                return Unreadable(str(order_id), f"The shop has lost this order's {name}.")
            if fatal:
                return Unreadable(
                    str(order_id), f"The shop fails on this order's {name} with a PHP error."
                )
            rows += read
            if len(read) < _FULL or name in _NOT_PAGED:
                return rows
        raise Contract(
            f"The refunds of order {order_id} do not end.",
            "Update WooCommerce; it ignores the page number.",
        )


def _has_fulfillments(order: Mapping[str, Any]) -> bool:
    # saves a request per order: WooCommerce sets this meta with the first fulfilment (recorded)
    meta = order.get("meta_data")
    return isinstance(meta, list) and any(
        isinstance(row, dict) and row.get("key") == "_fulfillment_status" for row in meta
    )
