"""Refunds: what the order shows of them, and what only their own route tells."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from orderferry.sandbox.woocommerce import money
from orderferry.sandbox.woocommerce.records import Workshop
from orderferry.sandbox.woocommerce.rest import Json


def new_refund(
    shop: Workshop, order: Json, quantities: Mapping[int, int], amount: str | None, reason: str
) -> Json:
    """
    Returns a refund's JSON as stored.

    Quantities are by line item; a refund of an amount only has no lines. Without either,
    it is what the order still holds.
    """
    lines = [
        _line(shop, line, quantities[line["id"]])
        for line in order["line_items"]
        if line["id"] in quantities
    ]
    worth = -sum((_gross(line) for line in lines), Decimal(0)) if lines else remaining(shop, order)
    total = money.rounded(worth if amount is None else Decimal(amount), shop.decimals)
    full = total >= remaining(shop, order)
    return {
        "id": shop.records.new_id(),
        "parent_id": order["id"],
        "date_created": shop.site.local(shop.now),
        "date_created_gmt": shop.site.gmt(shop.now),
        "amount": f"{total:f}",
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": shop.records.meta({"_refund_type": "full" if full else "partial"}),
        "line_items": lines,
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }


def mention(refund: Json) -> Json:
    """Returns the entry of the order's `refunds`: the whole amount, negative, no quantities."""
    tax = sum((Decimal(line["total_tax"]) for line in refund["line_items"]), Decimal(0))
    total = f"{-Decimal(refund['amount']):f}"
    return {
        "id": refund["id"],
        "reason": refund["reason"],
        "total": total,
        "total_tax": f"{tax:f}",
    }


def remaining(shop: Workshop, order: Json) -> Decimal:
    """Returns how much of the order is not refunded yet; the order's own total never changes."""
    refunded = sum((Decimal(refund["total"]) for refund in order["refunds"]), Decimal(0))
    return money.rounded(Decimal(order["total"]) + refunded, shop.decimals)


def _line(shop: Workshop, line: Json, quantity: int) -> Json:
    share = Decimal(quantity) / (line["quantity"] or 1)
    amounts = {
        name: f"{money.rounded(-Decimal(line[name]) * share, shop.decimals):f}"
        for name in ("subtotal", "subtotal_tax", "total", "total_tax")
    }
    row = shop.records.meta({"_refunded_item_id": str(line["id"])})[0]
    shown = {"display_key": row["key"], "display_value": row["value"]}
    changes = {"id": shop.records.new_item_id(), "quantity": -quantity, "meta_data": [row | shown]}
    return line | amounts | changes


def _gross(line: Json) -> Decimal:
    return Decimal(line["total"]) + Decimal(line["total_tax"])
