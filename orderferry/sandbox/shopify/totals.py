"""What an order comes to: its goods, its shipping, its tax."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orderferry.sandbox.shopify.json_types import Json, gid
from orderferry.sandbox.shopify.money import value_of
from orderferry.sandbox.shopify.tax import Tax, tax_of


def shipping_line(price: Decimal, number: int, tax: Tax) -> Json:
    """Returns the ShippingLine of an order; free shipping has one as well."""
    bag = tax.currencies.bag(price)
    return {
        "__typename": "ShippingLine",
        "id": gid("ShippingLine", number),
        "title": "Standard",
        "code": "Standard",
        "source": "shopify",
        "carrierIdentifier": None,
        "deliveryCategory": None,
        "custom": False,
        "isRemoved": False,
        "phone": None,
        "originalPriceSet": bag,
        "discountedPriceSet": bag,
        "currentDiscountedPriceSet": bag,
        "discountAllocations": [],
        "taxLines": tax.lines(tax.of(price)),
    }


def totals(lines: Sequence[Json], shipping: Json, order_discount: Decimal, tax: Tax) -> Json:
    """Returns the totals of a new order, those before and those after changes alike."""
    before = sum((value_of(line["originalTotalSet"]) for line in lines), Decimal(0))
    goods = sum((paid(line) for line in lines), Decimal(0))
    posted = value_of(shipping["discountedPriceSet"])
    taxed = sum((tax_of(owner["taxLines"]) for owner in (*lines, shipping)), Decimal(0))
    bag = tax.currencies.bag
    total = bag(goods + posted + tax.on_top(taxed))
    return {
        "totalPriceSet": total,
        "originalTotalPriceSet": total,
        "currentTotalPriceSet": total,
        "subtotalPriceSet": bag(goods),
        "currentSubtotalPriceSet": bag(goods),
        "totalDiscountsSet": bag(before - goods),
        "currentTotalDiscountsSet": bag(before - goods),
        "cartDiscountAmountSet": bag(order_discount) if order_discount else None,
        "totalShippingPriceSet": bag(posted),
        "currentShippingPriceSet": bag(posted),
        "totalTaxSet": bag(taxed),
        "currentTotalTaxSet": bag(taxed),
        "taxLines": tax.lines(taxed),
        "totalReceivedSet": total,
        "netPaymentSet": total,
    } | _nothing(bag(Decimal(0)))


def paid(line: Json) -> Decimal:
    """Returns what the customer paid for a line, after all discounts."""
    given = (value_of(one["allocatedAmountSet"]) for one in line["discountAllocations"])
    return value_of(line["originalTotalSet"]) - sum(given, Decimal(0))


def _nothing(zero: Json) -> Json:
    return {
        "originalTotalDutiesSet": None,
        "currentTotalDutiesSet": None,
        "originalTotalAdditionalFeesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "totalCashRoundingAdjustment": {"paymentSet": zero, "refundSet": zero},
        "totalTipReceivedSet": zero,
        "totalRefundedSet": zero,
        "totalRefundedShippingSet": zero,
        "totalOutstandingSet": zero,
    }
