"""Refunds: what they do to an order's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from orderferry.sandbox.shopify.json_types import Json, gid
from orderferry.sandbox.shopify.money import Currencies, currencies_of, value_of
from orderferry.sandbox.shopify.tax import tax_of
from orderferry.sandbox.shopify.totals import paid

Restock = Literal["RETURN", "CANCEL", "NO_RESTOCK"]
"""CANCEL takes units out that were never shipped."""


def new_refund(  # noqa: PLR0913 - a refund is made of these
    node: Json,
    refund_id: int,
    wanted: Mapping[str, int],
    *,
    restock: Restock,
    shipping: Decimal,
    stamp: str,
) -> Json:
    """Returns a refund of quantities by the lines' global ids, with what was paid for them."""
    currencies = currencies_of(node)
    lines = {line["id"]: line for line in node["lineItems"]}
    items = [
        _item(lines[line_id], refund_id * 100 + at, quantity, restock, currencies)
        for at, (line_id, quantity) in enumerate(wanted.items())
    ]
    posted = _shipping(node, refund_id * 100, shipping, currencies)
    total = _sum(items, "subtotalSet") + shipping
    if not node["taxesIncluded"]:
        total += _sum(items, "totalTaxSet") + _sum(posted, "taxAmountSet")
    return {
        "__typename": "Refund",
        "id": gid("Refund", refund_id),
        "legacyResourceId": str(refund_id),
        "note": None,
        "createdAt": stamp,
        "processedAt": stamp,
        "updatedAt": stamp,
        "totalRefundedSet": currencies.bag(total),
        "refundLineItems": items,
        "refundShippingLines": posted,
        "orderAdjustments": [],
    }


def give_back(node: Json, refund: Json) -> None:
    """Adds a refund to the order: current quantities and totals shrink, the original ones stay."""
    items, posted = refund["refundLineItems"], refund["refundShippingLines"]
    for item in items:
        line, quantity = item["lineItem"], item["quantity"]
        line["currentQuantity"] -= quantity
        line["refundableQuantity"] -= quantity
        if item["restockType"] == "CANCEL":
            line["unfulfilledQuantity"] = max(line["unfulfilledQuantity"] - quantity, 0)
    total, goods = value_of(refund["totalRefundedSet"]), _sum(items, "subtotalSet")
    shipping = _sum(posted, "subtotalAmountSet")
    currencies = currencies_of(node)
    for name, amount in (
        ("totalRefundedSet", total),
        ("totalRefundedShippingSet", shipping),
        ("netPaymentSet", -total),
        ("currentTotalPriceSet", -total),
        ("currentSubtotalPriceSet", -goods),
        ("currentShippingPriceSet", -shipping),
        ("currentTotalTaxSet", -_sum(items, "totalTaxSet") - _sum(posted, "taxAmountSet")),
    ):
        node[name] = currencies.bag(value_of(node[name]) + amount)
    node["refunds"].append(refund)
    refunded = value_of(node["totalRefundedSet"]) >= value_of(node["totalPriceSet"])
    node["displayFinancialStatus"] = "REFUNDED" if refunded else "PARTIALLY_REFUNDED"


def _item(
    line: Json, item_id: int, quantity: int, restock: Restock, currencies: Currencies
) -> Json:
    def share(amount: Decimal, units: int) -> Json:
        return currencies.bag(currencies.round(amount * units / (line["quantity"] or 1)))

    return {
        # the id of the refund's line, not of the order's
        "id": gid("RefundLineItem", item_id),
        "quantity": quantity,
        "restockType": restock,
        "restocked": restock != "NO_RESTOCK",
        "priceSet": share(paid(line), 1),
        "subtotalSet": share(paid(line), quantity),
        "totalTaxSet": share(tax_of(line["taxLines"]), quantity),
        "lineItem": line,
    }


def _shipping(node: Json, item_id: int, amount: Decimal, currencies: Currencies) -> list[Json]:
    if not amount or not node["shippingLines"]:
        return []
    line = node["shippingLines"][0]
    price = value_of(line["discountedPriceSet"])
    tax = tax_of(line["taxLines"]) * amount / price if price else Decimal(0)
    return [
        {
            "__typename": "RefundShippingLine",
            "id": gid("RefundShippingLine", item_id),
            "shippingLine": line,
            "subtotalAmountSet": currencies.bag(amount),
            "taxAmountSet": currencies.bag(currencies.round(tax)),
        }
    ]


def _sum(owners: Iterable[Json], name: str) -> Decimal:
    return sum((value_of(owner[name]) for owner in owners), Decimal(0))
