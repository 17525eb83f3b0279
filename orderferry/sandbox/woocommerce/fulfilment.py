"""Core fulfilments, the feature that WooCommerce ships switched off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from orderferry.sandbox.woocommerce.records import Workshop, meta_value
from orderferry.sandbox.woocommerce.rest import Json


def new_fulfilment(
    shop: Workshop, order_id: int, items: Mapping[int, int], meta: Mapping[str, str]
) -> Json:
    """
    Returns a fulfilled entry as lists show it: ids and flags are text there (recorded).

    *items* is quantity by line item; nothing checks it, as in the real shop.
    """
    now = f"{shop.site.gmt(shop.now)}Z"
    quantities = [{"item_id": item, "qty": quantity} for item, quantity in items.items()]
    return {
        "id": shop.records.new_item_id(),
        "entity_type": "WC_Order",
        "entity_id": str(order_id),
        "status": "fulfilled",
        "is_fulfilled": "1",
        "date_updated": now,
        "date_deleted": None,
        "meta_data": shop.records.meta({**meta, "_items": quantities, "_date_fulfilled": now}),
    }


def as_draft(entry: Json) -> Json:
    """Returns the entry as it is before it counts: no date, not fulfilled."""
    rows = [row for row in entry["meta_data"] if row["key"] != "_date_fulfilled"]
    return entry | {"status": "unfulfilled", "is_fulfilled": "0", "meta_data": rows}


def order_status(lines: Sequence[Json], entries: Sequence[Json]) -> str:
    """Returns what the order's meta `_fulfillment_status` says."""
    sent: Counter[int] = Counter()
    for entry in entries:
        if entry["is_fulfilled"] == "1":
            sent.update({item["item_id"]: item["qty"] for item in meta_value(entry, "_items")})
    if not sent:
        return "unfulfilled"
    complete = all(sent[line["id"]] >= line["quantity"] for line in lines)
    return "fulfilled" if complete else "partially_fulfilled"
